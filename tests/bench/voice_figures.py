"""Which talks make a series of so many turns, and what its turns come to."""

from __future__ import annotations

from collections.abc import Sequence

from tests.bench.voice_call import REPLY_WITHIN_S, Talk
from tests.bench.voice_lines import DIALOGUES, VOICES, Line, Voice

UNHEARD_MS = REPLY_WITHIN_S * 1000


def p95_of(values: Sequence[float]) -> float:
    """Of nothing: as long as can be."""
    return sorted(values)[int(0.95 * (len(values) - 1))] if values else UNHEARD_MS


def talks_of(turns: int, first: int = 0) -> list[tuple[Sequence[Line], Voice]]:
    """Dialogues until there are so many turns, from the ``first``; the voices take turns."""
    made: list[tuple[Sequence[Line], Voice]] = []
    while turns > 0:
        index = first + len(made)
        lines = DIALOGUES[index % len(DIALOGUES)][:turns]
        made.append((lines, VOICES[index % len(VOICES)]))
        turns -= len(lines)
    return made


def latencies(talks: Sequence[Talk]) -> list[float]:
    """Of each turn; a turn the agent cut into has none, and is counted as ``cut_in``."""
    return [
        UNHEARD_MS if turn.latency_ms is None else float(turn.latency_ms)
        for talk in talks
        for turn in talk.turns
        if turn.latency_ms is not None or turn.unanswered
    ]


def line(talks: Sequence[Talk]) -> str:
    done = sorted(latencies(talks))
    turns = [turn for talk in talks for turn in talk.turns]
    if not done:
        return f"no reply in {len(turns)} turns"
    p95 = p95_of(done)
    return (
        f"{len(turns)} turns, p50 {done[len(done) // 2]:.0f}, p95 {p95:.0f}, "
        f"{sum(turn.unanswered for turn in turns)} unanswered, "
        f"{sum(turn.cut_in for turn in turns)} cut in"
    )
