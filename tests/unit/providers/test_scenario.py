"""The scenario file: what the mind makes of it, and what the loader refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.local.providers.app import DEFAULT_SCENARIO
from deploy.local.providers.mind import Mind, Prompt, Turn
from deploy.local.providers.scenario import ScenarioError, load

TOOLS = frozenset({"order_status", "opening_hours", "end_call"})
PERSONA = """
name: Test
personas:
  - name: Shop
    greeting: Good day.
    goodbye: Goodbye.
    idle: Are you there?
    fallback: Pardon?
    rules:
      - heard: [When are you open]
        say: Always.
"""


@pytest.fixture(scope="module")
def mind() -> Mind:
    return Mind(load(DEFAULT_SCENARIO))


def ask(mind: Mind, *turns: Turn, shop: str = "Nordwind Outdoor", extra: str = "") -> str:
    prompt = Prompt(f"You answer for {shop}.", turns, TOOLS, extra)
    reply = mind.answer(prompt)
    return " ".join([reply.text, *(f"[{c.name} {c.arguments}]" for c in reply.calls)]).strip()


def user(text: str) -> Turn:
    return Turn("user", text)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Hello, where is my order 4271?", '[order_status {"order_number": "4271"}]'),
        ("uh hello where is my order four two seven one thanks", "4271"),
        ("Where is my order?", "What is your order number?"),
        ("tell me about your tents", "three kinds of tents"),
        ("That is all, thank you.", "Thank you for calling. Goodbye. [end_call {}]"),
        ("", "Sorry, I did not catch that."),
        ("Colourless green ideas.", "Sorry, I did not catch that."),
    ],
)
def test_what_is_heard_decides_what_is_said(mind: Mind, said: str, answer: str) -> None:
    assert answer in ask(mind, user(said))


def test_the_persona_is_picked_by_its_instructions(mind: Mind) -> None:
    said = user("I would like an appointment.")
    assert "Which day" in ask(mind, said, shop="Lakeside Dental")
    assert "did not catch" in ask(mind, said, shop="Nordwind Outdoor")


def test_words_in_two_pieces_are_read_as_one(mind: Mind) -> None:
    assert "4271" in ask(mind, user("Hello."), user("where is my order 4271"))


@pytest.mark.parametrize(
    ("output", "answer"),
    [
        ('{"text": "We open at nine."}', "We open at nine. Is there anything else?"),
        ('{"ok": true, "result": {"text": "We open at nine."}}', "We open at nine."),
        ("{'text': 'We open at nine.'}", "We open at nine."),
        ("We open at nine.", "We open at nine."),
        ('{"ok": false, "error": "timeout"}', "I do not have our opening hours at hand"),
        ('{"other": 1}', "I do not have our opening hours at hand"),
    ],
)
def test_a_tools_result_is_told_or_its_failure(mind: Mind, output: str, answer: str) -> None:
    turns = (
        user("When are you open?"),
        Turn("function_call", "{}", "opening_hours", "call_1"),
        Turn("function_call_output", output, call_id="call_1"),
    )
    assert answer in ask(mind, *turns)


def test_after_hanging_up_there_is_nothing_to_say(mind: Mind) -> None:
    turns = (
        user("Goodbye."),
        Turn("assistant", "Thank you for calling. Goodbye."),
        Turn("function_call", "{}", "end_call", "call_1"),
        Turn("function_call_output", '{"ok": true}', call_id="call_1"),
    )
    assert ask(mind, *turns) == ""


@pytest.mark.parametrize(
    ("extra", "answer"),
    [
        ("Greet the caller.", "Nordwind Outdoor, good day."),
        ("Say goodbye and end the call.", "Thank you for calling. Goodbye."),
        ("Say “One moment, please.” to the caller.", "One moment, please."),
        ("", "Nordwind Outdoor, good day."),
    ],
)
def test_asked_without_words_it_says_something_sensible(
    mind: Mind, extra: str, answer: str
) -> None:
    assert ask(mind, extra=extra).startswith(answer)


@pytest.mark.parametrize(
    ("old", "new", "line", "named"),
    [
        ("say: Always.", "sya: Always.", 11, "sya"),
        ("say: Always.", "call: {tool: hours, arguments: 3}", 11, "arguments"),
        ("say: Always.", "call: {tool: hours, then: 'At {time'}", 11, "then"),
        ("say: Always.", "call: {tool: hours, then: 'At {a.__class__}'}", 11, "then"),
        ("say: Always.", "say: yes", 11, "say"),
        ("[When are you open]", "[Order <number>]", 10, "<number>"),
        ("[When are you open]", "[]", 10, "heard"),
        ("[When are you open]", "[7]", 10, "heard"),
        ("    idle: Are you there?\n", "", 4, "idle"),
        ("    goodbye: Goodbye.", "    greeting: Goodbye.", 6, "greeting"),
        ("name: Test\n", "name: Test\nname: Twice\n", 3, "name"),
    ],
)
def test_a_bad_file_is_refused_by_line_and_key(
    tmp_path: Path, old: str, new: str, line: int, named: str
) -> None:
    path = tmp_path / "bad.yaml"
    assert old in PERSONA
    path.write_text(PERSONA.replace(old, new), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert named in str(caught.value)


def test_a_good_file_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(PERSONA, encoding="utf-8")
    assert json.dumps(load(path).name) == '"Test"'


def test_a_file_that_is_no_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    with pytest.raises(ScenarioError, match=r"bad\.yaml"):
        load(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(ScenarioError, match="not YAML"):
        load(path)
