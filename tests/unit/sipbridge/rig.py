"""What the bridge needs around it: livekit-server and the bridge itself, as processes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from livekit import api, rtc
from livekit.protocol import sip

from deploy.local import binaries
from deploy.local.ports import RTP_PORTS, rtp, tcp, udp

ROOT = Path(__file__).resolve().parents[3]
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 10.0


@dataclasses.dataclass(frozen=True)
class Server:
    """A running livekit-server."""

    url: str
    key: str
    secret: str
    pid: int

    def api(self, url: str | None = None) -> api.LiveKitAPI:
        """A client of the server's API, or of another that takes the same keys."""
        return api.LiveKitAPI(url or self.url.replace("ws", "http"), self.key, self.secret)

    def token(self, identity: str, room: str) -> str:
        grants = api.VideoGrants(room_join=True, room=room, room_admin=True)
        return (
            api.AccessToken(self.key, self.secret)
            .with_identity(identity)
            .with_grants(grants)
            .to_jwt()
        )

    async def join(self, identity: str, room: str, *, auto_subscribe: bool = True) -> rtc.Room:
        """A participant of kind standard in ``room``."""
        joined = rtc.Room()
        await joined.connect(
            self.url,
            self.token(identity, room),
            rtc.RoomOptions(auto_subscribe=auto_subscribe),
        )
        return joined


@dataclasses.dataclass(frozen=True)
class BridgeProcess:
    """A running bridge."""

    sip_port: int
    http_url: str
    pid: int
    log: Path
    state: Path

    def uri(self, number: str) -> str:
        return f"sip:{number}@127.0.0.1:{self.sip_port}"


@contextlib.contextmanager
def livekit_server() -> Iterator[Server]:
    """livekit-server on free loopback ports with keys of its own, until the block ends."""
    key, secret = "test" + secrets.token_hex(4), secrets.token_hex(24)
    port = tcp()
    config = (
        f"port: {port}\n"
        "bind_addresses: ['127.0.0.1']\n"
        f"keys: {{{key}: {secret}}}\n"
        f"rtc: {{tcp_port: {tcp()}, udp_port: {udp()}, "
        "use_external_ip: false, node_ip: 127.0.0.1, "
        # The default is public servers, which every client would look up in threads of its own.
        "stun_servers: ['127.0.0.1:9']}\n"
        "logging: {level: warn}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        # In a file and not on the command line: the secret is nobody else's business.
        path = Path(folder) / "livekit.yaml"
        path.touch(mode=0o600)
        path.write_text(config)
        log = Path(folder) / "livekit.log"
        with _process([str(binaries.livekit_server()), "--config", str(path)], {}, log) as process:
            _wait_for_port(port, process, log)
            yield Server(f"ws://127.0.0.1:{port}", key, secret, process.pid)


@contextlib.contextmanager
def bridge(
    server: Server, folder: Path, *, most_rtp_ports: int = RTP_PORTS, **env: str
) -> Iterator[BridgeProcess]:
    """``python -m deploy.local.sipbridge`` until the block ends. State and log in ``folder``."""
    http_port, sip_port, media = tcp(), udp(), rtp()[:most_rtp_ports]
    folder.mkdir(parents=True, exist_ok=True)
    log, state = folder / "bridge.log", folder / "bridge.json"
    settings = {
        "LIVEKIT_URL": server.url,
        "LIVEKIT_API_KEY": server.key,
        "LIVEKIT_API_SECRET": server.secret,
        "SIPBRIDGE_HOST": "127.0.0.1",
        "SIPBRIDGE_SIP_PORT": str(sip_port),
        "SIPBRIDGE_HTTP_PORT": str(http_port),
        "SIPBRIDGE_RTP_PORTS": f"{media.start}-{media.stop - 1}",
        "SIPBRIDGE_STATE": str(state),
        **env,
    }
    command = [sys.executable, "-m", "deploy.local.sipbridge"]
    with _process(command, settings, log) as process:
        _wait_for_port(http_port, process, log)
        yield BridgeProcess(sip_port, f"http://127.0.0.1:{http_port}", process.pid, log, state)


@contextlib.contextmanager
def _process(
    command: list[str], env: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **env}, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_port(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} did not start:\n{log.read_text()[-2000:]}")


async def add_number(
    lk: api.LiveKitAPI,
    number: str,
    *,
    prefix: str = "call",
    rule: sip.SIPDispatchRule | None = None,
    room_config: api.RoomConfiguration | None = None,
    attributes: dict[str, str] | None = None,
    **trunk: object,
) -> tuple[str, str]:
    """An inbound trunk that owns ``number``, and its rule; their ids."""
    made = await lk.sip.create_inbound_trunk(
        sip.CreateSIPInboundTrunkRequest(
            trunk=sip.SIPInboundTrunkInfo(name="test", numbers=[number], **trunk)  # type: ignore[arg-type]
        )
    )
    info = sip.SIPDispatchRuleInfo(
        trunk_ids=[made.sip_trunk_id],
        rule=rule
        or sip.SIPDispatchRule(
            dispatch_rule_individual=sip.SIPDispatchRuleIndividual(room_prefix=prefix)
        ),
        attributes=attributes or {},
    )
    if room_config is not None:
        info.room_config.CopyFrom(room_config)
    created = await lk.sip.create_dispatch_rule(
        sip.CreateSIPDispatchRuleRequest(dispatch_rule=info)
    )
    return made.sip_trunk_id, created.sip_dispatch_rule_id


async def room_named(lk: api.LiveKitAPI, prefix: str, timeout_s: float = 5.0) -> str:
    """The name of the room that begins with ``prefix``, once there is one."""
    async with asyncio.timeout(timeout_s):
        while True:
            rooms = await lk.room.list_rooms(api.ListRoomsRequest())
            for room in rooms.rooms:
                if room.name.startswith(prefix):
                    return str(room.name)
            await asyncio.sleep(0.03)


async def rooms_of(lk: api.LiveKitAPI, caller: str) -> list[str]:
    """Names of the rooms in which ``caller`` is named."""
    listed = await lk.room.list_rooms(api.ListRoomsRequest())
    return [room.name for room in listed.rooms if caller in room.name]


async def until_alone(lk: api.LiveKitAPI, room: str, timeout_s: float) -> None:
    """Wait until the server counts one participant in ``room``. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while True:
            listed = await lk.room.list_participants(api.ListParticipantsRequest(room=room))
            if len(listed.participants) == 1:
                return
            await asyncio.sleep(0.02)


async def health(bridge_process: BridgeProcess) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as client,
        client.get(bridge_process.http_url + "/healthz") as response,
    ):
        return response.status, await response.json()
