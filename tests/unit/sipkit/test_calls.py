"""Calls between two endpoints: answered, refused, cancelled, ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from deploy.local.ports import rtp
from deploy.local.sipkit import CallFailed, EndCause, FailureCause, PortsExhausted


async def test_a_call_is_answered_and_both_sides_know_each_other(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer), await make()
    outgoing = await client.invite(
        uri_of(server), from_user="+15550100", from_display='A "quoted" näme', headers={"X-A": "1"}
    )
    near, far = await outgoing.answered(), await answer.call()
    assert outgoing.statuses == [100, 180, 200]
    assert near.call_id == far.call_id == outgoing.call_id == answer.incoming[0].call_id
    incoming = answer.incoming[0]
    assert (incoming.from_user, incoming.request_user) == ("+15550100", "100")
    assert incoming.from_display == "A 'quoted' näme"
    assert incoming.headers["x-a"] == "1"
    assert incoming.user_agent == "sipkit"
    async with asyncio.timeout(1):
        await far.acked.wait()
    assert near.media.codec == far.media.codec == "PCMU"
    assert server.calls == (far,)


@pytest.mark.parametrize("caller_hangs_up", [True, False])
async def test_a_bye_ends_both_sides_with_a_cause(make, answering, uri_of, caller_hangs_up):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    first, second = (near, far) if caller_hangs_up else (far, near)
    await first.hangup({"Reason": 'Q.850;cause=16;text="bye"'})
    assert first.end_cause is EndCause.LOCAL
    assert second.end_cause is EndCause.REMOTE_BYE
    assert "cause=16" in second.bye_headers["reason"]
    assert server.calls == client.calls == ()
    await first.hangup()  # again is harmless


async def test_both_sides_may_hang_up_at_once(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    async with asyncio.timeout(1):
        await asyncio.gather(near.hangup(), far.hangup())
    assert near.end_cause is far.end_cause is EndCause.LOCAL


async def test_a_refusal_names_its_status_and_is_acknowledged(make, uri_of):
    async def refuse(incoming: Any) -> None:
        incoming.refuse(486, headers={"Retry-After": "5"})

    server, client = await make(refuse), await make()
    outgoing = await client.invite(uri_of(server), from_user="a")
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert (failure.value.status, failure.value.cause) == (486, FailureCause.REFUSED)
    assert failure.value.headers["retry-after"] == "5"


async def test_cancel_while_ringing_reaches_the_other_side(make, answering, uri_of):
    answer = answering(delay_s=5)
    server, client = await make(answer), await make()
    outgoing = await client.invite(uri_of(server), from_user="a")
    await asyncio.wait_for(outgoing.ringing.wait(), 1)
    outgoing.cancel()
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert (failure.value.status, failure.value.cause) == (487, FailureCause.CANCELLED)
    async with asyncio.timeout(1):
        await answer.incoming[0].cancelled.wait()
        await outgoing.done.wait()
    assert outgoing.statuses[-1] == 487
    with pytest.raises(CallFailed):
        await answer.incoming[0].answer()


async def test_a_cancel_before_any_response_is_sent_when_it_may_be(make, answering, uri_of):
    answer = answering(delay_s=5)
    server, client = await make(answer), await make()
    outgoing = await client.invite(uri_of(server), from_user="a")
    outgoing.cancel()
    async with asyncio.timeout(1):
        await outgoing.done.wait()
    assert answer.incoming[0].cancelled.is_set()


async def test_ringing_too_long_is_given_up(make, answering, uri_of):
    answer = answering(delay_s=5)
    server, client = await make(answer), await make()
    outgoing = await client.invite(uri_of(server), from_user="a", ringing_timeout_s=0.1)
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert (failure.value.status, failure.value.cause) == (408, FailureCause.RINGING_TIMEOUT)
    async with asyncio.timeout(1):
        await answer.incoming[0].cancelled.wait()


async def test_an_answer_that_crosses_the_cancel_is_ended_by_a_bye(make, uri_of):
    calls = []
    placed = []

    async def answer_and_cancel(incoming: Any) -> None:
        incoming.ring()
        calls.append(await incoming.answer())
        # The 200 is on the wire; the cancel is decided before it is read.
        assert 200 not in placed[0].statuses
        placed[0].cancel()

    server, client = await make(answer_and_cancel), await make()
    outgoing = await client.invite(uri_of(server), from_user="a")
    placed.append(outgoing)
    with pytest.raises(CallFailed):
        await outgoing.answered()
    async with asyncio.timeout(1):
        await calls[0].ended.wait()
    assert calls[0].end_cause is EndCause.REMOTE_BYE
    assert calls[0].acked.is_set()


async def test_nobody_there_is_a_408_after_timer_b(make, raw):
    client = await make()
    outgoing = await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a")
    with pytest.raises(CallFailed) as failure:
        await asyncio.wait_for(outgoing.answered(), 2)
    assert failure.value.cause is FailureCause.NO_RESPONSE
    sent = [m for m in await raw.collect(0) if m.startswith("INVITE")]
    assert 3 <= len(sent) <= 5  # 0, T1, 3 T1, 7 T1 ...: doubling, within 12 T1
    assert len({raw.header(m, "Via") for m in sent}) == 1


async def test_no_port_left_is_a_typed_error_and_a_503(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer, rtp_ports=rtp()[:2]), await make()
    first = await (await client.invite(uri_of(server), from_user="a")).answered()
    with pytest.raises(CallFailed) as failure:
        await (await client.invite(uri_of(server), from_user="b")).answered()
    assert failure.value.status == 503
    with pytest.raises(PortsExhausted):
        await answer.incoming[-1].open_media()
    await first.hangup()
    await asyncio.sleep(0.02)
    again = await (await client.invite(uri_of(server), from_user="c")).answered()
    assert again.media.codec == "PCMU"


async def test_closing_an_endpoint_ends_its_calls(make, answering, uri_of):
    answer, slow = answering(), answering(delay_s=9)
    server, ringing_server, client = await make(answer), await make(slow), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    ringing = await client.invite(uri_of(ringing_server), from_user="a")
    await asyncio.wait_for(ringing.ringing.wait(), 1)
    async with asyncio.timeout(2.5):
        await client.close()
    assert far.end_cause is EndCause.REMOTE_BYE
    assert near.end_cause is EndCause.LOCAL
    assert slow.incoming[0].cancelled.is_set()


@pytest.mark.parametrize("to", ["nobody", "sip:", "sip:a b@127.0.0.1", "sip:a@h\r\nX: y", "tel:1"])
async def test_an_address_that_is_none_is_a_value_error(make, to):
    client = await make()
    with pytest.raises(ValueError, match="SIP address"):
        await client.invite(to, from_user="a")


async def test_a_header_cannot_smuggle_another(make, raw):
    client = await make()
    for headers in ({"X-A": "1\r\nX-B: 2"}, {"X A": "1"}, {"Via": "x"}):
        with pytest.raises(ValueError):
            await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a", headers=headers)
    assert await raw.collect(0.1) == []


async def test_a_handler_that_fails_is_a_500_and_the_next_call_works(make, answering, uri_of):
    good = answering()

    async def first_fails(incoming: Any) -> None:
        if incoming.from_user == "bad":
            raise RuntimeError("on purpose")
        await good(incoming)

    server, client = await make(first_fails), await make()
    with pytest.raises(CallFailed) as failure:
        await (await client.invite(uri_of(server), from_user="bad")).answered()
    assert failure.value.status == 500
    await (await client.invite(uri_of(server), from_user="good")).answered()


async def test_a_method_can_be_added_to_a_call_and_unknown_ones_are_405(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    refused = await near.request("REFER", {"Refer-To": "<sip:x@127.0.0.1>"})
    assert refused.status_code == 405
    assert "INVITE" in (refused.get_header("Allow") or "")
    far.handlers["REFER"] = lambda request: request.respond(202)
    assert (await near.request("REFER", {"Refer-To": "<sip:x@127.0.0.1>"})).status_code == 202
    assert (await far.request("OPTIONS")).status_code == 200
