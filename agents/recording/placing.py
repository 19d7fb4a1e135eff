"""Where audio lies in time: what came from the caller, and what was sent to them.

All moments are seconds since the epoch, on the clock that is passed in. Audio is 16-bit mono.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

Samples = NDArray[np.int16]

# A busy event loop gives frames late and then all at once: only the earliest of so many seconds
# tells when the stream really runs.
LOOK_AHEAD_S = 0.5
# A stream is moved when it is further than this from where it was.
TOLERANCE_S = 0.02


@dataclass(frozen=True, slots=True)
class Placed:
    """Samples and the moment of the first of them."""

    at: float
    samples: Samples
    rate: int

    @property
    def end(self) -> float:
        return self.at + len(self.samples) / self.rate


def _placed(frame: rtc.AudioFrame, at: float) -> Placed:
    samples = np.frombuffer(frame.data, dtype=np.int16)
    if frame.num_channels > 1:
        samples = samples.reshape(-1, frame.num_channels)[:, 0]
    return Placed(at, samples, frame.sample_rate)


class Received:
    """A live stream, whose frames carry no time of their own: only when they arrived is known.

    A frame cannot arrive before it was spoken, so the least late ones tell the truth, and the
    others are laid where they belong in the stream.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, float, Placed]] = deque()  # arrived, lateness, frame
        self._streamed_s = 0.0
        self._anchor: float | None = None

    def push(self, frame: rtc.AudioFrame, arrived: float) -> None:
        begun = arrived - frame.duration
        lateness = begun - self._streamed_s
        self._waiting.append((arrived, lateness, _placed(frame, self._streamed_s)))
        self._streamed_s += frame.duration

    def take(self, now: float, *, all_of_it: bool = False) -> list[Placed]:
        """What arrived long enough ago to know where it lies; or everything, at the end."""
        taken: list[Placed] = []
        while self._waiting and (all_of_it or self._waiting[0][0] <= now - LOOK_AHEAD_S):
            least = min(lateness for _, lateness, _ in self._waiting)
            if self._anchor is None or abs(least - self._anchor) > TOLERANCE_S:
                self._anchor = least
            _, _, frame = self._waiting.popleft()
            taken.append(Placed(self._anchor + frame.at, frame.samples, frame.rate))
        return taken


class Source(Protocol):
    """What ``rtc.AudioSource`` is: it takes frames at the pace at which they are played."""

    @property
    def queued_duration(self) -> float:
        """Seconds taken and not played yet."""

    def clear_queue(self) -> None:
        """Forget them."""

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame; waits while the queue is full."""

    async def wait_for_playout(self) -> None:
        """Wait until the queue is empty."""


class Sent:
    """What leaves for the caller, from any number of sources."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sources: list[TapedSource] = []
        self._played = deque[Placed]()
        self._played_until = 0.0
        self._live = Received()

    def tap(self, source: Source) -> TapedSource:
        """Return a source to be used in the place of ``source``."""
        taped = TapedSource(source, self._now)
        self._sources.append(taped)
        return taped

    def played(self, frame: rtc.AudioFrame) -> None:
        """A frame that somebody plays to its end: at once, or behind the one before."""
        piece = _placed(frame, max(self._now(), self._played_until))
        self._played_until = piece.end
        self._played.append(piece)

    def passed_on(self, frame: rtc.AudioFrame) -> None:
        """A frame of somebody whom the caller hears live: a human, past the agent."""
        self._live.push(frame, self._now())

    def take(self, until: float, *, all_of_it: bool = False) -> list[Placed]:
        """What begins before ``until``; what is later may still be taken back."""
        taken = _begun(self._played, until)
        taken += self._live.take(self._now(), all_of_it=all_of_it)
        for source in self._sources:
            taken += source.take(until)
        return taken


class TapedSource:
    """A source that notes when each frame will be played, and what was taken back unplayed."""

    def __init__(self, source: Source, now: Callable[[], float]) -> None:
        self._source = source
        self._now = now
        self._pieces = deque[Placed]()
        self._end = 0.0

    @property
    def queued_duration(self) -> float:
        return self._source.queued_duration

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        at = self._now() + self._source.queued_duration
        if abs(at - self._end) < TOLERANCE_S:
            at = self._end  # follows the last one without a gap: only the clocks differ
        piece = _placed(frame, at)
        self._end = piece.end
        self._pieces.append(piece)
        await self._source.capture_frame(frame)

    async def wait_for_playout(self) -> None:
        await self._source.wait_for_playout()

    def clear_queue(self) -> None:
        self._source.clear_queue()
        now = self._now()
        while self._pieces and self._pieces[-1].end > now:
            last = self._pieces.pop()
            played = int((now - last.at) * last.rate)
            if played > 0:
                self._pieces.append(Placed(last.at, last.samples[:played], last.rate))
                break
        self._end = now

    def take(self, until: float) -> list[Placed]:
        return _begun(self._pieces, until)


def _begun(pieces: deque[Placed], until: float) -> list[Placed]:
    taken = []
    while pieces and pieces[0].at < until:
        taken.append(pieces.popleft())
    return taken
