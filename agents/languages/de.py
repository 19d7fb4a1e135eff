"""German."""

from __future__ import annotations

import re

from agents import fixed_phrases as fixed
from agents.languages.answers import Answers, Wishes, whole
from agents.languages.language import Language
from agents.languages.turns import TurnWords, digit_words, word_set
from agents.transfer import sentences as transfer

_SENTENCES = {
    fixed.SAY_AGAIN: "Entschuldigung, das habe ich nicht verstanden. Können Sie es wiederholen?",
    fixed.KEYPAD_OFFER: (
        "Das habe ich leider noch nicht verstanden. "
        "Zahlen können Sie auch auf den Tasten Ihres Telefons eingeben."
    ),
    fixed.NO_MODEL: (
        "Es tut mir leid, ich kann dieses Gespräch gerade nicht fortsetzen. "
        "Bitte rufen Sie später noch einmal an. Auf Wiederhören."
    ),
    fixed.SHUTDOWN: (
        "Es tut mir leid, dieses Gespräch muss jetzt enden. "
        "Bitte rufen Sie noch einmal an. Auf Wiederhören."
    ),
    fixed.TIME_LIMIT: (
        "Es tut mir leid, die längste Gesprächsdauer ist erreicht. "
        "Bitte rufen Sie noch einmal an. Auf Wiederhören."
    ),
    fixed.GOODBYE: "Vielen Dank für Ihren Anruf. Auf Wiederhören.",
    fixed.RESUMED_GREETING: (
        "Entschuldigung, die Verbindung war kurz weg. Bitte sprechen Sie weiter."
    ),
    fixed.BRIDGES[0]: "Einen Moment, bitte.",
    fixed.BRIDGES[1]: "Entschuldigung, es dauert noch einen Augenblick.",
    fixed.FILLERS[0]: "Ich sehe kurz nach.",
    fixed.FILLERS[1]: "Ich suche noch.",
    fixed.FILLERS[2]: "Das dauert einen Moment. Danke für Ihre Geduld.",
    fixed.NUDGES[0]: "Sind Sie noch da?",
    fixed.NUDGES[1]: "Ich kann Sie nicht hören. Kann ich etwas für Sie tun?",
    fixed.NUDGE_GOODBYE: (
        "Ich höre niemanden und lege jetzt auf. Bitte rufen Sie wieder an. Auf Wiederhören."
    ),
    transfer.CONNECTING: "Ich verbinde Sie mit jemandem aus unserem Team. Einen Moment, bitte.",
    transfer.STILL_TRYING: "Ich versuche noch, jemanden zu erreichen. Einen Moment, bitte.",
    transfer.ALL_BUSY: "Es tut mir leid, aus unserem Team ist gerade niemand frei.",
    transfer.CLOSED: "Es tut mir leid, um diese Zeit ist hier niemand zu erreichen.",
    transfer.NOBODY_TOOK_IT: (
        "Es tut mir leid, niemand aus unserem Team konnte Ihren Anruf annehmen."
    ),
    transfer.NOT_CONNECTED: "Es tut mir leid, ich konnte Sie nicht verbinden.",
    transfer.STILL_HERE: "Ich bin noch für Sie da. Was kann ich für Sie tun?",
    transfer.BACK_AGAIN: "Ich bin wieder für Sie da. Kann ich noch etwas für Sie tun?",
    transfer.NEXT_IN_LINE: "Sie sind als Nächstes an der Reihe. Bitte bleiben Sie dran.",
    transfer.IN_LINE: "Sie sind in der Warteschlange auf Platz {place}. Bitte bleiben Sie dran.",
    transfer.GO_ON_WAITING: (
        "Um weiter zu warten, sagen Sie Ja oder drücken Sie die 1. "
        "Um aufzuhören, sagen Sie Nein oder drücken Sie die 2. "
        "Für eine Nachricht drücken Sie die 3."
    ),
    transfer.GOING_ON: "Danke. Bitte bleiben Sie dran.",
    transfer.LEAVE_MESSAGE: (
        "Bitte sprechen Sie nach dem Ton eine Nachricht. Drücken Sie zum Schluss die Rautetaste."
    ),
    transfer.MESSAGE_TAKEN: "Danke, Ihre Nachricht ist aufgenommen. Auf Wiederhören.",
    transfer.NO_MESSAGE: "Ich habe keine Nachricht gehört.",
    transfer.ASK_RATING: (
        "Wie war dieser Anruf? Bitte drücken Sie eine Taste von 1, schlecht, bis 5, sehr gut."
    ),
    transfer.OFFER: "Möchten Sie mit einem Menschen aus unserem Team sprechen?",
    transfer.OFFER_TO_WAIT: (
        "Aus unserem Team ist gerade niemand frei. "
        "Möchten Sie verbunden werden, sobald jemand frei ist?"
    ),
    transfer.OFFER_MESSAGE: (
        "Aus unserem Team ist gerade niemand frei. Möchten Sie eine Nachricht hinterlassen?"
    ),
    transfer.PRESS: "Drücken Sie 1 zum Annehmen, 2 zum Ablehnen.",
    transfer.CALLER_GONE: "Am anderen Ende wurde aufgelegt.",
    transfer.CALLER_RETURNED: "Das Gespräch ist wieder beim Sprachassistenten. Auf Wiederhören.",
    transfer.CODE: "Der Code lautet {code}.",
    transfer.CALLER_NUMBER: "Anruf mit den Endziffern {digits}.",
    transfer.CALLER_NO_NUMBER: "Anruf ohne Rufnummer.",
    transfer.ASKED_FOR_PERSON: "Gewünscht wurde ein Mensch.",
    transfer.ASKED_FOR_OPERATOR: "Gewünscht wurde die Zentrale.",
    transfer.NOT_GETTING_ON: "Mit dem Sprachassistenten geht es nicht weiter.",
    transfer.AGENT_FAULT: "Der Sprachassistent hatte eine Störung.",
    transfer.SUPERVISED: "Die Aufsicht übergibt das Gespräch.",
    transfer.TRIED: "Versucht: {tools}.",
    transfer.TOOL_WORKED: "{tool} gelungen",
    transfer.TOOL_FAILED: "{tool} gescheitert",
    transfer.THEY_SAID: "Gesagt wurde: {words}",
    transfer.BECAUSE_THEY_SAID: "gewünscht wurde: {words}",
    transfer.VERY_FRUSTRATED: "Die Stimmung ist sehr gereizt.",
    transfer.ANNOYED: "Die Stimmung ist gereizt.",
    transfer.CALM: "Die Stimmung ist ruhig.",
}

