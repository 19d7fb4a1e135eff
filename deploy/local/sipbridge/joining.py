"""Joining a room that may be closed at any moment, even while one joins."""

from __future__ import annotations

import asyncio
import gc
import logging
import urllib.parse
from dataclasses import dataclass
from typing import Any

import aiohttp
from livekit import api, rtc
from livekit.rtc._ffi_client import FfiClient

log = logging.getLogger("sipbridge.room")

_CONNECT_TIMEOUT_S = 10.0
_CHECK_EVERY_S = 1.0
_CHECK_TIMEOUT_S = 2.0
_MISSES = 2


class JoinError(Exception):
    """The room could not be joined, or the track not published."""


class RoomClosedError(JoinError):
    """The room was closed while it was being joined."""


@dataclass(frozen=True)
class LiveKit:
    """Where the server is, and who signs its tokens."""

    url: str
    api_key: str
    api_secret: str

    def __repr__(self) -> str:
        return f"LiveKit(url={self.url!r})"

    async def lacks_room(self, name: str) -> bool:
        """Whether the server says that there is no such room. Not being told is not knowing."""
        try:
            async with (
                asyncio.timeout(_CHECK_TIMEOUT_S),
                api.LiveKitAPI(self.url, self.api_key, self.api_secret) as client,
            ):
                found = await client.room.list_rooms(api.ListRoomsRequest(names=[name]))
        except (api.TwirpError, aiohttp.ClientError, TimeoutError):
            return False
        return not found.rooms


# Joins that nobody waits for any more; each leaves its room again the moment it is in.
_abandoned: set[asyncio.Task[None]] = set()


def abandoned_joins() -> int:
    """Joins that livekit still works on though nobody wants them: they delay the exit."""
    return len(_abandoned)


async def connect(
    room: rtc.Room, livekit: LiveKit, name: str, token: str, *, auto_subscribe: bool
) -> None:
    """Connect ``room``. Raises JoinError, and RoomClosedError when the room vanished meanwhile.

    A room deleted between the join and the media connection gets no answer from livekit for 15 s:
    the caller would ring on. A join cannot be cancelled either: it goes on by itself.
    """
    _never_join_twice()
    options = rtc.RoomOptions(auto_subscribe=auto_subscribe, rtc_config=_rtc_config(livekit.url))
    connecting = asyncio.create_task(room.connect(livekit.url, token, options))
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _CONNECT_TIMEOUT_S
    misses = 0
    try:
        while not (await asyncio.wait({connecting}, timeout=_CHECK_EVERY_S))[0]:
            misses = misses + 1 if await livekit.lacks_room(name) else 0
            if misses >= _MISSES:
                raise RoomClosedError("the room closed")
            if loop.time() > deadline:
                raise JoinError("no connection in time")
        await connecting
    except rtc.ConnectError:
        raise JoinError("the server refused the connection") from None
    finally:
        if not connecting.done():
            leaving = asyncio.create_task(_leave_once_in(room, connecting))
            _abandoned.add(leaving)
            leaving.add_done_callback(_abandoned.discard)


def _rtc_config(url: str) -> rtc.RtcConfiguration | None:
    """No public STUN servers for a server on this machine.

    livekit-server names three by default; libwebrtc looks each up in threads of its own, some
    thirty a room, that wait out the name service's time when the machine is offline. An empty
    list would mean the server's, so it is one address where nothing listens.
    """
    if urllib.parse.urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"):
        return None
    return rtc.RtcConfiguration(ice_servers=[rtc.IceServer(urls=["stun:127.0.0.1:9"])])


async def _leave_once_in(room: rtc.Room, connecting: asyncio.Task[None]) -> None:
    try:
        await connecting
    except rtc.ConnectError:
        return
    await room.disconnect()


_COLLECT_AFTER_S = 0.5
_collecting: list[asyncio.TimerHandle] = []


def collect_soon() -> None:
    """Free what a room left behind: an rtc.Room is a cycle, and holds native connections.

    Left to the interpreter that takes dozens of calls. What the process made at its start is
    frozen (app.py), so that a collection is a matter of milliseconds.
    """
    if not _collecting:
        loop = asyncio.get_running_loop()
        _collecting.append(loop.call_later(_COLLECT_AFTER_S, _collect))


def _collect() -> None:
    _collecting.clear()
    gc.collect()


def _never_join_twice() -> None:
    """Make livekit join once and not again after 15 s: that would open a closed room anew.

    The option exists (join_retries) but rtc.RoomOptions does not carry it, so it is put into the
    request on its way. Private, as in audio.py; once per process.
    """
    client = FfiClient.instance
    if getattr(client, "_sipbridge_joins_once", False):
        return
    request = client.request

    def request_joining_once(message: Any) -> Any:
        if message.WhichOneof("message") == "connect":
            message.connect.options.join_retries = 0
        return request(message)

    client.request = request_joining_once
    client._sipbridge_joins_once = True
