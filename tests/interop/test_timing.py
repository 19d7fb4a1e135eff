"""What comes late or never: the ACK, the first RTP packet, any RTP at all."""

from __future__ import annotations

from tests.support.rooms import rooms_of
from tests.support.sipp import Sipp
from tests.support.stack import Api, Json, said

QUESTION = "Where is my order four two seven one?"
# RFC 3261 waits 64 * T1 = 32 s for an ACK, and the SIP service 30 s for RTP.
GIVES_UP_WITHIN_S = 50


async def test_a_call_that_is_never_acknowledged_gets_its_200_again_and_then_a_bye(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("no_ack", caller="+15550221", timeout_s=GIVES_UP_WITHIN_S)
    # 64 * T1 long, first after T1, doubling up to T2 = 4 s (RFC 3261 section 13.3.1.4): some ten.
    assert 6 <= run.statuses().count(200) <= 14
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "media_timeout"
    await rooms_of(stack, "+15550221", count=0)


async def test_a_caller_whose_audio_begins_late_is_heard(sipp: Sipp, api: Api, stack: Json) -> None:
    run = await sipp.run("late_rtp", caller="+15550222", say=QUESTION)
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    assert said(stored, "caller"), "nothing was heard of a caller who spoke"
    await rooms_of(stack, "+15550222", count=0)


async def test_a_caller_without_any_audio_is_hung_up_on_with_a_named_ending(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("no_rtp", caller="+15550223", timeout_s=GIVES_UP_WITHIN_S)
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "media_timeout"
    await rooms_of(stack, "+15550223", count=0)
