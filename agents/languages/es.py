"""Spanish."""

from __future__ import annotations

import re

from agents import fixed_phrases as fixed
from agents.languages.answers import Answers, Wishes, whole
from agents.languages.language import Language
from agents.languages.turns import TurnWords, digit_words, word_set
from agents.transfer import sentences as transfer

_SENTENCES = {
    fixed.SAY_AGAIN: "Disculpe, no le he entendido. ¿Puede repetirlo, por favor?",
    fixed.KEYPAD_OFFER: (
        "Sigo sin entenderle. También puede marcar los números en el teclado de su teléfono."
    ),
    fixed.NO_MODEL: (
        "Lo siento, ahora mismo no puedo continuar con esta llamada. "
        "Por favor, llame más tarde. Adiós."
    ),
    fixed.SHUTDOWN: (
        "Lo siento, esta llamada tiene que terminar ahora. Por favor, vuelva a llamar. Adiós."
    ),
    fixed.TIME_LIMIT: (
        "Lo siento, hemos llegado a la duración máxima de la llamada. "
        "Por favor, vuelva a llamar. Adiós."
    ),
    fixed.GOODBYE: "Gracias por su llamada. Adiós.",
    fixed.RESUMED_GREETING: "Disculpe, se ha cortado un momento. Continúe, por favor.",
    fixed.BRIDGES[0]: "Un momento, por favor.",
    fixed.BRIDGES[1]: "Disculpe, solo un momento más.",
    fixed.FILLERS[0]: "Voy a comprobarlo.",
    fixed.FILLERS[1]: "Sigo buscando.",
    fixed.FILLERS[2]: "Esto tarda un momento. Gracias por esperar.",
    fixed.NUDGES[0]: "¿Sigue ahí?",
    fixed.NUDGES[1]: "No le oigo. ¿Puedo ayudarle en algo?",
    fixed.NUDGE_GOODBYE: (
        "No oigo a nadie, así que voy a colgar. Por favor, vuelva a llamar. Adiós."
    ),
    transfer.CONNECTING: "Le paso con una persona de nuestro equipo. Un momento, por favor.",
    transfer.STILL_TRYING: "Sigo intentando localizar a alguien. Un momento, por favor.",
    transfer.ALL_BUSY: "Lo siento, todo nuestro equipo está ocupado en este momento.",
    transfer.CLOSED: "Lo siento, a esta hora no hay nadie que pueda atenderle.",
    transfer.NOBODY_TOOK_IT: "Lo siento, nadie de nuestro equipo ha podido atender su llamada.",
    transfer.NOT_CONNECTED: "Lo siento, no he podido pasar su llamada.",
    transfer.STILL_HERE: "Sigo aquí. ¿Qué puedo hacer por usted?",
    transfer.BACK_AGAIN: "Ya estoy de nuevo con usted. ¿Puedo ayudarle en algo más?",
    transfer.NEXT_IN_LINE: "Su llamada es la siguiente. Espere, por favor.",
    transfer.IN_LINE: "Su llamada está en el puesto {place} de la cola. Espere, por favor.",
    transfer.GO_ON_WAITING: (
        "Para seguir esperando, diga sí o pulse 1. Para no esperar más, diga no o pulse 2. "
        "Para dejar un mensaje, pulse 3."
    ),
    transfer.GOING_ON: "Gracias. Espere, por favor.",
    transfer.LEAVE_MESSAGE: (
        "Deje su mensaje después de la señal. Cuando termine, pulse almohadilla."
    ),
    transfer.MESSAGE_TAKEN: "Gracias, he recibido su mensaje. Adiós.",
    transfer.NO_MESSAGE: "No he oído ningún mensaje.",
    transfer.ASK_RATING: (
        "¿Qué le ha parecido esta llamada? Pulse una tecla del 1, mal, al 5, muy bien."
    ),
    transfer.OFFER: "¿Quiere que le pase con una persona de nuestro equipo?",
    transfer.OFFER_TO_WAIT: (
        "En este momento no hay nadie libre en nuestro equipo. "
        "¿Quiere que le pase en cuanto alguien quede libre?"
    ),
    transfer.OFFER_MESSAGE: (
        "En este momento no hay nadie libre en nuestro equipo. ¿Quiere dejar un mensaje?"
    ),
    transfer.PRESS: "Pulse 1 para atender la llamada, 2 para rechazarla.",
    transfer.CALLER_GONE: "Han colgado al otro lado.",
    transfer.CALLER_RETURNED: "La llamada ha vuelto al asistente. Adiós.",
    transfer.CODE: "El código es {code}.",
    transfer.CALLER_NUMBER: "Número terminado en {digits}.",
    transfer.CALLER_NO_NUMBER: "Llamada sin número.",
    transfer.ASKED_FOR_PERSON: "Ha pedido hablar con una persona.",
    transfer.ASKED_FOR_OPERATOR: "Ha pedido la centralita.",
    transfer.NOT_GETTING_ON: "No se entiende con el asistente.",
    transfer.AGENT_FAULT: "El asistente ha tenido un fallo.",
    transfer.SUPERVISED: "Un supervisor pasa la llamada.",
    transfer.TRIED: "Intentos: {tools}.",
    transfer.TOOL_WORKED: "{tool} funcionó",
    transfer.TOOL_FAILED: "{tool} falló",
    transfer.THEY_SAID: "Ha dicho: {words}",
    transfer.BECAUSE_THEY_SAID: "ha dicho: {words}",
    transfer.VERY_FRUSTRATED: "El tono es muy tenso.",
    transfer.ANNOYED: "El tono es de molestia.",
    transfer.CALM: "El tono es tranquilo.",
}

