"""The transcript page: who may open it, what it shows, and that no words of it become HTML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, User
from django.core import signing
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from telephony.contracts import (
    CallAnswered,
    CallArrival,
    CallRecord,
    EventRecord,
    HumanOffer,
    ToolCallRecord,
    TransferRecord,
    TurnRecord,
)
from telephony.enums import EventKind, Speaker, ToolOutcome, TransferCause, TransferState
from telephony.facade import open_call, reserve_human, store_records
from telephony.handoff_sheet import handoff_sheet
from telephony.models import HumanRequest, PhoneNumber, Team
from telephony.services.access import sync_groups
from telephony.services.access_codes import use_code
from tests.telephony.test_races import at_once

pytestmark = pytest.mark.django_db
ANSWERED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def records() -> list[CallRecord]:
    return [
        CallAnswered(answered_at=ANSWERED),
        TurnRecord(key="t1", speaker=Speaker.CALLER, text=HOSTILE, start_ms=900, end_ms=2_000),
        ToolCallRecord(
            key="c1",
            name="order_status",
            arguments={"order_number": "4271"},
            outcome=ToolOutcome.OK,
            result={"status": "lost in transit"},
            start_ms=2_100,
            duration_ms=140,
        ),
        EventRecord(
            key="f1",
            kind=EventKind.FRUSTRATION,
            at_ms=2_000,
            occurred_at=ANSWERED,
            detail={
                "score": 0.72,
                "turn": "t1",
                "reasons": [{"reason": "giving_up", "weight": 0.4, "turn": "t1"}],
            },
        ),
        TransferRecord(
            transfer_key="x",
            step=0,
            state=TransferState.BRIEFING,
            at_ms=3_000,
            occurred_at=ANSWERED,
            cause=TransferCause.FRUSTRATION,
            team="service",
            why="The parcel is lost.",
            briefing="They want their money back.",
        ),
    ]


@pytest.fixture
def offer(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> tuple[UUID, HumanOffer]:
    call_id = open_call(arrival()).call_id
    store_records(call_id, records())
    answer = reserve_human(call_id, "x", "service", [])
    assert isinstance(answer, HumanOffer)
    return call_id, answer


def page(call_id: UUID) -> str:
    return f"/calls/{call_id}/handoff/"


def staff(group: str) -> Client:
    sync_groups()
    user = User.objects.create_user("somebody", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def test_whoever_may_see_what_callers_say_reads_all_of_it(offer: tuple[UUID, HumanOffer]) -> None:
    answer = staff("Supervisor").get(page(offer[0]))

    text = answer.content.decode()
    assert answer.status_code == 200
    for word in ("+15550199", "Briefing", "They want their money back.", "The parcel is lost."):
        assert word in text
    for word in ("order_status", "lost in transit", "Frustration 72%", "giving up", "+0.40"):
        assert word in text


def test_who_has_five_seconds_reads_plain_words(offer: tuple[UUID, HumanOffer]) -> None:
    client = staff("Supervisor")
    text = client.get(page(offer[0])).content.decode()
    assert "The human hears the briefing" in text
    assert "order number: 4271" in text
    assert "status: <strong>lost in transit</strong>" in text
    assert "{" not in text.split("<main")[1], "no JSON"

    merged = replace(records()[-1], step=1, state=TransferState.MERGED)  # type: ignore[type-var]
    store_records(offer[0], [merged])

    assert "Talking with a human" in client.get(page(offer[0])).content.decode()
    admin = client.get(f"/admin/telephony/call/{offer[0]}/change/").content.decode()
    assert "Talking with a human" in admin.split("Persona</dt>")[0], "at the top"
    words = [state.words for state in TransferState] + [cause.words for cause in TransferCause]
    assert len(set(words)) == len(words)


def test_words_stay_words_and_the_page_runs_no_script_but_its_own(
    offer: tuple[UUID, HumanOffer],
) -> None:
    client = staff("Auditor")
    for path in (page(offer[0]), f"{page(offer[0])}news/"):
        answer = client.get(path)
        assert "<script>alert" not in answer.content.decode()
        assert "<img" not in answer.content.decode()
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert "&lt;script&gt;" in client.get(page(offer[0])).content.decode()


@pytest.mark.parametrize("group", ["Viewer", "Telephony admin", None])
def test_whoever_may_not_is_asked_for_the_code(
    offer: tuple[UUID, HumanOffer], group: str | None
) -> None:
    client = staff(group) if group else Client()

    answer = client.get(page(offer[0]))

    assert "six digits" in answer.content.decode()
    assert "money back" not in answer.content.decode()
    assert client.get(f"{page(offer[0])}news/").status_code == 403


def test_the_code_opens_this_call_once_for_an_hour(
    offer: tuple[UUID, HumanOffer], arrival: Callable[..., CallArrival]
) -> None:
    call_id, answer = offer
    spoken = f"{answer.access_code[:3]} {answer.access_code[3:]}"
    client = Client()

    opened = client.post(page(call_id), {"code": spoken})

    assert opened.headers["Location"] == page(call_id)
    cookie = opened.cookies["handoff"]
    assert (cookie["path"], cookie["max-age"], cookie["httponly"]) == (page(call_id), 3600, True)
    assert "money back" in client.get(page(call_id)).content.decode()
    other = open_call(arrival()).call_id
    assert "six digits" in client.get(page(other)).content.decode(), "not another call"
    assert Client().post(page(call_id), {"code": answer.access_code}).status_code == 403


def test_an_opened_page_closes_after_an_hour(
    offer: tuple[UUID, HumanOffer], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_id, answer = offer
    client = Client()
    client.post(page(call_id), {"code": answer.access_code})
    later = signing.time.time() + 3_700
    monkeypatch.setattr(signing.time, "time", lambda: later)

    assert client.get(f"{page(call_id)}news/").status_code == 403


def test_after_five_wrong_codes_the_right_one_opens_nothing(
    offer: tuple[UUID, HumanOffer],
) -> None:
    call_id, answer = offer
    wrong = f"{(int(answer.access_code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert Client().post(page(call_id), {"code": wrong}).status_code == 403

    assert Client().post(page(call_id), {"code": answer.access_code}).status_code == 403


def test_an_old_code_opens_nothing(offer: tuple[UUID, HumanOffer]) -> None:
    call_id, first = offer
    second = reserve_human(call_id, "x", "service", [])
    assert isinstance(second, HumanOffer)
    if second.access_code != first.access_code:
        assert not use_code(call_id=call_id, code=first.access_code)
    HumanRequest.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))
    assert not use_code(call_id=call_id, code=second.access_code)


def test_a_call_that_does_not_exist_looks_like_one_that_is_not_open() -> None:
    answer = Client().get(page(uuid4()))

    assert answer.status_code == 200
    assert "six digits" in answer.content.decode()
    assert Client().post(page(uuid4()), {"code": "123456"}).status_code == 403
    assert staff("Supervisor").get(page(uuid4())).status_code == 404


def test_news_come_when_there_are_any(offer: tuple[UUID, HumanOffer]) -> None:
    call_id, _ = offer
    client = staff("Supervisor")
    first = client.get(f"{page(call_id)}news/").json()
    same = client.get(f"{page(call_id)}news/", {"version": first["version"]}).json()
    assert same == {"version": first["version"], "live": True}

    said = TurnRecord(key="h", speaker=Speaker.HUMAN, text="I am Ada.", start_ms=9, end_ms=10)
    store_records(call_id, [said])

    news = client.get(f"{page(call_id)}news/", {"version": first["version"]}).json()
    assert "I am Ada." in news["html"]


def test_a_look_every_second_asks_for_nothing_that_is_not_shown(
    offer: tuple[UUID, HumanOffer],
) -> None:
    with CaptureQueriesContext(connection) as asked:
        sheet = handoff_sheet(offer[0])
        assert sheet is not None
        render_to_string("telephony/handoff_sheet.html", {"sheet": sheet})

    statements = " ".join(query["sql"] for query in asked)
    for table in ("callrecording", "turnmetric", "transferstep"):
        assert f"telephony_{table}" not in statements
    assert len(asked) == 5, "the call, turns, tools, frustration, transfers"


def test_the_form_is_guarded_against_other_sites(offer: tuple[UUID, HumanOffer]) -> None:
    answer = Client(enforce_csrf_checks=True).post(page(offer[0]), {"code": offer[1].access_code})
    assert answer.status_code == 403
    assert use_code(call_id=offer[0], code=offer[1].access_code), "the code was not spent"


@pytest.mark.django_db(transaction=True)
def test_of_many_who_know_the_code_one_opens_the_page(offer: tuple[UUID, HumanOffer]) -> None:
    call_id, answer = offer

    opened = at_once(*[lambda: use_code(call_id=call_id, code=answer.access_code)] * 4)

    assert [bool(one) for one in opened].count(True) == 1
