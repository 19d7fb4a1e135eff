"""Who may command a running call: LiveKit's own API, and nobody in the room."""

from __future__ import annotations

import asyncio
import json

from livekit import api, rtc
from livekit.protocol.models import DataPacket

from agents import commands
from agents.transfer.desk import Desk
from telephony.contracts import COMMAND_TOPIC
from telephony.enums import TransferCause
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import guest_in

COMMAND = json.dumps({"command": "hand_over", "team": "service"}).encode()


class ListedDesk(Desk):
    """Keeps which teams were asked for."""

    def __init__(self) -> None:
        self.teams: list[str] = []

    def request(self, cause: TransferCause, *, why: str = "", team: str = "") -> bool:
        self.teams.append(team)
        return True


async def test_a_packet_of_somebody_in_the_room_is_no_command(server: rig.Server) -> None:
    room = await server.join("agent", "commands")
    desk, packets = ListedDesk(), asyncio.Queue[rtc.DataPacket]()
    commands.attach(desk, room, refused=desk.teams.append)
    room.on("data_received", packets.put_nowait)

    async with guest_in(server, "commands", "sip_+15550199") as caller:
        async with asyncio.timeout(5):
            while "sip_+15550199" not in room.remote_participants:
                await asyncio.sleep(0.02)
        await caller.room.local_participant.publish_data(COMMAND, topic=COMMAND_TOPIC)
        packet = await asyncio.wait_for(packets.get(), 5)
        assert packet.participant is not None
        assert packet.participant.identity == "sip_+15550199"
        assert desk.teams == []

        async with server.api() as rooms:
            await rooms.room.send_data(
                api.SendDataRequest(
                    room="commands",
                    data=COMMAND,
                    kind=DataPacket.Kind.RELIABLE,
                    destination_identities=["agent"],
                    topic=COMMAND_TOPIC,
                )
            )
        await asyncio.wait_for(packets.get(), 5)
        assert desk.teams == ["service"]
    await room.disconnect()
