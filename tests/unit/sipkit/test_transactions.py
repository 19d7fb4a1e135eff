"""Retransmissions, seen from a raw UDP peer that misbehaves on purpose."""

from __future__ import annotations

import asyncio

import pytest

from deploy.local.sipkit import CallFailed, EndCause, FailureCause


async def test_a_repeated_invite_while_ringing_is_one_call_and_gets_the_last_answer(
    make, raw, answering
):
    answer = answering(delay_s=5)
    server = await make(answer)
    invite = raw.request("INVITE", body=raw.sdp())
    raw.send(invite, server)
    first = await raw.expect("SIP/2.0 180")
    raw.send(invite, server)
    assert await raw.expect("SIP/2.0") == first
    assert len(answer.incoming) == 1


async def test_a_repeated_invite_after_the_answer_gets_the_same_200(make, raw, answering):
    answer = answering()
    server = await make(answer)
    invite = raw.request("INVITE", body=raw.sdp())
    raw.send(invite, server)
    first = await raw.expect("SIP/2.0 200")
    raw.send(invite, server)
    assert await raw.expect("SIP/2.0 200") == first
    assert len(answer.incoming) == 1


async def test_a_200_is_repeated_until_the_ack(make, raw, answering):
    answer = answering()
    server = await make(answer, ack_timeout_s=5)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    ok = await raw.expect("SIP/2.0 200")
    assert len([m for m in await raw.collect(0.4) if m.startswith("SIP/2.0 200")]) >= 2
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKack", to_tag=raw.to_tag(ok)), server)
    await raw.collect(0.05)
    assert await raw.collect(0.4) == []
    call = await answer.call()
    assert call.acked.is_set()
    assert not call.ended.is_set()


async def test_without_an_ack_the_call_ends_and_says_goodbye(make, raw, answering):
    answer = answering()
    server = await make(answer, ack_timeout_s=0.2)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    call = await answer.call()
    bye = await raw.expect("BYE")
    assert call.end_cause is EndCause.NO_ACK
    assert raw.header(bye, "To").endswith("tag=rawtag")
    raw.send(raw.response(bye, "200 OK"), server)


async def test_a_hangup_before_the_ack_waits_for_it(make, raw, answering):
    answer = answering()
    server = await make(answer, ack_timeout_s=5)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    ok = await raw.expect("SIP/2.0 200")
    call = await answer.call()
    hangup = asyncio.create_task(call.hangup())
    assert not [m for m in await raw.collect(0.1) if m.startswith("BYE")]
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKack", to_tag=raw.to_tag(ok)), server)
    raw.send(raw.response(await raw.expect("BYE"), "200 OK"), server)
    await asyncio.wait_for(hangup, 1)


async def test_a_refusal_is_repeated_until_the_ack(make, raw):
    async def refuse(incoming):
        incoming.refuse(486)

    server = await make(refuse)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    busy = await raw.expect("SIP/2.0 486")
    assert len([m for m in await raw.collect(0.2) if m.startswith("SIP/2.0 486")]) >= 1
    raw.send(raw.request("ACK", cseq="1 ACK", to_tag=raw.to_tag(busy)), server)
    await raw.collect(0.03)
    assert await raw.collect(0.3) == []


