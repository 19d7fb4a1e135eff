"""Who has the floor, told by the words of each language."""

from __future__ import annotations

import pytest

from agents.languages import language_of
from agents.turn_taking import words
from agents.turn_taking.dictation import dictated
from agents.turn_taking.end_of_turn import EndOfTurn, Evidence
from agents.turn_taking.words import Overlap
from telephony.contracts import TurnTakingSpec
from tests.agents.turn_taking.floor_rig import Rig

LISTENING = {
    "de": [
        "Ja.",
        "Mhm, genau.",
        "Ach so.",
        "Alles klar, danke.",
        "Ähm.",
        "Ja, ich verstehe.",
        "Haha, sehr interessant.",
    ],
    "fr": [
        "Oui.",
        "D'accord.",
        "Ah oui, je vois.",
        "Très bien, merci.",
        "Euh.",
        "C\u2019est ça.",
        "Haha, excellent.",
    ],
    "es": [
        "Sí.",
        "Vale, vale.",
        "Ajá.",
        "Muy bien, gracias.",
        "Eh.",
        "Sí, de acuerdo.",
        "Jajaja, excelente.",
    ],
    "it": [
        "Sì.",
        "Va bene.",
        "Ah, ho capito.",
        "Certo, certo.",
        "Ehm.",
        "Sì, d'accordo.",
        "Ahah, interessante.",
    ],
    "nl": [
        "Ja.",
        "Oké, prima.",
        "Ik snap het.",
        "Dat klopt, ja.",
        "Eh.",
        "Ja hm, dank u wel.",
        "Haha, geweldig.",
    ],
}
SPEAKING = {
    "de": ["Stopp.", "Nein.", "Moment mal.", "Ja, aber wann?", "Warten Sie.", "Entschuldigung."],
    "fr": ["Stop.", "Non.", "Attendez.", "Oui, mais quand ?", "Un instant.", "Pardon."],
    "es": ["Pare.", "No.", "Espere.", "Sí, pero ¿cuándo?", "Un momento.", "Disculpe."],
    "it": ["Basta.", "No.", "Aspetti.", "Sì, ma quando?", "Un momento.", "Scusi."],
    "nl": ["Stop.", "Nee.", "Wacht even.", "Ja, maar wanneer?", "Een moment.", "Pardon."],
}
OPEN = {
    "de": ["Ich hätte gern den und", "Meine Kundennummer ist", "Ich brauche einen, ähm"],
    "fr": ["Je voudrais venir et", "Mon numéro de client est", "J'ai besoin de"],
    "es": ["Quiero ir y", "Mi número de cliente es", "Necesito un, eh"],
    "it": ["Vorrei venire e", "Il mio codice cliente è", "Ho bisogno di"],
    "nl": ["Ik wil komen en", "Mijn klantnummer is", "Ik zoek een, eh"],
}
WHOLE = {
    "de": ["Wo ist meine Bestellung?", "Ich rufe morgen an.", "Was ist das?"],
    "fr": ["Où est ma commande ?", "Je rappelle demain.", "Qu'est-ce que c'était ?"],
    "es": ["¿Dónde está mi pedido?", "Llamo mañana.", "Sí, por favor."],
    "it": ["Dov'è il mio ordine?", "Richiamo domani.", "Sì, grazie."],
    "nl": ["Waar is mijn bestelling?", "Ik bel morgen terug.", "Wat is dat?"],
}
FOUR_TWO_SEVEN_ONE = {
    "de": ("vier zwo sieben eins", "Wie lautet Ihre Bestellnummer?", "Das ist alles, danke?"),
    "fr": ("quatre deux sept un", "Quel est votre numéro de commande ?", "Autre chose ?"),
    "es": ("cuatro dos siete uno", "¿Cuál es su número de pedido?", "¿Algo más?"),
    "it": ("quattro due sette uno", "Qual è il suo numero d'ordine?", "Altro?"),
    "nl": ("vier twee zeven één", "Wat is uw bestelnummer?", "Anders nog iets?"),
}
OTHERS = ["de", "fr", "es", "it", "nl"]
each_language = pytest.mark.parametrize("code", OTHERS)


@each_language
def test_listening_leaves_the_agent_speaking(code: str) -> None:
    known = language_of(code).turns
    kinds = {text: words.overlap_kind(text, known) for text in LISTENING[code]}
    assert set(kinds.values()) == {Overlap.BACKCHANNEL}, kinds


@each_language
def test_wanting_the_floor_stops_it(code: str) -> None:
    known = language_of(code).turns
    kinds = {text: words.overlap_kind(text, known) for text in SPEAKING[code]}
    assert set(kinds.values()) == {Overlap.INTERRUPTION}, kinds


@each_language
def test_half_a_sentence_is_told_from_a_whole_one(code: str) -> None:
    known = language_of(code).turns
    assert [text for text in OPEN[code] if not words.is_open(text, known)] == []
    assert [text for text in WHOLE[code] if words.is_open(text, known)] == []


@each_language
def test_a_number_said_digit_by_digit_is_waited_for(code: str) -> None:
    known = language_of(code).turns
    said, question, other = FOUR_TWO_SEVEN_ONE[code]
    assert words.asks_for_digits(question, known)
    assert not words.asks_for_digits(other, known)
    assert dictated(said, asked=True, known=known) == "4271"
    end = EndOfTurn(TurnTakingSpec(), [range(4, 5)], language_of(code))
    spec = TurnTakingSpec()
    half, whole = said.rsplit(" ", 1)[0], said
    assert end.wait_ms(Evidence(half, None, True)) == spec.digit_endpointing_ms
    assert end.wait_ms(Evidence(whole, None, True)) == spec.min_endpointing_ms


def test_a_language_without_words_of_its_own_finds_words_in_any_script() -> None:
    known = language_of("ru").turns
    assert words.overlap_kind("Стоп, подождите", known) is Overlap.INTERRUPTION
    assert words.overlap_kind("Mm.", known) is Overlap.BACKCHANNEL
    assert not words.is_open("Co to", known), "English words end no sentence of another language"


@pytest.mark.parametrize(
    ("language", "said", "ms", "stops"),
    [
        ("de-AT", "Ja, genau.", 500, False),
        ("de-AT", "Stopp!", 300, True),
        ("en", "Genau.", 300, True),
        # Of a language that is not known the length decides.
        ("ru", "Да.", 300, False),
        ("ru", "Подождите минуту, пожалуйста.", 800, True),
    ],
)
def test_speech_over_the_agents_is_judged_in_the_language_of_the_call(
    language: str, said: str, ms: int, stops: bool
) -> None:
    rig = Rig(language=language, min_interruption_ms=700)
    rig.hands.agent_playing = True
    rig.speak(ms)
    rig.quiet(140)
    rig.words(said)
    assert ("interrupt" in rig.hands.did) is stops
    assert ("resume" in rig.hands.did) is not stops
