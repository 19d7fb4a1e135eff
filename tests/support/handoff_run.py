"""One whole hand-over in tones, and what its two tapes say of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations

from deploy.local.phone import Phone, PhoneCall
from tests.support.handoff import (
    TONES,
    HandedOver,
    Lane,
    briefed,
    hand_over,
    pick_up,
    until_heard,
)
from tests.support.spectrum import HOLD_HZ, Tape

MOST_SILENCE_MS = 300
MERGE_GAP_MS = 200
# The music ends after the two were joined, so that the caller is in no silence between.
HOLD_OVER_MS = 500


class LeakError(AssertionError):
    """Somebody heard whom they must not."""


def no_leak(found: list[str]) -> None:
    if found:
        raise LeakError(found)


def unless_leaked(error: BaseException | None) -> bool:
    """When a test may have its second try: a busy machine is slow, but it leaks nothing."""
    return not isinstance(error, LeakError)


@dataclass(frozen=True)
class Run:
    """``asked_ms`` (key 0) and ``answered_ms`` (by the human) are on the caller's tape,
    ``accepted_ms`` (key 1) on the human's."""

    both: HandedOver
    asked_ms: int
    answered_ms: int
    accepted_ms: int

    @property
    def lane(self) -> Lane:
        return self.both.lane

    @cached_property
    def at_caller(self) -> Tape:
        return Tape(self.both.caller.tape.heard)

    @cached_property
    def at_human(self) -> Tape:
        return Tape(self.both.human.tape.heard)


async def one_hand_over(
    phone: Phone,
    human: Phone,
    uri: Callable[[str], str],
    lane: Lane = TONES,
    *,
    skips: bool = False,
) -> Run:
    """From the call to the end of both's; ``skips``: accepts in the middle of the briefing."""
    caller = await phone.dial(uri(lane.number))
    both = await hand_over(caller, human, lane)
    asked_ms = caller.now_ms - round((both.rang - both.asked) * 1000)
    await pick_up(both)
    answered_ms = caller.now_ms
    await (until_heard(both.human, lane.agent_hz) if skips else briefed(both))
    accepted_ms = both.human.now_ms
    await both.human.dtmf("1", tone_ms=100)
    await until_heard(caller, lane.human_hz)
    await until_heard(both.human, lane.caller_hz)
    await caller.sleep(1.0)
    await both.human.hangup()
    await asyncio.wait_for(caller.ended.wait(), 20)
    return Run(both, asked_ms, answered_ms, accepted_ms)


def leaks(run: Run) -> list[str]:
    """Whoever heard whom they must not, from the first packet on."""
    at_caller, at_human, lane = run.at_caller, run.at_human, run.lane
    pressed_ms = run.answered_ms + run.accepted_ms
    merged_ms = at_caller.first(lane.human_hz, pressed_ms) or at_caller.duration_ms
    early = at_caller.times(lane.human_hz, run.asked_ms, pressed_ms)
    found = {
        "the human heard the caller too early": at_human.times(lane.caller_hz, 0, run.accepted_ms),
        "the human heard the hold music": at_human.times(HOLD_HZ),
        "the caller heard the human too early": early,
        "the caller heard the briefing": at_caller.times(lane.agent_hz, run.answered_ms, merged_ms),
    }
    return _told(found)


def strangers(runs: Sequence[Run]) -> list[str]:
    """Of hand-overs at the same time: whoever heard anybody of another, at any time."""
    found = {
        f"the {who} of {run.lane.number} heard {hz} Hz": tape.times(hz)
        for run, other in permutations(runs, 2)
        for hz in (other.lane.caller_hz, other.lane.human_hz, other.lane.agent_hz)
        for who, tape in (("caller", run.at_caller), ("human", run.at_human))
    }
    return _told(found)


def kept_apart(both: HandedOver) -> list[str]:
    """Of a human who does not take the call: whoever heard the other all the same."""
    at_caller, at_human = Tape(both.caller.tape.heard), Tape(both.human.tape.heard)
    return _told(
        {
            "the caller heard the human": at_caller.times(both.lane.human_hz),
            "the human heard the caller": at_human.times(both.lane.caller_hz),
            "the human heard the hold music": at_human.times(HOLD_HZ),
        }
    )


def silence_on_hold_ms(both: HandedOver) -> int:
    """The caller's longest silence from the announcement to the last of the hold music."""
    at_caller = Tape(both.caller.tape.heard)
    announced_ms = at_caller.first(both.lane.agent_hz, both.asked_ms) or both.asked_ms
    return at_caller.longest_silence_ms(announced_ms, at_caller.last(HOLD_HZ) or announced_ms)


def longest_silence_on_hold_ms(caller: PhoneCall, until_ms: int) -> int:
    """The same of a caller who waits, from the first of the hold music on."""
    heard = Tape(caller.tape.heard)
    return heard.longest_silence_ms(heard.first(HOLD_HZ) or 0, until_ms)


def _told(found: dict[str, list[int]]) -> list[str]:
    return [
        f"{name}: {len(times)} windows, at {times[:5]} ms" for name, times in found.items() if times
    ]


def merge_gap_ms(run: Run) -> int:
    """From the last hold music to the first of the human, as the caller hears it."""
    merged_ms = (
        run.at_caller.first(run.lane.human_hz, run.answered_ms + run.accepted_ms) or 10_000_000
    )
    return max(0, merged_ms - (run.at_caller.last(HOLD_HZ) or 0))


def accept_to_hear_ms(run: Run) -> int:
    """From the beginning of the key until each hears the other. A phone that sends a key sends no
    voice, so the human is heard no earlier than the key (100 ms) and its pause (80 ms) are over.
    """
    pressed_ms = run.answered_ms + run.accepted_ms
    at_human_ms = run.at_human.first(run.lane.caller_hz, run.accepted_ms) or 10_000_000
    at_caller_ms = run.at_caller.first(run.lane.human_hz, pressed_ms) or 10_000_000
    return max(at_human_ms - run.accepted_ms, at_caller_ms - pressed_ms)


def judge(run: Run) -> list[str]:
    """What anybody heard that they must not, or did not hear that they must."""
    at_caller, at_human, lane = run.at_caller, run.at_human, run.lane
    wrong = leaks(run)
    if at_caller.first(lane.human_hz) is None or at_human.first(lane.caller_hz) is None:
        return [*wrong, "the two never heard each other"]
    began_ms = at_caller.first(lane.agent_hz, run.asked_ms) or run.asked_ms
    together_ms = run.answered_ms + at_human.duration_ms
    silence_ms = at_caller.longest_silence_ms(began_ms, together_ms)
    if silence_ms > MOST_SILENCE_MS:
        wrong.append(f"the caller was in silence for {silence_ms} ms")
    if (gap_ms := merge_gap_ms(run)) > MERGE_GAP_MS:
        wrong.append(f"hold music to human: {gap_ms} ms")
    # Nobody's words, so no leak: on a machine that is taken away, music already sent ends late.
    music_ms = (at_caller.last(HOLD_HZ, together_ms) or 0) - (at_caller.first(lane.human_hz) or 0)
    if music_ms > HOLD_OVER_MS:
        wrong.append(f"hold music {music_ms} ms into the talk")
    return wrong
