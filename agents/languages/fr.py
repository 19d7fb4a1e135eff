"""French."""

from __future__ import annotations

from agents import fixed_phrases as fixed
from agents.languages.language import Language
from agents.transfer import sentences as transfer

_SENTENCES = {
    fixed.SAY_AGAIN: "Excusez-moi, je n'ai pas compris. Pouvez-vous répéter, s'il vous plaît ?",
    fixed.KEYPAD_OFFER: (
        "Je n'ai toujours pas compris. "
        "Vous pouvez aussi saisir les chiffres sur le clavier de votre téléphone."
    ),
    fixed.NO_MODEL: (
        "Veuillez m'excuser, je ne peux pas poursuivre cet appel pour le moment. "
        "Merci de rappeler plus tard. Au revoir."
    ),
    fixed.SHUTDOWN: (
        "Veuillez m'excuser, cet appel doit se terminer maintenant. Merci de rappeler. Au revoir."
    ),
    fixed.TIME_LIMIT: (
        "Veuillez m'excuser, la durée maximale de l'appel est atteinte. "
        "Merci de rappeler. Au revoir."
    ),
    fixed.GOODBYE: "Merci de votre appel. Au revoir.",
    fixed.RESUMED_GREETING: (
        "Excusez-moi, la communication a été coupée un instant. Continuez, je vous en prie."
    ),
    fixed.BRIDGES[0]: "Un instant, s'il vous plaît.",
    fixed.BRIDGES[1]: "Excusez-moi, encore un petit instant.",
    fixed.FILLERS[0]: "Je vérifie cela.",
    fixed.FILLERS[1]: "Je cherche encore.",
    fixed.FILLERS[2]: "Cela prend un instant. Merci de patienter.",
    fixed.NUDGES[0]: "Êtes-vous toujours là ?",
    fixed.NUDGES[1]: "Je ne vous entends pas. Puis-je vous aider ?",
    fixed.NUDGE_GOODBYE: (
        "Je n'entends personne, je vais donc raccrocher. N'hésitez pas à rappeler. Au revoir."
    ),
    transfer.CONNECTING: "Je vous mets en relation avec un collègue. Un instant, s'il vous plaît.",
    transfer.STILL_TRYING: ("J'essaie toujours de joindre quelqu'un. Un instant, s'il vous plaît."),
    transfer.ALL_BUSY: "Je regrette, tous mes collègues sont occupés pour le moment.",
    transfer.CLOSED: "Je regrette, personne ne peut prendre votre appel à cette heure-ci.",
    transfer.NOBODY_TOOK_IT: "Je regrette, aucun de mes collègues n'a pu prendre votre appel.",
    transfer.NOT_CONNECTED: "Je regrette, je n'ai pas pu vous mettre en relation.",
    transfer.STILL_HERE: "Je suis toujours là. Que puis-je faire pour vous ?",
    transfer.BACK_AGAIN: "Je suis de nouveau avec vous. Puis-je encore vous aider ?",
    transfer.NEXT_IN_LINE: "Votre appel est le prochain. Merci de patienter.",
    transfer.IN_LINE: "Votre appel est en position {place} dans la file. Merci de patienter.",
    transfer.GO_ON_WAITING: (
        "Pour continuer à patienter, tapez 1. Pour ne plus attendre, tapez 2. "
        "Pour laisser un message, tapez 3."
    ),
    transfer.GOING_ON: "Merci de patienter.",
    transfer.LEAVE_MESSAGE: (
        "Laissez un message après le signal sonore. Pour terminer, appuyez sur la touche dièse."
    ),
    transfer.MESSAGE_TAKEN: "Merci, votre message est enregistré. Au revoir.",
    transfer.NO_MESSAGE: "Je n'ai pas entendu de message. Au revoir.",
    transfer.ASK_RATING: (
        "Comment s'est passé cet appel ? Tapez un chiffre de 1, mal, à 5, très bien."
    ),
    transfer.OFFER: "Souhaitez-vous que je vous mette en relation avec un collègue ?",
    transfer.OFFER_TO_WAIT: (
        "Tous mes collègues sont occupés pour le moment. "
        "Souhaitez-vous que je vous mette en relation dès que l'un d'eux est libre ?"
    ),
    transfer.OFFER_MESSAGE: (
        "Tous mes collègues sont occupés pour le moment. Souhaitez-vous laisser un message ?"
    ),
    transfer.PRESS: "Tapez 1 pour prendre l'appel, 2 pour le refuser.",
    transfer.CALLER_GONE: "La personne a raccroché.",
    transfer.CALLER_RETURNED: "La personne est de nouveau avec l'assistant vocal. Au revoir.",
    transfer.CODE: "Le code est {code}.",
    transfer.CALLER_NUMBER: "Appel d'un numéro finissant par {digits}.",
    transfer.CALLER_NO_NUMBER: "Appel sans numéro.",
    transfer.ASKED_FOR_PERSON: "La personne demande à parler à quelqu'un.",
    transfer.ASKED_FOR_OPERATOR: "La personne a demandé le standard.",
    transfer.NOT_GETTING_ON: "L'échange avec l'assistant vocal n'aboutit pas.",
    transfer.AGENT_FAULT: "L'assistant vocal est en panne.",
    transfer.SUPERVISED: "Un superviseur transmet l'appel.",
    transfer.TRIED: "Essais : {tools}.",
    transfer.TOOL_WORKED: "{tool} réussi",
    transfer.TOOL_FAILED: "{tool} échoué",
    transfer.THEY_SAID: "La personne a dit : {words}",
    transfer.BECAUSE_THEY_SAID: "la personne a dit : {words}",
    transfer.VERY_FRUSTRATED: "Le ton est très tendu.",
    transfer.ANNOYED: "Le ton est agacé.",
    transfer.CALM: "Le ton est calme.",
}

FRENCH = Language(code="fr", sentences=_SENTENCES)
