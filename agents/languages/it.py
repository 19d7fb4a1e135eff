"""Italian."""

from __future__ import annotations

import re

from agents import fixed_phrases as fixed
from agents.languages.answers import Answers, Wishes, whole
from agents.languages.language import Language
from agents.languages.turns import TurnWords, digit_words, word_set
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
        "Per continuare ad attendere, dica sì o prema 1. "
        "Per non attendere più, dica no o prema 2. "
        "Per lasciare un messaggio, prema 3."
    ),
    transfer.GOING_ON: "Grazie. Resti in linea, per favore.",
    transfer.LEAVE_MESSAGE: (
        "Lasci un messaggio dopo il segnale acustico. Alla fine prema il tasto cancelletto."
    ),
    transfer.MESSAGE_TAKEN: "Grazie, il suo messaggio è stato registrato. Arrivederci.",
    transfer.NO_MESSAGE: "Non ho sentito alcun messaggio.",
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
    transfer.CALLER_NUMBER: "Numero che termina con {digits}.",
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

_TURNS = TurnWords(
    listening=word_set(
        "mm mhm hm hmm mmm uhm ah oh eh sì si ok okay bene certo giusto esatto esattamente "
        "perfetto "
        "capisco capito ottimo benissimo grazie infatti chiaro davvero vero già certamente molto "
        "interessante eccellente fantastico assolutamente ovviamente corretto"
    ),
    listening_phrases=re.compile(
        r"\b(?:va bene|ho capito|d'accordo|lo so|è vero|è giusto|molto bene|ci sono|prosegua"
        r"|vada avanti|continui pure|la seguo|ha senso|si capisce)\b"
    ),
    hesitation=word_set("ehm eh uhm em mm hm hmm mmm"),
    open_ends=word_set(
        "e ed o oppure ma se che il lo la i gli le un una del dello della dei degli delle di a da "
        "in con per tra fra al allo alla ai agli alle nel nella nei sul sulla dal dalla quindi "
        "cioè "
        "ehm eh uhm em"
    ),
    announces=re.compile(
        r"\b(?:numero|nome|codice|indirizzo|pin|nascita|riferimento|ordine)"
        r"(?: \w+){0,3} (?:è|era|sono)(?: il| lo| la)?$|\bmi chiamo$"
    ),
    dictation=re.compile(
        r"\b(?:numer[oi]|codice|cifr[ae]|pin|cap|conto|iban|data di nascita|riferimento"
        r"|sillab\w*|compit\w*)\b"
    ),
    request=re.compile(r"per favore|per cortesia|^(?:mi dica|dica|mi dia|dia|indichi|detti)"),
    digits=digit_words("zero uno due tre quattro cinque sei sette otto nove"),
    leads_in=word_set("numero è il era sono"),
    before_a_count=re.compile(
        "a|alle|in|di|da|dal|dalle|fino|prima|dopo|verso|circa|per|su|più|meno|costa|costano|pagato"
        "|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre"
        "|dicembre"
    ),
    one="uno",
)

_WAIT = r"(?:aspettare|attendere)"
_ANSWERS = Answers(
    accepts=whole(
        "pronto|salve|buongiorno|sì|si|ok|certo|ehm",
        r"sì|si|(?:lo|la) prendo|prendo la chiamata|accetto(?: la chiamata)?|(?:me )?(?:lo"
        r"|la) passi"
        r"|va bene (?:lo|la) prendo",
        "io|pure|grazie|per favore",
    ),
    declines=whole(
        "pronto|salve|ehm|mi dispiace",
        r"no|non ora|ora no|adesso no|rifiuto|(?:ora |adesso )?non posso(?: rispondere)?",
        "grazie|adesso|ora|mi dispiace",
    ),
    go_on=whole(
        "ehm|ok|va bene|sì|si|no",
        rf"sì|si|aspetto|attendo|resto in linea|(?:posso|voglio|preferisco)(?: ancora)? {_WAIT}"
        rf"|(?:voglio )?continuo? ad {_WAIT}",
        "ancora|un po'|pure|grazie|per favore",
    ),
    stop=whole(
        "ehm|ok|va bene|sì|si|no",
        rf"no|stop|basta|non (?:voglio|posso)(?: più)? {_WAIT}|non aspetto"
        r"|lasci (?:stare|perdere)|rinuncio",
        "più|oltre|ancora|grazie|per favore",
    ),
    message=whole(
        "ehm|ok|va bene|sì|si|no",
        r"(?:(?:voglio|vorrei|preferisco|posso) )?lasciare un messaggio",
        "grazie|per favore",
    ),
)

