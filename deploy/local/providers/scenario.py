"""Reads a scenario file: who answers, what they hear, what they say. See scenarios/demo.yaml.

The loader refuses a bad file with its name, line and key, so that a typing mistake is found at
start and not in the middle of a call.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import yaml

from deploy.local.providers.phrases import Phrase, PhraseError, parse


class ScenarioError(ValueError):
    """A scenario file that cannot be used; the message says ``file:line: key: why``."""


@dataclass(frozen=True)
class ToolUse:
    """A call of a tool. In ``arguments``, the text ``<digits>`` stands for the digits heard."""

    tool: str
    arguments: dict[str, str]
    then: str | None
    failed: str


@dataclass(frozen=True)
class Rule:
    """What is heard, and what is said or called then (the saying comes first)."""

    heard: tuple[Phrase, ...]
    say: str | None
    call: ToolUse | None


@dataclass(frozen=True)
class Persona:
    """One voice on the phone. ``when`` is looked for in the instructions; None fits any."""

    name: str
    when: str | None
    greeting: str
    goodbye: str
    idle: str
    fallback: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Scenario:
    """A whole file. ``ears`` are phrases that may be heard and that no rule waits for."""

    name: str
    personas: tuple[Persona, ...]
    ears: tuple[Phrase, ...]

    def persona_for(self, instructions: str) -> Persona:
        """The first persona whose ``when`` is in the instructions, else the one without."""
        text = instructions.lower()
        named = (p for p in self.personas if p.when is not None and p.when.lower() in text)
        unnamed = (p for p in self.personas if p.when is None)
        return next(named, None) or next(unnamed, None) or self.personas[0]

    def phrases(self) -> list[Phrase]:
        """Everything the ears may hear."""
        heard = [phrase for p in self.personas for rule in p.rules for phrase in rule.heard]
        return [*heard, *self.ears]


def load(path: Path) -> Scenario:
    """Read and check one file. Raises ScenarioError."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path}: not YAML: {error}") from error
    return _Reader(path).scenario(node)


class _Reader:
    """Walks the YAML nodes rather than plain values: only nodes know their line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def scenario(self, node: yaml.Node | None) -> Scenario:
        if node is None:
            raise ScenarioError(f"{self._path}: the file is empty")
        keys = self._keys(node, "scenario", need=("name", "personas"), may=("ears",))
        personas = tuple(self._persona(n) for n in self._list(keys["personas"], "personas"))
        ears = keys.get("ears")
        return Scenario(
            name=self._text(keys["name"], "name"),
            personas=personas,
            ears=self._phrases(ears, "ears") if ears is not None else (),
        )

    def _persona(self, node: yaml.Node) -> Persona:
        texts = ("name", "greeting", "goodbye", "idle", "fallback")
        keys = self._keys(node, "persona", need=(*texts, "rules"), may=("when",))
        said = {name: self._text(keys[name], name) for name in texts}
        when = keys.get("when")
        rules = tuple(self._rule(n) for n in self._list(keys["rules"], "rules"))
        return Persona(**said, when=self._text(when, "when") if when else None, rules=rules)

    def _rule(self, node: yaml.Node) -> Rule:
        keys = self._keys(node, "rule", need=("heard",), may=("say", "call"))
        if "say" not in keys and "call" not in keys:
            self._refuse(node, "rule", "needs say or call")
        return Rule(
            heard=self._phrases(keys["heard"], "heard"),
            say=self._text(keys["say"], "say") if "say" in keys else None,
            call=self._call(keys["call"]) if "call" in keys else None,
        )

    def _call(self, node: yaml.Node) -> ToolUse:
        keys = self._keys(node, "call", need=("tool",), may=("arguments", "then", "failed"))
        arguments: dict[str, str] = {}
        if "arguments" in keys:
            pairs = self._mapping(keys["arguments"], "arguments")
            arguments = {name: self._text(value, name) for name, value in pairs.items()}
        then = self._template(keys["then"], "then") if "then" in keys else None
        failed = "I am sorry, I could not find that out just now."
        if "failed" in keys:
            failed = self._text(keys["failed"], "failed")
        return ToolUse(self._text(keys["tool"], "tool"), arguments, then, failed)

    def _template(self, node: yaml.Node, key: str) -> str:
        text = self._text(node, key)
        try:
            fields = list(string.Formatter().parse(text))
        except ValueError as error:
            self._refuse(node, key, f"bad template: {error}")
        for _, field, spec, conversion in fields:
            if field is not None and (not field.isidentifier() or conversion):
                self._refuse(node, key, f"{{{field}}} is not a field of the tool's result")
            if field is not None and spec not in ("", "spell"):
                self._refuse(node, key, f"{{{field}:{spec}}}: after the colon comes only spell")
        return text

    def _phrases(self, node: yaml.Node, key: str) -> tuple[Phrase, ...]:
        phrases = []
        for item in self._list(node, key):
            try:
                phrases.append(parse(self._text(item, key)))
            except PhraseError as error:
                self._refuse(item, key, str(error))
        return tuple(phrases)

    def _keys(
        self, node: yaml.Node, what: str, *, need: tuple[str, ...], may: tuple[str, ...]
    ) -> dict[str, yaml.Node]:
        found = self._mapping(node, what)
        for key, value in found.items():
            if key not in need and key not in may:
                self._refuse(value, key, f"unknown key of a {what}; known: {', '.join(need + may)}")
        for key in need:
            if key not in found:
                self._refuse(node, key, f"missing in this {what}")
        return found

    def _mapping(self, node: yaml.Node, key: str) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._refuse(node, key, "must be keys and values")
        pairs: dict[str, yaml.Node] = {}
        for name_node, value in node.value:
            name = self._text(name_node, key)
            if name in pairs:
                self._refuse(name_node, name, "is there twice")
            pairs[name] = value
        return pairs

    def _list(self, node: yaml.Node, key: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._refuse(node, key, "must be a list with at least one entry")
        items: list[yaml.Node] = node.value
        return items

    def _text(self, node: yaml.Node, key: str) -> str:
        # Plain `no`, `yes` and `1` are not text in YAML: they want quotes, or they surprise.
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            self._refuse(node, key, "must be text (put quotes around yes, no and numbers)")
        text = " ".join(str(node.value).split())
        if not text:
            self._refuse(node, key, "must not be empty")
        return text

    def _refuse(self, node: yaml.Node, key: str, why: str) -> NoReturn:
        raise ScenarioError(f"{self._path}:{node.start_mark.line + 1}: {key}: {why}")