async def test_a_repeated_bye_gets_the_same_200(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKack", to_tag=tag), server)
    bye = raw.request("BYE", cseq="2 BYE", branch="z9hG4bKbye", to_tag=tag)
    raw.send(bye, server)
    first = await raw.expect("SIP/2.0 200")
    raw.send(bye, server)
    assert await raw.expect("SIP/2.0") == first
    assert (await answer.call()).end_cause is EndCause.REMOTE_BYE


async def test_a_cancel_is_answered_and_ends_the_invite(make, raw, answering):
    answer = answering(delay_s=5)
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    await raw.expect("SIP/2.0 180")
    raw.send(raw.request("CANCEL"), server)
    answers = [await raw.expect("SIP/2.0"), await raw.expect("SIP/2.0")]
    assert [a.split()[1] for a in answers] == ["200", "487"]
    assert raw.header(answers[0], "CSeq") == "1 CANCEL"
    assert answer.incoming[0].cancelled.is_set()


async def test_a_cancel_after_the_answer_changes_nothing(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    await raw.expect("SIP/2.0 200")
    raw.send(raw.request("CANCEL"), server)
    while raw.header(await raw.expect("SIP/2.0 200"), "CSeq") != "1 CANCEL":
        pass
    assert not (await answer.call()).ended.is_set()


async def test_what_belongs_to_no_call_is_481(make, raw):
    server = await make()
    raw.send(raw.request("BYE", to_tag="nobody", branch="z9hG4bK1"), server)
    await raw.expect("SIP/2.0 481")
    raw.send(raw.request("CANCEL", branch="z9hG4bK2"), server)
    await raw.expect("SIP/2.0 481")
    raw.send(raw.request("INFO", to_tag="nobody", branch="z9hG4bK3"), server)
    await raw.expect("SIP/2.0 481")


async def test_options_is_answered_with_what_we_allow(make, raw):
    server = await make()
    raw.send(raw.request("OPTIONS"), server)
    assert "INVITE" in raw.header(await raw.expect("SIP/2.0 200"), "Allow")


async def test_an_unknown_method_is_405_and_an_unknown_extension_420(make, raw, answering):
    server = await make(answering())
    raw.send(raw.request("SUBSCRIBE", branch="z9hG4bK1"), server)
    assert "BYE" in raw.header(await raw.expect("SIP/2.0 405"), "Allow")
    raw.send(raw.request("INVITE", body=raw.sdp(), extra="Require: 100rel\r\n"), server)
    assert raw.header(await raw.expect("SIP/2.0 420"), "Unsupported") == "100rel"


async def test_a_merged_request_is_482(make, raw, answering):
    answer = answering(delay_s=5)
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    await raw.expect("SIP/2.0 180")
    raw.send(raw.request("INVITE", body=raw.sdp(), branch="z9hG4bKother"), server)
    await raw.expect("SIP/2.0 482")
    assert len(answer.incoming) == 1


async def test_the_client_acknowledges_a_refusal_each_time_on_the_same_branch(make, raw):
    client = await make()
    outgoing = await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a")
    invite = await raw.expect("INVITE")
    for _ in range(2):
        raw.send(raw.response(invite, "603 Decline"), client)
        ack = await raw.expect("ACK")
        assert raw.header(ack, "Via") == raw.header(invite, "Via")
        assert raw.to_tag(ack) == "rawtag"
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert failure.value.status == 603


async def test_the_client_acknowledges_a_repeated_200_again(make, raw):
    client = await make()
    outgoing = await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a")
    invite = await raw.expect("INVITE")
    ok = raw.response(invite, "200 OK", body=raw.sdp())
    raw.send(ok, client)
    first = await raw.expect("ACK")
    raw.send(ok, client)
    second = await raw.expect("ACK")
    assert raw.header(first, "CSeq") == raw.header(second, "CSeq") == "1 ACK"
    call = await outgoing.answered()
    raw.send(raw.response(invite, "200 OK", body=raw.sdp(), tag="fork"), client)
    bye = await raw.expect("BYE")  # a second phone of a fork is told that it is not needed
    assert raw.to_tag(bye) == "fork"
    raw.send(raw.response(bye, "200 OK"), client)
    await asyncio.sleep(0.02)
    assert not call.ended.is_set()


async def test_an_answer_without_a_codec_of_ours_is_ended(make, raw):
    client = await make()
    outgoing = await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a")
    invite = await raw.expect("INVITE")
    raw.send(raw.response(invite, "200 OK", body=raw.sdp("18")), client)
    await raw.expect("ACK")
    await raw.expect("BYE")
    with pytest.raises(CallFailed) as failure:
        await outgoing.answered()
    assert failure.value.cause is FailureCause.BAD_ANSWER
