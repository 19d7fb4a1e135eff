"""The parts of each reply's latency, observed from beside the pipeline.

end of speech -> commit (endpointing) -> first text at the voice (first token) -> first audio. What
the framework itself reports from end of speech to first audio is stored beside it, labelled. The
product's own sentences have none: a filler before the reply is not the reply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from livekit.agents import llm

from agents.receptionist import Receptionist
from agents.recorder import Recorder
from telephony.contracts import TurnMetricRecord

MAX_OPEN_REPLIES = 16


@dataclass(slots=True)
class _Reply:
    committed_at: float
    speech_end: float | None
    first_text: float | None = None
    first_audio: float | None = None
    speculated: bool = False


class Latency:
    """All moments in seconds since the epoch. A reply is open from commit to stored turn."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.wasted_tokens: Callable[[], int] = lambda: 0
        self._open: deque[_Reply] = deque(maxlen=MAX_OPEN_REPLIES)

    def observe(self, agent: Receptionist) -> None:
        agent.on_first_text = self.first_text
        agent.on_first_audio = self.first_audio

    def committed(self, at: float, speech_end: float | None) -> None:
        self._open.append(_Reply(at, speech_end))

    def speculated(self, was: bool) -> None:
        """Whether the reply just owed had been begun before the turn was over."""
        if self._open:
            self._open[-1].speculated = was

    def first_text(self, at: float) -> None:
        if self._open and self._open[-1].first_text is None:
            self._open[-1].first_text = at

    def first_audio(self, at: float) -> None:
        if self._open and self._open[-1].first_audio is None:
            self._open[-1].first_audio = at

    def agent_turn(self, key: str, message: llm.ChatMessage) -> None:
        """Store the parts of the reply that this message opened, if it opened one."""
        start = message.metrics.get("started_speaking_at", message.created_at)
        # An interrupted message is stored after the commit that interrupted it: match by time.
        answered = [reply for reply in self._open if reply.committed_at <= start]
        if not answered:
            return
        reply = answered[-1]
        for old in answered:
            self._open.remove(old)
        self._recorder.metric(
            TurnMetricRecord(
                turn_key=key,
                endpointing_ms=_ms(reply.speech_end, reply.committed_at),
                first_token_ms=_ms(reply.committed_at, reply.first_text, negative=True),
                first_audio_ms=_ms(reply.first_text, reply.first_audio),
                on_wire_ms=_ms(reply.first_audio, start),
                framework_ms=_ms(reply.speech_end, start),
                speculated=reply.speculated,
                wasted_tokens=self.wasted_tokens(),
            )
        )


def _ms(start: float | None, end: float | None, *, negative: bool = False) -> int | None:
    if start is None or end is None or (end < start and not negative):
        return None
    return round((end - start) * 1000)
