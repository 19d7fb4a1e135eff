"""facade.reserve_human: who is given to which caller, and why nobody is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from telephony.contracts import CallArrival, CallEnded, HumanOffer, NobodyOffer
from telephony.enums import EndingReason, NobodyFree
from telephony.facade import open_call, reserve_human, store_records
from telephony.models import (
    Call,
    ClosedDate,
    HumanEndpoint,
    HumanRequest,
    OpeningHours,
    OpeningPeriod,
    Persona,
    PhoneNumber,
    SipTrunk,
    Team,
    TeamMember,
)
from telephony.services.access_codes import use_code
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # Tuesday in Berlin


@pytest.fixture
def new_call(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> Callable[[], UUID]:
    return lambda: open_call(arrival()).call_id


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


def name_of(answer: HumanOffer | NobodyOffer) -> str:
    return answer.human.name if isinstance(answer, HumanOffer) else answer.why.value


def human(name: str) -> HumanEndpoint:
    return HumanEndpoint.objects.get(name=name)


def test_a_trunk_rings_no_more_humans_at_once_than_it_has_lines(
    new_call: Callable[[], UUID],
) -> None:
    out = SipTrunk.objects.create(
        name="Out", direction="outbound", outbound_host="sip.carrier.example", max_calls=1
    )
    HumanEndpoint.objects.update(trunk=out)
    call = new_call()
    assert name_of(reserve_human(call, "t1", "service", [])) == "Ada"
    assert name_of(reserve_human(new_call(), "t1", "service", [])) == NobodyFree.ALL_BUSY.value
    assert name_of(reserve_human(call, "t1", "service", [])) == "Ada", "its own line"

    SipTrunk.objects.filter(pk=out.pk).update(max_calls=2)
    assert name_of(reserve_human(new_call(), "t1", "service", [])) == "Bob"


def test_humans_are_given_by_priority_and_one_caller_at_a_time(
    new_call: Callable[[], UUID],
) -> None:
    answers = [reserve_human(new_call(), "t1", "service", []) for _ in range(3)]

    assert [name_of(answer) for answer in answers] == ["Ada", "Bob", "all_busy"]
    assert isinstance(answers[2], NobodyOffer)
    assert answers[2].position == 1


def test_asking_again_gives_up_who_was_reserved_before(new_call: Callable[[], UUID]) -> None:
    call = new_call()
    reserve_human(call, "t1", "service", [])

    second = reserve_human(call, "t1", "service", [human("Ada").pk])

    assert name_of(second) == "Bob"
    assert human("Ada").reserved_call_id is None
    assert human("Bob").reserved_call_id == call


def test_who_was_tried_is_not_given_again(new_call: Callable[[], UUID]) -> None:
    tried = list(HumanEndpoint.objects.values_list("pk", flat=True))

    answer = reserve_human(new_call(), "t1", "service", tried)

    assert name_of(answer) == NobodyFree.NONE_LEFT


@pytest.mark.parametrize("switched_off", ["active", "available"])
def test_who_is_away_or_switched_off_is_not_given(
    new_call: Callable[[], UUID], switched_off: str
) -> None:
    HumanEndpoint.objects.filter(name="Ada").update(**{switched_off: False})

    assert name_of(reserve_human(new_call(), "t1", "service", [])) == "Bob"


def test_who_speaks_the_language_comes_first_and_who_lacks_a_skill_never(
    new_call: Callable[[], UUID],
) -> None:
    HumanEndpoint.objects.filter(name="Ada").update(languages="de, fr", skills="returns")
    HumanEndpoint.objects.filter(name="Bob").update(languages="EN", skills="Returns, billing")

    assert name_of(reserve_human(new_call(), "t1", "service", [])) == "Bob"
    Team.objects.update(required_skills="billing")
    assert name_of(reserve_human(new_call(), "t1", "service", [])) == "all_busy"


def test_a_team_is_closed_by_its_hours_and_on_its_holidays_in_its_own_time_zone(
    new_call: Callable[[], UUID], now: Callable[[datetime], None]
) -> None:
    hours = OpeningHours.objects.create(name="Office", timezone="Europe/Berlin")
    OpeningPeriod.objects.create(opening_hours=hours, weekday=1, opens=time(0), closes=time(9))
    Team.objects.update(opening_hours=hours)
    call = new_call()

    now(MONDAY)  # half past midnight on Tuesday in Berlin
    assert name_of(reserve_human(call, "t1", "service", [])) == "Ada"
    now(MONDAY - timedelta(hours=1))
    assert reserve_human(call, "t1", "service", []) == NobodyOffer(why=NobodyFree.CLOSED)
    now(MONDAY)
    ClosedDate.objects.create(opening_hours=hours, date=date(2026, 3, 3))
    assert reserve_human(call, "t1", "service", []) == NobodyOffer(why=NobodyFree.CLOSED)
    assert not HumanEndpoint.objects.exclude(reserved_call=None).exists()


def test_a_team_that_the_persona_may_not_use_has_nobody(
    new_call: Callable[[], UUID], team: Team
) -> None:
    other = Team.objects.create(name="Board", key="board")
    TeamMember.objects.create(team=other, endpoint=human("Ada"))

    for key in ("board", "no_such_team"):
        answer = reserve_human(new_call(), "t1", key, [])
        assert answer == NobodyOffer(why=NobodyFree.NONE_LEFT)


def test_who_waits_longer_goes_first_while_somebody_asks_for_them(
    new_call: Callable[[], UUID], now: Callable[[datetime], None]
) -> None:
    start = timezone.now()
    Team.objects.update(nobody="wait")
    HumanEndpoint.objects.filter(name="Bob").update(available=False)
    talking, first, second = new_call(), new_call(), new_call()
    reserve_human(talking, "t", "service", [])
    for seconds, call in enumerate((first, second)):
        now(start + timedelta(seconds=seconds))
        reserve_human(call, "t", "service", [])
    HumanEndpoint.objects.release(call_id=talking)

    late = reserve_human(second, "t", "service", [])
    assert late == NobodyOffer(why=NobodyFree.ALL_BUSY, position=2)
    now(start + timedelta(seconds=20))  # nobody has asked for the first for 20 s
    assert name_of(reserve_human(second, "t", "service", [])) == "Ada"


def test_a_caller_who_was_declined_by_all_does_not_hold_up_the_line(
    new_call: Callable[[], UUID],
) -> None:
    everybody = list(HumanEndpoint.objects.values_list("pk", flat=True))
    Team.objects.update(nobody="wait")
    waiting, newcomer = new_call(), new_call()
    reserve_human(waiting, "t", "service", everybody)

    assert name_of(reserve_human(newcomer, "t", "service", [])) == "Ada"


def test_the_end_of_the_call_frees_its_human_and_an_ended_call_gets_none(
    new_call: Callable[[], UUID],
) -> None:
    call = new_call()
    reserve_human(call, "t1", "service", [])

    store_records(call, [CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=timezone.now())])

    assert human("Ada").reserved_call_id is None
    assert name_of(reserve_human(call, "t2", "service", [])) == NobodyFree.NONE_LEFT


def test_an_offer_leads_to_the_transcript_and_only_a_hash_of_its_code_is_stored(
    new_call: Callable[[], UUID], settings: Any
) -> None:
    settings.PUBLIC_URL = "https://calls.example"
    call = new_call()

    offer = reserve_human(call, "t1", "service", [])

    assert isinstance(offer, HumanOffer)
    assert offer.transcript_url == f"https://calls.example/calls/{call}/handoff/"
    assert len(offer.access_code) == 6
    assert offer.access_code not in repr(offer)
    stored = HumanRequest.objects.get()
    assert offer.access_code not in stored.code_hash
    assert use_code(call_id=call, code=offer.access_code)
    assert not use_code(call_id=call, code=offer.access_code)


def test_a_plan_names_the_teams_and_who_is_free_in_them(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> None:
    Team.objects.create(name="Board", key="board")
    carrier = SipTrunk.objects.create(
        name="Out", direction="outbound", outbound_host="carrier.test", livekit_trunk_id="ST_out"
    )
    HumanEndpoint.objects.filter(name="Bob").update(address="+4930123456", trunk=carrier)
    reserve_human(open_call(arrival()).call_id, "t1", "service", [])

    plan = open_call(arrival())

    (spec,) = plan.teams
    assert (spec.key, plan.persona.handoff.default_team) == ("service", "service")
    (bob,) = spec.humans
    assert (bob.user, bob.host, bob.livekit_trunk_id) == ("+4930123456", "", "ST_out")


def test_a_persona_without_teams_may_hand_over_to_nobody(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    plan = open_call(arrival())

    assert plan.teams == ()
    assert name_of(reserve_human(plan.call_id, "t1", "service", [])) == NobodyFree.NONE_LEFT


def test_a_cold_transfer_needs_the_team_the_human_and_the_callers_trunk(
    number: PhoneNumber, team: Team, trunk: SipTrunk, arrival: Callable[..., CallArrival]
) -> None:
    def colds() -> list[bool]:
        return [one.cold for one in open_call(arrival()).teams[0].humans]

    Team.objects.update(cold_transfer=True)
    HumanEndpoint.objects.filter(name="Bob").update(takes_refer=True)
    assert colds() == [False, False]
    SipTrunk.objects.update(refer_allowed=True)
    assert colds() == [False, True]


def test_the_settings_of_a_persona_are_published_with_it(
    number: PhoneNumber, team: Team, persona: Persona, arrival: Callable[..., CallArrival]
) -> None:
    persona.operator_key, persona.frustration_threshold = "9", 0.8
    persona.frustration_weights = {"swearing": 0.5}
    persona.save()
    assert open_call(arrival()).persona.handoff.operator_key == "0"

    publish_persona(persona=persona)

    handoff = open_call(arrival()).persona.handoff
    assert (handoff.operator_key, handoff.threshold) == ("9", 0.8)
    assert handoff.weights == {"swearing": 0.5}


def test_a_call_that_does_not_exist_is_an_error(team: Team) -> None:
    with pytest.raises(LookupError):
        reserve_human(uuid4(), "t1", "service", [])
    assert not Call.objects.exists()
