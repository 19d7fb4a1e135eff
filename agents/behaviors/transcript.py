"""Writes the transcript: the caller's turns by the edges of their speech, the agent's as heard.

A transcription may come long after the reply it led to, and livekit-agents then files it behind
that reply. So a caller's turn is stored when it is committed, with the times of the speech itself
and no text, and stored again under the same key when its words are known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from livekit.agents import ConversationItemAddedEvent, llm

from agents.call import LiveCall
from agents.providers.openai_realtime import InputWatch
from agents.recorder import Recorder

AgentTurn = Callable[[str, llm.ChatMessage], None]


@dataclass(slots=True)
class _Turn:
    key: str
    start: float
    end: float


class CallerTurns:
    """Joins speech edges, commits, item ids and transcriptions, which come in any order."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._count = 0
        self._start: float | None = None
        self._end: float | None = None
        self._speaking = False
        self._nameless: deque[_Turn] = deque()  # committed, item id not known yet
        self._by_item: dict[str, _Turn] = {}

    @property
    def last_speech_end(self) -> float | None:
        return self._end

    def speech_started(self, at: float) -> None:
        self._speaking = True
        if self._start is None:
            self._start = at

    def speech_stopped(self, at: float) -> None:
        self._speaking = False
        self._end = at

    def committed(self, at: float) -> None:
        self._nameless.append(self._open(at))

    def became_item(self, item_id: str, at: float) -> None:
        """The oldest commit became this item; without one the model's server committed itself."""
        turn = self._nameless.popleft() if self._nameless else self._open(at)
        self._by_item[item_id] = turn

    def knows(self, item_id: str) -> bool:
        return item_id in self._by_item

    def transcribed(self, item_id: str, text: str, confidence: float | None, at: float) -> None:
        if item_id not in self._by_item:
            self.became_item(item_id, at)
        turn = self._by_item[item_id]
        self._store(turn, text.strip(), confidence)

    def _open(self, at: float) -> _Turn:
        start = self._start if self._start is not None else at
        end = at if self._speaking or self._end is None else self._end
        self._count += 1
        turn = _Turn(f"caller:{self._count}", start, max(start, end))
        # Speech that goes on over the commit belongs to the next turn.
        self._start = at if self._speaking else None
        self._store(turn, "", None)
        return turn

    def _store(self, turn: _Turn, text: str, confidence: float | None) -> None:
        self._recorder.caller_turn(
            turn.key, text=text, start=turn.start, end=turn.end, confidence=confidence
        )


def attach(call: LiveCall, on_agent_turn: AgentTurn) -> None:
    """Store what the agent said and was heard; ``on_agent_turn`` gets each stored turn's key."""

    def on_item(event: ConversationItemAddedEvent) -> None:
        message = event.item
        if not isinstance(message, llm.ChatMessage):
            return
        if message.role == "assistant" and (text := (message.text_content or "").strip()):
            start = message.metrics.get("started_speaking_at", message.created_at)
            key = call.recorder.agent_turn(
                message.id,
                text=text,
                start=start,
                end=message.metrics.get("stopped_speaking_at", call.clock.now()),
                interrupted=message.interrupted,
            )
            on_agent_turn(key, message)

    call.session.on("conversation_item_added", on_item)


def follow_server(call: LiveCall) -> None:
    """Store the caller's turns where the model's server takes them; the session has started."""
    turns = CallerTurns(call.recorder)

    def on_item(event: ConversationItemAddedEvent) -> None:
        message = event.item
        # Typed digits are the user's as well, and stored already.
        if isinstance(message, llm.ChatMessage) and turns.knows(message.id):
            text, confidence = message.text_content or "", message.transcript_confidence
            turns.transcribed(message.id, text, confidence, call.clock.now())

    def on_commit(at: float) -> None:
        turns.committed(at)  # not of every turn: keys are one of which nothing is committed
        call.caller.turn_taken(at)

    call.caller.follow(call.session)
    call.caller.on_start.append(turns.speech_started)
    call.caller.on_stop.append(turns.speech_stopped)
    call.session.on("conversation_item_added", on_item)
    InputWatch(
        call.agent.realtime_llm_session,
        on_commit=on_commit,
        on_item=lambda item_id: turns.became_item(item_id, call.clock.now()),
    )
