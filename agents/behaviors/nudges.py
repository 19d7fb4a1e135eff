"""Nobody says anything: the agent asks whether the caller is there, again, and then says goodbye.

Only speech and keys of the caller count as an answer; noise on the line does not.
"""

from __future__ import annotations

import asyncio
import contextlib

from livekit import rtc

from agents import fixed_speech
from agents.behaviors.silence import ReplyWatch
from agents.call import LiveCall
from agents.fixed_phrases import NUDGE_GOODBYE, NUDGES
from telephony.enums import EndingReason, EventKind

TICK_S = 0.2
GOODBYE_TIMEOUT_S = 15.0


class Nudges:
    """Start it at the answer; ``key`` is told of each key that the caller presses."""

    def __init__(self, call: LiveCall, watch: ReplyWatch) -> None:
        self._call = call
        self._watch = watch
        self._spec = call.plan.persona.turn_taking
        self._quiet_since = call.clock.now()
        self._said = 0
        call.caller.on_start.append(self._caller_acts)
        call.caller.on_turn.append(self._caller_acts)

    def attach_room(self, room: rtc.Room, caller_identity: str) -> None:
        def on_key(key: rtc.SipDTMF) -> None:
            if key.participant is None or key.participant.identity == caller_identity:
                self._caller_acts(self._call.clock.now())

        room.on("sip_dtmf_received", on_key)

    def start(self) -> None:
        self._quiet_since = self._call.clock.now()
        if self._spec.nudge_after_s > 0:
            self._call.spawn(self._count(), "nudges")

    def _caller_acts(self, at: float) -> None:
        del at
        self._said = 0
        self._quiet_since = self._call.clock.now()

    def _busy(self) -> bool:
        """Somebody speaks, or is about to."""
        call = self._call
        return (
            call.caller.speaking
            or call.held
            or call.session.agent_state == "speaking"
            or call.session.current_speech is not None
            or self._watch.owed
            or self._watch.tool_at_work
        )

    async def _count(self) -> None:
        while self._call.ending is None:
            await asyncio.sleep(TICK_S)
            now = self._call.clock.now()
            if self._busy():
                self._quiet_since = now
            elif now - self._quiet_since >= self._spec.nudge_after_s:
                self._quiet_since = now
                if self._said >= self._spec.max_nudges:
                    await self._goodbye()
                else:
                    self._nudge()

    def _nudge(self) -> None:
        text = NUDGES[self._said % len(NUDGES)]
        self._said += 1
        self._call.recorder.event(EventKind.NUDGE, detail={"count": self._said})
        with contextlib.suppress(RuntimeError):  # the session is closing
            fixed_speech.say(self._call, text)

    async def _goodbye(self) -> None:
        """Hang up, unless the caller speaks into it after all."""
        said = self._said
        with contextlib.suppress(RuntimeError, TimeoutError):
            goodbye = fixed_speech.say(self._call, NUDGE_GOODBYE)
            await asyncio.wait_for(goodbye.wait_for_playout(), GOODBYE_TIMEOUT_S)
        if self._said == said and not self._call.caller.speaking and not self._call.held:
            self._call.end(EndingReason.USER_DROPPED_AFTER_NUDGES)
