"""Two humans with one telephone would be rung for two callers at once: one address, one human."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from telephony.models import HumanEndpoint, PhoneNumber, SipTrunk, Team, TeamMember

pytestmark = pytest.mark.django_db
MIGRATION = "telephony.migrations.0009_handoff_audit_and_plain_words"


@pytest.fixture
def carrier() -> SipTrunk:
    return SipTrunk.objects.create(name="Out", direction="outbound", outbound_host="carrier.test")


def new(address: str, **more: object) -> HumanEndpoint:
    return HumanEndpoint(name="Second", address=address, **more)


@pytest.mark.parametrize(
    "address",
    [
        "sip:ada@127.0.0.1",
        "sip:ADA@127.0.0.1",
        "sips:ada@127.0.0.1",
        "sip:ada@127.0.0.1:5060",
    ],
)
def test_an_address_that_is_dialled_already_is_refused_however_it_is_written(
    team: Team, address: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        new(address).full_clean()
    assert "is dialled there" in str(refused.value) or "dialled at this" in str(refused.value)


def test_a_number_is_one_telephone_over_whichever_trunk(carrier: SipTrunk) -> None:
    other = SipTrunk.objects.create(name="B", direction="outbound", outbound_host="b.test")
    HumanEndpoint.objects.create(name="Mobile", address="+4930123456", trunk=carrier)

    with pytest.raises(ValidationError, match="Mobile"):
        new("+4930123456", trunk=other).full_clean()


@pytest.mark.parametrize("address", ["sip:ada@127.0.0.1:5070", "sip:ada@127.0.0.2"])
def test_another_telephone_of_the_same_name_is_another_one(team: Team, address: str) -> None:
    new(address).full_clean()


def test_one_that_is_switched_off_stands_in_nobodys_way(team: Team) -> None:
    new("sip:ada@127.0.0.1", active=False).full_clean()
    HumanEndpoint.objects.filter(name="Ada").update(active=False)
    new("sip:ada@127.0.0.1").full_clean()


def test_a_human_is_saved_again_as_it_is(team: Team) -> None:
    HumanEndpoint.objects.get(name="Ada").full_clean()


def test_the_database_refuses_it_too_whoever_writes(team: Team) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        new("sip:Ada@127.0.0.1").save()


def test_rows_that_shared_a_telephone_before_become_one_that_keeps_their_places(
    team: Team, number: PhoneNumber
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX human_endpoint_address_once")
    ada = HumanEndpoint.objects.get(name="Ada")
    second = new("sip:Ada@127.0.0.1")
    second.save()
    board = Team.objects.create(name="Board", key="board")
    for one in (team, board):
        TeamMember.objects.create(team=one, endpoint=second)
    PhoneNumber.objects.update(fallback_human=second)

    import_module(MIGRATION).one_row_a_telephone(apps, None)

    second.refresh_from_db()
    number.refresh_from_db()
    assert (second.active, number.fallback_human) == (False, ada)
    assert list(board.members.all()) == [ada]
    assert team.members.filter(active=True).count() == 2