_TURNS = TurnWords(
    listening=word_set(
        "mm mhm hm hmm mmm mmh aha ah ach oh okay ok ja jaja jep jo jawohl genau richtig stimmt "
        "gut "
        "klar super prima toll schön perfekt verstehe verstanden sicher natürlich gern gerne "
        "wunderbar wirklich korrekt sehr "
        "interessant ausgezeichnet fantastisch absolut definitiv logisch spannend"
    ),
    listening_phrases=re.compile(
        r"\b(?:ach so|alles klar|ich verstehe|ich weiß|in ordnung|das stimmt|das ist (?:gut"
        r"|richtig)"
        r"|na klar|vielen dank|danke|ich höre zu|reden sie weiter|geht klar)\b"
    ),
    hesitation=word_set("äh ähm öh öhm ehm eh hm hmm mm em"),
    open_ends=word_set(
        "und oder aber sondern weil wenn dass ob sowie der dem des ein eine einen einem einer mein "
        "meine meinen meinem meiner unser unsere unseren unserem im am zum zur vom von bei für "
        "durch gegen ohne zwischen als ich nämlich also äh ähm öh öhm ehm"
    ),
    announces=re.compile(
        r"\b(?:\w*nummer|\w*name|\w*code|\w*adresse|pin|\w*datum|id|plz) (?:ist|lautet|war|sind)$"
        r"|\bich heiße$"
    ),
    dictation=re.compile(
        r"\w*nummer\b|\b(?:\w*code|ziffern?|pin|plz|postleitzahl|konto|iban|geburtsdatum"
        r"|buchstabier\w*)\b"
    ),
    request=re.compile(r"bitte|^(?:sagen|nennen|geben|diktieren|buchstabieren)"),
    digits=digit_words("null eins zwei/zwo drei vier fünf/fuenf sechs sieben acht neun"),
    leads_in=word_set("nummer ist lautet war sind die"),
    before_a_count=re.compile(
        "um|am|im|in|auf|bis|von|vor|nach|seit|ab|für|gegen|etwa|ungefähr|über|unter|circa|kostet"
        "|kosten|bezahlt|januar|februar|märz|april|mai|juni|juli|august|september|oktober|november"
        "|dezember"
    ),
    one="eins",
)

