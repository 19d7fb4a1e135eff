"""A transfer has the caller: the agent stops in mid-word, hears nothing and owes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

from agents.call import LiveCall

logger = logging.getLogger(__name__)


def attach(call: LiveCall, conductor_hold: Callable[[bool], None] | None) -> None:
    """``conductor_hold`` None: the model's server takes the turns, so its audio is cut off."""

    def on_held(held: bool) -> None:
        if conductor_hold is not None:
            conductor_hold(held)
        elif call.session.input.audio is not None:
            call.session.input.set_audio_enabled(not held)
        if held:
            try:
                call.session.interrupt(force=True)
            except RuntimeError as error:  # the session is gone; the transfer does without
                logger.info("there is no session to interrupt: %s", error)

    call.on_held.append(on_held)
