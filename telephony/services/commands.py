"""What people ask of a call that runs: its worker is told by a data packet into the room."""

from __future__ import annotations

import json
from collections.abc import Mapping

import structlog

from telephony import livekit_client
from telephony.audit import note_command
from telephony.contracts import COMMAND_TOPIC
from telephony.enums import CallCommand
from telephony.models import Call, Transfer
from telephony.services.handoff_watch import HUMAN_PREFIX
from telephony.services.humans import teams_of

log = structlog.get_logger(__name__)


class CommandRefusedError(Exception):
    """It cannot be asked now; the message says why, for whoever asked."""


def command_transfer(*, transfer: Transfer, command: CallCommand) -> None:
    """Asks the worker to give up a hand-over, or to take the caller back from the human.

    It is asked, not done: what comes of it is the transfer's next step. Logged as done by the
    current user. Raises CommandRefusedError, and LiveKitError when LiveKit cannot say or do.
    """
    if transfer.ended_at is not None:
        raise CommandRefusedError("This hand-over is over.")
    if command is CallCommand.TAKE_BACK and not transfer.is_merged:
        raise CommandRefusedError("Caller and human do not talk yet: cancel it instead.")
    if command is CallCommand.CANCEL_TRANSFER and transfer.is_merged:
        raise CommandRefusedError("Caller and human talk: take the caller back instead.")
    _tell(transfer.call, {"command": command.value})
    note_command(row=transfer, command=command.value)


def hand_over(*, call: Call, team_key: str) -> None:
    """Asks the worker to hand the caller to a human of a team that the call's persona may use.

    It is asked, not done: what comes of it is a hand-over with the cause ``supervisor``. Logged as
    done by the current user. Raises CommandRefusedError, and LiveKitError as command_transfer.
    """
    if call.ended_at is not None:
        raise CommandRefusedError("This call is over.")
    if call.answered_at is None:
        raise CommandRefusedError("This call is not answered yet.")
    if call.transfers.open().exists():
        raise CommandRefusedError("The caller is being handed over already.")
    team = teams_of(call).filter(key=team_key).first()
    if team is None:
        raise CommandRefusedError("The persona of this call does not hand over to this team.")
    command = CallCommand.HAND_OVER.value
    _tell(call, {"command": command, "team": team.key})
    note_command(row=call, command=f"{command} to {team.key}")


def _tell(call: Call, message: Mapping[str, str]) -> None:
    """Sends it to the worker that has the call; CommandRefusedError when it is not there."""
    agent = livekit_client.agent_identity(call.claimed_by_job)
    present = livekit_client.identities_in_room(call.room_name)
    if agent not in present:
        humans = any(identity.startswith(HUMAN_PREFIX) for identity in present)
        raise CommandRefusedError(
            "The agent has left this call: nobody could take the caller back."
            if humans
            else "No agent is in this call."
        )
    livekit_client.send_data(call.room_name, json.dumps(message).encode(), COMMAND_TOPIC, to=agent)
    log.info("call_commanded", call_id=str(call.pk), action=message["command"])
