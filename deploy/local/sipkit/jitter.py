"""A small adaptive jitter buffer: decoded audio addressed by RTP timestamp.

It starts 10 ms behind the first packet, falls back a frame when a packet comes after its time,
and catches up a frame when everything has been early for a while. More than 100 ms is never
kept: late audio is dropped, not played late. Time is passed in, in seconds of one clock.
"""

from __future__ import annotations

import numpy as np

from deploy.local.sipkit.clock import FRAME_BYTES, FRAME_S, FRAME_SAMPLES, SAMPLE_RATE

SILENCE = bytes(FRAME_BYTES)
_START_DELAY_S = 0.010
_CAP_SAMPLES = 800  # 100 ms
_RESYNC_SAMPLES = SAMPLE_RATE // 2  # a jump further than this is a new stream, not a delay
_MAX_HOLD_SAMPLES = 5 * FRAME_SAMPLES  # silence this long: the next packet starts afresh
_RING_SAMPLES = 2 * SAMPLE_RATE
_SHRINK_MARGIN_S = 0.008
_SHRINK_WINDOW_S = 1.0
_MAX_SHRINK_WINDOW_S = 16.0
_FADE_SAMPLES = 40  # 5 ms

_FADE_OUT_FRAME = np.linspace(1.0, 0.0, FRAME_SAMPLES, dtype=np.float32)
_FADE_IN = np.linspace(0.0, 1.0, _FADE_SAMPLES, dtype=np.float32)


def _signed(difference: int) -> int:
    """A difference of 32-bit RTP timestamps as a signed number."""
    return (difference + 0x80000000 & 0xFFFFFFFF) - 0x80000000


