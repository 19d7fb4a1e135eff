"""What the tones' judge takes for a tone, and what it does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HOLD_HZ, HUMAN_HZ, Tape

Samples = NDArray[np.float64]
TONES = (CALLER_HZ, HUMAN_HZ, HOLD_HZ, AGENT_HZ)


def sine(hz: int, ms: int, amplitude: float = 4000.0) -> Samples:
    wave: Samples = amplitude * np.sin(2 * np.pi * hz * np.arange(ms * 8) / 8000)
    return wave


def tape(samples: Samples) -> Tape:
    return Tape(samples.astype(np.int16).tobytes())


@pytest.mark.parametrize("leaked", TONES)
@pytest.mark.parametrize("over", [0, *TONES])
def test_a_single_packet_of_a_voice_is_found_under_any_other(leaked: int, over: int) -> None:
    if leaked == over:
        return
    heard = sine(over, 1000) if over else np.zeros(8000)
    heard[4000:4160] += sine(leaked, 20)
    found = tape(heard).times(leaked)
    assert found
    assert all(400 <= start <= 520 for start in found)


@pytest.mark.parametrize("absent", TONES)
def test_a_click_and_a_change_of_tones_are_no_voice(absent: int) -> None:
    others = [hz for hz in TONES if hz != absent]
    heard = np.concatenate([sine(hz, 307) for hz in others])
    heard[1000] += 20_000
    assert tape(heard).times(absent) == []


def test_silence_is_measured_between_sounds_and_not_around_them() -> None:
    heard = np.concatenate([sine(880, 500), np.zeros(8 * 240), sine(660, 500), np.zeros(8 * 900)])
    assert tape(heard).longest_silence_ms(0, 1200) == 240
    assert tape(heard).last(880) == pytest.approx(500, abs=60)
    assert tape(heard).first(660) == pytest.approx(740, abs=60)
