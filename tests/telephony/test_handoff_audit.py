"""Who opened the transcript page of a call, and who was refused, is written for the auditor."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from auditlog.models import LogEntry
from django.test import Client

from telephony import audit
from telephony.contracts import HumanOffer
from telephony.models import Call
from tests.telephony.test_handoff_page import offer, page, staff  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db


def entries(call_id: UUID) -> list[tuple[str, str, str | None]]:
    """Who, what, and from where, oldest first."""
    rows = LogEntry.objects.get_for_object(Call.objects.get(pk=call_id)).order_by("id")
    return [
        (
            str(row.actor or row.additional_data["who"]),
            row.changes["transcript page"][1],
            row.remote_addr,
        )
        for row in rows
    ]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_an_opening_by_a_user_is_one_entry_however_long_the_page_follows_the_call(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
) -> None:
    client = staff("Supervisor")
    client.get(page(offer[0]), REMOTE_ADDR="192.0.2.7")
    for _ in range(5):
        assert client.get(f"{page(offer[0])}news/").status_code == 200

    assert entries(offer[0]) == [("somebody", "opened", "192.0.2.7")]
    client.get(page(offer[0]))
    assert len(entries(offer[0])) == 2


def test_an_opening_with_a_code_says_whose_code_it_was(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
) -> None:
    call_id, answer = offer
    client = Client(REMOTE_ADDR="192.0.2.8")
    client.get(page(call_id))
    assert entries(call_id) == [], "to be asked for the code is no opening"

    client.post(page(call_id), {"code": answer.access_code}, follow=True)

    said = "opened with the one-time code of Ada"
    assert entries(call_id) == [("one-time code of Ada", said, "192.0.2.8")]


def test_a_wrong_code_is_written_without_the_code(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
) -> None:
    call_id, answer = offer
    code = wrong(answer.access_code)

    Client(REMOTE_ADDR="192.0.2.9").post(page(call_id), {"code": code})

    assert entries(call_id) == [("unknown", "refused: wrong code", "192.0.2.9")]
    stored = str(list(LogEntry.objects.get_for_object(Call.objects.get(pk=call_id)).values()))
    assert code not in stored
    assert answer.access_code not in stored


def test_a_user_without_the_permission_is_written_by_name(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
) -> None:
    call_id, answer = offer
    client = staff("Viewer")
    client.get(page(call_id))
    client.post(page(call_id), {"code": answer.access_code}, follow=True)

    assert [entry[:2] for entry in entries(call_id)] == [
        ("somebody", "refused: no permission"),
        ("somebody", "opened with the one-time code of Ada"),
    ]


def test_guesses_and_reloads_do_not_fill_the_log(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(audit, "MOST_AN_HOUR", 3)
    call_id, answer = offer
    for _ in range(6):
        Client().post(page(call_id), {"code": wrong(answer.access_code)})
    client = staff("Supervisor")
    for _ in range(6):
        client.get(page(call_id))

    said = [entry[1] for entry in entries(call_id)]
    assert said == ["refused: wrong code"] * 3 + ["opened"] * 3, "one does not hide the other"


def test_a_call_that_does_not_exist_leaves_nothing_and_answers_as_any_other() -> None:
    before = LogEntry.objects.count()

    assert Client().post(page(uuid4()), {"code": "123456"}).status_code == 403
    assert LogEntry.objects.count() == before


def test_the_auditor_reads_it_in_the_admin(
    offer: tuple[UUID, HumanOffer],  # noqa: F811
) -> None:
    call_id, answer = offer
    code = answer.access_code
    Client(REMOTE_ADDR="192.0.2.8").post(page(call_id), {"code": code}, follow=True)

    text = staff("Auditor").get(f"/admin/auditlog/logentry/?q={call_id}").content.decode()

    for words in ("one-time code of Ada", "transcript page opened with", "192.0.2.8", str(call_id)):
        assert words in text
