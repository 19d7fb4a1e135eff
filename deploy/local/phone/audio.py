"""What the phone can say: sentences by espeak-ng and WAV files, as 8 kHz mono s16le."""

from __future__ import annotations

import wave
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from deploy.local.voice import render

SAMPLE_RATE = 8000
TELEPHONE_WORDS_PER_MINUTE = 160
# espeak-ng speaks close to full scale; people on a telephone line are nearer to -20 dBFS.
_SPEECH_GAIN = 0.5


class AudioError(Exception):
    """A file that cannot be played."""


def _to_8khz(samples: npt.NDArray[np.float32], rate: int) -> bytes:
    if rate != SAMPLE_RATE:
        samples = soxr.resample(samples, rate, SAMPLE_RATE)
    return np.clip(samples, -32768, 32767).astype(np.int16).tobytes()


@lru_cache(maxsize=256)
def speech(
    text: str, voice: str = "en", words_per_minute: int = TELEPHONE_WORDS_PER_MINUTE
) -> bytes:
    """``text`` spoken, 8 kHz mono s16le; the same text again costs nothing.

    Blocks for about 20 ms a sentence: call it in a thread beside a media clock. Raises VoiceError.
    """
    pcm, rate = render(text, voice, words_per_minute)
    return _to_8khz(np.frombuffer(pcm, np.int16).astype(np.float32) * _SPEECH_GAIN, rate)


def tone(hz: int, ms: int) -> bytes:
    """A sine of ``hz`` at -12 dBFS, 8 kHz mono s16le; whole seconds join without a click."""
    times = np.arange(ms * SAMPLE_RATE // 1000) / SAMPLE_RATE
    return (8192 * np.sin(2 * np.pi * hz * times)).astype(np.int16).tobytes()


def load_wav(path: str | Path) -> bytes:
    """A PCM WAV of any rate, width and channels as 8 kHz mono s16le. Raises AudioError."""
    try:
        with wave.open(str(path), "rb") as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise AudioError(f"{path} cannot be played: {error}; give a PCM WAV file") from error
    if width == 1:
        samples = (np.frombuffer(data, np.uint8).astype(np.float32) - 128) * np.float32(256)
    elif width == 2:
        samples = np.frombuffer(data, np.int16).astype(np.float32)
    elif width == 3:
        # Three bytes a sample: take the upper two, the lowest is below the telephone's noise.
        samples = np.frombuffer(data, np.uint8).reshape(-1, 3)[:, 1:].copy().view(np.int16)
        samples = samples.reshape(-1).astype(np.float32)
    elif width == 4:
        samples = np.frombuffer(data, np.int32).astype(np.float32) * np.float32(1 / 65536)
    else:
        raise AudioError(f"{path} has {width} bytes a sample; give a PCM WAV file")
    mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return _to_8khz(mono, rate)
