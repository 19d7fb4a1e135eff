"""The caller is with the agent again, which knows what was said meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from agents.transfer.scene import Scene
from agents.transfer.sentences import BACK_AGAIN, STILL_HERE
from telephony.contracts import TurnRecord
from telephony.enums import Speaker, TransferState

logger = logging.getLogger(__name__)

TELL_TIMEOUT_S = 3.0
MOST_CHARS = 4_000
_WHO = {Speaker.CALLER: "Caller", Speaker.HUMAN: "Colleague", Speaker.AGENT: "You"}


async def come_back(
    scene: Scene,
    state: TransferState,
    words: tuple[str, ...],
    parted: Callable[[], Awaitable[None]],
) -> None:
    """Say ``words`` and give the call back to the agent; to its end if the agent failed.

    Nobody but the caller is to hear the agent again: ``parted`` waits for that.
    """
    call = scene.call
    said = words if call.agent_failed or BACK_AGAIN in words else (*words, STILL_HERE)
    telling = asyncio.create_task(_tell_agent(scene, state, said), name="tell-agent")
    for sentence in said:
        await scene.caller.say(sentence)
    await telling
    await parted()
    scene.isolation.open()
    call.release()


async def _tell_agent(scene: Scene, state: TransferState, said: tuple[str, ...]) -> None:
    """As words of the conversation: what was said there is information, and no instruction."""
    if scene.call.agent_failed:
        return
    await scene.scribe.finished()
    context = scene.call.agent.chat_ctx.copy()
    context.add_message(role="user", content=_what_happened(scene, state))
    context.add_message(role="assistant", content=" ".join(map(scene.call.language.say, said)))
    try:
        async with asyncio.timeout(TELL_TIMEOUT_S):
            await scene.call.agent.update_chat_ctx(context)
    except Exception as error:
        # The agent goes on, knowing a little less.
        logger.warning("the agent could not be told of the transfer: %s", type(error).__name__)


def _what_happened(scene: Scene, state: TransferState) -> str:
    if state is not TransferState.GIVEN_BACK and state is not TransferState.COMPLETED:
        return (
            "(I was put on hold for a colleague of yours, and nobody took the call: "
            f"{state.value.replace('_', ' ')}.)"
        )
    marks = (f"human-{scene.steps.key}-", f"caller-{scene.steps.key}-")
    lines = [_line(turn) for turn in scene.notes.said() if any(m in turn.key for m in marks)]
    spoken = "\n".join(lines)[-MOST_CHARS:]
    return f"(I talked with a colleague of yours. What we said:)\n{spoken or '(not written down)'}"


def _line(turn: TurnRecord) -> str:
    return f"{_WHO[turn.speaker]}: {' '.join(turn.text.split())}"
