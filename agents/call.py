"""One call while it lives: what behaviours share, and the one way a call ends.

Whatever goes wrong, ``end`` is called once with a reason; the first caller wins. It plays the last
words if there are any, hangs up and leaves the job; ``finish`` then stores the end as the last
record. Both are safe to call at any time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

from livekit import rtc
from livekit.agents import AgentSession, tts

from agents import fixed_phrases, last_words
from agents.call_context import CallClock
from agents.languages import language_of
from agents.phrase_cache import PhraseCache
from agents.ports import Line, Store
from agents.receptionist import Receptionist
from agents.recorder import Recorder
from agents.transfer.sentences import HANDS_OVER_WITHOUT_VOICE
from agents.turn_taking.caller_speech import CallerSpeech
from agents.turn_taking.playout import Source
from agents.waiting import first_of
from telephony.contracts import CallPlan
from telephony.enums import EndingReason, EndingResult, EventKind

logger = logging.getLogger(__name__)

FLUSH_TIMEOUT_S = 20.0
# What was played out here is still on its way through server, SIP service and jitter buffers: a
# hang-up at once cuts the last syllables off (some 150 ms measured on one machine).
UNDER_WAY_S = 0.4
CALLER_IS_GONE = (EndingResult.CALLER, EndingResult.NETWORK)
# What the agent cannot go on after; a human can. Ends a held call only once it is released.
_AGENTS_OWN = frozenset(
    {
        EndingReason.MODEL_UNAVAILABLE,
        EndingReason.MODEL_QUOTA,
        EndingReason.VOICE_UNAVAILABLE,
        EndingReason.MAX_DURATION,
        EndingReason.INTERNAL_ERROR,
    }
)
# What the agent or the caller's silence led to before the call was held, and not any more.
_OVERTAKEN = frozenset({EndingReason.AGENT_GOODBYE, EndingReason.USER_DROPPED_AFTER_NUDGES})
# Who has had the longest time for a call is not handed over.
_RESCUABLE = _AGENTS_OWN - {EndingReason.MAX_DURATION}
# Telling a human that the caller is gone, before the hang-up.
FAREWELL_TIMEOUT_S = 6.0


@dataclass(frozen=True, slots=True)
class Ending:
    """Why and when (seconds since the epoch) the call ended."""

    reason: EndingReason
    at: float
    detail: str


@dataclass(kw_only=True)
class LiveCall:
    """``make_voice`` gives a voice of its own for the last words, when the session's is gone."""

    plan: CallPlan
    line: Line
    store: Store
    clock: CallClock
    recorder: Recorder
    session: AgentSession[Any]
    agent: Receptionist
    make_voice: Callable[[], tts.TTS[Any]]
    phrases: PhraseCache

    def __post_init__(self) -> None:
        self.ending: Ending | None = None
        # What the product itself says and understands.
        self.language = language_of(self.plan.persona.language)
        self.answered = False
        self.caller = CallerSpeech()
        self.ended = asyncio.Event()
        # What must still be stored when the call is over, before its end is.
        self.closing: list[Callable[[], Coroutine[Any, Any, None]]] = []
        # A transfer has the caller: the agent neither hears nor speaks.
        self.held = False
        # Caller and human talk; whatever becomes of this job, they go on.
        self.talking = False
        self.on_held: list[Callable[[bool], None]] = []
        # Told the reason before the hang-up: whoever else is on the line must hear of it.
        self.farewells: list[Callable[[EndingReason], Coroutine[Any, Any, None]]] = []
        # A way out other than an apology; true when it is taken.
        self.rescue: Callable[[EndingReason], bool] | None = None
        # Takes what the model wrote last out of its conversation.
        self.unsay: Callable[[], None] = lambda: None
        # Lets the tape hear a source that plays to the caller.
        self.tap: Callable[[Source], Source] = lambda source: source
        # The same of what others say to the caller; None: there is no tape.
        self.tape_frame: Callable[[rtc.AudioFrame], None] | None = None
        self._postponed: tuple[EndingReason, str, str, bool] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._hung_up: asyncio.Task[None] | None = None
        self._finished = False

    def mark_answered(self) -> None:
        """The caller's leg became active: zero of the clock, unless another job had answered."""
        self.answered = True
        if self.plan.resumed is not None:
            self.recorder.event(EventKind.RESUMED)
            return
        self.clock.answered()
        self.recorder.answered()

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run beside the call; a failure ends the call, as a half-dead call helps nobody."""
        task = asyncio.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def end(
        self, reason: EndingReason, *, detail: str = "", words: str = "", voice_works: bool = True
    ) -> None:
        """Begin to end the call. ``words`` are said outside the session before the hang-up."""
        if self.ending is not None or (self.held and reason in _OVERTAKEN):
            return
        if self.held and reason in _AGENTS_OWN:
            self._postponed = self._postponed or (reason, detail, words, voice_works)
            return
        can_hand_over = voice_works or all(
            self.phrases.ready(self.language.say(text)) for text in HANDS_OVER_WITHOUT_VOICE
        )
        if self.answered and reason in _RESCUABLE and self.rescue is not None and can_hand_over:
            rescue, self.rescue = self.rescue, None
            if rescue(reason):
                self._postponed = (reason, detail, words, voice_works)
                return
        self.ending = Ending(reason, self.clock.now(), detail)
        logger.info("call ends", extra={"reason": reason.value})
        self._hung_up = asyncio.create_task(
            self._hang_up(self.ending, words, voice_works), name="call-hang-up"
        )
        self.ended.set()

    def amend(self, reason: EndingReason) -> None:
        """It turned out why the call ended, before its end was stored."""
        if self.ending is not None:
            self.ending = replace(self.ending, reason=reason)

    def hold(self) -> None:
        """The agent is out of the conversation from now on."""
        if not self.held:
            self.held = True
            self._tell_held()

    def release(self) -> None:
        """The agent has the caller again, unless it failed meanwhile: then the call ends."""
        self.held = self.talking = False
        if self._postponed is not None:
            reason, detail, words, voice_works = self._postponed
            self.end(reason, detail=detail, words=words, voice_works=voice_works)
        else:
            self._tell_held()

    @property
    def agent_failed(self) -> bool:
        """The agent is to go as soon as the call is released."""
        return self._postponed is not None

    @property
    def voice_failed(self) -> bool:
        """And nothing can be said any more but what is kept ready."""
        return self._postponed is not None and not self._postponed[3]

    def _tell_held(self) -> None:
        for tell in self.on_held:
            tell(self.held)

    async def finish(self) -> None:
        """Store the end as the last record and wait for the store. Call it last, in any case."""
        if self._finished:
            return
        self._finished = True
        if self.ending is None and self.talking:
            # Whoever finds the two gone, in the database or in the room, gives the call its ending.
            logger.info("the job goes, caller and human talk on")
            await self._close()
            await self.store.close(FLUSH_TIMEOUT_S)
            return
        if self.ending is None:
            self.recorder.event(EventKind.WORKER_SHUTDOWN)
            words = fixed_phrases.SHUTDOWN if self.answered else ""
            self.end(EndingReason.WORKER_SHUTDOWN, words=words)
        if self._hung_up is not None:
            await asyncio.wait({self._hung_up})
        await self._close()
        ending = self.ending or Ending(EndingReason.UNKNOWN, self.clock.now(), "")
        self.recorder.ended(ending.reason, at=ending.at, detail=ending.detail)
        missing = await self.store.close(FLUSH_TIMEOUT_S)
        logger.info("call stored, %d records missing", missing)

    async def _close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for close in self.closing:
            try:
                await close()
            except Exception as error:
                logger.error("closing broke: %s", type(error).__name__, exc_info=error)

    async def until_ended(self, work: Coroutine[Any, Any, None]) -> bool:
        """Wait for ``work`` or the end of the call, whichever is first; True when work is done."""
        if self.ended.is_set():
            work.close()  # not even begun: its first step may be to answer
            return False
        first = await first_of(work=work, ended=self.ended.wait())
        return first == "work" and not self.ended.is_set()

    async def _hang_up(self, ending: Ending, words: str, voice_works: bool) -> None:
        try:
            await self._say_farewell(ending.reason)
            if words and self.answered:
                self._hush()
                words = self.language.say(words)
                start = self.clock.now()
                ready = self.phrases.frames(words)
                voice = self.make_voice() if voice_works and ready is None else None
                if await last_words.say(self.line, voice, words, ready):
                    self.recorder.agent_turn(
                        "last-words",
                        text=words,
                        start=start,
                        end=self.clock.now(),
                        interrupted=False,
                    )
                if voice is not None:
                    await voice.aclose()
                self.ending = replace(self.ending or ending, at=self.clock.now())
            if self.answered and ending.reason.result not in CALLER_IS_GONE:
                await asyncio.sleep(UNDER_WAY_S)
            await self.line.hang_up()
        finally:
            self.line.leave(ending.reason.value)

    def _hush(self) -> None:
        """The last words go by a track of their own: nothing else is said beside them."""
        self.session.on("speech_created", lambda new: new.speech_handle.interrupt(force=True))
        try:
            self.session.interrupt(force=True)
        except RuntimeError as error:  # the session is gone
            logger.info("nothing to hush: %s", error)

    async def _say_farewell(self, reason: EndingReason) -> None:
        for farewell in self.farewells:
            try:
                async with asyncio.timeout(FAREWELL_TIMEOUT_S):
                    await farewell(reason)
            except Exception as error:
                logger.warning("a farewell failed: %s", type(error).__name__)

    def _task_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        logger.error("%s broke: %s", task.get_name(), type(error).__name__, exc_info=error)
        detail = type(error).__name__
        self.end(EndingReason.INTERNAL_ERROR, detail=detail, words=fixed_phrases.NO_MODEL)
