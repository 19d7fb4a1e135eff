"""What differs between two versions of a persona, or a version and its draft, to be read."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telephony.models import CONTENT_FIELDS, Persona, PersonaVersion
from telephony.services.personas import draft_snapshot

_TEXTS = ("greeting", "instructions")
CONTEXT_LINES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a text; ``op`` is ``same``, ``gone``, ``come`` or ``gap`` (lines left out)."""

    op: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One setting. Either ``lines`` of a text, or a value before and after."""

    label: str
    old: str = ""
    new: str = ""
    lines: tuple[Line, ...] = ()


def version_snapshot(version: PersonaVersion) -> dict[str, Any]:
    """As services.personas.draft_snapshot, of what was published."""
    names = (*CONTENT_FIELDS, "name", "turn_taking", "tools", "handoff")
    return {name: getattr(version, name) for name in names}


def persona_differences(
    *, old: Persona | PersonaVersion, new: Persona | PersonaVersion
) -> list[Difference]:
    """Texts line by line first, then every setting, then tools and turn-taking by their parts."""
    before, after = _snapshot(old), _snapshot(new)
    found = []
    for name in _TEXTS:
        if before[name] != after[name]:
            lines = _text_lines(before[name], after[name])
            found.append(Difference(label=_label(name), lines=tuple(lines)))
    found += [
        _value(_label(name), before[name], after[name])
        for name in ("name", *CONTENT_FIELDS)
        if name not in _TEXTS and before[name] != after[name]
    ]
    found += _parts("Turn-taking", before["turn_taking"], after["turn_taking"])
    found += _parts("Handing over", before["handoff"], after["handoff"])
    return found + _tools(before["tools"], after["tools"])


def _snapshot(side: Persona | PersonaVersion) -> dict[str, Any]:
    return draft_snapshot(persona=side) if isinstance(side, Persona) else version_snapshot(side)


def _label(name: str) -> str:
    label = str(getattr(PersonaVersion._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]


def _text_lines(old: str, new: str) -> list[Line]:
    before, after = old.splitlines(), new.splitlines()
    lines = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(CONTEXT_LINES)):
        if number:
            lines.append(Line(op="gap", text=""))
        for op, i1, i2, j1, j2 in group:
            if op == "equal":
                lines += [Line(op="same", text=text) for text in before[i1:i2]]
            else:
                lines += [Line(op="gone", text=text) for text in before[i1:i2]]
                lines += [Line(op="come", text=text) for text in after[j1:j2]]
    # Texts that differ in nothing but their last line break still differ.
    return lines or [Line(op="gone", text=old), Line(op="come", text=new)]


def _value(label: str, old: Any, new: Any) -> Difference:
    return Difference(label=label, old=_shown(old), new=_shown(new))


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "(none)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2)
    return str(value)


def _parts(label: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    return [
        _value(f"{label}: {name.replace('_', ' ')}", old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _tools(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Difference]:
    before, after = ({tool["id"]: tool for tool in tools} for tools in (old, new))
    found = []
    for key in dict.fromkeys([*before, *after]):
        if key not in after:
            found.append(
                Difference(label=f"Tool {before[key]['name']}", old="may use", new="(none)")
            )
        elif key not in before:
            found.append(
                Difference(label=f"Tool {after[key]['name']}", old="(none)", new="may use")
            )
        else:
            found += _parts(f"Tool {after[key]['name']}", before[key], after[key])
    return found
