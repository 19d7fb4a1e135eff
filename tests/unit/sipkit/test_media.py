"""Audio between two endpoints: what is said arrives, whatever was agreed on."""

from __future__ import annotations

import asyncio
import socket

import numpy as np
import pytest

from deploy.local.sipkit import CallFailed, EndCause

TONE = (8000 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)).astype(np.int16).tobytes()


def main_frequency(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, np.int16).astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * 8000 / len(samples))


async def connect(make, answering, uri_of, **options):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a", **options)).answered()
    far = await answer.call()
    return client, near, far


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_a_tone_arrives_both_ways_without_loss(make, answering, uri_of, talk, codec):
    client, near, far = await connect(make, answering, uri_of, codecs=(codec,))
    assert near.media.codec == far.media.codec == codec
    both = talk(client, near, far)
    both.speech_near = both.speech_far = TONE
    await asyncio.sleep(0.9)
    both.stop()
    await asyncio.sleep(0.02)
    for heard, media in ((both.heard_near, near.media), (both.heard_far, far.media)):
        loud = np.abs(np.frombuffer(heard, np.int16)) > 100
        start = int(np.argmax(loud))
        tone = bytes(heard[2 * start : 2 * start + 10_000])
        assert abs(main_frequency(tone) - 440) < 3
        assert 5000 < np.frombuffer(tone, np.int16).astype(float).std() < 6300
        stats = media.stats
        assert (stats.lost, stats.late, stats.concealed_ms) == (0, 0, 0)
        assert stats.packets_received >= 40
        assert stats.delay_ms <= 40
    assert near.media.stats.packets_sent == far.media.stats.packets_received


async def test_only_g729_is_488(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp("18", "a=rtpmap:18 G729/8000\r\n")), server)
    await raw.expect("SIP/2.0 488")
    assert answer.incoming == []


async def test_the_answer_takes_the_first_common_codec_and_the_offered_event_type(
    make, raw, answering
):
    server = await make(answering())
    offer = raw.sdp("18 8 0 97", "a=rtpmap:97 telephone-event/8000\r\n")
    offer += "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
    raw.send(raw.request("INVITE", body=offer), server)
    answer = await raw.expect("SIP/2.0 200")
    assert " RTP/AVP 8 97\r\n" in answer
    assert "a=rtpmap:97 telephone-event/8000" in answer
    assert "m=video 0 RTP/AVP 96" in answer


async def test_an_invite_without_an_offer_gets_one_and_the_ack_holds_the_answer(
    make, raw, answering
):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE"), server)
    ok = await raw.expect("SIP/2.0 200")
    assert " RTP/AVP 0 8 101\r\n" in ok
    ack = raw.request(
        "ACK", cseq="1 ACK", branch="z9hG4bKa", to_tag=raw.to_tag(ok), body=raw.sdp("8 101")
    )
    raw.send(ack, server)
    call = await answer.call()
    await asyncio.wait_for(call.acked.wait(), 1)
    assert call.media.codec == "PCMA"
    assert call.media.remote_address == ("127.0.0.1", 40000)


async def test_hold_stops_the_sending_and_resume_starts_it(make, answering, uri_of, talk):
    client, near, far = await connect(make, answering, uri_of)
    changes: list[bool] = []
    far.on_hold_change = changes.append
    both = talk(client, near, far)
    await asyncio.sleep(0.1)
    await near.hold()
    assert far.on_hold
    assert not near.on_hold
    await asyncio.sleep(0.05)
    received = near.media.stats.packets_received
    await asyncio.sleep(0.15)
    assert near.media.stats.packets_received == received
    await near.resume()
    both.speech_far = TONE
    await asyncio.sleep(0.3)
    assert near.media.stats.packets_received >= received + 10
    assert max(np.frombuffer(both.heard_near[-3200:], np.int16)) > 7000
    assert changes == [True, False]
    both.stop()


@pytest.mark.parametrize(
    ("extra", "address", "answered"),
    [
        ("a=sendonly\r\n", "127.0.0.1", "recvonly"),
        ("a=inactive\r\n", "127.0.0.1", "inactive"),
        ("", "0.0.0.0", "inactive"),  # noqa: S104 - the old way to hold
    ],
)
async def test_each_way_to_hold_is_understood(make, raw, answering, extra, address, answered):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKa", to_tag=tag), server)
    call = await answer.call()
    await asyncio.wait_for(call.acked.wait(), 1)
    body = raw.sdp(extra=extra).replace("c=IN IP4 127.0.0.1", f"c=IN IP4 {address}")
    raw.send(
        raw.request("INVITE", cseq="2 INVITE", branch="z9hG4bKb", to_tag=tag, body=body), server
    )
    assert f"a={answered}" in await raw.expect("SIP/2.0 200")
    assert call.on_hold
    raw.send(raw.request("ACK", cseq="2 ACK", branch="z9hG4bKc", to_tag=tag), server)
    sent = call.media.stats.packets_sent
    call.media.send(TONE[:320])
    assert call.media.stats.packets_sent == sent


