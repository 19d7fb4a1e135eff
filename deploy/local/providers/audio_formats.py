"""Caller's audio as the realtime session may send it, to PCM s16le 24 kHz."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

_G711_RATE = 8000
_PCM_RATE = 24_000


class InputDecoder:
    """Decodes appended audio. One per session: resampling keeps its state between appends."""

    def __init__(self, audio_format: str) -> None:
        self._table = {"audio/pcmu": _MU_LAW, "audio/pcma": _A_LAW}.get(audio_format)
        self._resampler = soxr.ResampleStream(_G711_RATE, _PCM_RATE, 1, dtype="int16")

    def decode(self, data: bytes) -> bytes:
        """PCM s16le 24 kHz mono out of one append."""
        if self._table is None:
            return data[: len(data) // 2 * 2]
        samples = self._table[np.frombuffer(data, np.uint8)]
        resampled: NDArray[np.int16] = self._resampler.resample_chunk(samples)
        return resampled.tobytes()


def _mu_law_table() -> NDArray[np.int16]:
    # ITU-T G.711: 8-bit mu-law to 14-bit linear, scaled to 16 bits.
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_table() -> NDArray[np.int16]:
    # ITU-T G.711: 8-bit A-law to 13-bit linear, scaled to 16 bits.
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = (code & 0x70) >> 4
    mantissa = (code & 0x0F) << 4
    shifted = np.where(segment > 0, (mantissa + 0x108) << np.maximum(segment - 1, 0), mantissa + 8)
    return np.where(code & 0x80, shifted, -shifted).astype(np.int16)


_MU_LAW = _mu_law_table()
_A_LAW = _a_law_table()
