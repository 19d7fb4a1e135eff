"""Dutch."""

from __future__ import annotations

import re

from agents import fixed_phrases as fixed
from agents.languages.answers import Answers, Wishes, whole
from agents.languages.language import Language
from agents.languages.turns import TurnWords, digit_words, word_set
from agents.transfer import sentences as transfer

_SENTENCES = {
    fixed.SAY_AGAIN: "Sorry, dat heb ik niet verstaan. Kunt u het nog eens zeggen?",
    fixed.KEYPAD_OFFER: (
        "Ik heb u nog steeds niet verstaan. U kunt cijfers ook intoetsen op uw telefoon."
    ),
    fixed.NO_MODEL: (
        "Het spijt me, ik kan dit gesprek nu niet voortzetten. "
        "Belt u alstublieft later terug. Tot ziens."
    ),
    fixed.SHUTDOWN: (
        "Het spijt me, dit gesprek moet nu eindigen. Belt u alstublieft opnieuw. Tot ziens."
    ),
    fixed.TIME_LIMIT: (
        "Het spijt me, de maximale gespreksduur is bereikt. Belt u alstublieft opnieuw. Tot ziens."
    ),
    fixed.GOODBYE: "Bedankt voor uw telefoontje. Tot ziens.",
    fixed.RESUMED_GREETING: "Sorry, de verbinding was even weg. Gaat u verder.",
    fixed.BRIDGES[0]: "Een moment, alstublieft.",
    fixed.BRIDGES[1]: "Sorry, het duurt nog heel even.",
    fixed.FILLERS[0]: "Ik zoek het even op.",
    fixed.FILLERS[1]: "Ik ben nog aan het zoeken.",
    fixed.FILLERS[2]: "Dit duurt even. Bedankt voor het wachten.",
    fixed.NUDGES[0]: "Bent u er nog?",
    fixed.NUDGES[1]: "Ik kan u niet horen. Kan ik u ergens mee helpen?",
    fixed.NUDGE_GOODBYE: (
        "Ik hoor niemand, dus ik hang nu op. Belt u alstublieft opnieuw. Tot ziens."
    ),
    transfer.CONNECTING: "Ik verbind u door met een collega. Een moment, alstublieft.",
    transfer.STILL_TRYING: "Ik probeer nog iemand te bereiken. Een moment, alstublieft.",
    transfer.ALL_BUSY: "Het spijt me, al mijn collega's zijn op dit moment in gesprek.",
    transfer.CLOSED: "Het spijt me, op dit tijdstip is er niemand om u te woord te staan.",
    transfer.NOBODY_TOOK_IT: "Het spijt me, geen van mijn collega's kon uw gesprek aannemen.",
    transfer.NOT_CONNECTED: "Het spijt me, ik kon u niet doorverbinden.",
    transfer.STILL_HERE: "Ik ben er nog. Wat kan ik voor u doen?",
    transfer.BACK_AGAIN: "Daar ben ik weer. Kan ik nog iets voor u doen?",
    transfer.NEXT_IN_LINE: "U bent als volgende aan de beurt. Blijft u aan de lijn.",
    transfer.IN_LINE: "U bent nummer {place} in de wachtrij. Blijft u aan de lijn.",
    transfer.GO_ON_WAITING: (
        "Om te blijven wachten, zeg ja of toets 1. Om te stoppen, zeg nee of toets 2. "
        "Voor een bericht, toets 3."
    ),
    transfer.GOING_ON: "Dank u. Blijft u aan de lijn.",
    transfer.LEAVE_MESSAGE: "Spreek na de toon uw bericht in. Sluit af met een hekje.",
    transfer.MESSAGE_TAKEN: "Dank u, uw bericht is opgenomen. Tot ziens.",
    transfer.NO_MESSAGE: "Ik heb geen bericht gehoord.",
    transfer.ASK_RATING: (
        "Hoe vond u dit gesprek? Toets een cijfer van 1, slecht, tot 5, heel goed."
    ),
    transfer.OFFER: "Zal ik u doorverbinden met een collega?",
    transfer.OFFER_TO_WAIT: (
        "Al mijn collega's zijn op dit moment bezet. "
        "Zal ik u doorverbinden zodra er iemand vrij is?"
    ),
    transfer.OFFER_MESSAGE: (
        "Al mijn collega's zijn op dit moment bezet. Wilt u een bericht achterlaten?"
    ),
    transfer.PRESS: "Toets 1 voor aannemen, 2 voor weigeren.",
    transfer.CALLER_GONE: "De beller heeft opgehangen.",
    transfer.CALLER_RETURNED: "De beller is weer bij de assistent. Tot ziens.",
    transfer.CODE: "De code is {code}.",
    transfer.CALLER_NUMBER: "Nummer eindigt op {digits}.",
    transfer.CALLER_NO_NUMBER: "Beller zonder nummer.",
    transfer.ASKED_FOR_PERSON: "De beller wil een mens spreken.",
    transfer.ASKED_FOR_OPERATOR: "De beller vroeg om de centrale.",
    transfer.NOT_GETTING_ON: "Het gesprek met de assistent loopt vast.",
    transfer.AGENT_FAULT: "De assistent had een storing.",
    transfer.SUPERVISED: "Een supervisor draagt het gesprek over.",
    transfer.TRIED: "Geprobeerd: {tools}.",
    transfer.TOOL_WORKED: "{tool} gelukt",
    transfer.TOOL_FAILED: "{tool} mislukt",
    transfer.THEY_SAID: "Gezegd werd: {words}",
    transfer.BECAUSE_THEY_SAID: "de beller zei: {words}",
    transfer.VERY_FRUSTRATED: "De beller is erg gefrustreerd.",
    transfer.ANNOYED: "De beller is geërgerd.",
    transfer.CALM: "De beller is rustig.",
}

