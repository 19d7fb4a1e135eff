"""A request's body has a most: Django writes any body to disk before a view may refuse it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Event = Mapping[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class _TooLongError(Exception):
    """More came than is taken."""


class BodyLimit:
    """413 for what says that it is longer than ``most_bytes``, or turns out to be: chunks too."""

    def __init__(self, app: App, *, most_bytes: int) -> None:
        self._app = app
        self._most_bytes = most_bytes

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if _declared(scope) > self._most_bytes:
            await _refuse(send)
            return
        came = 0
        answered = False

        async def counted() -> Event:
            nonlocal came
            event = await receive()
            if event["type"] == "http.request":
                came += len(event.get("body", b""))
                if came > self._most_bytes:
                    raise _TooLongError
            return event

        async def noted(event: Event) -> None:
            nonlocal answered
            answered = True
            await send(event)

        try:
            await self._app(scope, counted, noted)
        except _TooLongError:
            if not answered:
                await _refuse(send)


def _declared(scope: dict[str, Any]) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


async def _refuse(send: Send) -> None:
    text = b"This is more than is taken here."
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(text)).encode()),
        (b"connection", b"close"),  # the rest is not read
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": text})
