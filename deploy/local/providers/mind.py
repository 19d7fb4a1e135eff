"""What the realtime stand-in says: the scenario's rules, and no state but the conversation.

Everything is read from the items each time, so a session that reconnects and replays its items
is answered as if nothing had happened.
"""

from __future__ import annotations

import ast
import json
import re
import string
from dataclasses import dataclass, field
from typing import Any, Literal

from deploy.local.providers.phrases import Match, Phrase, normalize
from deploy.local.providers.scenario import Persona, Rule, Scenario, ToolUse

_QUOTED = re.compile(
    r"\"([^\"]{2,})\"|\N{LEFT DOUBLE QUOTATION MARK}([^\N{RIGHT DOUBLE QUOTATION MARK}]{2,})"
    r"\N{RIGHT DOUBLE QUOTATION MARK}|(?<!\w)'([^']{2,}(?:'\w[^']*)*)'(?!\w)"
)


@dataclass(frozen=True)
class Turn:
    """One item as the mind sees it. ``text`` is words, a call's arguments or a tool's output."""

    kind: Literal["system", "user", "assistant", "function_call", "function_call_output"]
    text: str = ""
    name: str = ""
    call_id: str = ""


@dataclass(frozen=True)
class Prompt:
    """A request for a response. ``extra`` is what response.create's instructions add."""

    instructions: str
    turns: tuple[Turn, ...]
    tools: frozenset[str]
    extra: str = ""
    tool_choice: object = "auto"


@dataclass(frozen=True)
class Call:
    """A function call; ``arguments`` is JSON."""

    name: str
    arguments: str


@dataclass(frozen=True)
class Reply:
    """What to answer: words first, then calls. Both may be empty."""

    text: str = ""
    calls: tuple[Call, ...] = field(default=())


class Mind:
    """Answers prompts by a scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def persona(self, instructions: str) -> str:
        """Name of the persona that would answer."""
        return self._scenario.persona_for(instructions).name

    def answer(self, prompt: Prompt) -> Reply:
        """Find the reply. A tool that is not in ``prompt.tools`` is never called."""
        persona = self._scenario.persona_for(prompt.instructions)
        quoted = _quoted(prompt.extra)
        if quoted:
            return Reply(quoted)
        outputs, said = _unanswered(prompt.turns)
        if outputs:
            return _after_tools(persona, prompt, outputs)
        if said:
            return _to_words(persona, prompt, [normalize(text) for text in said])
        return Reply(_unprompted(persona, prompt))


def _unanswered(turns: tuple[Turn, ...]) -> tuple[list[Turn], list[str]]:
    """Tool outputs, and the caller's words, since the agent last spoke."""
    outputs: list[Turn] = []
    said: list[str] = []
    for turn in reversed(turns):
        if turn.kind == "function_call_output" and not said:
            outputs.insert(0, turn)
        elif turn.kind == "user":
            if outputs:
                break
            said.insert(0, turn.text)
        elif turn.kind in ("assistant", "function_call"):
            break
    return outputs, said


def _to_words(persona: Persona, prompt: Prompt, said: list[str]) -> Reply:
    # What was said in pieces ("hello" ... "where is my order") is first read as one.
    for text in (" ".join(filter(None, said)), *reversed(said)):
        found = _find_rule(persona, text)
        if found is not None:
            rule, match = found
            return _by_rule(persona, prompt, rule, match)
    return Reply(persona.fallback)


def _find_rule(persona: Persona, text: str) -> tuple[Rule, Match] | None:
    """The rule whose phrase covers most of the text; the first such in the file."""
    best: tuple[Rule, Match] | None = None
    for rule in persona.rules:
        for phrase in rule.heard:
            match = phrase.match(text)
            if match is not None and (best is None or match.length > best[1].length):
                best = (rule, match)
    return best


def _by_rule(persona: Persona, prompt: Prompt, rule: Rule, match: Match) -> Reply:
    use = rule.call
    if use is None:
        return Reply(rule.say or persona.fallback)
    if not _may_call(prompt, use.tool):
        return Reply(rule.say or use.failed)
    arguments = {
        name: value.replace("<digits>", match.digits) for name, value in use.arguments.items()
    }
    return Reply(rule.say or "", (Call(use.tool, json.dumps(arguments)),))


def _may_call(prompt: Prompt, tool: str) -> bool:
    choice = prompt.tool_choice
    if choice == "none" or tool not in prompt.tools:
        return False
    if isinstance(choice, dict) and choice.get("type") == "function":
        return choice.get("name") == tool
    return True


def _after_tools(persona: Persona, prompt: Prompt, outputs: list[Turn]) -> Reply:
    names = {turn.call_id: turn.name for turn in prompt.turns if turn.kind == "function_call"}
    words = [turn.text for turn in prompt.turns if turn.kind == "user"]
    sentences: list[str] = []
    for output in outputs:
        use = _use_of(persona, names.get(output.call_id, ""), words)
        if use is not None and use.then is not None:
            sentences.append(_fill(use, output.text))
        elif use is not None and _result(output.text) is None:
            sentences.append(use.failed)
    return Reply(" ".join(sentences))


def _use_of(persona: Persona, tool: str, words: list[str]) -> ToolUse | None:
    """The rule that called the tool: the one for the last words heard, else the first with it."""
    for text in reversed(words):
        found = _find_rule(persona, normalize(text))
        if found is not None and found[0].call is not None and found[0].call.tool == tool:
            return found[0].call
    uses = (rule.call for rule in persona.rules if rule.call is not None)
    return next((use for use in uses if use.tool == tool), None)


def _fill(use: ToolUse, output: str) -> str:
    result = _result(output)
    if result is None or use.then is None:
        return use.failed
    parts: list[str] = []
    for literal, name, spec, _ in string.Formatter().parse(use.then):
        parts.append(literal)
        if name is not None:
            value = result.get(name)
            if value is None or isinstance(value, dict | list):
                return use.failed
            parts.append(" ".join(str(value)) if spec == "spell" else str(value))
    return "".join(parts)


def _result(output: str) -> dict[str, Any] | None:
    """The fields of a tool's output, or None when the tool failed.

    Takes JSON or what Python prints of a dict; ``{"ok": true, "result": {...}}`` is unwrapped.
    """
    try:
        value = json.loads(output)
    except ValueError:
        try:
            value = ast.literal_eval(output)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            value = output
    if not isinstance(value, dict):
        return {"text": str(value)}
    if value.get("ok") is False or value.get("error"):
        return None
    for wrapper in ("result", "data"):
        inner = value.get(wrapper)
        if isinstance(inner, dict):
            value = {**value, **inner}
        elif isinstance(inner, str) and "text" not in value:
            value = {**value, "text": inner}
    return value


def _unprompted(persona: Persona, prompt: Prompt) -> str:
    asked = prompt.extra.lower()
    if re.search(r"\b(goodbye|good-bye|farewell|end the call|hang up|say bye)\b", asked):
        return persona.goodbye
    if re.search(r"\b(greet\w*|welcome|introduce)\b", asked):
        return persona.greeting
    if any(turn.kind == "assistant" for turn in prompt.turns):
        return persona.idle
    return persona.greeting


def _quoted(extra: str) -> str:
    found = _QUOTED.search(extra)
    return next(group for group in found.groups() if group).strip() if found else ""


def heard_phrases(scenario: Scenario) -> list[Phrase]:
    """What the ears must know for this scenario: its phrases, each once."""
    unique = {phrase.tokens: phrase for phrase in scenario.phrases()}
    return list(unique.values())
