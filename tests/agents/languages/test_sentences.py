"""Every sentence of the product exists in every language, and says the same."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from agents import fixed_phrases
from agents.languages import ENGLISH, LANGUAGES, Language, language_of
from agents.transfer import sentences
from agents.transfer.briefing import LEAST_WISH_WORDS, MOST_WISH_WORDS, MOST_WORDS, Notes
from telephony.contracts import ToolCallRecord, TurnRecord
from telephony.enums import Speaker, ToolOutcome, TransferCause

AGENTS = Path(__file__).resolve().parents[3] / "agents"
OTHERS = [language for language in LANGUAGES.values() if not language.is_english]
each_language = pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)


def texts(module: ModuleType) -> set[str]:
    """Every text of the module, whatever its constant is called."""
    found: set[str] = set()
    for name, value in vars(module).items():
        if name.isupper():
            found |= {value} if isinstance(value, str) else set(value)
    return found


EVERYTHING = texts(fixed_phrases) | texts(sentences)


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@each_language
def test_every_sentence_and_template_is_there_and_nothing_else(language: Language) -> None:
    assert set(language.sentences) == EVERYTHING
    assert all(text.strip() == text != "" for text in language.sentences.values())


@each_language
def test_a_translation_keeps_the_blanks_the_keys_and_the_question(language: Language) -> None:
    for english, translated in language.sentences.items():
        assert fields(translated) == fields(english), translated
        assert re.findall(r"\d", translated) == re.findall(r"\d", english), translated
        assert ("?" in translated) == ("?" in english), translated


@each_language
def test_what_was_translated_once_is_not_again(language: Language) -> None:
    assert all(language.say(text) == text for text in language.sentences.values())
    assert language.say("What the model said {so}.") == "What the model said {so}."


def test_nothing_is_said_that_no_catalogue_could_hold() -> None:
    """A sentence written at the place where it is said would stay English."""
    said = []
    for path in AGENTS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _says(node.func):
                texts = [*node.args, *(k.value for k in node.keywords if k.arg == "text")]
            elif isinstance(node, ast.keyword) and node.arg == "words":
                texts = [node.value]
            else:
                continue
            said += [f"{path.name}: {ast.unparse(text)}" for text in texts if _is_text(text)]
    assert said == []


def _says(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"say", "say_beside", "_say"}


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""
    )


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de", "de"), ("de-CH", "de"), ("FR_fr", "fr"), ("en-GB", "en"), ("pl", ""), ("", "")],
)
def test_a_tag_leads_to_its_language(tag: str, code: str) -> None:
    assert language_of(tag).code == code


def test_a_language_that_is_not_there_says_it_in_english() -> None:
    assert language_of("pl").say(sentences.IN_LINE, place=3) == ENGLISH.say(
        sentences.IN_LINE, place=3
    )


def test_places_and_codes_are_filled_in() -> None:
    german, french = language_of("de"), language_of("fr")
    assert german.say(sentences.position(2), place=2).startswith(
        "Sie sind in der Warteschlange auf Platz 2."
    )
    assert "1" not in german.say(sentences.position(1), place=1)
    assert french.say(sentences.CODE, code=", ".join("4071")) == "Le code est 4, 0, 7, 1."


def notes(language: Language, wish: str) -> Notes:
    made = Notes("+4930123456", language)
    made.on_record(
        TurnRecord(key="caller:1", speaker=Speaker.CALLER, text=wish, start_ms=0, end_ms=1)
    )
    made.on_record(
        ToolCallRecord(
            key="tool:1",
            name="order_status",
            arguments={},
            outcome=ToolOutcome.TIMEOUT,
            result={},
            start_ms=1,
            duration_ms=1,
        )
    )
    made.mood = sentences.ANNOYED
    return made


def test_a_briefing_is_in_the_language_of_the_call() -> None:
    told = notes(language_of("de"), "Wo bleibt meine Bestellung?")
    assert told.briefing(TransferCause.OPERATOR_KEY) == (
        "Anruf mit den Endziffern 3 4 5 6. Gewünscht wurde die Zentrale. "
        "Versucht: order status gescheitert. Gesagt wurde: Wo bleibt meine Bestellung? "
        "Die Stimmung ist gereizt."
    )
    # The product's own reasons are English names.
    why = "frustrated: tool failure"
    assert "Mit dem Sprachassistenten" in told.briefing(TransferCause.FRUSTRATION, why)
    assert "tool failure" not in told.summary(TransferCause.FRUSTRATION, why)


@each_language
@pytest.mark.parametrize("cause", TransferCause)
@pytest.mark.parametrize("code", ["", "123456"])
def test_a_briefing_stays_short_in_every_language(
    language: Language, cause: TransferCause, code: str
) -> None:
    told = notes(language, "wort " * 50)
    text = told.briefing(cause, code=code)
    spoken = [text, language.say(sentences.PRESS)]
    if code:
        spoken.append(language.say(sentences.CODE, code=", ".join(code)))
    assert len(" ".join(spoken).split()) <= MOST_WORDS
    assert text.endswith(language.say(sentences.ANNOYED))
    assert text.count("wort") >= LEAST_WISH_WORDS
    why = told._why(cause, "")
    assert len(why.split()) <= MOST_WISH_WORDS
    assert why in text


def test_a_header_spells_without_accents_what_it_cannot_hold() -> None:
    told = notes(language_of("de"), "Größe für Zoë?")
    assert "Grosse fur Zoe?" in told.summary(TransferCause.AGENT_DECIDED)


def test_the_admin_names_the_languages() -> None:
    text = (AGENTS.parent / "telephony/admin/personas.py").read_text()
    *most, last = LANGUAGES
    assert f"{', '.join(most)} or {last}" in text
