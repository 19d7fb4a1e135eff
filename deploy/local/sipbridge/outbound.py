"""Calls to phones: CreateSIPParticipant joins the room, dials, and stays until the end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from livekit import rtc
from livekit.protocol import sip

from deploy.local.sipkit import (
    Call,
    CallFailed,
    FailureCause,
    OutgoingCall,
    PortsExhausted,
    RequestTooLarge,
)

from . import headers, ids, tones
from .dialing import Dial, plan_dial
from .errors import TwirpError, invalid, sip_call_error
from .joining import JoinError
from .room import Participant, RoomLeg
from .session import Session

if TYPE_CHECKING:
    from .bridge import Bridge

_REJECTED = frozenset({403, 486, 600, 603, 607, 608})
_UNAVAILABLE = frozenset({404, 408, 410, 480, 484, 487, 604})
_DTMF_PAUSE_S = 0.5

Reason = rtc.DisconnectReason


class Dialer:
    """Places the calls that the API asks for."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def create_participant(
        self, request: sip.CreateSIPParticipantRequest
    ) -> sip.SIPParticipantInfo:
        """Answers when the participant is in the room, or when the phone was answered.

        Raises TwirpError; a refused call carries sip_status_code and sip_status.
        """
        if self._bridge.closing.is_set():
            raise TwirpError("unavailable", "sipbridge is stopping")
        call_id = ids.new_id(ids.CALL)
        call = OutboundCall(
            self._bridge, plan_dial(request, self._bridge.store.outbound_trunk, call_id), call_id
        )
        participant_id, identity = await call.start()
        if request.wait_until_answered:
            await call.answered()
        return sip.SIPParticipantInfo(
            participant_id=participant_id,
            participant_identity=identity,
            room_name=request.room_name,
            sip_call_id=call_id,
        )


