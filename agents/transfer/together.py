"""Caller and human talk. The agent is silent: it writes down, and waits for one of them to go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import StrEnum

from livekit import rtc

from agents.transfer.leg import Leg
from agents.transfer.scene import Scene
from agents.transfer.sentences import THANKS
from agents.waiting import first_of

logger = logging.getLogger(__name__)

GIVE_BACK = "*9"
BETWEEN_KEYS_S = 3.0


class Parting(StrEnum):
    HUMAN_LEFT = "human_left"
    GIVEN_BACK = "given_back"


async def talk(scene: Scene, leg: Leg, taken_back: asyncio.Event) -> Parting:
    """Returns when the human leaves or gives the caller back. The end of the call cancels it."""
    recorder, count = scene.call.recorder, 0

    def key(side: str) -> str:
        nonlocal count
        count += 1
        return f"{side}-{scene.steps.key}-{count}"

    def human_said(text: str, start: float, end: float) -> None:
        recorder.human_turn(key("human"), text=text, start=start, end=end)

    def caller_said(text: str, start: float, end: float) -> None:
        recorder.caller_turn(key("caller"), text=text, start=start, end=end)

    scribe = scene.scribe
    listenings = (
        scribe.listen(scene.board, leg.identity, human_said),
        scribe.listen(scene.board, scene.board.caller, caller_said),
    )
    scene.call.closing.append(scribe.finished)
    taping = None
    if scene.call.tape_frame is not None:
        taping = asyncio.create_task(_tape(scene, leg, scene.call.tape_frame))
    try:
        first = await first_of(gone=leg.gone.wait(), back=_gives_back(leg), taken=taken_back.wait())
    finally:
        scribe.finish(*listenings)
        if taping is not None:
            taping.cancel()
    return Parting.HUMAN_LEFT if first == "gone" else Parting.GIVEN_BACK


async def _tape(scene: Scene, leg: Leg, keep: Callable[[rtc.AudioFrame], None]) -> None:
    """The human's voice is part of what the caller hears."""
    try:
        async for frame in scene.board.audio(leg.identity):
            keep(frame)
    except TimeoutError:
        logger.warning("the human's voice is not on the tape")


async def thank(scene: Scene) -> None:
    """The last words to a caller whose human hung up."""
    await scene.caller.say(THANKS)


async def _gives_back(leg: Leg) -> None:
    """The human typed the keys that give the caller back."""
    while True:
        if await leg.keys.get() != GIVE_BACK[0]:
            continue
        try:
            async with asyncio.timeout(BETWEEN_KEYS_S):
                following = await leg.keys.get()
        except TimeoutError:
            continue
        if following == GIVE_BACK[1]:
            return
        if following == GIVE_BACK[0]:
            leg.keys.put_nowait(following)
