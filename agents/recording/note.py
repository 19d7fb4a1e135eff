"""A short recording of one voice: mono Opus in Ogg (RFC 7845), written at once."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np

RATE = 24_000
BITS_PER_SECOND = 24_000


def write_note(path: Path, pcm: bytes) -> None:
    """``pcm``: 16-bit mono at 24 kHz. Blocks. Raises OSError when the file is there already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Nobody else's to read, and never another one's place.
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = BITS_PER_SECOND
        samples = np.frombuffer(pcm, dtype=np.int16)
        step = RATE // 50
        for start in range(0, len(samples) - len(samples) % step, step):
            frame = av.AudioFrame.from_ndarray(
                samples[start : start + step].reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
