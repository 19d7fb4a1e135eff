"""One human's turn: rung, briefed, asked, and joined with the caller, or gone again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

from agents.transfer import dialling
from agents.transfer.acceptance import Acceptance, Decision
from agents.transfer.aside import Aside
from agents.transfer.board import BoardError, Track
from agents.transfer.headers import headers_for
from agents.transfer.isolation import IsolationError
from agents.transfer.leg import HUMAN, Leg
from agents.transfer.scene import Scene
from agents.transfer.sentences import AGENT_FAULT, CODE, PRESS
from agents.transfer.voice import Voice
from agents.waiting import first_of
from telephony.contracts import HumanOffer
from telephony.enums import EventKind, TransferState

logger = logging.getLogger(__name__)

# Between the joining and the end of the hold music: the way of the first audio.
OVERLAP_S = 0.1
LAST_WORDS_S = 4.0
ASK_AGAIN_AFTER_S = 6.0
REMOVE_AGAIN_AFTER_S = (0.2, 0.5, 0.0)
REMOVE_LATER_EVERY_S = 2.0
CLOSED_WITHIN_S = 2.0
_UNMERGED = {
    Decision.DECLINED: TransferState.DECLINED,
    Decision.SILENT: TransferState.VOICEMAIL,
    Decision.GONE: TransferState.HUMAN_GONE,
}

Result = TypeVar("Result")


class Attempt:
    """``number`` counts the humans of this transfer. ``close`` it in any case."""

    def __init__(self, scene: Scene, offer: HumanOffer, number: int) -> None:
        self._scene = scene
        self._offer = offer
        self.leg = Leg(f"{HUMAN}{scene.steps.key}_{number}", offer.human)
        self._code = offer.access_code if scene.steps.request.team.speak_code else ""
        self._track: Track | None = None
        self._voice: Voice | None = None
        self._dialled = False
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> bool:
        """True when caller and human talk. Else the step says why not; the leg may still be there.

        Raises BoardError when not even a track can be had.
        """
        scene, steps, request = self._scene, self._scene.steps, self._scene.steps.request
        steps.human_id = self._offer.human.id
        text = scene.notes.briefing(request.cause, request.why, self._code)
        self._track = track = await scene.board.open_track("briefing")
        self._voice = Voice(scene.call, Aside(track.source), key=steps.key, to_caller=False)
        scene.isolation.beside(self.leg, track)
        steps.tell(TransferState.DIALLING, briefing=text)
        guard = scene.isolation.keep_apart(self.leg, track)
        summary = scene.notes.summary(request.cause, request.why)
        headers = headers_for(self._offer, scene.call.plan.call_id, summary)
        self._dialled = True
        try:
            ringing = dialling.ring(
                scene.board, self.leg, headers, lambda: steps.tell(TransferState.RINGING)
            )
            if not await _guarded(guard, ringing):
                leg = self.leg
                steps.tell(leg.unanswered(), sip_status=leg.sip_status, detail=leg.detail)
                return False
            steps.tell(TransferState.ANSWERED, sip_status=200)
            decision = await _guarded(guard, self._ask(text))
            if decision is not Decision.ACCEPTED:
                steps.tell(_UNMERGED[decision])
                return False
            steps.tell(TransferState.ACCEPTED)
            return await self._merge()
        except IsolationError as error:
            scene.call.recorder.event(EventKind.ISOLATION_ERROR, detail={"code": str(error)})
            steps.tell(TransferState.UNREACHABLE, detail=f"isolation: {error}")
            return False
        finally:
            await scene.isolation.release()

    async def close(self, words: str = "") -> None:
        """Tell the human and hang up. Safe to call twice; the second call waits for the first."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(words), name="leg-close")
        await asyncio.shield(self._closing)

    async def parted(self) -> None:
        """Waits until the leg is closed; one that takes too long is shut out meanwhile."""
        if self._closing is None:
            return
        await asyncio.wait({self._closing}, timeout=CLOSED_WITHIN_S)
        if not self._closing.done():
            await self._shut_out()

    async def _ask(self, text: str) -> Decision:
        """Brief the human and wait for their decision."""
        scene = self._scene
        acceptance = Acceptance(self.leg, scene.silence_s, scene.call.language)
        hearing = scene.scribe.listen(scene.board, self.leg.identity, acceptance.heard)
        briefing = asyncio.create_task(self._brief(text, acceptance), name="briefing")
        try:
            return await acceptance.decision()
        finally:
            hearing.cancel()
            briefing.cancel()
            await asyncio.gather(briefing, return_exceptions=True)
            if self._voice is not None:
                self._voice.aside.hush()

    async def _brief(self, text: str, acceptance: Acceptance) -> None:
        voice, scene = self._voice, self._scene
        assert voice is not None  # noqa: S101 - opened before anybody was dialled
        if self._track is not None:
            await scene.board.heard(self._track, 3.0)
        scene.steps.tell(TransferState.BRIEFING)
        acceptance.briefed()
        if not await voice.say(text):
            await voice.say(AGENT_FAULT)  # kept ready, should there be no voice
        if self._code:
            await voice.say(CODE, code=", ".join(self._code))
        await voice.say(PRESS)
        acceptance.asked()
        await asyncio.sleep(ASK_AGAIN_AFTER_S)
        await voice.say(PRESS)

    async def _merge(self) -> bool:
        scene = self._scene
        try:
            await scene.isolation.join(self.leg)
        except BoardError as error:
            scene.steps.tell(TransferState.UNREACHABLE, detail=f"join: {error}")
            return False
        if self.leg.gone.is_set():
            scene.steps.tell(TransferState.HUMAN_GONE)
            return False
        scene.call.talking = True
        scene.steps.tell(TransferState.MERGED)
        await asyncio.sleep(OVERLAP_S)
        scene.caller.aside.hush()
        return True

    async def _close(self, words: str) -> None:
        scene, leg = self._scene, self.leg
        try:
            if words and leg.talks and self._voice is not None:
                self._voice.aside.hush()
                await first_of(LAST_WORDS_S, said=self._voice.say(words), gone=leg.gone.wait())
            if self._dialled and not leg.left:
                await self._remove()  # an API that refused, or timed out, may let it ring on
        finally:
            if self._voice is not None:
                await self._voice.aside.aclose()
            if self._track is not None:
                await scene.board.close_track(self._track)

    async def _remove(self) -> None:
        for wait_s in REMOVE_AGAIN_AFTER_S:
            if await self._removed():
                return
            await asyncio.sleep(wait_s)
        logger.error("a human's leg is still in the room")
        await self._shut_out()
        self._scene.call.spawn(self._remove_later(), "leg-remove")

    async def _remove_later(self) -> None:
        """The end of the call takes it along. What it publishes until then nobody hears."""
        leg = self.leg
        while not leg.left and not await self._removed():
            await first_of(REMOVE_LATER_EVERY_S, track=leg.new_track.wait())
            leg.new_track.clear()
            await self._shut_out()

    async def _shut_out(self) -> None:
        try:
            await self._scene.isolation.shut_out(self.leg)
        except BoardError as error:
            logger.error("a human's leg could not be shut out: %s", error)

    async def _removed(self) -> bool:
        try:
            await self._scene.board.remove(self.leg.identity)
        except BoardError as error:
            logger.warning("a human's leg could not be removed: %s", error)
            return False
        return True


async def _guarded(guard: asyncio.Task[None], work: Coroutine[Any, Any, Result]) -> Result:
    """The result of ``work``, unless the isolation fails first. Raises IsolationError."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, guard}, return_when=asyncio.FIRST_COMPLETED)
        if guard.done():
            guard.result()
        return await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
