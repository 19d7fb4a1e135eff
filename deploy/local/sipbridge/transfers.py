"""TransferSIPParticipant: the phone behind a participant is asked to call somebody else (REFER)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from livekit.protocol import sip

from deploy.local.sipkit import CallFailed, FailureCause, refer

from .errors import TwirpError, invalid, sip_call_error
from .session import Session
from .tones import RingingTone
from .validation import check_headers

if TYPE_CHECKING:
    from .bridge import Bridge

_TIMEOUT_S = 30.0
# Who was transferred hangs up by himself; as livekit-sip, we do when he has not.
_BYE_WITHIN_S = 1.0


class Transfers:
    """Sends REFERs for the API."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def transfer_participant(
        self, request: sip.TransferSIPParticipantRequest
    ) -> sip.TransferSIPParticipantResponse:
        """Answers when the phone's new call was answered; then the phone leaves the room.

        Raises TwirpError: a refusal carries sip_status_code and sip_status, and the call goes on.
        ``deadline_exceeded`` without them means that nobody knows how it went.
        """
        session = self._session(request)
        timeout_s = _TIMEOUT_S
        if request.HasField("ringing_timeout"):
            timeout_s = request.ringing_timeout.ToNanoseconds() / 1e9
        if request.play_dialtone:
            session.play_instead(RingingTone(session.call.media.send).tick)
        session.log.info("transfer asked")
        try:
            await refer(
                session.call, request.transfer_to, dict(request.headers), timeout_s=timeout_s
            )
        except CallFailed as failure:
            session.log.info("transfer failed status=%d", failure.status)
            if failure.cause is FailureCause.CLOSED:
                raise TwirpError("canceled", "the call ended before the transfer") from None
            raise sip_call_error(failure.status, failure.reason) from None
        except TimeoutError:
            session.log.info("transfer told nothing in time")
            raise TwirpError("deadline_exceeded", "context deadline exceeded") from None
        except ValueError:
            raise invalid("the transfer's target or a header cannot be used") from None
        finally:
            session.play_instead(None)
        session.log.info("transferred")
        self._bridge.keep(asyncio.create_task(_leave_soon(session)))
        return sip.TransferSIPParticipantResponse()

    def _session(self, request: sip.TransferSIPParticipantRequest) -> Session:
        if not request.room_name:
            raise invalid("missing room name")
        if not request.participant_identity:
            raise invalid("missing participant identity")
        if not request.transfer_to:
            raise invalid("missing transfer to")
        if not request.transfer_to.strip("<").startswith(("sip:", "sips:", "tel:")):
            raise invalid("transfer_to must be a valid SIP(s) or TEL URI (sip:, sips: or tel:)")
        check_headers(request.headers)
        session = self._bridge.session_of(request.room_name, request.participant_identity)
        if session is None:
            raise TwirpError("not_found", "participant does not exist")
        return session


async def _leave_soon(session: Session) -> None:
    try:
        await asyncio.wait_for(session.call.ended.wait(), _BYE_WITHIN_S)
    except TimeoutError:
        session.end_transferred()
