"""Hold music: made here, so that nobody must license any, or a WAV file of the operator's.

Both are mono samples at the line's rate whose end joins their beginning.
"""

from __future__ import annotations

import functools
import logging
import wave
from pathlib import Path

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from agents.turn_taking.line_audio import SESSION_RATE, Samples

logger = logging.getLogger(__name__)

# Speech leaves the voice some 20 dB below full scale; music that is louder than it is a shock.
RMS_DBFS = -27.0
BEAT_S = 0.5
DECAY_S = 0.9
# All of it lies where a telephone line carries sound (300-3,400 Hz).
CHORDS_HZ = (
    (392.0, 493.9, 587.3, 784.0),
    (329.6, 392.0, 493.9, 659.3),
    (349.2, 440.0, 523.3, 698.5),
    (392.0, 440.0, 587.3, 740.0),
)
BEATS_A_CHORD = 6
_ORDER = (0, 1, 2, 3, 2, 1)


def generated() -> Samples:
    """Twelve seconds: slow broken chords over the chord itself, softly."""
    beat = round(BEAT_S * SESSION_RATE)
    total = np.zeros(beat * BEATS_A_CHORD * len(CHORDS_HZ))
    for index, chord in enumerate(CHORDS_HZ):
        start = index * BEATS_A_CHORD * beat
        for hertz in chord:
            _add(total, start, _pad(hertz, BEATS_A_CHORD * beat))
        for step, note in enumerate(_ORDER):
            _add(total, start + step * beat, _plucked(chord[note]))
    level = 10 ** (RMS_DBFS / 20) / float(np.sqrt(np.mean(total**2)))
    music: Samples = np.clip(total * level * 32767, -32768, 32767).astype(np.int16)
    return music


def from_file(path: Path) -> Samples:
    """A 16-bit WAV of any rate, its first channel. Raises OSError, EOFError, wave.Error."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2 or not file.getnframes():
            raise wave.Error("not 16 bits a sample, or empty")
        rate, channels = file.getframerate(), file.getnchannels()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)[::channels]
    if rate == SESSION_RATE:
        return samples
    frame = rtc.AudioFrame(samples.tobytes(), rate, 1, len(samples))
    resampler = rtc.AudioResampler(rate, SESSION_RATE, quality=rtc.AudioResamplerQuality.HIGH)
    frames = [*resampler.push(frame), *resampler.flush()]
    return np.concatenate([np.frombuffer(each.data, dtype=np.int16) for each in frames])


@functools.cache
def chosen(path: Path | None) -> Samples:
    """The operator's file if it can be read, else the generated music: never silence."""
    if path is not None:
        try:
            return from_file(path)
        except (OSError, EOFError, wave.Error) as error:
            logger.warning("HOLD_MUSIC_FILE cannot be played: %s", type(error).__name__)
    return generated()


def _add(total: NDArray[np.float64], start: int, note: NDArray[np.float64]) -> None:
    """Around the end and on at the beginning, so that the loop has no seam."""
    before_end = min(len(note), len(total) - start)
    total[start : start + before_end] += note[:before_end]
    total[: len(note) - before_end] += note[before_end:]


def _pad(hertz: float, length: int) -> NDArray[np.float64]:
    """Fades in and out over its neighbours, by a quarter of its length."""
    fade = length // 4
    whole = length + fade
    envelope = np.ones(whole)
    envelope[:fade] = np.linspace(0, 1, fade)
    envelope[-fade:] = np.linspace(1, 0, fade)
    tone: NDArray[np.float64] = 0.35 * np.sin(2 * np.pi * hertz * _seconds(whole)) * envelope
    return tone


def _plucked(hertz: float) -> NDArray[np.float64]:
    seconds = _seconds(round(4 * DECAY_S * SESSION_RATE))
    tone = np.sin(2 * np.pi * hertz * seconds) + 0.3 * np.sin(4 * np.pi * hertz * seconds)
    attack = np.minimum(1.0, seconds / 0.01)
    plucked: NDArray[np.float64] = tone * attack * np.exp(-seconds / DECAY_S * 2)
    return plucked


def _seconds(count: int) -> NDArray[np.float64]:
    return np.arange(count) / SESSION_RATE
