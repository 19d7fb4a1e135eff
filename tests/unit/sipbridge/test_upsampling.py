"""8 kHz becomes 48 kHz: the same sound, no clicks between frames, no mirror images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from deploy.local.sipbridge.upsampling import UPSAMPLED_RATE, Upsampler


def convert(samples: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    upsampler = Upsampler()
    pcm = samples.tobytes()
    made = b"".join(upsampler.convert(pcm[at : at + 320]) for at in range(0, len(pcm), 320))
    return np.frombuffer(made, np.int16)


def sine(hz: int, seconds: float = 0.5, amplitude: int = 12000) -> npt.NDArray[np.int16]:
    times = np.arange(int(8000 * seconds)) / 8000
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.int16)


@pytest.mark.parametrize("hz", [200, 1000, 2500, 3000])
def test_a_tone_keeps_its_pitch_and_its_level_and_gets_no_mirror_image(hz: int) -> None:
    made = convert(sine(hz))
    assert len(made) == 6 * 4000
    spectrum = np.abs(np.fft.rfft(made[2400:] * np.hanning(len(made) - 2400)))
    frequencies = np.fft.rfftfreq(len(made) - 2400, 1 / UPSAMPLED_RATE)
    near = abs(frequencies - hz) < 40
    level = 4 * spectrum[near].max() / (len(made) - 2400)
    assert level == pytest.approx(12000, rel=0.1)
    # 40 dB: less than what mu-law itself adds.
    assert spectrum[~near].max() < spectrum[near].max() / 100


def test_the_delay_is_one_millisecond() -> None:
    click = np.zeros(320, np.int16)
    click[100] = 20000
    assert int(np.argmax(convert(click))) == pytest.approx(100 * 6 + 48, abs=4)


def test_silence_stays_silence_and_the_loudest_is_clipped_not_wrapped() -> None:
    assert not convert(np.zeros(320, np.int16)).any()
    square = np.where(np.arange(800) // 20 % 2 == 0, 32767, -32768).astype(np.int16)
    made = convert(square).astype(np.int32)
    # A wrapped sample would jump from one end to the other between neighbours.
    assert np.abs(np.diff(made)).max() < 30000
