"""A call that the SIP service dropped is told from one that its caller hung up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from telephony.contracts import CallAnswered, CallArrival, TurnRecord
from telephony.enums import Speaker
from telephony.facade import open_call, store_records
from telephony.models import Call, PhoneNumber
from telephony.services import settling

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("status", "spoke_s_before", "reason"),
    [
        ("active", None, "media_timeout"),  # the SIP service heard nothing and gave it up
        ("active", 30, "media_timeout"),
        ("active", 3, "caller_hung_up"),  # the leg's last status was lost on the way
        ("hangup", 30, "caller_hung_up"),  # a BYE
        ("", 30, "caller_hung_up"),  # nobody says
    ],
)
def test_a_leg_that_leaves_active_and_silent_was_dropped_and_any_other_hung_up(
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
    status: str,
    spoke_s_before: int | None,
    reason: str,
) -> None:
    left_at = timezone.now()
    plan = open_call(arrival(room_name="call_1"))
    store_records(plan.call_id, [CallAnswered(answered_at=left_at - timedelta(minutes=1))])
    agent = TurnRecord(
        key="a", speaker=Speaker.AGENT, text="Hello?", start_ms=58_000, end_ms=59_000
    )
    store_records(plan.call_id, [agent])
    if spoke_s_before is not None:
        end_ms = 60_000 - spoke_s_before * 1_000
        turn = TurnRecord(
            key="c", speaker=Speaker.CALLER, text="Hello?", start_ms=end_ms - 900, end_ms=end_ms
        )
        store_records(plan.call_id, [turn])
    Call.objects.update(claimed_by_job="")  # no worker is left that could say

    settling.note_leg_left(
        room_name="call_1",
        identity="sip_+15550199",
        at=left_at,
        disconnect_reason="CLIENT_INITIATED",
        attributes={"sip.callStatus": status},
    )

    call = Call.objects.get()
    assert (call.state, call.ending_reason, call.ended_at) == ("ended", reason, left_at)
