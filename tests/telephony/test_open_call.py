"""facade.open_call: which call is taken, by whom, and as which persona."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from telephony.contracts import CallAlreadyClaimedError, CallArrival, CallEnded, CallRefusedError
from telephony.enums import EndingReason
from telephony.facade import open_call, store_records
from telephony.models import Call, OpeningHours, Persona, PhoneNumber, SipTrunk, Tool
from telephony.services.personas import publish_persona

Arrive = Callable[..., CallArrival]
pytestmark = pytest.mark.django_db


def test_a_call_to_a_published_number_is_claimed_and_recorded(
    number: PhoneNumber, arrival: Arrive
) -> None:
    arrived = arrival()

    plan = open_call(arrived)

    call = Call.objects.get(pk=plan.call_id)
    assert (plan.persona.name, plan.persona.version) == ("Nordwind Outdoor", 1)
    assert (call.state, call.claimed_by_job) == ("ringing", arrived.job_id)
    assert call.persona_version == Persona.objects.get().published_version
    assert call.sip_call_id == arrived.sip_call_id
    assert [event.kind for event in call.events.all()] == ["created", "claimed"]


@pytest.mark.parametrize(
    "called",
    ["+15550100", "15550100", "0015550100", "sip:+15550100@sip.example;user=phone", "5550100",
     "05550100", "+1 555-0100"],
)  # fmt: skip
def test_the_called_number_is_found_in_whatever_form_the_carrier_sends_it(
    number: PhoneNumber, arrival: Arrive, called: str
) -> None:
    plan = open_call(arrival(called_number=called))

    assert plan.called_number == "+15550100"


def test_a_national_form_that_fits_two_numbers_is_nobodys(
    number: PhoneNumber, arrival: Arrive
) -> None:
    PhoneNumber.objects.create(number="+445550100", trunk=number.trunk, persona=number.persona)

    with pytest.raises(CallRefusedError) as refused:
        open_call(arrival(called_number="5550100"))

    assert refused.value.reason is EndingReason.UNKNOWN_NUMBER


@pytest.mark.parametrize("trunk_id", ["ST_other", ""])
def test_a_number_is_not_reached_over_somebody_elses_trunk(
    number: PhoneNumber, arrival: Arrive, trunk_id: str
) -> None:
    SipTrunk.objects.create(name="Other", allowed_addresses="10.0.0.1", livekit_trunk_id="ST_other")

    with pytest.raises(CallRefusedError) as refused:
        open_call(arrival(livekit_trunk_id=trunk_id))

    assert refused.value.reason is EndingReason.UNKNOWN_NUMBER


def _switch_off(number: PhoneNumber) -> None:
    PhoneNumber.objects.update(active=False)


def _take_persona_away(number: PhoneNumber) -> None:
    PhoneNumber.objects.update(persona=None)


def _unpublish(number: PhoneNumber) -> None:
    Persona.objects.update(published_version=None)


def _delete(number: PhoneNumber) -> None:
    number.delete()


@pytest.mark.parametrize(
    ("damage", "reason", "result"),
    [
        (_switch_off, EndingReason.NUMBER_INACTIVE, "refused"),
        (_take_persona_away, EndingReason.NO_PERSONA, "our_fault"),
        (_unpublish, EndingReason.NO_PERSONA, "our_fault"),
        (_delete, EndingReason.UNKNOWN_NUMBER, "refused"),
    ],
)
def test_a_refused_call_is_recorded_with_its_reason(
    number: PhoneNumber,
    arrival: Arrive,
    damage: Callable[[PhoneNumber], None],
    reason: EndingReason,
    result: str,
) -> None:
    damage(number)
    arrived = arrival()

    for _ in range(2):  # asking again says the same and writes nothing more
        with pytest.raises(CallRefusedError) as refused:
            open_call(arrived)
        assert refused.value.reason is reason

    call = Call.objects.get()
    assert (call.state, call.ending_reason, call.ending_result) == ("ended", reason, result)
    assert call.called_number == "+15550100"
    assert [event.kind for event in call.events.all()] == ["created", "refused", "ended"]


def test_a_second_job_loses_and_the_first_may_ask_again(
    number: PhoneNumber, arrival: Arrive
) -> None:
    first = arrival(room_name="room")
    plan = open_call(first)

    with pytest.raises(CallAlreadyClaimedError):
        open_call(arrival(room_name="room"))

    assert open_call(first) == plan
    assert Call.objects.get().claimed_by_job == first.job_id


def test_a_call_that_ended_while_ringing_is_not_taken(number: PhoneNumber, arrival: Arrive) -> None:
    arrived = arrival()
    plan = open_call(arrived)
    call = Call.objects.get(pk=plan.call_id)
    store_records(
        call.id,
        [CallEnded(reason=EndingReason.CALLER_HUNG_UP_RINGING, ended_at=call.started_at)],
    )

    with pytest.raises(CallAlreadyClaimedError):
        open_call(arrived)


def test_a_call_keeps_the_version_it_pinned_while_the_next_gets_the_new_one(
    number: PhoneNumber, persona: Persona, arrival: Arrive
) -> None:
    arrived = arrival()
    before = open_call(arrived)
    persona.greeting = "Good evening?"
    persona.save()
    assert open_call(arrival()).persona.version == 1, "a draft is not heard"
    publish_persona(persona=persona)

    assert open_call(arrived).persona == before.persona
    after = open_call(arrival())
    assert (after.persona.version, after.persona.greeting) == (2, "Good evening?")


def test_the_plan_carries_tools_secrets_and_opening_hours(
    number: PhoneNumber, persona: Persona, arrival: Arrive
) -> None:
    hours = OpeningHours.objects.create(name="Shop", timezone="Europe/Berlin")
    hours.periods.create(weekday=0, opens="09:00", closes="17:00")
    PhoneNumber.objects.update(opening_hours=hours)
    persona.tools.add(
        Tool.objects.create(
            name="order_status",
            description="Where an order is.",
            url="https://shop.example/orders",
            secret="s3cret",
        ),
        Tool.objects.create(
            name="end_call", description="Hang up.", kind="builtin", builtin="end_call"
        ),
    )
    version, _ = publish_persona(persona=persona)
    Tool.objects.filter(name="order_status").update(description="Changed after publishing.")
    plan = open_call(arrival())

    end_call, order_status = plan.persona.tools
    assert end_call.builtin == "end_call"
    assert order_status.description == "Where an order is."
    assert order_status.webhook is not None
    assert order_status.webhook.secret == "s3cret"
    assert "s3cret" not in repr(plan)
    assert "s3cret" not in str(version.tools)
    assert plan.opening_hours is not None
    assert str(plan.opening_hours.periods[0].opens) == "09:00:00"
    assert plan.max_duration_s == 1_800


def test_hostile_header_text_is_stored_cut_and_clean(number: PhoneNumber, arrival: Arrive) -> None:
    arrived = arrival(caller_number="\x00<script>" + "9" * 300, sip_call_id="\ud800" * 400)

    call = Call.objects.get(pk=open_call(arrived).call_id)

    assert call.caller_number.startswith("<script>999")
    assert len(call.caller_number) == 64
    assert len(call.sip_call_id) == 255
