"""Whether there is anything to hear in audio: a provider may send frames with nothing in them."""

from __future__ import annotations

import numpy as np
from livekit import rtc

# Speech leaves a voice at -30 to -10 dBFS; what lies below this is lost in any telephone line.
AUDIBLE_DBFS = -50.0
_AUDIBLE_RMS = 32768 * 10 ** (AUDIBLE_DBFS / 20)
_BLOCK_MS = 5


def is_audible(frame: rtc.AudioFrame) -> bool:
    """``frame`` holds 16-bit samples."""
    return audible_pcm(frame.data)


def audible_pcm(data: bytes | memoryview) -> bool:
    samples = np.frombuffer(data, dtype=np.int16)
    if not len(samples):
        return False
    return bool(np.sqrt(np.mean(samples.astype(np.float32) ** 2)) >= _AUDIBLE_RMS)


def samples_before_sound(frame: rtc.AudioFrame) -> int:
    """How many samples of ``frame`` (mono) lie before there is something to hear, less a soft
    beginning of 5 ms; all of them where there is nothing."""
    size = frame.sample_rate * _BLOCK_MS // 1000
    for start in range(0, frame.samples_per_channel, size):
        if audible_pcm(frame.data[start : start + size]):
            return max(0, start - size)
    return frame.samples_per_channel
