"""Dialogues as JSON lines: one ``{"id": ..., "turns": [...]}`` a line; other keys are ignored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents.frustration.scorer import Scorer
from agents.frustration.turns import Speaker, Turn
from agents.frustration.weights import FrustrationWeights


class DialogueError(ValueError):
    """A line that is no dialogue; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    id: str
    turns: tuple[Turn, ...]


def read_lines(lines: Iterable[bytes]) -> Iterator[Dialogue]:
    """Dialogues of a file's lines, empty ones passed over. Raises DialogueError."""
    for number, line in enumerate(lines, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if text:
                yield _dialogue(json.loads(text))
        except DialogueError as error:
            raise DialogueError(f"line {number}: {error}") from None
        except UnicodeDecodeError:
            raise DialogueError(f"line {number}: not UTF-8") from None
        except (ValueError, RecursionError) as error:
            raise DialogueError(f"line {number}: not JSON: {error}") from None


def score(dialogue: Dialogue, weights: FrustrationWeights | None = None) -> dict[str, Any]:
    """``{"id", "peak", "turn", "transfer", "reasons"}``, as contracts of scripts want it."""
    scorer = Scorer(weights)
    for turn in dialogue.turns:
        scorer.add(turn)
    end = scorer.score
    return {
        "id": dialogue.id,
        "peak": round(end.peak, 3),
        "turn": end.turn,
        "transfer": end.transfer,
        "reasons": [
            {"reason": c.reason.value, "turn": c.turn, "weight": c.weight}
            for c in scorer.contributions
        ],
    }


def _dialogue(content: object) -> Dialogue:
    if not isinstance(content, Mapping):
        raise DialogueError("a dialogue is an object with id and turns")
    identity = content.get("id")
    if not isinstance(identity, str | int) or isinstance(identity, bool):
        raise DialogueError("id must be text")
    turns = content.get("turns")
    if not isinstance(turns, list):
        raise DialogueError("turns must be a list")
    return Dialogue(str(identity), tuple(_turn(turn, index) for index, turn in enumerate(turns)))


def _turn(content: object, index: int) -> Turn:
    if not isinstance(content, Mapping):
        raise DialogueError(f"turn {index}: must be an object")
    try:
        speaker = Speaker(str(content.get("speaker")))
    except ValueError:
        known = ", ".join(speaker.value for speaker in Speaker)
        raise DialogueError(f"turn {index}: speaker must be one of {known}") from None
    text = content.get("text")
    if not isinstance(text, str) and not (text is None and speaker is Speaker.TOOL):
        raise DialogueError(f"turn {index}: text must be text")
    level = _number(content, "level_db", index)
    ok = _flag(content, "ok", index)
    return Turn(
        speaker=speaker,
        text=text or "",
        interrupted=bool(_flag(content, "interrupted", index)),
        overlaps=int(_number(content, "overlaps", index) or 0),
        level_db=level,
        ok=True if ok is None else ok,
    )


def _flag(content: Mapping[str, Any], name: str, index: int) -> bool | None:
    value = content.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise DialogueError(f"turn {index}: {name} must be true or false")


def _number(content: Mapping[str, Any], name: str, index: int) -> float | None:
    """A number; true counts as 1 and a list as its length, for ``overlaps`` may be either."""
    value = content.get(name)
    if name == "overlaps" and isinstance(value, bool | list):
        return float(len(value) if isinstance(value, list) else value)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1_000:
        return float(value)
    raise DialogueError(f"turn {index}: {name} must be a number")