_WHO = (
    r"(?:uman[oa]|essere umano|persona|qualcuno|operatore|operatrice|addett[oa]|collega|consulente"
    r"|impiegat[oa]|responsabile|supervisore|capo|dirigente|tecnico|assistenza clienti"
    r"|servizio clienti|centralino|centralinista)"
)
_MACHINE = r"(?:macchina|robot|computer|bot|segreteria|risponditore|ia)"
_WISHES = Wishes(
    nouns=word_set(
        "operatore operatrice umano umana persona addetto consulente centralino supervisore"
    ),
    around=word_set(
        "per favore un una l il la con voglio parlare vorrei sì no pronto buongiorno vero vera "
        "reale "
        "ehm adesso subito essere a"
    ),
    asks=re.compile(
        r"\b(?:voglio|vorrei|posso|potrei|devo|preferisco|preferirei|desidero|pretendo|mi faccia"
        r"|possibile|vorremmo|bisogno)\b[^.?!]{0,40}\b(?:parlare|discutere|contattare|comunicare"
        rf"|conferire)\b[^.?!]{{0,20}}\b{_WHO}\b"
        r"|\b(?:mi passi|passami|mi passa|passarmi|mi metta|mettimi|mettermi|mi trasferisca"
        r"|trasferirmi|mi dia|mi colleghi|collegarmi|mi (?:può|potrebbe) (?:passare|mettere"
        rf"|trasferire))\b[^.?!]{{0,40}}\b{_WHO}\b"
        r"|\bmi trasferisca\b|\bmi metta in (?:contatto|comunicazione)"
        r"|\b(?:voglio|vorrei|preferisco|pretendo) (?:un |una |un'|l')?(?:vero |vera |altro "
        r"|altra )*"
        r"(?:operatore|operatrice|essere umano|uman[oa]|addett[oa]|consulente)\b"
        rf"|\b(?:c'è|ci sono|avete)\b[^.?!]{{0,15}}\b{_WHO}\b[^.?!]{{0,40}}"
        r"\b(?:parlare|aiut\w+|disponibil\w+)"
        r"|\b(?:non|mai|stuf[oa] di|stanc[oa] di)\b[^.?!]{0,20}\b(?:parlare|discutere) con"
        rf" (?:\w+ |un'|una )?{_MACHINE}\b"
    ),
    not_meant=re.compile(
        r"\b(?:ho|avevo|abbiamo) (?:\w+ )?(?:parlato|discusso)\b[^.?!,]*"
        r"|\b(?:mi[oa]|nostr[oa]) (?:\w+ )?(?:capo|collega|responsabile|consulente|dirigente)\b"
        r"|\bnon (?:voglio|ho bisogno di|serve|devo) (?:parlare )?(?:con )?(?:un |una |un'"
        r"|nessun )?"
        rf"{_WHO}\b"
    ),
    offers=re.compile(
        r"^(?=[^.?!]*\b(?:pass[io]\b|mett\w+ in (?:contatto|comunicazione)|trasfer\w+|parlare))"
        rf"(?=[^.?!]*\b{_WHO}\b)[^.?!]*\?"
    ),
    agrees=re.compile(
        r"^(?:(?:ah|eh|beh|ehm|ok|okay),? )*(?:sì|si(?=[,.!]|$)|certo|volentieri|per favore"
        r"|va bene|d'accordo|ok|okay|certamente|magari|sarebbe)\b"
    ),
)

ITALIAN = Language(code="it", sentences=_SENTENCES, turns=_TURNS, answers=_ANSWERS, wishes=_WISHES)
