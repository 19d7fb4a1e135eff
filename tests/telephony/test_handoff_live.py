"""The transcript page in a real browser: it follows the call, and no caller's words run in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from telephony.contracts import CallArrival, CallEnded, CallRecord, HumanOffer, TurnRecord
from telephony.enums import EndingReason, Speaker
from telephony.facade import open_call, reserve_human, store_records
from telephony.models import PhoneNumber, Team

# Chromium is there only for the full run.
pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

READER = str(Path(__file__).with_name("reader.py"))
SCREENS = Path(__file__).resolve().parents[2] / "var" / "test" / "screens"
HOSTILE = "<img src=x onerror='window.untouched = false'>"


class Reader:
    """Chromium on the page of one call."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, READER, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def look_for(self, words: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{words}\n")
        self.process.stdin.flush()
        return self.hear()

    def close(self) -> int:
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=20)


@pytest.fixture
def offered(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> tuple[UUID, HumanOffer]:
    call_id = open_call(arrival()).call_id
    offer = reserve_human(call_id, "t", "service", [])
    assert isinstance(offer, HumanOffer)
    return call_id, offer


@pytest.fixture
def reader(offered: tuple[UUID, HumanOffer], live_server: Any) -> Iterator[Reader]:
    SCREENS.mkdir(parents=True, exist_ok=True)
    url = f"{live_server.url}/calls/{offered[0]}/handoff/"
    reader = Reader(url, offered[1].access_code, str(SCREENS / "handoff.png"))
    yield reader
    reader.process.kill()
    reader.process.wait()


def test_the_page_follows_the_call_and_runs_nothing_that_a_caller_says(
    offered: tuple[UUID, HumanOffer], reader: Reader
) -> None:
    def turn(key: str, speaker: Speaker, text: str, at_ms: int) -> CallRecord:
        return TurnRecord(key=key, speaker=speaker, text=text, start_ms=at_ms, end_ms=at_ms + 1)

    call_id = offered[0]
    assert reader.hear() == "open"
    store_records(call_id, [turn("a", Speaker.CALLER, f"{HOSTILE} My tent is wet.", 1)])
    assert reader.look_for("My tent is wet.") == "seen"
    store_records(call_id, [turn("b", Speaker.HUMAN, "I send you a dry one.", 2)])
    assert reader.look_for("I send you a dry one.") == "seen"
    end = CallEnded(reason=EndingReason.HUMAN_HUNG_UP, ended_at=timezone.now())
    store_records(call_id, [end])
    assert reader.look_for("The call has ended") == "seen"
    late = turn("c", Speaker.CALLER, "Thank you, goodbye.", 3)
    store_records(call_id, [late])
    assert reader.look_for("Thank you, goodbye.") == "seen", "written down after the end"
    assert reader.look_for("LATER") == "0", "a minute after the end nobody looks any more"
    assert reader.close() == 0