_MAY_WAIT = r"(?: (?:noch|weiter|dran|gern|gerne|länger|etwas|ein bisschen))*"
_ANSWERS = Answers(
    accepts=whole(
        "hallo|guten tag|guten morgen|äh|ähm|okay|ok|gut|also|ja|klar",
        r"ja|jawohl|gerne?|ich (?:nehme|übernehme)(?: (?:ihn|sie|es|den anruf|das gespräch|an))+"
        r"|(?:nehme|übernehme) ich(?: an)?|ich nehme an|annehmen|durchstellen"
        r"|(?:stellen sie|stell) (?:(?:ihn|sie|den anruf|mir) )?durch|verbinden sie(?: uns| mich)?",
        "bitte|danke|gern|gerne",
    ),
    declines=whole(
        "hallo|äh|ähm|okay|ok|leider|tut mir leid",
        r"nein|nicht jetzt|jetzt nicht|ablehnen|ich lehne ab"
        r"|(?:ich kann|kann ich|das geht|geht)(?: (?:jetzt|gerade|grad|leider|den anruf|ihn|sie))* "
        r"nicht(?: annehmen)?",
        "danke|leider|jetzt|sorry|tut mir leid",
    ),
    go_on=whole(
        "äh|ähm|okay|ok|gut|also|hallo|bitte|nein",
        rf"ja|(?:ja )?ich (?:warte|bleibe?){_MAY_WAIT}"
        rf"|(?:ja )?ich (?:möchte|will|kann|würde){_MAY_WAIT} warten",
        "bitte|danke|gern|gerne",
    ),
    stop=whole(
        "äh|ähm|okay|ok|also|ja|nein",
        r"nein|stopp?|aufhören|abbrechen|vergessen sie es|vergiss es|nicht mehr warten"
        r"|ich (?:möchte|will|kann) nicht(?: (?:mehr|länger|weiter))* warten"
        r"|ich warte nicht(?: (?:mehr|länger|weiter))*",
        "bitte|danke",
    ),
    message=whole(
        "äh|ähm|okay|ok|also|ja|nein",
        r"(?:(?:ich (?:möchte|will|würde)|kann ich|darf ich) )?(?:(?:gern|gerne|lieber) )?"
        r"eine nachricht (?:hinterlassen|aufsprechen)",
        "bitte|danke",
    ),
)