_TURNS = TurnWords(
    listening=word_set(
        "mm mhm hm hmm mmm ah oh aha o ach ja jaja jawel jep oké oke okee ok okay juist precies "
        "klopt goed prima mooi fijn begrijp inderdaad zeker duidelijk natuurlijk bedankt helder "
        "uiteraard echt heel leuk perfect tuurlijk "
        "interessant geweldig fantastisch absoluut uitstekend correct"
    ),
    listening_phrases=re.compile(
        r"\b(?:ik (?:snap|begrijp) het|dat (?:klopt|snap ik|begrijp ik)|(?:dat )?is (?:goed|prima)"
        r"|ik weet het|dank (?:u|je)(?: wel)?|gaat u (?:door|verder)|ga door|ik luister)\b"
    ),
    hesitation=word_set("eh ehm uh uhm um hm hmm mm euh"),
    open_ends=word_set(
        "en of maar want omdat als de een van met mijn onze uw te zonder tussen ik zodat terwijl "
        "hoewel eh ehm uh uhm um euh"
    ),
    announces=re.compile(
        r"\b(?:\w*nummer|\w*naam|\w*code|\w*adres|pin|\w*datum) (?:is|was|zijn)$|\bik heet$"
    ),
    dictation=re.compile(
        r"\w*nummer\b|\b(?:\w*code|cijfers?|pin|rekening|iban|geboortedatum|spel\w*)\b"
    ),
    request=re.compile(r"alstublieft|graag|^(?:zeg|geef|noem|spel)"),
    digits=digit_words("nul een/één twee drie vier vijf zes zeven acht negen"),
    leads_in=word_set("nummer is was zijn"),
    before_a_count=re.compile(
        "om|op|in|tot|van|voor|na|sinds|vanaf|rond|ongeveer|over|onder|meer|minder|kost|kosten"
        "|betaald|januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november"
        "|december"
    ),
    one="één",
)

_LONGER = r"(?: (?:nog|even|wel|langer|aan de lijn|hangen|wachten))*"
_ANSWERS = Answers(
    accepts=whole(
        "hallo|goedemorgen|goedemiddag|ja|oké|oke|ok|goed|eh",
        r"ja|jawel|ja hoor|ik neem (?:hem|haar|het|het gesprek|de beller)(?: aan| over)?|neem ik"
        r"|verbind(?: (?:hem|haar|ze|maar|de beller))* door|doe maar|ik accepteer(?: het)?",
        "alstublieft|graag|hoor|dank u",
    ),
    declines=whole(
        "hallo|eh|sorry|oké|ok",
        r"nee|nu niet|niet nu|ik weiger|weigeren|(?:ik kan|dat lukt)(?: nu)? niet",
        "bedankt|dank u|nu|sorry|helaas",
    ),
    go_on=whole(
        "eh|oké|oke|ok|goed|ja|nee",
        rf"ja|ik (?:wacht|blijf){_LONGER}|ik (?:wil|kan)(?: (?:nog|even|wel|blijven))* wachten",
        "hoor|graag|alstublieft|dank u",
    ),
    stop=whole(
        "eh|oké|oke|ok|ja|nee",
        r"nee|stop|stoppen|laat maar|ik (?:wil|kan) niet(?: (?:langer|meer))* wachten"
        r"|ik wacht niet(?: (?:langer|meer))*",
        "hoor|bedankt|dank u|alstublieft",
    ),
    message=whole(
        "eh|oké|oke|ok|ja|nee",
        r"(?:(?:ik wil|ik wil graag|ik zou graag|kan ik|mag ik|liever) )?"
        r"een (?:bericht|boodschap) (?:achterlaten|inspreken)",
        "graag|alstublieft",
    ),
)

