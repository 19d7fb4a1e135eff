"""What the voice and fault benches read from tapes and records that were made for it."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from deploy.local.phone import Tape
from tests.bench.bench_report import Target, result
from tests.bench.faults_call import ANSWER, STALE, judge
from tests.bench.faults_cases import FAULTS, Outcome, cases
from tests.bench.voice_call import Talk, Turn, read_tape
from tests.bench.voice_figures import latencies

APOLOGY = "I am sorry, I cannot go on with this call right now."
BYTES_PER_MS = 16


class OnTape:
    """Stands for a call that is over: all that the judges read of one is its tape."""

    def __init__(self, length_ms: int, *heard: tuple[int, int]) -> None:
        sound = np.zeros(length_ms * 8, np.int16)
        for start, end in heard:
            times = np.arange((end - start) * 8) / 8000
            sound[start * 8 : end * 8] = 6000 * np.sin(2 * np.pi * 300 * times)
        self.tape = Tape(bytes(length_ms * BYTES_PER_MS), sound.tobytes())


def talk(*said: tuple[int, int]) -> Talk:
    return Talk("series", [Turn("series", "call", "voice", "words", *times) for times in said])


def test_a_latency_runs_from_the_end_of_the_speech_to_the_first_sound_after_it() -> None:
    held = talk((1_000, 2_000), (6_000, 7_000))
    read_tape(held, OnTape(12_000, (2_600, 4_000), (7_900, 9_000)))  # type: ignore[arg-type]
    assert [turn.latency_ms for turn in held.turns] == [600, 900]
    assert not any(turn.cut_in or turn.unanswered for turn in held.turns)


def test_a_turn_without_a_reply_counts_as_the_time_that_was_waited() -> None:
    held = talk((1_000, 2_000), (8_000, 9_000))
    read_tape(held, OnTape(12_000, (9_500, 10_500)))  # type: ignore[arg-type]
    assert held.turns[0].unanswered
    assert latencies([held]) == [5_000, 500]


def test_an_agent_who_begins_before_the_caller_has_finished_gets_no_latency_for_it() -> None:
    held = talk((1_000, 4_000))
    read_tape(held, OnTape(9_000, (3_000, 6_000)))  # type: ignore[arg-type]
    assert held.turns[0].cut_in
    assert not held.turns[0].unanswered
    assert latencies([held]) == []


def test_unless_the_agent_begins_again_afterwards() -> None:
    held = talk((1_000, 4_000))
    read_tape(held, OnTape(9_000, (3_000, 3_400), (4_700, 6_000)))  # type: ignore[arg-type]
    assert (held.turns[0].cut_in, held.turns[0].latency_ms) == (True, 700)


def outcome(
    said: list[str], *heard: tuple[int, int], next_turn: str = "answered", reason: str = ""
) -> Outcome:
    """The caller's question ends at 1 s; the phone listens until 21 s."""
    made = Outcome(["stall"], "once", next_turn=next_turn)
    result_ = "provider" if reason else "caller"
    record: dict[str, Any] = {
        "transcript": [
            {"speaker": "agent", "text": text, "start_ms": 1_500 + index}
            for index, text in enumerate(said)
        ],
        "ending": {"result": result_, "reason": reason or "caller_hung_up"},
        "events": [],
    }
    judge(made, OnTape(22_000, *heard), record, 1_000, 21_000)  # type: ignore[arg-type]
    return made


def test_the_answer_in_good_time_is_all_right() -> None:
    made = outcome([ANSWER], (1_800, 5_000))
    assert (made.heard, made.longest_silence_ms, made.marks) == ("answer", 800, "")


@pytest.mark.parametrize(
    ("said", "heard", "what", "marks"),
    [
        pytest.param([], [], "silence", "SL", id="nothing"),
        pytest.param([ANSWER], [], "silence", "SLT", id="stored, not heard"),
        pytest.param([ANSWER], [(2_000, 2_900)], "sound", "SLT", id="a tone for an answer"),
        pytest.param(["One moment please."], [(5_000, 6_000)], "bridge", "SL", id="only a bridge"),
        pytest.param([STALE], [(2_000, 4_500)], "stale", "SL", id="the answer of before"),
        pytest.param([APOLOGY], [(9_000, 12_000)], "words", "S", id="a late apology"),
        pytest.param([APOLOGY], [(3_000, 6_000)], "words", "", id="an apology in time"),
    ],
)
def test_what_else_may_be_heard(
    said: list[str], heard: list[tuple[int, int]], what: str, marks: str
) -> None:
    made = outcome(said, *heard)
    assert (made.heard, made.marks) == (what, marks)


def test_silence_up_to_a_late_hang_up_is_silence_too() -> None:
    over = {"next_turn": "call over", "reason": "voice_unavailable"}
    assert outcome([APOLOGY], (2_000, 5_000), **over).too_silent


def test_every_fault_is_tried_alone_and_with_every_other_that_it_can_be_set_with() -> None:
    singles, pairs = cases(["once"], [1], set()), cases(["once"], [2], set())
    assert len(singles) == len(FAULTS)
    # Two moments of one fault are one setting, which cannot have both.
    together = {case.faults for case in pairs}
    apart = set(itertools.combinations(FAULTS, 2)) - together
    assert apart == {
        ("drop_socket_on_commit", "drop_socket_mid_response"),
        ("stall_on_create", "stall_mid_response"),
    }


def test_a_result_is_met_only_if_both_of_its_targets_are() -> None:
    slow_tail = [500.0] * 90 + [2_000.0] * 10
    assert not result("x", "ms", slow_tail, Target(p50=600, p95=850))["ok"]
    assert result("x", "ms", slow_tail, Target(p50=600))["ok"]
    assert "ok" not in result("x", "ms", slow_tail, None)
    assert not result("x", "ms", [], Target(p50=600))["ok"]
