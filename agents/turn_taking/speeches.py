"""What the agent is to say, from when the framework plans it until it is over."""

from __future__ import annotations

from typing import Any

from livekit.agents import AgentSession, SpeechCreatedEvent, llm
from livekit.agents.voice import SpeechHandle


class Speeches:
    """A session's that are not over yet."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._all: set[SpeechHandle] = set()
        self._said: set[SpeechHandle] = set()  # the product's own sentences
        session.on("speech_created", self._created)

    @property
    def any(self) -> bool:
        return any(not handle.done() for handle in self._all)

    def is_own(self, item: llm.ChatItem) -> bool:
        """The product said it, not the model."""
        return any(item in speech.chat_items for speech in self._said)

    @property
    def own_word(self) -> bool:
        """A sentence of the product's has the word."""
        return self._session.current_speech in self._said

    def drop_reply(self) -> bool:
        """Stop the model's reply that has the word, unless a tool is at work for it; True when
        there was one."""
        current = self._session.current_speech
        if current is None or self.own_word or current.interrupted:
            return False
        if current.done() or not current.allow_interruptions:
            return False
        current.interrupt()
        return True

    def _created(self, event: SpeechCreatedEvent) -> None:
        kept = [self._all, self._said] if event.source == "say" else [self._all]
        for handles in kept:
            handles.add(event.speech_handle)
            event.speech_handle.add_done_callback(handles.discard)
