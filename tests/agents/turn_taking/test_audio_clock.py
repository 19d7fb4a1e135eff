"""The clock of what is heard: the audio's own pace, and never ahead of the time."""

import pytest

from agents.turn_taking.line_audio import CLOCK_SLACK_S, AudioClock

BEGAN_AT = 1_000.0
FRAME_S = 0.02


def _heard(arrivals_s: list[float]) -> list[float]:
    """What the clock says of frames of 20 ms that come at these seconds."""
    clock = AudioClock()
    return [round(clock.heard(FRAME_S, BEGAN_AT + at) - BEGAN_AT, 3) for at in arrivals_s]


def test_it_goes_at_the_audios_pace_though_frames_come_unevenly() -> None:
    assert _heard([0.0, 0.03, 0.05, 0.06, 0.09]) == [0.0, 0.02, 0.04, 0.06, 0.08]


def test_frames_that_waited_for_the_call_to_begin_do_not_put_it_ahead() -> None:
    burst = [0.0] * 6
    later = [0.02, 0.04, 0.06]
    assert _heard(burst + later)[-3:] == later


@pytest.mark.parametrize("gap_s", [CLOCK_SLACK_S + 0.1, 3.0])
def test_it_goes_on_with_the_time_when_nothing_came_for_a_while(gap_s: float) -> None:
    back = round(0.02 + gap_s, 3)
    assert _heard([0.0, 0.02, back, back + FRAME_S])[-2:] == [back, round(back + FRAME_S, 3)]
