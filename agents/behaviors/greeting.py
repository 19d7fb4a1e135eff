"""The first words, at once after the answer, and the moment at which they could be heard."""

from __future__ import annotations

from livekit.agents import AgentStateChangedEvent

from agents.call import LiveCall
from telephony.enums import EventKind


def attach(call: LiveCall) -> None:
    """Record when the agent is heard for the first time."""
    heard = False

    def on_state(event: AgentStateChangedEvent) -> None:
        nonlocal heard
        if event.new_state == "speaking" and not heard:
            heard = True
            call.recorder.event(EventKind.GREETING_HEARD, at=event.created_at)

    call.session.on("agent_state_changed", on_state)


def say(call: LiveCall) -> None:
    """Begin the greeting; a persona without one lets the model open the call."""
    if call.agent.greeting_text:
        call.session.say(call.agent.greeting_text)
    else:
        call.session.generate_reply(instructions="Greet the caller in one short sentence.")
