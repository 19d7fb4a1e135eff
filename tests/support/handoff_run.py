"""One whole hand-over in tones, and what its two tapes say of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deploy.local.phone import Phone
from tests.support.handoff import (
    NUMBER,
    HandedOver,
    briefed,
    hand_over,
    human_phone,
    pick_up,
    until_heard,
)
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HOLD_HZ, HUMAN_HZ, Tape
from tests.support.stack import Json

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
    def at_caller(self) -> Tape:
        return Tape(self.both.caller.tape.heard)

    @property
    def at_human(self) -> Tape:
        return Tape(self.both.human.tape.heard)


async def one_hand_over(
    stack: Json,
    new_phone: Callable[..., Awaitable[Phone]],
    uri: Callable[[str], str],
    user: str,
    *,
    skips: bool = False,
) -> Run:
    """From the call to both having hung up; ``skips``: accepts in the middle of the briefing."""
    caller_phone = await new_phone(user=user)
    async with human_phone(stack) as human:
        caller = await caller_phone.dial(uri(NUMBER))
        both = await hand_over(caller, human)
        asked_ms = caller.now_ms - round((both.rang - both.asked) * 1000)
        await pick_up(both)
        answered_ms = caller.now_ms
        await (until_heard(both.human, AGENT_HZ) if skips else briefed(both))
        accepted_ms = both.human.now_ms
        await both.human.dtmf("1", tone_ms=100)
        await until_heard(caller, HUMAN_HZ)
        await until_heard(both.human, CALLER_HZ)
        await caller.sleep(1.5)
        await both.human.hangup()
        await caller.wait_for_silence(1_000, 15)
        await caller.hangup()
    return Run(both, asked_ms, answered_ms, accepted_ms)


def leaks(run: Run) -> list[str]:
    """Whoever heard whom they must not, from the first packet on."""
    at_caller, at_human = run.at_caller, run.at_human
    pressed_ms = run.answered_ms + run.accepted_ms
    merged_ms = at_caller.first(HUMAN_HZ, pressed_ms) or at_caller.duration_ms
    found = {
        "the human heard the caller too early": at_human.times(CALLER_HZ, 0, run.accepted_ms),
        "the human heard the hold music": at_human.times(HOLD_HZ),
        "the caller heard the human too early": at_caller.times(HUMAN_HZ, run.asked_ms, pressed_ms),
        "the caller heard the briefing": at_caller.times(AGENT_HZ, run.answered_ms, merged_ms),
    }
    return _told(found)


def kept_apart(both: HandedOver) -> list[str]:
    """Of a human who does not take the call: whoever heard the other all the same."""
    at_caller, at_human = Tape(both.caller.tape.heard), Tape(both.human.tape.heard)
    return _told(
        {
            "the caller heard the human": at_caller.times(HUMAN_HZ),
            "the human heard the caller": at_human.times(CALLER_HZ),
            "the human heard the hold music": at_human.times(HOLD_HZ),
        }
    )


def silence_on_hold_ms(both: HandedOver) -> int:
    """The caller's longest silence from the announcement to the last of the hold music."""
    at_caller = Tape(both.caller.tape.heard)
    announced_ms = at_caller.first(AGENT_HZ, both.asked_ms) or both.asked_ms
    return at_caller.longest_silence_ms(announced_ms, at_caller.last(HOLD_HZ) or announced_ms)


def _told(found: dict[str, list[int]]) -> list[str]:
    return [
        f"{name}: {len(times)} windows, at {times[:5]} ms" for name, times in found.items() if times
    ]


def merge_gap_ms(run: Run) -> int:
    """From the last hold music to the first of the human, as the caller hears it."""
    merged_ms = run.at_caller.first(HUMAN_HZ, run.answered_ms + run.accepted_ms) or 10_000_000
    return max(0, merged_ms - (run.at_caller.last(HOLD_HZ) or 0))


def accept_to_hear_ms(run: Run) -> int:
    """From the beginning of the key until each hears the other. A phone that sends a key sends no
    voice, so the human is heard no earlier than the key (100 ms) and its pause (80 ms) are over.
    """
    pressed_ms = run.answered_ms + run.accepted_ms
    at_human = (run.at_human.first(CALLER_HZ, run.accepted_ms) or 10_000_000) - run.accepted_ms
    at_caller = (run.at_caller.first(HUMAN_HZ, pressed_ms) or 10_000_000) - pressed_ms
    return max(at_human, at_caller)


def judge(run: Run) -> list[str]:
    """What anybody heard that they must not, or did not hear that they must."""
    at_caller, at_human = run.at_caller, run.at_human
    wrong = leaks(run)
    if at_caller.first(HUMAN_HZ) is None or at_human.first(CALLER_HZ) is None:
        return [*wrong, "the two never heard each other"]
    began_ms = at_caller.first(AGENT_HZ, run.asked_ms) or run.asked_ms
    together_ms = run.answered_ms + at_human.duration_ms
    silence_ms = at_caller.longest_silence_ms(began_ms, together_ms)
    if silence_ms > MOST_SILENCE_MS:
        wrong.append(f"the caller was in silence for {silence_ms} ms")
    if (gap_ms := merge_gap_ms(run)) > MERGE_GAP_MS:
        wrong.append(f"hold music to human: {gap_ms} ms")
    # Nobody's words, so no leak: on a machine that is taken away, music already sent ends late.
    music_ms = (at_caller.last(HOLD_HZ, together_ms) or 0) - (at_caller.first(HUMAN_HZ) or 0)
    if music_ms > HOLD_OVER_MS:
        wrong.append(f"hold music {music_ms} ms into the talk")
    return wrong
