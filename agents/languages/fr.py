"""French."""

from __future__ import annotations

import re

from agents import fixed_phrases as fixed
from agents.languages.answers import Answers, Wishes, whole
from agents.languages.language import Language
from agents.languages.turns import TurnWords, digit_words, word_set
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
        "Pour continuer à patienter, dites oui ou tapez 1. "
        "Pour ne plus attendre, dites non ou tapez 2. "
        "Pour laisser un message, tapez 3."
    ),
    transfer.GOING_ON: "Merci de patienter.",
    transfer.LEAVE_MESSAGE: (
        "Laissez un message après le signal sonore. Pour terminer, appuyez sur la touche dièse."
    ),
    transfer.MESSAGE_TAKEN: "Merci, votre message est enregistré. Au revoir.",
    transfer.NO_MESSAGE: "Je n'ai pas entendu de message.",
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
    transfer.PRESS: "Tapez 1 pour accepter, 2 pour refuser.",
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
    transfer.THEY_SAID: "Ses mots : {words}",
    transfer.BECAUSE_THEY_SAID: "la personne a dit : {words}",
    transfer.VERY_FRUSTRATED: "Le ton est très tendu.",
    transfer.ANNOYED: "Le ton est agacé.",
    transfer.CALM: "Le ton est calme.",
}

_TURNS = TurnWords(
    listening=word_set(
        "mm mhm hm hum hmm mmh mmm ah oh oui ouais ok okay d'accord bien bon voilà exact "
        "exactement "
        "parfait super génial entendu compris effectivement vraiment certes très merci absolument "
        "intéressant excellent formidable certainement évidemment correct"
    ),
    listening_phrases=re.compile(
        r"\b(?:je vois|je comprends|c'est ça|ça marche|bien sûr|tout à fait|je sais|très bien"
        r"|c'est (?:bien|bon|vrai)|j'ai compris|allez ?y|continuez|je vous écoute)\b"
    ),
    hesitation=word_set("euh heu hum hm hmm mm eh"),
    open_ends=word_set(
        "et ou mais parce que qui si donc le la les l un une des du de mon ma mes votre vos notre "
        "nos leur pour avec dans chez par sans à au aux je c'est comme quand lorsque puisque car "
        "euh heu hum"
    ),
    announces=re.compile(
        r"\b(?:numéro|nom|code|adresse|pin|référence|naissance|identifiant)"
        r"(?: \w+){0,3} (?:est|c'est|sont|était)(?: le| la)?$|\bm'appelle$"
    ),
    dictation=re.compile(
        r"\b(?:numéros?|code|chiffres?|pin|postal|compte|référence|iban|date de naissance"
        r"|épel\w*)\b"
    ),
    request=re.compile(r"s'il vous pla[iî]t|^(?:dites|donnez|indiquez|épelez)"),
    digits=digit_words("zéro/zero un deux trois quatre cinq six sept huit neuf"),
    leads_in=word_set("numéro est c'est le était sont"),
    before_a_count=re.compile(
        "à|en|le|de|du|depuis|avant|après|vers|environ|pour|sur|plus|moins|coûte|coûtent|payé"
        "|janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre"
    ),
    one="un",
)

_WAIT = r"(?:attendre|patienter)"
_ANSWERS = Answers(
    accepts=whole(
        "allô|bonjour|oui|euh|d'accord|ok|okay|bien|bon",
        r"oui|ouais|je (?:(?:le|la|les) )?prends(?: l'appel)?|passez(?: (?:le|la|les|moi))*"
        r"|(?:vous pouvez )?me (?:le|la|les) passer|j'accepte(?: l'appel)?|allez y|volontiers"
        r"|bien sûr",
        "s'il vous plaît|merci",
    ),
    declines=whole(
        "allô|bonjour|euh|ok|ah",
        r"non|pas maintenant|je refuse|(?:je )?(?:ne )?peux pas(?: (?:le|la|prendre|l'appel))*",
        "merci|désolé|désolée|maintenant|là",
    ),
    go_on=whole(
        "euh|ok|okay|bon|bien|d'accord|oui|non",
        r"oui|(?:je patiente|j'attends|je reste)(?: (?:encore|en ligne|un peu))*"
        rf"|je (?:veux|souhaite|peux|vais|voudrais)(?: bien)?(?: continuer à)?(?: encore)? {_WAIT}",
        "encore|un peu|merci|s'il vous plaît",
    ),
    stop=whole(
        "euh|ok|bon|ah|non|oui",
        rf"non|stop|arrêtez?|j'arrête|je (?:ne )?(?:veux|peux) (?:pas|plus) {_WAIT}"
        r"|laissez tomber|tant pis|j'abandonne",
        "merci|plus longtemps|s'il vous plaît",
    ),
    message=whole(
        "euh|ok|bon|non|oui",
        r"(?:(?:je (?:veux|voudrais|souhaite|vais|préfère)|j'aimerais|puis je"
        r"|est ce que je peux) )?laisser un message",
        "merci|s'il vous plaît",
    ),
)

