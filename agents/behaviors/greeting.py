"""The first words, at once after the answer, and the moment at which they could be heard."""

from __future__ import annotations

from agents import fixed_speech
from agents.behaviors.silence import ReplyWatch
from agents.call import LiveCall
from telephony.enums import EventKind


def attach(call: LiveCall) -> None:
    """Record when the agent is heard for the first time."""
    heard = False

    def on_sound() -> None:
        nonlocal heard
        if not heard and call.answered:
            heard = True
            call.recorder.event(EventKind.GREETING_HEARD)

    call.agent.on_sound.append(on_sound)


def say(call: LiveCall, watch: ReplyWatch) -> None:
    """Begin the greeting; a persona without one lets the model open the call."""
    if call.agent.greeting_text:
        fixed_speech.say(call, call.agent.greeting_text)
    else:
        watch.opens()
        call.session.generate_reply(instructions="Greet the caller in one short sentence.")
