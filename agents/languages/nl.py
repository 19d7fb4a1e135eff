"""Dutch."""

from __future__ import annotations

from agents import fixed_phrases as fixed
from agents.languages.language import Language
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
        "Om te blijven wachten, toets 1. Om niet langer te wachten, toets 2. "
        "Voor een bericht, toets 3."
    ),
    transfer.GOING_ON: "Dank u. Blijft u aan de lijn.",
    transfer.LEAVE_MESSAGE: "Spreek na de toon uw bericht in. Sluit af met een hekje.",
    transfer.MESSAGE_TAKEN: "Dank u, uw bericht is opgenomen. Tot ziens.",
    transfer.NO_MESSAGE: "Ik heb geen bericht gehoord. Tot ziens.",
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
    transfer.PRESS: "Toets 1 om het gesprek aan te nemen, 2 om het te weigeren.",
    transfer.CALLER_GONE: "De beller heeft opgehangen.",
    transfer.CALLER_RETURNED: "De beller is weer bij de assistent. Tot ziens.",
    transfer.CODE: "De code is {code}.",
    transfer.CALLER_NUMBER: "Beller met een nummer eindigend op {digits}.",
    transfer.CALLER_NO_NUMBER: "Beller zonder nummer.",
    transfer.ASKED_FOR_PERSON: "De beller wil een mens spreken.",
    transfer.ASKED_FOR_OPERATOR: "De beller vroeg om de centrale.",
    transfer.NOT_GETTING_ON: "Het gesprek met de assistent loopt vast.",
    transfer.AGENT_FAULT: "De assistent had een storing.",
    transfer.SUPERVISED: "Een supervisor draagt het gesprek over.",
    transfer.TRIED: "Geprobeerd: {tools}.",
    transfer.TOOL_WORKED: "{tool} gelukt",
    transfer.TOOL_FAILED: "{tool} mislukt",
    transfer.THEY_SAID: "De beller zei: {words}",
    transfer.BECAUSE_THEY_SAID: "de beller zei: {words}",
    transfer.VERY_FRUSTRATED: "De beller is erg gefrustreerd.",
    transfer.ANNOYED: "De beller is geërgerd.",
    transfer.CALM: "De beller is rustig.",
}

DUTCH = Language(code="nl", sentences=_SENTENCES)