_WHO = (
    r"(?:humains?|être humain|(?:une|la|autre|vraie) (?:vraie |autre )?personne|quelqu'un"
    r"|conseill(?:er|ère|ers)|opérat(?:eur|rice)|agente?|collègue|employée?|responsable"
    r"|supérieure?|chef|superviseur|interlocut(?:eur|rice)|technicien(?:ne)?|standard(?:iste)?"
    r"|service client(?:èle)?|service clients)"
)
_MACHINE = r"(?:machine|robot|ordinateur|répondeur|automate|bot|ia)"
_WISHES = Wishes(
    nouns=word_set(
        "humain conseiller conseillère opérateur opératrice agent standard standardiste conseillers"
    ),
    around=word_set(
        "un une le la l d à au s il vous plaît svp oui non allô bonjour vrai vraie avec parler je "
        "veux voudrais euh maintenant service client être"
    ),
    asks=re.compile(
        r"\b(?:veux|voudrais|aimerais|souhaite|souhaiterais|peux|puis|pourrais|dois|préfère"
        r"|préférerais|besoin|possible|voulons|pouvez|pourriez|laissez|demande|exige|faut)\b"
        r"[^.?!]{0,40}\b(?:parler|discuter|échanger|m'adresser|joindre|avoir|contacter)\b"
        rf"[^.?!]{{0,25}}\b{_WHO}\b"
        rf"|\b(?:passez|passe|mettez|transférez|connectez|donnez)[- ]moi\b[^.?!]{{0,40}}\b{_WHO}\b"
        r"|\bmettez[- ]moi en (?:relation|contact|communication)\b|\btransférez[- ]moi\b"
        r"|\b(?:me|nous) (?:passer|transférer|rediriger|connecter|mettre en (?:relation|contact"
        rf"|communication|ligne))\b[^.?!]{{0,30}}\b{_WHO}\b"
        r"|\b(?:veux|voudrais|préfère|exige|besoin|demande) (?:un |une |d'un |d'une |à un )?"
        r"(?:vrai |vraie |autre )*(?:humain|être humain|conseill(?:er|ère)|opérat(?:eur|rice)"
        r"|interlocut(?:eur|rice))\b"
        rf"|\b(?:y a-t-il|il y a|est-ce qu'il y a)\b[^.?!]{{0,20}}\b{_WHO}\b[^.?!]{{0,40}}"
        r"\b(?:parler|aider|joindre|disponible)"
        r"|\b(?:pas|plus|jamais|marre de|refuse de)\b[^.?!]{0,20}\b(?:parler|discuter) (?:à|avec)"
        rf" (?:\w+ )?{_MACHINE}\b"
    ),
    not_meant=re.compile(
        r"\b(?:ai|avais|avons|a) (?:\w+ )?(?:parlé|discuté|eu|échangé)\b[^.?!,]*"
        r"|\b(?:mon|ma|mes|notre|nos|son|sa|ses) (?:\w+ )?(?:chef|collègues?|responsable|agent"
        r"|conseill\w+|employé\w*)\b|\bagents? (?:immobilier|d'assurance|de voyage)\w*"
        r"|\bpas besoin d[e'][^.?!,]*"
        rf"|\bne (?:veux|souhaite) pas (?:de |parler (?:à|avec) )(?:un |une )?{_WHO}\b"
    ),
    offers=re.compile(
        r"^(?=[^.?!]*\b(?:mett\w+ en (?:relation|contact|communication)|transf\w+|pass(?:e|er)\b"
        rf"|parler|connecte\w*))(?=[^.?!]*\b{_WHO}\b)[^.?!]*\?"
    ),
    agrees=re.compile(
        r"^(?:(?:ah|euh|ben|eh|bah|ok|okay),? )*(?:oui|ouais|volontiers|d'accord|ok|okay"
        r"|s'il vous plaît|bien sûr|avec plaisir|je veux bien|allez-y|ce serait)\b"
    ),
)

FRENCH = Language(code="fr", sentences=_SENTENCES, turns=_TURNS, answers=_ANSWERS, wishes=_WISHES)
