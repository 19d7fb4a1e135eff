"""A phone that a script can use: it dials, waits for calls, and gives PhoneCalls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Self

from deploy.local.phone.call import PhoneCall
from deploy.local.sipkit import (
    CallFailed,
    IncomingCall,
    IncomingRefer,
    OutgoingCall,
    SipEndpoint,
)


class Phone:
    """One SIP address on this machine. ``async with await Phone.start() as phone: ...``."""

    def __init__(self, endpoint: SipEndpoint, user: str, display: str) -> None:
        self.endpoint = endpoint
        self.user = user
        self.display = display
        self.dialling: OutgoingCall | None = None
        """The call being placed, from INVITE to answer: its ``statuses``, its ``cancel``."""
        self._waiting: asyncio.Queue[PhoneCall] = asyncio.Queue()

    @classmethod
    async def start(
        cls,
        host: str = "127.0.0.1",
        port: int = 0,
        user: str = "+15550100",
        display: str = "",
        *,
        rtp_ports: Sequence[int] | None = None,
        media_timeout_s: float | None = 30.0,
    ) -> Self:
        """Bind and be ready. Raises OSError when the port is taken."""
        endpoint = SipEndpoint(
            host,
            port,
            rtp_ports=rtp_ports,
            user_agent="phone of the local stack",
            media_timeout_s=media_timeout_s,
            log=logging.getLogger("phone"),
        )
        phone = cls(endpoint, user, display)
        endpoint.on_invite = phone._on_invite
        await endpoint.start()
        return phone

    @property
    def address(self) -> tuple[str, int]:
        """``(host, port)`` it listens on."""
        return self.endpoint.address

    @property
    def uri(self) -> str:
        """Its SIP address, to be dialled by others."""
        return f"sip:{self.user}@{self.address[0]}:{self.address[1]}"

    async def dial(
        self,
        to: str,
        *,
        headers: Mapping[str, str] | None = None,
        credentials: tuple[str, str] | None = None,
        ringing_timeout_s: float = 30.0,
        codecs: Sequence[str] = ("PCMU", "PCMA"),
        destination: tuple[str, int] | None = None,
    ) -> PhoneCall:
        """Call and wait for the answer.

        ``ringing_timeout_s`` bounds the wait, then CANCEL. Raises CallFailed with the status,
        ValueError for what is no address. Cancelling this coroutine gives the call up.
        """
        outgoing = await self.endpoint.invite(
            to,
            from_user=self.user,
            from_display=self.display,
            headers=headers,
            credentials=credentials,
            ringing_timeout_s=ringing_timeout_s,
            codecs=codecs,
            destination=destination,
        )
        self.dialling = outgoing
        call = PhoneCall(self.endpoint.clock)
        try:
            call.attach(await outgoing.answered())
        except asyncio.CancelledError:
            outgoing.cancel()
            raise
        finally:
            self.dialling = None
        return call

    async def follow(self, refer: IncomingRefer, *, ringing_timeout_s: float = 30.0) -> PhoneCall:
        """Do what a transfer asks: call its target, telling how it goes.

        Raises CallFailed when the target does not answer; who asked has been told.
        """
        refer.accept()
        await refer.notify(100, "Trying")
        try:
            call = await self.dial(refer.target, ringing_timeout_s=ringing_timeout_s)
        except CallFailed as failure:
            await refer.notify(failure.status, failure.reason)
            raise
        await refer.notify(200, "OK")
        return call

    async def wait_for_call(self, timeout_s: float) -> PhoneCall:
        """The next call that rings here; it is neither ringing nor answered yet.

        Raises TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            return await self._waiting.get()

    async def close(self) -> None:
        """Hang up everything and free the port."""
        await self.endpoint.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _on_invite(self, incoming: IncomingCall) -> None:
        await self._waiting.put(PhoneCall(self.endpoint.clock, incoming))