_WHO = (
    r"(?:mensch(?:en)?|person|mitarbeiter(?:in|innen|n)?|kolleg(?:e|en|in)|\w*berater(?:in|n)?"
    r"|sachbearbeiter(?:in)?|ansprechpartner(?:in)?|operator|vermittlung|zentrale|kundenservice"
    r"|kundendienst|kundenbetreuung|jemand(?:en|em)?|vorgesetzt\w+|chef(?:in)?|leiter(?:in)?"
    r"|teamleiter(?:in)?|support)"
)
_REAL = r"(?:echt\w*|richtig\w*|menschlich\w*|lebend\w*)"
_MACHINE = r"(?:maschine|roboter|computer|bot|\w*automat\w*|ki|sprachassistent\w*|ansage)"
_WISHES = Wishes(
    nouns=word_set(
        "mensch menschen mitarbeiter mitarbeiterin operator berater beraterin kundenservice "
        "kundendienst kundenberater vermittlung zentrale person"
    ),
    around=word_set(
        "bitte ein eine einen einem einer den die der mit zum zur an jetzt sofort endlich echter "
        "echten echte echtem richtiger richtigen menschlicher ja nein hallo äh ähm ich will möchte "
        "sprechen reden gern gerne"
    ),
    asks=re.compile(
        r"\b(?:will|möchte|würde|kann|könnte|könnten|können|muss|darf|dürfte|lassen|bitte|gerne?"
        rf"|wünsche|verlange)\b[^.?!]{{0,40}}\b(?:mit|an|zu|zum|zur)\b[^.?!]{{0,20}}\b{_WHO}\b"
        r"[^.?!]{0,25}\b(?:sprech\w*|red\w*|verbind\w*|verbunden|durchstell\w*|durchgestellt"
        r"|weiterleit\w*|weitergeleitet|weiterverb\w*|telefonieren|unterhalten)"
        r"|\b(?:verbinden?|stellen|stell|leiten|geben|gib|holen|hol) (?:(?:sie|mich|mir|uns|bitte"
        rf"|doch|mal|jetzt|endlich|direkt) )+(?:(?:mit|an|zu|zum|zur) )?(?:\w+ ){{0,3}}?{_WHO}\b"
        r"|\b(?:stellen|leiten) sie mich (?:\w+ ){0,2}(?:durch|weiter)\b"
        r"|\bverbinden sie mich\b(?! (?:\w+ )?mit (?:dem |der )?(?:internet|netz|wlan))"
        r"|\b(?:möchte|will|brauche|verlange|wünsche|hätte) (?:\w+ ){0,2}?(?:einen?|nen|mit einem"
        rf"|mit einer) (?:{_REAL} )?(?:menschen|mitarbeiter\w*|operator|{_REAL} person)\b"
        r"|\b(?:ist|gibt es|haben sie)\b[^.?!]{0,20}\b"
        rf"(?:{_REAL} (?:mensch\w*|person|mitarbeiter\w*)|{_WHO}\b[^.?!]{{0,25}}\b"
        r"(?:sprechen|reden|helfen|erreichbar))"
        rf"|\b(?:nicht|nie|keine lust)\b[^.?!]{{0,15}}\bmit (?:\w+ ){{0,2}}{_MACHINE} (?:\w+ )?"
        r"(?:sprech\w+|red\w+|telefonieren)"
    ),
    not_meant=re.compile(
        r"\b(?:habe?|hatte|hatten|haben) (?:\w+ ){0,6}?(?:gesprochen|geredet|telefoniert)\b"
        r"|\b(?:mein|unser|sein)\w* (?:\w+ )?(?:chef\w*|kolleg\w*|\w*berater\w*|mitarbeiter\w*)\b"
        r"|\b(?:nicht|kein\w*) (?:mit )?(?:einem |einer |einen |eine )?"
        r"(?:menschen?|mitarbeiter\w*|person|\w*berater\w*|operator)\b"
    ),
    offers=re.compile(
        r"^(?=[^.?!]*\b(?:\w*verbind\w*|durchstell\w*|weiterleit\w*|weitergeb\w*|sprechen|holen))"
        rf"(?=[^.?!]*\b{_WHO}\b)[^.?!]*\?|\bsoll ich sie (?:weiter)?verbinden\?"
    ),
    agrees=re.compile(
        r"^(?:(?:oh|ach|äh|ähm|na|okay|ok),? )*(?:ja|jawohl|gerne?|bitte|klar|okay|ok|natürlich"
        r"|sicher|unbedingt|machen sie das|tun sie das|das wäre)\b"
    ),
)

GERMAN = Language(code="de", sentences=_SENTENCES, turns=_TURNS, answers=_ANSWERS, wishes=_WISHES)