class OutboundCall:
    """One dialled call."""

    def __init__(self, bridge: Bridge, dial: Dial, call_id: str) -> None:
        self._bridge = bridge
        self._dial = dial
        self._log = bridge.call_log(call_id)
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Without wait_until_answered nobody asks how it went.
        self._answer.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._leg = RoomLeg(
            bridge.livekit,
            bridge.hub,
            Participant(
                room=dial.room,
                identity=dial.identity,
                name=dial.name,
                metadata=dial.metadata,
                attributes={**dial.attributes, "sip.callStatus": "dialing"},
            ),
            # Nothing of the room is heard before the answer, and what is cut must be cut then:
            # livekit-sip subscribes by itself at that moment.
            auto_subscribe=False,
            log=self._log,
        )

    async def start(self) -> tuple[str, str]:
        """Join and begin to dial; the participant's id and identity. Raises TwirpError."""
        try:
            await self._leg.join()
        except JoinError as error:
            self._log.error("cannot join the room (%s)", error)
            raise TwirpError("unavailable", "cannot join the room") from None
        sid = self._leg.sid
        try:
            outgoing = await self._invite()
        except TwirpError:
            await self._leg.leave(Reason.SIP_TRUNK_FAILURE)
            raise
        self._log.info("dialing sip_call_id=%s", outgoing.call_id)
        self._leg.set_attributes({"sip.callIDFull": outgoing.call_id})
        self._bridge.keep(asyncio.create_task(self._run(outgoing)))
        return sid, self._dial.identity

    async def answered(self) -> None:
        """Raises TwirpError when the call was not answered."""
        await asyncio.shield(self._answer)

    async def _invite(self) -> OutgoingCall:
        dial = self._dial
        from_attributes = headers.from_attributes(self._leg.attributes, dial.attributes_to_headers)
        ringing = False

        def on_progress(status: int) -> None:
            nonlocal ringing
            if status >= 180 and not ringing:
                ringing = True
                self._leg.set_status("ringing")

        try:
            return await self._bridge.endpoint.invite(
                dial.to_uri,
                from_user=dial.from_user,
                from_display=dial.display_name,
                headers={**dial.headers, **from_attributes},
                credentials=dial.credentials,
                ringing_timeout_s=dial.ringing_timeout_s,
                on_progress=on_progress,
            )
        except RequestTooLarge as error:
            # livekit-sip's transport refuses it too ("size of packet larger than MTU").
            raise TwirpError("internal", str(error)) from None
        except PortsExhausted:
            raise TwirpError("resource_exhausted", "no RTP port is free") from None
        except ValueError:
            raise invalid("the trunk's address or a header cannot be used") from None
        except OSError:
            raise TwirpError("failed_precondition", "the trunk's host is not known") from None

    async def _run(self, outgoing: OutgoingCall) -> None:
        try:
            call = await self._dialled(outgoing)
            if call is not None:
                try:
                    await self._talk(call)
                finally:
                    await call.hangup()  # does nothing when it has ended
        except Exception:
            self._log.exception("the call failed inside sipbridge")
            self._fail(TwirpError("internal", "sipbridge failed; see its log"))
        finally:
            outgoing.cancel()  # does nothing once it was answered or refused
            await self._leg.leave(Reason.UNKNOWN_REASON)

    async def _dialled(self, outgoing: OutgoingCall) -> Call | None:
        """The answered call; None when there is none, the room and the API having been told."""
        answered = asyncio.create_task(outgoing.answered())
        closed = asyncio.create_task(self._leg.closed.wait())
        closing = asyncio.create_task(self._bridge.closing.wait())
        tone = tones.RingingTone(self._leg.push) if self._dial.dialtone else None
        if tone is not None:
            self._bridge.endpoint.clock.add(tone.tick)
        try:
            await asyncio.wait({answered, closed, closing}, return_when=asyncio.FIRST_COMPLETED)
            if not answered.done():
                outgoing.cancel()
            return await answered
        except CallFailed as failure:
            self._log.info("not answered status=%d cause=%s", failure.status, failure.cause)
            self._fail(sip_call_error(failure.status, failure.reason))
            await self._leg.leave(_disconnect_reason(failure))
            return None
        finally:
            if tone is not None:
                self._bridge.endpoint.clock.remove(tone.tick)
            for task in (answered, closed, closing):
                task.cancel()

    async def _talk(self, call: Call) -> None:
        dial, leg = self._dial, self._leg
        session = Session(call, leg, log=self._log)
        mapped = headers.to_attributes(
            call.remote_headers, dial.headers_to_attributes, dial.include_headers
        )
        if mapped:
            leg.set_attributes(mapped)
        with self._bridge.ticking(session):
            if dial.dtmf:
                leg.set_status("automation")
                await self._press(call, dial.dtmf)
            leg.subscribe_all()
            leg.set_status("active")
            self._log.info("answered codec=%s", call.media.codec)
            if not self._answer.done():
                self._answer.set_result(None)
            ending = await session.run(dial.max_call_duration_s, self._bridge.closing)
        await session.finish(ending)

    async def _press(self, call: Call, keys: str) -> None:
        """Play the request's keys; ``W`` is half a second's pause."""
        for key in keys:
            if call.ended.is_set():
                return
            if key == "W":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(call.ended.wait(), _DTMF_PAUSE_S)
            else:
                await call.media.send_dtmf(key)

    def _fail(self, error: TwirpError) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)


def _disconnect_reason(failure: CallFailed) -> rtc.DisconnectReason.ValueType:
    if failure.cause in (FailureCause.CANCELLED, FailureCause.CLOSED):
        return Reason.CLIENT_INITIATED
    if failure.status in _REJECTED:
        return Reason.USER_REJECTED
    if failure.cause is FailureCause.RINGING_TIMEOUT or (
        failure.cause is FailureCause.REFUSED and failure.status in _UNAVAILABLE
    ):
        return Reason.USER_UNAVAILABLE
    return Reason.SIP_TRUNK_FAILURE
