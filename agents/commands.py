"""What Django asks of a running call, by data packets of the server's own API.

Anybody in the room may send packets; those of the server carry no sender, and only those count.
(livekit.rtc shows no sender either for one whose joining it has not heard of yet. Who may join at
all holds a token that the API secret signed; telephones send no packets.)
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

from livekit import rtc

from agents.transfer.desk import Desk
from telephony.contracts import COMMAND_TOPIC
from telephony.enums import CallCommand, TransferCause

logger = logging.getLogger(__name__)

MOST_BYTES = 1_000


def attach(desk: Desk, room: rtc.Room, refused: Callable[[str], None]) -> None:
    """Obey from now on. ``refused`` is told the team of a hand-over that cannot be begun."""

    def on_packet(packet: rtc.DataPacket) -> None:
        if packet.participant is None and packet.topic == COMMAND_TOPIC:
            obey(desk, packet.data, refused)

    room.on("data_received", on_packet)


def obey(desk: Desk, data: bytes, refused: Callable[[str], None]) -> bool:
    """Do what ``{"command": CallCommand}`` says; false, and a log line, for anything else.

    ``hand_over`` names the ``team``; ``refused`` is told of one that cannot be begun.
    """
    try:
        if len(data) > MOST_BYTES:
            raise ValueError("too long")
        message = json.loads(data)
        command = CallCommand(message["command"])
        team = str(message["team"]) if command is CallCommand.HAND_OVER else ""
    except (ValueError, KeyError, TypeError, RecursionError):
        logger.warning("a command that is none was ignored")
        return False
    match command:
        case CallCommand.HAND_OVER:
            if not team or not desk.request(TransferCause.SUPERVISOR, team=team):
                refused(team)
        case CallCommand.CANCEL_TRANSFER:
            desk.cancel()
        case CallCommand.TAKE_BACK:
            desk.take_back()
    return True
