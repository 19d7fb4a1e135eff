"""Asks the model once more for a reply that it owes and does not give."""

from __future__ import annotations

import asyncio
import logging

from agents.call import LiveCall

logger = logging.getLogger(__name__)

INTERRUPT_TIMEOUT_S = 2.0


async def ask_again(call: LiveCall, *, stalled: bool) -> None:
    """``stalled``: the first request is still open, and must go before there can be another.

    What it has written leaves the conversation: the model would take it for its reply.
    """
    session = call.session
    try:
        if stalled and (speech := session.current_speech) is not None:
            speech.interrupt(force=True)
            await asyncio.wait_for(speech.wait_for_playout(), INTERRUPT_TIMEOUT_S)
        if stalled:
            call.unsay()
        if call.ending is None and not call.held and not call.caller.speaking:
            session.generate_reply(input_modality="audio")
    except (RuntimeError, TimeoutError) as error:
        # The watchdog goes on counting, and ends the call by name.
        logger.warning("the model cannot be asked again: %s", type(error).__name__)
