"""A call from a phone: refused, or rung until somebody in its room listens, then answered."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from livekit import rtc
from livekit.protocol import sip

from deploy.local.sipkit import Call, CallFailed, IncomingCall, PortsExhausted, Verdict

from . import headers, ids, routing
from .joining import JoinError, RoomClosedError
from .room import Participant, RoomLeg
from .session import Session

if TYPE_CHECKING:
    from .bridge import Bridge

_REALM = "sipbridge"
_RING_EVERY_S = 1.0
_RINGING_TIMEOUT_S = 180.0
_MAX_CALL_DURATION_S = 24 * 3600.0
# Users become identities and room names, which LiveKit keeps under 256 characters.
_LONGEST_USER = 64
# A room that closes, or one in which nobody ever listens: as livekit-sip.
_BUSY_HERE = 486

_HOST = re.compile(r"@?(\[[^\]]+\]|[^@:;>?\[]+)(?::\d+)?(?:[;>?]|$)")
_TAG = re.compile(r";\s*tag=([^;\s>]+)", re.IGNORECASE)


class InboundCall:
    """One INVITE, from its routing to the end of the call."""

    def __init__(self, bridge: Bridge, incoming: IncomingCall, call_id: str) -> None:
        self._bridge = bridge
        self._incoming = incoming
        self._call_id = call_id
        self._log = bridge.call_log(call_id)

    async def run(self) -> None:
        """Never raises for what a caller or the room does."""
        arrival = routing.Arrival(
            from_user=self._incoming.from_user[:_LONGEST_USER],
            from_host=host_of(self._incoming.from_uri),
            to_user=(self._incoming.to_user or self._incoming.request_user)[:_LONGEST_USER],
            source_ip=self._incoming.source[0],
        )
        self._log.info("invite sip_call_id=%s", self._incoming.call_id)
        try:
            trunk = routing.find_trunk(self._bridge.store.inbound_trunks(), arrival)
        except routing.NoRouteError as error:
            await self._refuse_stranger(str(error))
            return
        if not self._authenticated(trunk):
            return
        try:
            rule = routing.find_rule(self._bridge.store.rules(), trunk.sip_trunk_id, arrival)
        except routing.NoRouteError as error:
            await self._refuse_stranger(str(error))
            return
        where = routing.place(
            rule,
            trunk,
            arrival,
            call_id=self._call_id,
            extra_attributes=self._header_attributes(trunk),
            random=ids.new_id,
        )
        if not where.room:
            self._incoming.refuse(404)
            self._log.info("refused status=404 reason=rule without a room")
            return
        await self._ring_and_talk(trunk, where)

    def _authenticated(self, trunk: sip.SIPInboundTrunkInfo) -> bool:
        """Whether the trunk's credentials were given, or it asks for none; else it is answered."""
        if not trunk.auth_username:
            return True
        realm = trunk.auth_realm or _REALM
        verdict = self._incoming.verify(
            lambda user: trunk.auth_password if user == trunk.auth_username else None, realm
        )
        if verdict is Verdict.OK:
            return True
        if verdict is Verdict.WRONG:
            self._incoming.refuse(403)
            self._log.info("refused status=403 reason=wrong credentials")
        else:
            # 407 and not 401, as livekit-sip.
            self._incoming.challenge(realm, proxy=True, stale=verdict is Verdict.STALE)
            self._log.info("challenged status=407")
        return False

    async def _refuse_stranger(self, why: str) -> None:
        if not self._bridge.settings.drop_unknown:
            self._incoming.refuse(404)
            self._log.info("refused status=404 reason=%s", why)
            return
        # No further answer: the caller's own timer ends it. The endpoint would answer for us
        # if the handler returned.
        self._log.info("dropped reason=%s", why)
        await _first_of(self._incoming.cancelled, self._bridge.closing, timeout_s=64.0)

    def _header_attributes(self, trunk: sip.SIPInboundTrunkInfo) -> dict[str, str]:
        tag = _TAG.search(self._incoming.headers.get("from", ""))
        return {
            **headers.to_attributes(
                self._incoming.headers, trunk.headers_to_attributes, trunk.include_headers
            ),
            "sip.callIDFull": self._incoming.call_id,
            "sip.callTag": tag.group(1) if tag else "",
        }

    async def _ring_and_talk(self, trunk: sip.SIPInboundTrunkInfo, where: routing.Place) -> None:
        leg = RoomLeg(
            self._bridge.livekit,
            self._bridge.hub,
            Participant(
                room=where.room,
                identity=where.identity,
                name=where.name,
                metadata=where.metadata,
                attributes={**where.attributes, "sip.callStatus": "ringing"},
                room_preset=where.room_preset,
                room_config=where.room_config,
            ),
            auto_subscribe=True,
            log=self._log,
        )
        ringing = asyncio.create_task(self._keep_ringing())
        call: Call | None = None
        try:
            if not await self._listened_to(leg, trunk):
                return
            ringing.cancel()
            answer_headers = headers.from_attributes(leg.attributes, trunk.attributes_to_headers)
            call = await self._incoming.answer({**trunk.headers, **answer_headers})
            session = Session(call, leg, log=self._log)
            with self._bridge.ticking(session):
                self._log.info("answered codec=%s", call.media.codec)
                leg.set_status("active")
                ending = await session.run(
                    _seconds(trunk, "max_call_duration") or _MAX_CALL_DURATION_S,
                    self._bridge.closing,
                )
            await session.finish(ending)
        except PortsExhausted:
            self._incoming.refuse(503)
            self._log.warning("refused status=503 reason=no RTP port is free")
        except CallFailed as failure:
            self._log.info("cancelled by the caller status=%d", failure.status)
        finally:
            ringing.cancel()
            # Whatever went wrong: no caller is left ringing or in a silent call. Each of these does
            # nothing when it was done before.
            self._incoming.refuse(500)
            if call is not None:
                await call.hangup()
            await leg.leave(rtc.DisconnectReason.CLIENT_INITIATED)

    async def _listened_to(self, leg: RoomLeg, trunk: sip.SIPInboundTrunkInfo) -> bool:
        """Join the room and wait for a listener; otherwise the caller has been answered."""
        await self._incoming.open_media()
        joining = asyncio.create_task(leg.join())
        gone = asyncio.create_task(self._incoming.cancelled.wait())
        try:
            await asyncio.wait({joining, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not joining.done():
                joining.cancel()
                await asyncio.gather(joining, return_exceptions=True)
                self._log.info("cancelled by the caller")
                return False
            await joining
        except RoomClosedError:
            self._incoming.refuse(_BUSY_HERE)
            self._log.info("refused status=486 reason=the room closed")
            return False
        except JoinError as error:
            self._incoming.refuse(503)
            self._log.error("refused status=503 reason=cannot join the room (%s)", error)
            return False
        finally:
            gone.cancel()
        self._log.info("ringing")
        await _first_of(
            leg.subscribed,
            leg.closed,
            self._incoming.cancelled,
            self._bridge.closing,
            timeout_s=_seconds(trunk, "ringing_timeout") or _RINGING_TIMEOUT_S,
        )
        if self._incoming.cancelled.is_set():
            self._log.info("cancelled by the caller")
        elif self._bridge.closing.is_set():
            self._incoming.refuse(503)
        elif leg.closed.is_set():
            self._incoming.refuse(_BUSY_HERE)
            self._log.info("refused status=486 reason=the room closed")
        elif leg.subscribed.is_set():
            return True
        else:
            self._incoming.refuse(trunk.ringing_timeout_status or _BUSY_HERE)
            self._log.info("refused reason=nobody listened in time")
        return False

    async def _keep_ringing(self) -> None:
        while True:
            self._incoming.ring()
            await asyncio.sleep(_RING_EVERY_S)


def host_of(uri: str) -> str:
    """The host of a SIP URI, without user, port and parameters."""
    rest = uri.partition(":")[2]
    match = _HOST.match(rest.rpartition("@")[2])
    return match.group(1) if match else ""


def _seconds(trunk: sip.SIPInboundTrunkInfo, field: str) -> float:
    duration = getattr(trunk, field)
    return float(duration.seconds + duration.nanos / 1e9)


async def _first_of(*events: asyncio.Event, timeout_s: float) -> None:
    """Wait until one of ``events`` is set, or the time is up."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
