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
from agents.turn_taking.words import Overlap
from telephony.contracts import CallRecord, EventRecord
from telephony.enums import EndingReason, EventKind

TICK_S = 0.2
GOODBYE_TIMEOUT_S = 15.0
LAST_CHANCE_S = 0.5
MARGIN_S = 0.5  # the words of a turn may take so long beyond its end


class Nudges:
    """Start it at the answer. ``turn_open`` tells whether what the caller's side sounded of may
    become a turn yet; by itself it is told by the time since."""

    def __init__(self, call: LiveCall, watch: ReplyWatch) -> None:
        self._call = call
        self._watch = watch
        self._spec = call.plan.persona.turn_taking
        self._quiet_since = call.clock.now()
        self._said = 0
        self.acts = 0  # what the caller said, typed, or put in while the agent spoke
        longest_ms = max(self._spec.max_endpointing_ms, self._spec.digit_endpointing_ms)
        self._settles_s = longest_ms / 1000 + MARGIN_S
        self.turn_open = self._stopped_lately
        # Not what only began: noise may come to nothing.
        call.caller.on_turn.append(self._caller_acts)
        call.recorder.watchers.append(self._on_record)

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
        self.acts += 1
        self._quiet_since = self._call.clock.now()

    def _on_record(self, record: CallRecord) -> None:
        """Who says "yes, yes" to the question whether they are there need say no more."""
        if (
            isinstance(record, EventRecord)
            and record.kind is EventKind.BACKCHANNEL
            and record.detail.get("kind") == Overlap.BACKCHANNEL
        ):
            self._caller_acts(self._call.clock.now())

    def _busy(self) -> bool:
        """The agent speaks or is about to, or somebody else has the caller."""
        call = self._call
        return (
            call.held
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
            elif self._undecided():
                continue  # the quiet goes on, unless this becomes a turn
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

    def _undecided(self) -> bool:
        return self._call.caller.speaking or self.turn_open()

    def _stopped_lately(self) -> bool:
        stopped = self._call.caller.last_stop
        return stopped is not None and self._call.clock.now() - stopped < self._settles_s

    async def _goodbye(self) -> None:
        """Hang up, unless the caller speaks into it after all."""
        before = self.acts
        with contextlib.suppress(RuntimeError, TimeoutError):
            goodbye = fixed_speech.say(self._call, NUDGE_GOODBYE)
            await asyncio.wait_for(goodbye.wait_for_playout(), GOODBYE_TIMEOUT_S)
        if not await self.spoke_up(before) and not self._busy():
            self._call.end(EndingReason.USER_DROPPED_AFTER_NUDGES)

    async def spoke_up(self, before: int) -> bool:
        """Whether the caller has acted since ``acts`` was ``before``, or does so even now: what is
        said into a goodbye that may not be stopped becomes a turn only after it."""
        await asyncio.sleep(LAST_CHANCE_S)
        for _ in range(round(GOODBYE_TIMEOUT_S / TICK_S)):
            if not self._undecided():
                break
            await asyncio.sleep(TICK_S)
        return self.acts != before
