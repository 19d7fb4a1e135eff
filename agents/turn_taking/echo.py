"""Our own voice coming back: some telephones return it 12 to 30 dB quieter, up to 300 ms late.

Two things together: a comparison of what comes in with what went out, which tells echo from the
caller at any moment, and WebRTC's canceller, which takes it out so that the caller is heard over
it. The canceller alone would not do: on a line without echo it takes the caller for some.
"""

from __future__ import annotations

import functools
from collections import deque

import numpy as np
from livekit import rtc

from agents.turn_taking.line_audio import FRAME_MS, LINE_RATE, Samples
from agents.turn_taking.playout import KEPT_MS

_APM_SAMPLES = LINE_RATE // 100  # WebRTC's audio processing takes 10 ms at a time
# The telephone's own delay, and the way there and back: jitter buffers grow on a bad line.
LONGEST_DELAY_MS = 1000
# And the longest stretch that is compared at that delay. More would only be more chances.
_KEPT_FRAMES = (LONGEST_DELAY_MS + 400) // FRAME_MS
# What left for the line is played within this; more would be a reference that runs late.
_REFERENCE_SAMPLES = LINE_RATE * KEPT_MS // 1000
# So alike are two stretches of one sound that went through codecs; two voices are not.
ALIKE = 0.6
_ALIKE_SHORT = 0.7  # of less than 200 ms: pitch alone makes short stretches resemble each other
_SHORTEST_PROOF_MS = 100  # what is shorter may be alike by chance: the line is not called one yet


class Echo:
    """One call's. ``played`` gets what goes out, ``take_out`` what comes in, 20 ms at a time."""

    def __init__(self) -> None:
        self.present = False
        self._playing: Samples = np.zeros(0, dtype=np.int16)
        self._far: deque[Samples] = deque(maxlen=_KEPT_FRAMES)
        self._near: deque[Samples] = deque(maxlen=_KEPT_FRAMES)
        self._quiet_ms = LONGEST_DELAY_MS + FRAME_MS

    def played(self, samples: Samples) -> None:
        """8 kHz samples that leave for the line now."""
        self._quiet_ms = 0
        self._playing = np.concatenate([self._playing, samples])[-_REFERENCE_SAMPLES:]

    def take_out(self, near: Samples) -> Samples:
        """What came in, without our own voice where it was found to come back."""
        far, self._playing = self._playing[: len(near)], self._playing[len(near) :]
        if len(far) < len(near):
            far = np.concatenate([far, np.zeros(len(near) - len(far), dtype=np.int16)])
        self._far.append(far)
        self._near.append(near)
        self._quiet_ms += FRAME_MS
        if not self.present or self._quiet_ms > LONGEST_DELAY_MS:
            return near
        return np.concatenate(
            [
                self._cancel(far[at : at + _APM_SAMPLES], near[at : at + _APM_SAMPLES])
                for at in range(0, len(near), _APM_SAMPLES)
            ]
        )

    def is_all(self, last_ms: float) -> bool:
        """Whether the last ``last_ms`` of what came in are nothing but our own voice."""
        if self._quiet_ms > LONGEST_DELAY_MS:
            return False
        alike = self.likeness(last_ms)
        found = alike >= (ALIKE if last_ms >= 200 else _ALIKE_SHORT)
        self.present = self.present or (found and last_ms >= _SHORTEST_PROOF_MS)
        return found

    def likeness(self, last_ms: float) -> float:
        """The best normalised correlation (0 to 1) with what went out, over all delays."""
        frames = max(1, int(last_ms // FRAME_MS))
        near = np.concatenate(list(self._near)[-frames:]).astype(np.float64)
        far = np.concatenate(self._far).astype(np.float64)
        energy = float(np.sum(near**2))
        if energy == 0 or len(far) <= len(near):
            return 0.0
        size = 1 << int(np.ceil(np.log2(len(far) + len(near))))
        product = np.fft.rfft(far, size) * np.conj(np.fft.rfft(near, size))
        correlation = np.fft.irfft(product, size)[: len(far) - len(near) + 1]
        sums = np.concatenate([[0.0], np.cumsum(far**2)])
        far_energy = sums[len(near) :] - sums[: len(sums) - len(near)]
        scale = np.sqrt(np.maximum(far_energy, 1e4 * len(near) / 160) * energy)
        return float(np.max(np.abs(correlation) / scale))

    @functools.cached_property
    def _canceller(self) -> rtc.AudioProcessingModule:
        """Made when it is needed: most lines have no echo."""
        return rtc.AudioProcessingModule(echo_cancellation=True)

    def _cancel(self, far: Samples, near: Samples) -> Samples:
        if len(near) < _APM_SAMPLES:
            return near
        self._canceller.process_reverse_stream(_frame(far))
        frame = _frame(near)
        self._canceller.set_stream_delay_ms(0)
        self._canceller.process_stream(frame)
        return np.frombuffer(frame.data, dtype=np.int16).copy()


def _frame(samples: Samples) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytearray(samples.tobytes()), LINE_RATE, 1, len(samples))