_TURNS = TurnWords(
    listening=word_set(
        "mm mhm hm hmm mmm ajá aja ah oh eh sí si ok okay vale claro bien bueno ya perfecto exacto "
        "exactamente correcto cierto entiendo entendido comprendo genial estupendo muy gracias "
        "verdad "
        "interesante excelente fantástico absolutamente efectivamente perfectamente"
    ),
    listening_phrases=re.compile(
        r"\b(?:de acuerdo|por supuesto|muy bien|está bien|ya veo|así es|eso es|lo entiendo|lo sé"
        r"|claro que sí|desde luego|siga|continúe|le escucho|tiene sentido)\b"
    ),
    hesitation=word_set("eh ehm em mm hm hmm mmm"),
    open_ends=word_set(
        "y e o u pero porque que cuando el la los las un una unos unas mi mis su sus nuestro "
        "nuestra de del al a en con por para sin sobre desde hasta entre como eh ehm em"
    ),
    announces=re.compile(
        r"\b(?:número|nombre|código|dirección|pin|nacimiento|identificación|referencia|dni|pedido)"
        r"(?: \w+){0,3} (?:es|era|son)(?: el| la)?$|\bme llamo$"
    ),
    dictation=re.compile(
        r"\b(?:números?|código|cifras?|dígitos?|pin|postal|cuenta|dni|iban|referencia"
        r"|fecha de nacimiento|deletre\w*)\b"
    ),
    request=re.compile(r"por favor|^¿?(?:dígame|dime|deme|indique|deletree)"),
    digits=digit_words("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    leads_in=word_set("número es el era son"),
    before_a_count=re.compile(
        "a|las|en|de|desde|hasta|antes|después|hacia|unos|unas|por|sobre|más|menos|cuesta|cuestan"
        "|pagué|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre"
        "|diciembre"
    ),
    one="uno",
)

_WAIT = r"(?:seguir esperando|esperar)"
_ANSWERS = Answers(
    accepts=whole(
        "hola|buenos días|buenas tardes|sí|si|vale|ok|bueno|eh",
        r"sí|si|acepto(?: la llamada)?|(?:yo )?(?:lo|la|le) (?:cojo|tomo|atiendo|acepto)"
        r"|(?:cojo|tomo|atiendo) la llamada|páse(?:me)?(?:la|lo|le)|páseme la llamada|adelante",
        "por favor|gracias",
    ),
    declines=whole(
        "hola|eh|lo siento|perdón",
        r"no|ahora no|rechazo(?: la llamada)?|la rechazo|(?:ahora )?no puedo(?: atender(?:la|lo"
        r"|le)?)?",
        "gracias|ahora|lo siento",
    ),
    # Here "no" is also "not": "no quiero esperar".
    go_on=whole(
        "eh|ok|vale|bueno|sí|si",
        rf"sí|si|(?:me )?espero|sigo esperando|(?:puedo|quiero|voy a|prefiero) {_WAIT}|esperaré",
        "un poco|más|gracias|por favor",
    ),
    stop=whole(
        "eh|ok|vale|bueno|no|sí|si",
        rf"no|stop|basta|no (?:quiero|puedo) {_WAIT}|no espero|déjelo|olvídelo",
        "más|gracias|por favor",
    ),
    message=whole(
        "eh|ok|vale|bueno|sí|si",
        r"(?:(?:quiero|quisiera|prefiero|puedo|me gustaría|voy a) )?dejar un (?:mensaje|recado)",
        "gracias|por favor",
    ),
)

_WHO = (
    r"(?:human[oa]s?|ser humano|persona|alguien|operadora?|agente|asesora?|representante"
    r"|compañer[oa]|emplead[oa]|encargad[oa]|supervisora?|jef[ea]|gerente|responsable|comercial"
    r"|técnic[oa]|atención al cliente|servicio al cliente|centralita|ejecutiv[oa])"
)
_MACHINE = r"(?:máquina|robot|ordenador|computadora|contestador|bot|grabación|ia)"
_WISHES = Wishes(
    nouns=word_set(
        "humano humana operador operadora agente asesor asesora representante persona supervisor"
    ),
    around=word_set(
        "por favor un una el la con quiero hablar sí no hola señorita señor real de verdad eh "
        "ahora "
        "ya necesito a buenos días buenas tardes ser al cliente"
    ),
    asks=re.compile(
        r"\b(?:quiero|quisiera|querría|quería|necesito|puedo|podría|me gustaría|prefiero|deseo"
        r"|exijo|déjeme|permítame|posible)\b[^.?!]{0,40}\b(?:hablar|comunicarme|contactar|conversar"
        rf"|tratar)\b[^.?!]{{0,20}}\b{_WHO}\b"
        r"|\b(?:páseme|pásame|pasarme|comuníqueme|comunicarme|póngame|ponerme|transfiérame"
        r"|transferirme|conécteme|deme|dame|me (?:puede |podría |pueda )?(?:pasar?|pasa|pone|poner"
        rf"|comunicar?|transferir|transfiere|conectar))\b[^.?!]{{0,25}}\b{_WHO}\b"
        r"|\b(?:páseme|comuníqueme) con\b|\btransfiérame\b"
        r"|\b(?:quiero|necesito|prefiero|exijo) (?:a )?(?:un|una|otro|otra|al|el|la)? ?(?:ser )?"
        r"(?:human[oa]|operadora?|agente|asesora?|representante|supervisora?"
        r"|persona (?:real|humana|de verdad))\b"
        rf"|\b(?:hay|está|habría)\b (?:\w+ ){{0,2}}?{_WHO}\b[^.?!]{{0,40}}"
        r"\b(?:hablar|ayud\w+|atend\w+|atienda|disponible)"
        r"|\b(?:no|nunca|hart[oa] de|cansad[oa] de)\b[^.?!]{0,20}\b(?:hablar|hablando|tratar) con"
        rf" (?:\w+ )?{_MACHINE}\b"
    ),
    not_meant=re.compile(
        r"\b(?:hablé|he hablado|había hablado|hemos hablado|hablamos)\b[^.?!,]*"
        r"|\b(?:mi|mis|nuestr[oa]s?) (?:\w+ )?(?:jef\w+|compañer\w+|gerente|agente|asesora?"
        r"|supervisora?|emplead\w+)\b|\bagentes? (?:inmobiliari\w+|de viajes|de seguros)"
        rf"|\bno (?:quiero|necesito|hace falta) (?:hablar )?(?:con )?(?:una? |ning\w+ )?{_WHO}\b"
    ),
    offers=re.compile(
        r"^(?=[^.?!]*\b(?:pas[eo]|pasar\w*|transfier\w*|transferir\w*|comuni\w+|conect\w+|hablar"
        rf"|ponga)\b)(?=[^.?!]*\b{_WHO}\b)[^.?!]*\?"
    ),
    agrees=re.compile(
        r"^(?:(?:ah|eh|pues|bueno|ok|okay),? )*(?:sí|si(?=[,.!]|$)|claro|por favor|vale|de acuerdo"
        r"|ok|okay|está bien|adelante|hágalo|sería)\b"
    ),
)

SPANISH = Language(code="es", sentences=_SENTENCES, turns=_TURNS, answers=_ANSWERS, wishes=_WISHES)