class JitterBuffer:
    """Push packets as they come, pop 20 ms each 20 ms."""

    def __init__(self) -> None:
        self.late = 0  # packets that came after their time
        self.duplicates = 0
        self.concealed_ms = 0
        self.dropped_ms = 0  # audio given up to stay near the speaker
        self._ring = bytearray(2 * _RING_SAMPLES)
        self._filled = bytearray(_RING_SAMPLES)
        self._read = 0  # RTP timestamp of the next sample to play
        self._newest = 0  # RTP timestamp after the newest sample received
        self._synced = False
        self._playing = False
        self._first_arrival_s = 0.0
        self._popped_at_s = 0.0
        self._held = 0  # samples of time that passed with nothing to play
        self._last = SILENCE
        self._concealing = False
        self._min_early_s = float("inf")
        self._window_started_s = 0.0
        self._window_s = _SHRINK_WINDOW_S

    @property
    def depth_ms(self) -> float:
        """Audio received and not yet played, in ms."""
        return _signed(self._newest - self._read) / 8 if self._synced else 0.0

    def push(self, timestamp: int, pcm: bytes, now_s: float) -> None:
        """Take the decoded samples of one packet."""
        count = len(pcm) // 2
        if not 0 < count <= _CAP_SAMPLES:
            return
        ahead = _signed(timestamp - self._read)
        if not self._synced or abs(ahead) > _RESYNC_SAMPLES:
            self._sync(timestamp, now_s)
            ahead = 0
        elif self._held:
            gap = _signed(timestamp - self._newest)
            if gap > 0:
                # The time of the lost packet was already spent: do not spend it twice.
                skip = min(self._held, gap)
                self._advance(skip)
                ahead -= skip
            elif gap == 0:
                # It was late indeed. Catching up was too bold, or the network is worse now.
                self._window_s = min(2 * self._window_s, _MAX_SHRINK_WINDOW_S)
        self._held = 0
        if ahead + count <= 0:
            self.late += 1
            return
        if self._playing:
            due_s = self._popped_at_s + FRAME_S + ahead / SAMPLE_RATE
            self._min_early_s = min(self._min_early_s, due_s - now_s)
        if ahead < 0:
            pcm, timestamp, count, ahead = pcm[-2 * ahead :], self._read, count + ahead, 0
        start = timestamp % _RING_SAMPLES
        first = min(count, _RING_SAMPLES - start)
        if self._filled[start]:
            self.duplicates += 1
        self._ring[2 * start : 2 * (start + first)] = pcm[: 2 * first]
        self._filled[start : start + first] = b"\1" * first
        if rest := count - first:
            self._ring[: 2 * rest] = pcm[2 * first :]
            self._filled[:rest] = b"\1" * rest
        end = (timestamp + count) & 0xFFFFFFFF
        if _signed(end - self._newest) > 0:
            self._newest = end
        if _signed(self._newest - self._read) > _CAP_SAMPLES:
            self._catch_up(_signed(self._newest - self._read) - 2 * FRAME_SAMPLES)

    def pop(self, now_s: float) -> bytes:
        """The 320 bytes to play now; silence when there is nothing."""
        if not self._synced:
            return SILENCE
        if not self._playing:
            waited_s = now_s - self._first_arrival_s
            if waited_s < _START_DELAY_S or self.depth_ms < 20:
                return SILENCE
            self._playing = True
            self._restart_window(now_s)
        self._popped_at_s = now_s
        depth = _signed(self._newest - self._read)
        if depth < FRAME_SAMPLES:
            return self._hold()
        if now_s - self._window_started_s >= self._window_s:
            if self._min_early_s > FRAME_S + _SHRINK_MARGIN_S and depth > FRAME_SAMPLES:
                self._catch_up(FRAME_SAMPLES)
            self._restart_window(now_s)
        frame, complete = self._take()
        if not complete:
            self.concealed_ms += 20
            frame = self._conceal()
        elif self._concealing:
            self._concealing = False
            frame = _blend(SILENCE, frame)
        self._last = frame
        return frame

    def _sync(self, timestamp: int, now_s: float) -> None:
        self._filled = bytearray(_RING_SAMPLES)
        self._read = self._newest = timestamp
        self._synced, self._playing = True, False
        self._first_arrival_s = now_s
        self._held = 0

    def _restart_window(self, now_s: float) -> None:
        self._window_started_s = now_s
        self._min_early_s = float("inf")

    def _hold(self) -> bytes:
        """Nothing has come: wait with the clock stopped, so that what comes late is not lost."""
        self._held += FRAME_SAMPLES
        if self._held > _MAX_HOLD_SAMPLES:
            self._synced = False
            self._concealing = True
            return SILENCE
        self.concealed_ms += 20
        self._last = self._conceal()
        return self._last

    def _take(self) -> tuple[bytes, bool]:
        start = self._read % _RING_SAMPLES
        first = min(FRAME_SAMPLES, _RING_SAMPLES - start)
        rest = FRAME_SAMPLES - first
        frame = bytes(self._ring[2 * start : 2 * (start + first)] + self._ring[: 2 * rest])
        present = self._filled.count(1, start, start + first) + self._filled.count(1, 0, rest)
        self._advance(FRAME_SAMPLES)
        return (frame, True) if present == FRAME_SAMPLES else (SILENCE, False)

    def _advance(self, samples: int) -> None:
        """Move the read position, emptying what it passes."""
        start = self._read % _RING_SAMPLES
        first = min(samples, _RING_SAMPLES - start)
        self._filled[start : start + first] = bytes(first)
        self._filled[: samples - first] = bytes(samples - first)
        self._read = (self._read + samples) & 0xFFFFFFFF

    def _catch_up(self, samples: int) -> None:
        """Give up ``samples`` of audio, blending over the cut."""
        self.dropped_ms += samples // 8
        start = self._read % _RING_SAMPLES
        before = bytes(self._ring[2 * start : 2 * (start + _FADE_SAMPLES)])
        self._advance(samples)
        start = self._read % _RING_SAMPLES
        after = bytes(self._ring[2 * start : 2 * (start + _FADE_SAMPLES)])
        if len(before) == len(after) == 2 * _FADE_SAMPLES:
            self._ring[2 * start : 2 * (start + _FADE_SAMPLES)] = _blend(before, after)

    def _conceal(self) -> bytes:
        """The last frame backwards, fading out: it begins where the sound stopped, so no click."""
        if self._concealing:
            return SILENCE
        self._concealing = True
        last = np.frombuffer(self._last, np.int16)[::-1]
        return (last * _FADE_OUT_FRAME).astype(np.int16).tobytes()


def _blend(old: bytes, new: bytes) -> bytes:
    """``new`` with its first 5 ms cross-faded from ``old``."""
    head = np.frombuffer(new, np.int16, _FADE_SAMPLES)
    tail = np.frombuffer(old, np.int16, _FADE_SAMPLES)
    mixed = (head * _FADE_IN + tail * (1.0 - _FADE_IN)).astype(np.int16)
    return mixed.tobytes() + new[2 * _FADE_SAMPLES :]