async def test_a_reinvite_that_cannot_be_taken_leaves_the_call_as_it_is(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
    early = raw.request("INVITE", cseq="2 INVITE", branch="z9hG4bKb", to_tag=tag, body=raw.sdp())
    raw.send(early, server)
    await raw.expect("SIP/2.0 491")
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKa", to_tag=tag), server)
    bad = raw.request("INVITE", cseq="3 INVITE", branch="z9hG4bKc", to_tag=tag, body=raw.sdp("18"))
    raw.send(bad, server)
    await raw.expect("SIP/2.0 488")
    call = await answer.call()
    assert not call.ended.is_set()
    assert call.media.codec == "PCMU"


async def test_no_rtp_at_all_ends_the_call_but_not_on_hold(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer, media_timeout_s=0.3), await make(media_timeout_s=None)
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    await asyncio.wait_for(far.acked.wait(), 1)
    await near.hold()
    await asyncio.sleep(0.8)
    assert not far.ended.is_set()
    await near.resume()
    async with asyncio.timeout(1.5):
        await near.ended.wait()
    assert far.end_cause is EndCause.MEDIA_TIMEOUT
    assert near.end_cause is EndCause.REMOTE_BYE


async def test_rtp_of_strangers_is_not_heard_and_the_first_sender_is(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp(rtp_port=1)), server)
    await raw.expect("SIP/2.0 200")
    call = await answer.call()
    frame = bytes.fromhex("80000001000000a000000001") + b"\xd5" * 160
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        for peer in (first, stranger):
            peer.bind(("127.0.0.1", 0))
        first.sendto(frame, call.media.local_address)
        await asyncio.sleep(0.02)
        assert call.media.remote_address == first.getsockname()
        for rubbish in (frame, b"", b"\x80", b"\xff" * 2000):
            stranger.sendto(rubbish, call.media.local_address)
        rtcp = bytes.fromhex("80c80006") + bytes(24)
        first.sendto(rtcp, call.media.local_address)
        first.sendto(b"\xbf" + frame[1:12], call.media.local_address)  # says it has 15 CSRCs
        await asyncio.sleep(0.02)
        assert call.media.stats.packets_received == 1
        assert call.media.remote_address == first.getsockname()


async def test_a_frame_of_another_length_is_refused(make, answering, uri_of):
    _, near, _ = await connect(make, answering, uri_of)
    with pytest.raises(ValueError, match="320"):
        near.media.send(b"\0" * 100)


async def test_a_pause_moves_the_timestamp_on_and_marks_the_next_packet(make, raw, answering):
    answer = answering()
    server = await make(answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.setblocking(False)
        port = peer.getsockname()[1]
        raw.send(raw.request("INVITE", body=raw.sdp(rtp_port=port)), server)
        call = await answer.call()
        for pause_s in (0.02, 0.4, 0.02):
            call.media.send(bytes(320))
            await asyncio.sleep(pause_s)
        packets = [peer.recv(2000) for _ in range(3)]
    sequences = [int.from_bytes(p[2:4], "big") for p in packets]
    times = [int.from_bytes(p[4:8], "big") for p in packets]
    assert [p[1] >> 7 for p in packets] == [1, 0, 1]
    assert [s - sequences[0] for s in sequences] == [0, 1, 2]
    assert times[1] - times[0] == 160
    assert 3000 <= times[2] - times[1] <= 4000


async def test_no_codec_in_common_with_the_server_fails_the_call(make, raw):
    client = await make()
    outgoing = await client.invite(f"sip:x@127.0.0.1:{raw.port}", from_user="a", codecs=("PCMA",))
    invite = await raw.expect("INVITE")
    assert " RTP/AVP 8 101\r\n" in invite
    raw.send(raw.response(invite, "200 OK", body=raw.sdp("0")), client)
    with pytest.raises(CallFailed):
        await outgoing.answered()


async def test_a_session_refresh_without_an_offer_is_answered_with_one(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()), server)
    tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
    raw.send(raw.request("ACK", cseq="1 ACK", branch="z9hG4bKa", to_tag=tag), server)
    raw.send(raw.request("INVITE", cseq="2 INVITE", branch="z9hG4bKb", to_tag=tag), server)
    ok = await raw.expect("SIP/2.0 200")
    assert " RTP/AVP 0 8 101\r\n" in ok
    body = raw.sdp("8 101", rtp_port=40002)
    raw.send(raw.request("ACK", cseq="2 ACK", branch="z9hG4bKc", to_tag=tag, body=body), server)
    call = await answer.call()
    await asyncio.sleep(0.05)
    assert call.media.codec == "PCMA"
    assert call.media.remote_address == ("127.0.0.1", 40002)
    assert not call.ended.is_set()
