"""Presses keys on the caller's line: an announcement's menu, a door.

Never while a second telephone is in the room: livekit-sip plays keys on every leg, whatever the
track permissions say, so they would be heard by somebody whom they are not for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from livekit import rtc

from agents.tools.results import ToolFailure
from agents.tools.runner import ToolCall

PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "digits": {
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
            "description": "The keys to press, digits only, in order.",
        }
    },
    "required": ["digits"],
    "additionalProperties": False,
}
# Gateways merge keys that follow faster.
PAUSE_S = 0.3
_SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP


class SendDtmfTool:
    """Without a room (``attach`` not called) there is no line to press keys on."""

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._room: rtc.Room | None = None

    def attach(self, room: rtc.Room) -> None:
        self._room = room

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        digits = str(call.arguments["digits"])
        sent = 0
        for digit in digits:
            room = self._only_one_telephone(sent)
            await room.local_participant.publish_dtmf(code=int(digit), digit=digit)
            sent += 1
            await asyncio.sleep(self._pause_s)
        return {"sent": sent}

    def _only_one_telephone(self, sent: int) -> rtc.Room:
        """Asked before each key: a second leg may join between two."""
        if self._room is None:
            raise ToolFailure("unavailable", "Keys cannot be pressed on this line.")
        legs = sum(p.kind == _SIP for p in self._room.remote_participants.values())
        if legs != 1:
            raise ToolFailure(
                "unavailable",
                f"Keys cannot be pressed while {'another' if legs else 'no'} telephone is on the "
                f"line. {sent} were pressed.",
            )
        return self._room
