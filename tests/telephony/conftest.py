"""What the tests of the system of record share: a small contact centre, made by real services."""

from __future__ import annotations

import itertools
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.local.binaries import livekit_server
from deploy.local.ports import tcp, udp
from telephony.contracts import CallArrival
from telephony.models import HumanEndpoint, Persona, PhoneNumber, SipTrunk, Team, TeamMember
from telephony.services.personas import publish_persona
from tests.telephony.whole_site import a_row_of_everything

_count = itertools.count(1)
ROOT = Path(__file__).resolve().parents[2]


class Servers:
    """Starts real servers on free ports of the loopback interface."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def running(self, *words: str, port: int, env: dict[str, str] | None = None) -> Iterator[None]:
        """The program, from when it listens on the port until the block ends."""
        with (self._folder / f"{port}.log").open("w") as log:
            process = subprocess.Popen(
                words, stdout=log, stderr=log, cwd=ROOT, env=os.environ | (env or {})
            )
            try:
                self._wait_for(port, process)
                yield
            finally:
                process.terminate()
                process.wait(timeout=10)

    @contextmanager
    def livekit(self, key: str, secret: str, **config: Any) -> Iterator[int]:
        """livekit-server; yields its port."""
        port = tcp()
        settings = {
            "port": port,
            "bind_addresses": ["127.0.0.1"],
            "rtc": {
                "tcp_port": tcp(),
                "udp_port": udp(),
                "node_ip": "127.0.0.1",
            },
            "keys": {key: secret},
            "logging": {"level": "warn"},
        }
        words = (str(livekit_server()), "--config-body", json.dumps(settings | config))
        with self.running(*words, port=port):
            yield port

    def _wait_for(self, port: int, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if process.poll() is not None:
                log = (self._folder / f"{port}.log").read_text()
                raise RuntimeError(f"ended with {process.returncode}: {log[-2000:]}")
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise TimeoutError(f"nothing listens on {port}")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Servers:
    return Servers(tmp_path_factory.mktemp("servers"))


@pytest.fixture
def trunk(db: None) -> SipTrunk:
    return SipTrunk.objects.create(
        name="Carrier", allowed_addresses="127.0.0.1/32", livekit_trunk_id="ST_carrier"
    )


@pytest.fixture
def persona(db: None) -> Persona:
    persona = Persona.objects.create(
        name="Nordwind Outdoor", instructions="Be kind.", greeting="Hello?", voice_id="voice-1"
    )
    publish_persona(persona=persona)
    return persona


@pytest.fixture
def number(trunk: SipTrunk, persona: Persona) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550100", trunk=trunk, persona=persona)


@pytest.fixture
def team(persona: Persona) -> Team:
    """The persona's team, always open: Ada is rung before Bob."""
    team = Team.objects.create(name="Service", key="service")
    for priority, name in enumerate(("Ada", "Bob"), 1):
        human = HumanEndpoint.objects.create(name=name, address=f"sip:{name.lower()}@127.0.0.1")
        TeamMember.objects.create(team=team, endpoint=human, priority=priority)
    persona.default_team = team
    persona.save()
    publish_persona(persona=persona)
    return team


@pytest.fixture
def site(db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """A row of every model that has pages, by label (``telephony.call``)."""
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9"]
    settings.RECORDINGS_DIR = tmp_path
    return a_row_of_everything(tmp_path)


@pytest.fixture
def arrival() -> Callable[..., CallArrival]:
    """A call arriving for +15550100 on the trunk, each in its own room unless told otherwise."""

    def make(**changes: str) -> CallArrival:
        index = next(_count)
        return replace(
            CallArrival(
                room_name=f"call_+15550199_{index}",
                job_id=f"AJ_{index}",
                worker_id="AW_1",
                participant_identity="sip_+15550199",
                called_number="+15550100",
                caller_number="+15550199",
                livekit_trunk_id="ST_carrier",
                livekit_rule_id="SDR_1",
                livekit_call_id=f"SCL_{index}",
                sip_call_id=f"{index}@phone.test",
            ),
            **changes,
        )

    return make


@pytest.fixture(autouse=True)
def fast_passwords(settings: Any) -> None:
    """The real hash is slow on purpose; hashing is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
