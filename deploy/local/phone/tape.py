"""The tape of a call: what the phone sent (left) and what it heard (right), on one clock."""

from __future__ import annotations

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deploy.local.phone.detector import speech_segments
from deploy.local.sipkit import FRAME_BYTES

SAMPLE_RATE = 8000
# A sentence has pauses of its own: shorter ones do not end the phone's utterance.
_UTTERANCE_PAUSE_MS = 700


@dataclass(frozen=True)
class Turn:
    """One utterance of the phone and what it heard in reply, in ms on the tape.

    ``latency_ms`` is the silence from the utterance's end to the reply's start; negative when
    the reply began before the end; None when nothing was heard before the next utterance.
    """

    said_start_ms: int
    said_end_ms: int
    heard_start_ms: int | None
    latency_ms: int | None


class Tape:
    """Grows by one 20 ms frame a tick of the phone's media clock.

    Tick n holds the frame that was sent at that tick and the frame that left the jitter buffer to
    be played at that tick, so both channels are on the phone's clock, which also is the RTP time
    of what it sends. What is heard is late by the phone's own jitter buffer (10-30 ms on a quiet
    network), as it is at a person's ear. Ticks that a busy machine skipped are silence on both.
    """

    def __init__(self, sent: bytes = b"", heard: bytes = b"") -> None:
        self._sent = bytearray(sent)
        self._heard = bytearray(heard)

    @property
    def sent(self) -> bytes:
        """Left channel, s16le at 8 kHz."""
        return bytes(self._sent)

    @property
    def heard(self) -> bytes:
        """Right channel, s16le at 8 kHz."""
        return bytes(self._heard)

    @property
    def duration_ms(self) -> int:
        return len(self._sent) // 16

    def put(self, frame_number: int, sent: bytes, heard: bytes) -> None:
        """Write one 320-byte frame a channel at ``frame_number`` (20 ms each)."""
        offset = frame_number * FRAME_BYTES
        for channel, frame in ((self._sent, sent), (self._heard, heard)):
            if offset > len(channel):
                channel.extend(bytes(offset - len(channel)))
            channel[offset : offset + FRAME_BYTES] = frame

    def save(self, path: str | Path) -> Path:
        """Write a stereo 16-bit 8 kHz WAV, making its folder; returns the path."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        stereo = np.column_stack(
            (np.frombuffer(self.sent, np.int16), np.frombuffer(self.heard, np.int16))
        )
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE)
            file.writeframes(stereo.tobytes())
        return path

    @classmethod
    def load(cls, path: str | Path) -> Tape:
        """Read a tape that ``save`` wrote. Raises ValueError for another kind of WAV."""
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if shape != (2, 2, SAMPLE_RATE):
                raise ValueError(f"{path} is no tape: it must be stereo, 16-bit, 8 kHz")
            stereo = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
        return cls(stereo[:, 0].tobytes(), stereo[:, 1].tobytes())

    def said_segments(self) -> list[tuple[int, int]]:
        """Utterances of the phone, ``(start_ms, end_ms)``."""
        return speech_segments(self.sent, hangover_ms=_UTTERANCE_PAUSE_MS)

    def heard_segments(self, *, hangover_ms: int = 200) -> list[tuple[int, int]]:
        """Speech the phone heard, ``(start_ms, end_ms)``."""
        return speech_segments(self.heard, hangover_ms=hangover_ms)

    def turns(self) -> list[Turn]:
        """Each utterance of the phone with the silence until the next heard speech."""
        return turns(self.said_segments(), self.heard_segments())


def turns(said: list[tuple[int, int]], heard: list[tuple[int, int]]) -> list[Turn]:
    """Pair utterances with replies.

    The reply to an utterance is the first heard speech that started after the utterance did and
    outlasts it: a "mm-hmm" inside the utterance is none, nor is speech that the utterance cut
    into. Segments are ``(start_ms, end_ms)`` in order of time.
    """
    result = []
    for index, (start_ms, end_ms) in enumerate(said):
        next_ms = said[index + 1][0] if index + 1 < len(said) else float("inf")
        reply = next(
            (h for h in heard if h[0] >= start_ms and h[1] > end_ms and h[0] < next_ms), None
        )
        heard_ms = None if reply is None else reply[0]
        latency_ms = None if heard_ms is None else heard_ms - end_ms
        result.append(Turn(start_ms, end_ms, heard_ms, latency_ms))
    return result