_WHO = (
    r"(?:mens|mensen|persoon|iemand|medewerker|medewerkster|collega|operator|telefoniste?"
    r"|klantenservice|klantendienst|adviseur|vertegenwoordiger|leidinggevende|manager|chef|baas"
    r"|supervisor|centrale|receptie|helpdesk)"
)
_MACHINE = r"(?:machine|robot|computer|bot|apparaat|antwoordapparaat|ai)"
_WISHES = Wishes(
    nouns=word_set("mens medewerker operator klantenservice persoon telefoniste receptie"),
    around=word_set(
        "een de alstublieft aub graag met ik wil spreken praten ja nee hallo echte echt eh nu "
        "meteen "
        "naar liever"
    ),
    asks=re.compile(
        rf"\b(?:wil|zou|kan|mag|moet|graag|liever|wens|eis|kunt|wilt)\b[^.?!]{{0,40}}\b{_WHO}\b"
        r"[^.?!]{0,20}\b(?:spreken|praten|bellen|doorverbinden|doorverbonden|doorschakelen)"
        r"|\b(?:wil|zou|kan|mag|moet|graag|liever|kunt)\b[^.?!]{0,30}\b(?:spreken|praten) met"
        rf"[^.?!]{{0,20}}\b{_WHO}\b"
        r"|\b(?:verbindt?|schakelt?) (?:u )?(?:mij|me|ons)\b[^.?!]{0,40}\bdoor\b"
        rf"|\bgeeft? (?:u )?(?:mij|me)\b[^.?!]{{0,15}}\b{_WHO}\b"
        r"|\bdoor(?:verbonden|geschakeld) worden\b"
        r"|\b(?:mij|me) (?:\w+ ){0,4}?door(?:verbinden|schakelen)\b"
        r"|\b(?:wil|eis|zoek) (?:(?:graag|liever|gewoon|nu) )*een (?:(?:echte?|menselijke?"
        r"|levend) )*"
        r"(?:mens|medewerker|operator|echt persoon)\b"
        rf"|\b(?:is er|zijn er|hebben jullie|heeft u)\b[^.?!]{{0,15}}\b{_WHO}\b[^.?!]{{0,40}}"
        r"\b(?:spreken|praten|helpen|bereikbaar)"
        r"|\b(?:niet|nooit|geen zin om)\b[^.?!]{0,20}\b(?:"
        rf"(?:met|tegen) (?:\w+ )?{_MACHINE} (?:\w+ )?(?:praten|spreken)"
        rf"|(?:praten|spreken) (?:met|tegen) (?:\w+ )?{_MACHINE}\b)"
    ),
    not_meant=re.compile(
        r"\b(?:heb|had|hebben) (?:\w+ ){0,6}?(?:gesproken|gepraat|gebeld)\b"
        r"|\b(?:mijn|onze|zijn|haar) (?:\w+ )?(?:baas|chef|collega\w*|manager|leidinggevende"
        r"|adviseur)\b"
        r"|\b(?:niet met (?:een )?|geen )(?:iemand|medewerker|mens|persoon|operator)\b"
    ),
    offers=re.compile(
        r"^(?=[^.?!]*\b(?:(?:door)?verbind\w*|doorschakel\w*|spreken))"
        rf"(?=[^.?!]*\b{_WHO}\b)[^.?!]*\?"
    ),
    agrees=re.compile(
        r"^(?:(?:oh|ah|nou|eh|oké|ok),? )*(?:ja|graag|jawel|zeker|prima|alstublieft|oké|oke|ok|okay"
        r"|doe maar|dat zou)\b"
    ),
)

DUTCH = Language(code="nl", sentences=_SENTENCES, turns=_TURNS, answers=_ANSWERS, wishes=_WISHES)
