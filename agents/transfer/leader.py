"""Leads one transfer from the request to its end, whatever happens on the way.

Each way out has a name (the last step) and words that the caller hears. Whatever breaks here, the
caller comes back to the agent.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass

from agents.call import CALLER_IS_GONE
from agents.transfer import sentences
from agents.transfer.attempt import Attempt
from agents.transfer.board import BoardError
from agents.transfer.cold import Refer
from agents.transfer.comeback import come_back
from agents.transfer.line import Left, WaitingLine, somebody_may_come
from agents.transfer.message import take_message
from agents.transfer.scene import Scene
from agents.transfer.together import Parting, talk, thank
from agents.waiting import first_of
from telephony.contracts import HumanOffer, NobodyOffer
from telephony.enums import (
    AfterHuman,
    EndingReason,
    EventKind,
    NobodyAction,
    TransferState,
)

logger = logging.getLogger(__name__)

MOST_BOARD_ERRORS = 2
REFER_TOLD_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class _Out:
    """How it ends: the last step, and what the caller hears first; ``ending`` ends the call."""

    state: TransferState
    words: tuple[str, ...] = ()
    ending: EndingReason | None = None


class Leader:
    """``run`` it once. ``cancel`` and ``take_back`` may come at any time."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._line = WaitingLine(scene)
        self._tried: list[int] = []
        self._numbers = 0
        self._attempt: Attempt | None = None
        self._cancelled = asyncio.Event()
        self._taken_back = asyncio.Event()
        self._work: asyncio.Task[_Out] | None = None
        self._errors = 0
        self._refers: Refer | None = None

    def cancel(self) -> None:
        """Before the two talk: the caller is with the agent again. It is too late for it then, also
        when the human has gone and the caller is asked for a rating."""
        if self._scene.steps.state is not TransferState.MERGED:
            self._cancelled.set()

    def take_back(self) -> None:
        """While the two talk: the caller is with the agent again. Before: as ``cancel``."""
        self._taken_back.set()
        self.cancel()

    def key(self, key: str) -> None:
        """The caller pressed it."""
        self._scene.caller_keys.pressed(key)

    async def run(self) -> None:
        scene = self._scene
        scene.call.farewells.append(self._farewell)
        self._work = asyncio.create_task(self._lead(), name="transfer-lead")
        try:
            await first_of(
                done=asyncio.wait({self._work}),  # which lets the work itself go on
                ended=scene.call.ended.wait(),
                cancelled=self._cancelled.wait(),
            )
            if scene.call.ended.is_set():
                if self._refers is not None and not self._refers.done.is_set():
                    await asyncio.wait({self._work}, timeout=REFER_TOLD_WITHIN_S)
                await self._stop()
                self._tell_ended()
            else:
                await self._leave(await self._outcome())
        finally:
            scene.call.farewells.remove(self._farewell)

    # --- the way --------------------------------------------------------------------------------

    async def _lead(self) -> _Out:
        scene = self._scene
        scene.isolation.alone()
        scene.steps.tell(TransferState.ANNOUNCING)
        looking = asyncio.create_task(scene.humans.next(self._tried))
        try:
            scene.caller.aside.play_after(scene.music)
            if not await scene.caller.say(sentences.CONNECTING):
                scene.caller.aside.play(scene.music)
            scene.steps.tell(TransferState.HOLDING)
            offer = await looking
        finally:
            looking.cancel()
        while True:
            if isinstance(offer, NobodyOffer):
                found = await self._nobody(offer)
                if isinstance(found, _Out):
                    return found
                offer = found
            if offer.human.cold and await self._refer(offer):
                return _Out(TransferState.COMPLETED, (), EndingReason.HANDED_OVER)
            if await self._try(offer):
                return await self._together()
            if self._errors >= MOST_BOARD_ERRORS:
                return _Out(TransferState.FAILED, (sentences.NOT_CONNECTED,))
            offer = await scene.humans.next(self._tried)
            if isinstance(offer, HumanOffer):
                await scene.caller.say(sentences.STILL_TRYING)

    async def _try(self, offer: HumanOffer) -> bool:
        self._tried.append(offer.human.id)
        self._numbers += 1
        self._attempt = attempt = Attempt(self._scene, offer, self._numbers)
        try:
            if merged := await attempt.run():
                return merged
        except BoardError as error:
            self._errors += 1
            self._scene.steps.tell(TransferState.UNREACHABLE, detail=str(error))
        await attempt.close()
        self._scene.isolation.alone()
        return False

    async def _refer(self, offer: HumanOffer) -> bool:
        self._refers = refer = Refer(self._scene, offer)
        return await refer.run()

    async def _nobody(self, offer: NobodyOffer) -> _Out | HumanOffer:
        """What the team does then; a human who became free while the caller waited."""
        scene, action = self._scene, self._scene.steps.request.team.nobody
        said = sentences.no_human(offer.why)
        if action is NobodyAction.WAIT:
            action = NobodyAction.TAKE_MESSAGE  # there is nobody to wait for, or no longer
            if somebody_may_come(offer, self._tried):
                scene.steps.tell(TransferState.WAITING)
                match await self._line.wait(offer, self._tried):
                    case Left.GAVE_UP:
                        return _Out(TransferState.RETURNED)
                    case Left.FOR_A_MESSAGE:
                        said = ""
                    case Left.TOO_LONG:
                        said = sentences.ALL_BUSY
                    case Left.NOBODY_COMES:
                        said = sentences.no_human(self._line.why)
                    case found:
                        return found
        if action is NobodyAction.TAKE_MESSAGE:
            if said:
                await scene.caller.say(said)
            if await take_message(scene):
                words, ending = (sentences.MESSAGE_TAKEN,), EndingReason.MESSAGE_LEFT
                return _Out(TransferState.MESSAGE_LEFT, words, ending)
            return _Out(TransferState.RETURNED, (sentences.NO_MESSAGE,))
        return _Out(TransferState.RETURNED, (said,))

    async def _together(self) -> _Out:
        scene, attempt = self._scene, self._attempt
        assert attempt is not None  # noqa: S101 - it has just merged
        parting = await talk(scene, attempt.leg, self._taken_back)
        scene.call.talking = False
        if parting is Parting.GIVEN_BACK:
            scene.call.recorder.event(EventKind.GIVEN_BACK)
            try:
                await scene.isolation.part(attempt.leg)
            except BoardError as error:
                logger.warning("the two could not be parted: %s", error)
                await attempt.close()  # no last words: the human would hear the caller meanwhile
            else:
                scene.call.spawn(attempt.close(sentences.CALLER_RETURNED), "leg-close")
            return _Out(TransferState.GIVEN_BACK, (sentences.BACK_AGAIN,))
        await attempt.close()
        match scene.steps.request.team.after_human:
            case AfterHuman.RETURN:
                return _Out(TransferState.COMPLETED, (sentences.BACK_AGAIN,))
            case AfterHuman.RATING:
                rating = await self._line.rating()
                scene.steps.tell(TransferState.COMPLETED, rating=rating)
            case AfterHuman.END:
                scene.steps.tell(TransferState.COMPLETED)
        await thank(scene)
        return _Out(TransferState.COMPLETED, (), EndingReason.HUMAN_HUNG_UP)

    # --- the ways out ---------------------------------------------------------------------------

    async def _outcome(self) -> _Out:
        """What came of it; whatever broke, a way out."""
        work = self._work
        assert work is not None  # noqa: S101 - run() began it
        if not work.done():
            await self._stop()
            state = TransferState.CANCELLED
            return _Out(state, (sentences.NOT_CONNECTED,))
        try:
            return work.result()
        except Exception as error:
            logger.error("the transfer broke: %s", type(error).__name__, exc_info=error)
            return _Out(TransferState.FAILED, (sentences.NOT_CONNECTED,))

    async def _leave(self, out: _Out) -> None:
        """To the agent, or to the end of the call."""
        scene, call = self._scene, self._scene.call
        call.talking = False
        if self._attempt is not None and out.state is not TransferState.GIVEN_BACK:
            await self._attempt.close()
        scene.steps.tell(out.state)
        scene.caller.aside.play(None)
        if out.ending is not None:
            for words in out.words:
                await scene.caller.say(words)
            call.end(out.ending)
            return
        await come_back(scene, out.state, out.words, self._parted)

    async def _parted(self) -> None:
        if self._attempt is not None:
            await self._attempt.parted()

    def _tell_ended(self) -> None:
        ending = self._scene.call.ending
        if ending is None or self._scene.steps.over:
            return
        if self._refers is not None and self._refers.succeeded:
            # Their telephone left because it was sent: nobody hung up.
            self._scene.call.amend(EndingReason.HANDED_OVER)
            state = TransferState.COMPLETED
        elif self._scene.steps.state is TransferState.MERGED:
            state = TransferState.COMPLETED  # they had talked; somebody hangs up first
        elif ending.reason.result in CALLER_IS_GONE:
            state = TransferState.CALLER_GONE
        else:
            state = TransferState.FAILED
        self._scene.steps.tell(state, detail=ending.reason.value)

    async def _farewell(self, reason: EndingReason) -> None:
        """The call ends: a human who is on the line hears it, and goes."""
        if self._refers is not None and not self._refers.succeeded:
            # The telephone that was sent away leaves before, or after, we are told that it went.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._refers.done.wait(), REFER_TOLD_WITHIN_S)
        await self._stop()
        self._tell_ended()
        if self._attempt is not None:
            gone = reason.result in CALLER_IS_GONE
            await self._attempt.close(sentences.CALLER_GONE if gone else "")
        self._scene.isolation.open()  # for the call's last words

    async def _stop(self) -> None:
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
