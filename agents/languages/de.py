"""German."""

from __future__ import annotations

from agents import fixed_phrases as fixed
from agents.languages.language import Language
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
        "Um weiter zu warten, drücken Sie die 1. Um nicht länger zu warten, die 2. "
        "Für eine Nachricht die 3."
    ),
    transfer.GOING_ON: "Danke. Bitte bleiben Sie dran.",
    transfer.LEAVE_MESSAGE: (
        "Bitte sprechen Sie nach dem Ton eine Nachricht. Drücken Sie zum Schluss die Rautetaste."
    ),
    transfer.MESSAGE_TAKEN: "Danke, Ihre Nachricht ist aufgenommen. Auf Wiederhören.",
    transfer.NO_MESSAGE: "Ich habe keine Nachricht gehört. Auf Wiederhören.",
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
    transfer.PRESS: "Drücken Sie die 1, um den Anruf anzunehmen, oder die 2, um abzulehnen.",
    transfer.CALLER_GONE: "Am anderen Ende wurde aufgelegt.",
    transfer.CALLER_RETURNED: "Das Gespräch ist wieder beim Sprachassistenten. Auf Wiederhören.",
    transfer.CODE: "Der Code lautet {code}.",
    transfer.CALLER_NUMBER: "Anruf von einer Nummer mit den Endziffern {digits}.",
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

GERMAN = Language(code="de", sentences=_SENTENCES)
