"""The caller's turns once they are taken: stored, with words that may come later."""

from __future__ import annotations

import asyncio

from agents.recorder import Recorder
from agents.turn_taking.caller_speech import CallerSpeech
from agents.turn_taking.hands import Turn
from agents.turn_taking.line_audio import speech_dbfs
from agents.turn_taking.part import Part

# Before a tool acts on words they are waited for so long.
WORDS_WITHIN_S = 1.0


class TakenTurns:
    """One call's. A turn that went on is added again."""

    def __init__(self, caller: CallerSpeech, recorder: Recorder) -> None:
        self._caller = caller
        self._recorder = recorder
        self._count = 0
        self._wordless: dict[Part, Turn] = {}
        self._last: Turn | None = None

    def add(self, turn: Turn) -> None:
        if not turn.key:
            self._count += 1
            turn.key = f"caller:{self._count}"
        self._last = turn
        self._wordless |= {part: turn for part in turn.parts if not part.words_known}
        self._caller.levels[turn.key] = speech_dbfs(turn.audio)
        self._store(turn)

    def words_known(self, part: Part) -> Turn | None:
        """The turn whose words have come with this, if it is one that was taken without them."""
        turn = self._wordless.pop(part, None)
        if turn is None or part not in turn.parts:
            return None
        self._store(turn)
        return turn

    async def understood(self) -> bool:
        """Wait for the last turn's words; False when they are not to be acted on."""
        turn = self._last
        parts = [part for part in turn.parts if not part.words_known] if turn else []
        try:
            async with asyncio.timeout(WORDS_WITHIN_S):
                for part in parts:
                    await part.wait()
        except TimeoutError:
            if self._last is turn:
                self._last = None  # they are not waited for again
        return not any(part.misheard for part in parts)

    def _store(self, turn: Turn) -> None:
        known = [part for part in turn.parts if part.text]
        self._recorder.caller_turn(
            turn.key,
            text=" ".join(part.text for part in known if part.text),
            start=turn.started_at,
            end=turn.last_voiced_at,
            confidence=turn.confidence,
        )
