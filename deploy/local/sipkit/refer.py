"""Transfers by REFER (RFC 3515): asking the other side to call somebody else, and being asked.

The side that is asked answers 202 and tells of its new call in NOTIFYs, each with a first line of a
SIP response (message/sipfrag, RFC 3420) in its body.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Any

from deploy.local.sipkit.call import Call
from deploy.local.sipkit.errors import CallFailed, FailureCause
from deploy.local.sipkit.in_dialog import InDialogRequest

_SIPFRAG = "message/sipfrag;version=2.0"
_STATUS_LINE = re.compile(rb"SIP/2\.0 ([1-6]\d\d)(?: ([^\r\n]{0,200}))?")
_TARGET = re.compile(r"<?((?:sips?|tel):[^\s<>\"]+)>?")


async def refer(
    call: Call,
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    timeout_s: float = 30.0,
    on_progress: Callable[[int], None] | None = None,
) -> None:
    """Ask the other side to call ``target``; returns when its call was answered.

    Raises CallFailed with the status of a refusal (of the REFER, or of the new call; 487 when the
    call ended before it told), TimeoutError when nothing final was told in ``timeout_s``: then
    nobody knows how it went. ValueError for a target or header that cannot be set. Both calls stay
    as they are: who asked hangs up.
    """
    told: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()

    def on_notify(request: InDialogRequest) -> None:
        found = _STATUS_LINE.match(request.body)
        if not request.headers.get("event", "").startswith("refer"):
            request.respond(489)
            return
        request.respond(200 if found else 400)
        if found is None:
            return
        status, reason = int(found[1]), (found[2] or b"").decode("ascii", "replace")
        if status < 200:
            if on_progress is not None:
                on_progress(status)
        elif not told.done():
            told.set_result((status, reason))

    call.handlers["NOTIFY"] = on_notify
    asked = {"Refer-To": refer_to(target), **(headers or {})}
    ended = asyncio.create_task(call.ended.wait())
    either: set[asyncio.Future[Any]] = {told, ended}
    try:
        async with asyncio.timeout(timeout_s):
            answer = await call.request("REFER", asked)
            if answer.status_code >= 300:
                raise CallFailed(answer.status_code, answer.reason_phrase, FailureCause.REFUSED)
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.cancel()
        # A NOTIFY that comes after nobody listens any more is still answered.
        call.handlers["NOTIFY"] = lambda request: request.respond(200)
    if not told.done():
        raise CallFailed(487, "the call ended first", FailureCause.CLOSED)
    status, reason = told.result()
    if status >= 300:
        raise CallFailed(status, reason, FailureCause.REFUSED)


def refer_to(target: str) -> str:
    """``target`` as a Refer-To value: a sip, sips or tel URI, with or without ``<>``.

    Raises ValueError.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ValueError("a transfer's target is a sip:, sips: or tel: address")
    return found[1] if found[1].startswith("tel:") else f"<{found[1]}>"


class IncomingRefer:
    """We are asked to call ``target``. Answer with ``accept`` or ``refuse``, then ``notify``."""

    def __init__(self, call: Call, request: InDialogRequest) -> None:
        self.headers = request.headers
        found = _TARGET.fullmatch(request.headers.get("refer-to", "").strip())
        self.target = found[1] if found else ""
        self._call = call
        self._request = request

    def accept(self) -> None:
        """202: it will be tried, and NOTIFYs tell how it goes."""
        self._request.respond(202)

    def refuse(self, status: int = 603, reason: str | None = None) -> None:
        """It will not be tried."""
        self._request.respond(status, reason)

    async def notify(self, status: int, reason: str = "") -> int:
        """Tell how the new call stands; a final status ends the subscription. The answer's status.

        408 when nobody answered.
        """
        state = "active;expires=60" if status < 200 else "terminated;reason=noresource"
        answer = await self._call.request(
            "NOTIFY",
            {"Event": "refer", "Subscription-State": state},
            f"SIP/2.0 {status} {reason}".rstrip().encode() + b"\r\n",
            _SIPFRAG,
        )
        return answer.status_code
