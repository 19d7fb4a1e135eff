"""Joins the floor to a running session: audio in, words in, and what the floor decides done.

The session runs in livekit-agents' manual mode: it takes no turn and stops for nobody by itself.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterable, Callable
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, ConversationItemAddedEvent, llm
from livekit.local_inference import EOT

from agents.languages import language_of
from agents.recorder import Recorder
from agents.turn_taking import words
from agents.turn_taking.agent_voice import AgentVoice
from agents.turn_taking.caller_speech import CallerSpeech
from agents.turn_taking.end_of_turn import EndOfTurn, listen, number_lengths
from agents.turn_taking.floor import Floor
from agents.turn_taking.hands import Turn
from agents.turn_taking.hearing import Hearing
from agents.turn_taking.line_audio import AudioClock, Samples
from agents.turn_taking.line_watch import DEAF_S, LineWatch
from agents.turn_taking.overhearing import LiveEars
from agents.turn_taking.part import Part
from agents.turn_taking.playout import Playout
from agents.turn_taking.prepared_speech import PreparedSpeech
from agents.turn_taking.speeches import Speeches
from agents.turn_taking.taken_turns import TakenTurns
from agents.turn_taking.turn_session import TurnSession
from telephony.contracts import PersonaSpec
from telephony.enums import EventKind

logger = logging.getLogger(__name__)

Prepare = Callable[[AsyncIterable[str]], PreparedSpeech]


class Conductor:
    """One call's turn taking, ``Hands`` of its floor. ``attach`` it to the model's session."""

    def __init__(
        self,
        persona: PersonaSpec,
        *,
        caller: CallerSpeech,
        recorder: Recorder,
        session: AgentSession[Any],
        playout: Playout,
        speeches: Speeches,
        prepare: Prepare,
    ) -> None:
        self._caller = caller
        self._recorder = recorder
        self._session = session
        self._prepare = prepare
        self._hearing = Hearing()
        playout.on_played = self._hearing.echo.played
        self._voice = AgentVoice(playout)
        self._model: TurnSession | None = None
        self._eot = EOT()
        lengths = number_lengths(tool.parameters for tool in persona.tools)
        self._language = language = language_of(persona.language)
        self._new_floor = functools.partial(
            Floor,
            self,
            persona.turn_taking,
            EndOfTurn(persona.turn_taking, lengths, language),
            language,
        )
        self.floor = self._new_floor()
        self.ears: LiveEars | None = None
        self._held = False
        self._clock = AudioClock()
        self._line = LineWatch(self._deaf)
        self._taken = TakenTurns(caller, recorder)
        self._speeches = speeches
        self._tasks: set[asyncio.Task[None]] = set()
        self._wasted = 0
        self.on_unsure: Callable[[bool], None] = lambda late: None
        self.on_reply: Callable[[bool], None] = lambda speculated: None
        session.on("conversation_item_added", self._item_added)

    def attach(self, model: TurnSession) -> None:
        """The framework opened its session with the model."""
        self._model = model
        model.on_audio = self._hear
        model.on_words = self._words
        model.on_wasted = self._add_waste

    @property
    def _open(self) -> TurnSession:
        """The session with the model, from which all audio comes."""
        assert self._model is not None  # noqa: S101
        return self._model

    def hold(self, held: bool) -> None:
        """Held: nothing is heard, taken or answered, and what was not yet answered never is."""
        self._held = held
        noise = self.floor.noise
        self.floor = self._new_floor()
        self.floor.noise = noise  # the line is the same one
        if not held:
            return
        if self._model is not None:
            self._model.discard()
            self._model.clear()
        if self._caller.speaking:
            self._caller.stopped(time.time())
        self.resume()
        self._wait_for_caller()

    def turn_open(self) -> bool:
        """The caller has begun what may be a turn."""
        return self.floor.turns.turn is not None

    async def may_act(self) -> bool:
        """Whether a tool may act on the caller's words, as soon as they are known."""
        if not await self._taken.understood():
            return False
        # What is said from now on is no rest of the turn that the tool was asked for.
        self.floor.turns.answered()
        return True

    def wasted_tokens(self) -> int:
        """Tokens of drafts thrown away since this was last asked."""
        wasted, self._wasted = self._wasted, 0
        return wasted

    # --- what comes in --------------------------------------------------------------------------

    def _hear(self, frame: rtc.AudioFrame) -> None:
        self._line.heard()
        if self._held:
            return
        at = self._clock.heard(frame.duration, time.time())
        self.floor.feed(self._hearing.hear(frame, self.floor.noise.least_dbfs), at)
        self._wait_for_caller()
        self._tell_noise()

    def _wait_for_caller(self) -> None:
        is_open = self.turn_open()
        self._voice.wait(is_open and self.interruptible)
        self._line.needed(is_open or self._voice.paused)

    def _deaf(self) -> None:
        """The caller's track is muted or gone."""
        self.floor.quiet(DEAF_S)
        self.resume()
        self._wait_for_caller()

    def _words(self, part: Part) -> None:
        self.floor.words_known(part, self._clock.at)
        if (turn := self._taken.words_known(part)) is None:
            return
        turns = self.floor.turns
        owed = turns.unanswered is turn and turns.turn is None and not self.agent_playing
        if turn.unsure and owed and not self._held:
            self.interrupt()
            self._ask_again(turn, late=True)

    def _tell_noise(self) -> None:
        if (noise := self.floor.noise).told():
            sure = round(noise.activation, 2)
            detail = {"floor_dbfs": round(noise.floor_dbfs, 1), "activation": sure}
            self._recorder.event(EventKind.LINE_NOISE, detail=detail)

    def _item_added(self, event: ConversationItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role != "assistant":
            return
        text, turns = item.text_content or "", self.floor.turns
        asked = words.asks_for_digits(text, self._language.turns)
        # "Are you still there?" does not take back what was asked for before.
        if asked or not self._speeches.is_own(item):
            turns.dictating = asked
            turns.long_number = words.is_long_number(words.last_sentence(text))

    def _add_waste(self, tokens: int) -> None:
        self._wasted += tokens
        self._recorder.event(EventKind.SPECULATION_DISCARDED, detail={"tokens": tokens})

    # --- Hands ----------------------------------------------------------------------------------

    @property
    def agent_playing(self) -> bool:
        return self._voice.playing

    @property
    def agent_owes(self) -> bool:
        return self._speeches.any and not self.agent_playing

    @property
    def interruptible(self) -> bool:
        speech = self._session.current_speech
        return speech is None or speech.allow_interruptions

    @property
    def left_s(self) -> float | None:
        return self._voice.left_s

    def is_echo(self, last_ms: float) -> bool:
        return self._hearing.echo.is_all(last_ms)

    def send(self, samples: Samples) -> None:
        self._open.send(samples)

    def commit(self) -> Part | None:
        return self._open.commit()

    def listen_for_end(self, heard: Samples, turn: Turn) -> None:
        self._spawn(self._listen(heard, turn))

    def draft(self) -> None:
        self._open.draft(self._prepare)

    def discard(self) -> None:
        self._open.discard()

    def forget(self, parts: list[Part], *, replies: bool = False) -> None:
        self._open.clear()
        self._open.forget(parts, replies=replies)

    def take(self, turn: Turn, at: float) -> None:
        self._taken.add(turn)
        if self._held:  # these words asked for a human
            self.discard()
            return
        if turn.unsure:
            self._ask_again(turn, late=False)
            return
        self._caller.turn_taken(at)
        if not self.agent_playing and self._speeches.drop_reply():
            self._open.discard()  # it takes for said what came while they spoke, and was not heard
        draft = self._open.adopt()
        self.on_reply(draft is not None)
        try:
            reply = self._session.generate_reply(input_modality="audio")
        except RuntimeError as error:  # the session is closing
            logger.warning("no reply can be made: %s", error)
            return
        if draft is not None:  # unless it is interrupted before its turn to be asked for
            reply.add_done_callback(lambda _: self._open.reclaim(draft))

    def pause(self) -> None:
        self._voice.pause()
        self._line.needed(True)

    def resume(self) -> None:
        self._voice.resume()

    def interrupt(self) -> None:
        try:
            stopped = self._session.interrupt()
        except RuntimeError as error:
            logger.warning("the agent cannot be stopped: %s", error)
            self.resume()
            return
        # Not before: a held sentence would be heard for a moment.
        stopped.add_done_callback(lambda _: self.resume())

    def started(self, at: float) -> None:
        self._caller.started(at)

    def stopped(self, at: float) -> None:
        self._caller.stopped(at)

    def noted(self, what: words.Overlap, detail: dict[str, object], at: float) -> None:
        self._recorder.event(EventKind.BACKCHANNEL, at=at, detail={"kind": what.value, **detail})

    # --- the rest -------------------------------------------------------------------------------

    def _ask_again(self, turn: Turn, *, late: bool) -> None:
        """Words this unsure are not acted on, and do not stay with the model. ``late``: a reply to
        them was being made."""
        self.discard()
        self.forget(turn.parts, replies=late)
        detail = {"text": turn.text, "confidence": round(turn.confidence or 0.0, 2)}
        self._recorder.event(EventKind.LOW_CONFIDENCE, detail=detail)
        turn.parts = []  # once is enough
        self.floor.turns.dictating = turn.dictating
        self.on_unsure(late)

    async def _listen(self, heard: Samples, turn: Turn) -> None:
        probability = await asyncio.to_thread(listen, self._eot, heard)
        self.floor.heard_end(turn, probability)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
