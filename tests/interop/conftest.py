"""Other people's SIP stacks against the local stack, and what must hold after each test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from deploy.local.phone import Phone
from tests.support.datagrams import SipPeer
from tests.support.sipp import Sipp
from tests.support.stack import ROOT, Api, Json

_normal_callers = count(0)


@pytest.fixture
def logs(request: pytest.FixtureRequest) -> Path:
    """Where programs leave what they saw; kept after the tests, for whoever reads a failure."""
    folder: Path = ROOT / "var" / "test" / "interop" / request.node.name.split("[")[0][:60]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def sipp(stack: Json, logs: Path) -> Sipp:
    return Sipp(stack, logs)


@pytest.fixture(autouse=True)
async def still_serving(stack: Json, api: Api) -> AsyncIterator[None]:
    """After each test: OPTIONS is answered, and a normal call is answered, talked to and stored."""
    yield
    async with SipPeer.open(stack) as peer:
        assert (await peer.options()).startswith("SIP/2.0 200 ")
    async with await Phone.start(user=f"+1555019{next(_normal_callers):04d}") as phone:
        number = stack["numbers"]["shop"]
        call = await phone.dial(f"sip:{number}@{stack['sip']['host']}:{stack['sip']['port']}")
        await call.wait_for_speech(8)
        await call.hangup()
    stored = await api.ended(call.sip_call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
