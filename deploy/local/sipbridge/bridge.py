"""The bridge: one SIP endpoint, one LiveKit server, and the calls between them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from deploy.local.sipkit import IncomingCall, SipEndpoint

from . import ids
from .audio import AudioHub
from .inbound import InboundCall
from .joining import LiveKit
from .session import Session
from .settings import Settings
from .store import Store

log = logging.getLogger("sipbridge")

_CLOSE_TIMEOUT_S = 8.0


class CallLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the call's id on every line; what a caller says or is called never stands there."""

    def process(self, msg: object, kwargs: object) -> tuple[object, object]:  # type: ignore[override]
        return f"call={self.extra['call']} {msg}" if self.extra else msg, kwargs


class Bridge:
    """Owns every call: each runs in a task of its own, and all end when the bridge closes."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.livekit = LiveKit(settings.livekit_url, settings.api_key, settings.api_secret)
        self.hub = AudioHub()
        self.closing = asyncio.Event()
        self.endpoint = SipEndpoint(
            host=settings.host,
            port=settings.sip_port,
            rtp_ports=settings.rtp_ports,
            user_agent="sipbridge (stand-in for livekit-sip)",
            on_invite=self._on_invite,
            media_timeout_s=settings.media_timeout_s,
            log=logging.getLogger("sipbridge.sip"),
        )
        self._sessions: dict[Session, None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def active_calls(self) -> int:
        return len(self._sessions)

    async def start(self) -> None:
        await self.endpoint.start()
        self.endpoint.clock.add(self._tick)

    async def close(self) -> None:
        """BYE to everyone, and out of the rooms."""
        self.closing.set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_CLOSE_TIMEOUT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.endpoint.close()

    def session_of(self, room: str, identity: str) -> Session | None:
        """The answered call behind a participant."""
        place = (room, identity)
        return next((found for found in self._sessions if found.leg.place == place), None)

    def call_log(self, call_id: str) -> CallLog:
        return CallLog(log, {"call": call_id})

    def keep(self, task: asyncio.Task[None]) -> None:
        """Hold a call's task until it is done; ``close`` waits for it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @contextlib.contextmanager
    def ticking(self, session: Session) -> Iterator[None]:
        """Carry the session's audio while the block runs."""
        self._sessions[session] = None
        try:
            yield
        finally:
            self._sessions.pop(session, None)

    def _tick(self) -> None:
        for session in tuple(self._sessions):
            try:
                session.tick()
            except Exception:
                # One call's fault must not silence the others: it ends, they go on.
                log.exception("a call's audio failed")
                self._sessions.pop(session, None)
                session.fail()

    async def _on_invite(self, incoming: IncomingCall) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.keep(task)
        if self.closing.is_set():
            incoming.refuse(503)
            return
        call_id = ids.new_id(ids.CALL)
        await InboundCall(self, incoming, call_id).run()
