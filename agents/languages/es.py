"""Spanish."""

from __future__ import annotations

from agents import fixed_phrases as fixed
from agents.languages.language import Language
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
        "Para seguir esperando, pulse 1. Para no esperar más, pulse 2. "
        "Para dejar un mensaje, pulse 3."
    ),
    transfer.GOING_ON: "Gracias. Espere, por favor.",
    transfer.LEAVE_MESSAGE: (
        "Deje su mensaje después de la señal. Cuando termine, pulse almohadilla."
    ),
    transfer.MESSAGE_TAKEN: "Gracias, he recibido su mensaje. Adiós.",
    transfer.NO_MESSAGE: "No he oído ningún mensaje. Adiós.",
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
    transfer.CALLER_NUMBER: "Llamada de un número terminado en {digits}.",
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

SPANISH = Language(code="es", sentences=_SENTENCES)
