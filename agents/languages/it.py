"""Italian."""

from __future__ import annotations

from agents import fixed_phrases as fixed
from agents.languages.language import Language
from agents.transfer import sentences as transfer

_SENTENCES = {
    fixed.SAY_AGAIN: "Mi scusi, non ho capito. Può ripetere, per favore?",
    fixed.KEYPAD_OFFER: (
        "Non ho ancora capito. Può anche digitare i numeri sulla tastiera del telefono."
    ),
    fixed.NO_MODEL: (
        "Mi dispiace, in questo momento non posso proseguire la chiamata. "
        "La prego di richiamare più tardi. Arrivederci."
    ),
    fixed.SHUTDOWN: (
        "Mi dispiace, questa chiamata deve terminare adesso. La prego di richiamare. Arrivederci."
    ),
    fixed.TIME_LIMIT: (
        "Mi dispiace, abbiamo raggiunto la durata massima della chiamata. "
        "La prego di richiamare. Arrivederci."
    ),
    fixed.GOODBYE: "Grazie per la sua chiamata. Arrivederci.",
    fixed.RESUMED_GREETING: "Mi scusi, la linea è caduta per un attimo. Prosegua pure.",
    fixed.BRIDGES[0]: "Un momento, per favore.",
    fixed.BRIDGES[1]: "Mi scusi, ancora un attimo.",
    fixed.FILLERS[0]: "Controllo subito.",
    fixed.FILLERS[1]: "Sto ancora cercando.",
    fixed.FILLERS[2]: "Ci vuole un momento. Grazie per l'attesa.",
    fixed.NUDGES[0]: "È ancora in linea?",
    fixed.NUDGES[1]: "Non la sento. Posso aiutarla?",
    fixed.NUDGE_GOODBYE: (
        "Non sento nessuno, quindi ora chiudo la chiamata. La prego di richiamare. Arrivederci."
    ),
    transfer.CONNECTING: "La metto in contatto con un collega. Un momento, per favore.",
    transfer.STILL_TRYING: "Sto ancora cercando di contattare qualcuno. Un momento, per favore.",
    transfer.ALL_BUSY: "Mi dispiace, in questo momento tutti i miei colleghi sono occupati.",
    transfer.CLOSED: "Mi dispiace, a quest'ora nessuno può rispondere alla sua chiamata.",
    transfer.NOBODY_TOOK_IT: (
        "Mi dispiace, nessuno dei miei colleghi ha potuto rispondere alla sua chiamata."
    ),
    transfer.NOT_CONNECTED: "Mi dispiace, non è stato possibile metterla in contatto.",
    transfer.STILL_HERE: "Sono ancora qui. Che cosa posso fare per lei?",
    transfer.BACK_AGAIN: "Sono di nuovo con lei. Posso aiutarla in altro?",
    transfer.NEXT_IN_LINE: "La sua chiamata è la prossima. Resti in linea, per favore.",
    transfer.IN_LINE: "La sua chiamata è in posizione {place}. Resti in linea, per favore.",
    transfer.GO_ON_WAITING: (
        "Per continuare ad attendere, prema 1. Per non attendere più, prema 2. "
        "Per lasciare un messaggio, prema 3."
    ),
    transfer.GOING_ON: "Grazie. Resti in linea, per favore.",
    transfer.LEAVE_MESSAGE: (
        "Lasci un messaggio dopo il segnale acustico. Alla fine prema il tasto cancelletto."
    ),
    transfer.MESSAGE_TAKEN: "Grazie, il suo messaggio è stato registrato. Arrivederci.",
    transfer.NO_MESSAGE: "Non ho sentito alcun messaggio. Arrivederci.",
    transfer.ASK_RATING: (
        "Com'è andata questa chiamata? Prema un tasto da 1, male, a 5, molto bene."
    ),
    transfer.OFFER: "Vuole che la metta in contatto con un collega?",
    transfer.OFFER_TO_WAIT: (
        "In questo momento nessun collega è libero. "
        "Vuole che la metta in contatto appena qualcuno si libera?"
    ),
    transfer.OFFER_MESSAGE: (
        "In questo momento nessun collega è libero. Vuole lasciare un messaggio?"
    ),
    transfer.PRESS: "Prema 1 per accettare la chiamata, 2 per rifiutarla.",
    transfer.CALLER_GONE: "Chi chiamava ha riagganciato.",
    transfer.CALLER_RETURNED: "La chiamata è tornata all'assistente vocale. Arrivederci.",
    transfer.CODE: "Il codice è {code}.",
    transfer.CALLER_NUMBER: "Chiamata da un numero che termina con {digits}.",
    transfer.CALLER_NO_NUMBER: "Chiamata senza numero.",
    transfer.ASKED_FOR_PERSON: "Ha chiesto di parlare con una persona.",
    transfer.ASKED_FOR_OPERATOR: "Ha chiesto il centralino.",
    transfer.NOT_GETTING_ON: "Non si intende con l'assistente vocale.",
    transfer.AGENT_FAULT: "L'assistente vocale ha avuto un guasto.",
    transfer.SUPERVISED: "Un supervisore passa la chiamata.",
    transfer.TRIED: "Tentativi: {tools}.",
    transfer.TOOL_WORKED: "{tool} riuscito",
    transfer.TOOL_FAILED: "{tool} fallito",
    transfer.THEY_SAID: "Ha detto: {words}",
    transfer.BECAUSE_THEY_SAID: "ha detto: {words}",
    transfer.VERY_FRUSTRATED: "Il tono è molto teso.",
    transfer.ANNOYED: "Il tono è seccato.",
    transfer.CALM: "Il tono è calmo.",
}

ITALIAN = Language(code="it", sentences=_SENTENCES)
