"""Datagrams that no phone sends: each is answered or dropped, and the next call works."""

from __future__ import annotations

import random

import pytest

SDP_BAD_PORT = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"


async def assert_a_call_works(make, server, answer, uri_of):
    client = await make()
    call = await (await client.invite(uri_of(server), from_user="after")).answered()
    assert answer.incoming[-1].from_user == "after"
    await call.hangup()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"\0" * 12,
        random.Random(1).randbytes(1200),
        b"\xff" * 300,
        b"INVITE\r\n\r\n" + b"x" * 40,
        b"SIP/2.0 abc OK\r\nVia: x\r\nFrom: x\r\nTo: x\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\r\n",
        b"SIP/2.0 99999 OK\r\nVia: SIP/2.0/UDP h\r\nFrom: x\r\nTo: x\r\nCall-ID: x\r\n"
        b"CSeq: 1 INVITE\r\n\r\n",
        b"INVITE sip:100@h SIP/2.0\r\n" + b"X: y\r\n" * 5000,
        b"INVITE sip:100@h SIP/2.0\r\nVia: " + b";" * 60_000,
        b"ACK sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>"
        b"\r\nCall-ID: x\r\nCSeq: abc ACK\r\n\r\n",
    ],
    ids=lambda data: f"{len(data)}-{data[:8]!r}",
)
async def test_rubbish_is_dropped(make, raw, answering, uri_of, data):
    answer = answering()
    server = await make(answer)
    raw.send(data, server)
    assert await raw.collect(0.03) == []
    await assert_a_call_works(make, server, answer, uri_of)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cseq": "abc INVITE"}, 400),
        ({"cseq": "99999999999 INVITE"}, 400),
        ({"cseq": "-1 INVITE"}, 400),
        ({"cseq": "1 BYE"}, 400),
        ({"content_length": "many"}, 400),
        ({"content_length": "-5"}, 400),
        ({"content_length": "99999"}, 400),
        ({"uri": "tel:+1555"}, 416),
        ({"uri": "sip:100@127.0.0.1; lr"}, 400),
        ({"uri": "sip:100@127.0.0.1?Route=%3Csip:h%3E"}, 400),
        ({"extra": "CSeq: 2 INVITE\r\n"}, 400),
        ({"extra": "Content-Length: 5\r\n"}, 400),
        ({"extra": "Max-Forwards: 0\r\n"}, 483),
        ({"extra": "Max-Forwards: lots\r\n"}, 400),
        ({"sdp": "port 70000"}, 488),
        ({"sdp": "port abc"}, 488),
        ({"sdp": "rtpmap"}, 488),
        ({"sdp": "no audio"}, 488),
        ({"sdp": "address"}, 488),
        ({"sdp": "binary"}, 488),
        ({"content_type": "text/plain"}, 415),
    ],
    ids=str,
)
async def test_bad_numbers_get_an_answer(make, raw, answering, uri_of, change, status):
    bodies = {
        "port 70000": raw.sdp(rtp_port=70000),
        "port abc": raw.sdp().replace("40000", "abc"),
        "rtpmap": raw.sdp(extra="a=rtpmap:x y/z\r\n"),
        "no audio": SDP_BAD_PORT,
        "address": raw.sdp().replace("c=IN IP4 127.0.0.1", "c=IN IP4 evil.example"),
        "binary": "\0\1\2" * 100,
    }
    change = dict(change)
    body = bodies[change.pop("sdp")] if "sdp" in change else raw.sdp()
    answer = answering()
    server = await make(answer)
    invite = raw.request("INVITE", body=body, **change)
    if "Max-Forwards" in change.get("extra", ""):
        invite = invite.replace("Max-Forwards: 70\r\n", "", 1)
    raw.send(invite, server)
    await raw.expect(f"SIP/2.0 {status}")
    assert answer.incoming == []
    await assert_a_call_works(make, server, answer, uri_of)


@pytest.mark.parametrize(
    "via",
    [
        "SIP/2.0/UDP 127.0.0.1:70000;branch=z9hG4bKa",
        "SIP/2.0/UDP 127.0.0.1:99999999;branch=z9hG4bKa;rport",
        "SIP/2.0/UDP 127.0.0.1:0;branch=z9hG4bKa",
        "SIP  / 2.0 /UDP 127.0.0.1:0;branch = z9hG4bKa",
        "SIP/2.0/UDP 127.0.0.1:-3;branch=z9hG4bKa",
        "SIP/2.0/UDP evil.example:99;branch=z9hG4bKa;rport=99999999;received=1.2.3.4.5",
        "SIP/2.0/UDP [::1;branch=z9hG4bKa;rport=",
        "SIP/2.0/UDP é\u2028:5060;rport",
    ],
)
async def test_hostile_vias_never_reach_the_socket(make, raw, answering, uri_of, via):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("OPTIONS", via=via), server)
    await raw.expect("SIP/2.0 200")
    await assert_a_call_works(make, server, answer, uri_of)


async def test_a_hostile_contact_does_not_stop_the_call(make, raw, answering, uri_of):
    answer = answering()
    server = await make(answer)
    own = f"<sip:raw@127.0.0.1:{raw.port}>"
    for number, contact in enumerate(("<sip:x@evil.example:70000>", "<sip:x y@h>", "tel:1", "*")):
        invite = raw.request(
            "INVITE", body=raw.sdp(), branch=f"z9hG4bK{number}", call_id=f"c{number}"
        ).replace(own, contact)
        raw.send(invite, server)
        call = await answer.call()
        tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
        ack = raw.request(
            "ACK", cseq="1 ACK", branch=f"z9hG4bKack{number}", to_tag=tag, call_id=f"c{number}"
        )
        raw.send(ack, server)
        await call.acked.wait()
        hangup = call.send_bye()
        raw.send(raw.response(await raw.expect("BYE"), "200 OK"), server)
        await hangup


async def test_text_that_is_huge_or_not_utf8_survives_as_safe_text(make, raw, answering):
    answer = answering()
    server = await make(answer)
    invite = raw.request("INVITE", body=raw.sdp(), extra="X-Odd: a\x01b\x7fc\u202e\r\n")
    data = invite.replace("<sip:raw@127.0.0.1>;tag", '"NAME" <sip:raw@127.0.0.1>;tag').encode()
    data = data.replace(b"NAME", b"\xfe\xff" + b"n" * 20_000)
    raw.send(data, server)
    await raw.expect("SIP/2.0 200")
    incoming = answer.incoming[0]
    assert len(incoming.from_display) <= 1024
    assert incoming.from_display.isprintable()
    assert incoming.headers["x-odd"] == "a b c"
    assert incoming.from_user == "raw"


async def test_an_in_dialog_request_from_another_tag_or_out_of_order_is_refused(
    make, raw, answering
):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp(), cseq="5 INVITE"), server)
    tag = raw.to_tag(await raw.expect("SIP/2.0 200"))
    raw.send(raw.request("ACK", cseq="5 ACK", branch="z9hG4bKa", to_tag=tag), server)
    bye = raw.request("BYE", cseq="6 BYE", branch="z9hG4bKb", to_tag=tag)
    raw.send(bye.replace("tag=rawtag", "tag=other"), server)
    await raw.expect("SIP/2.0 481")
    old = raw.request("BYE", cseq="4 BYE", branch="z9hG4bKc", to_tag=tag)
    raw.send(old, server)
    await raw.expect("SIP/2.0 500")
    assert not (await answer.call()).ended.is_set()


PIECES = (b"\r\n", b"<", b">", b";", b"@", b":", b'"', b"9" * 20, b"-1", b"%", b"=", b",", b"\0")


def mutated(message: bytes, dice: random.Random) -> bytes:
    data = bytearray(message)
    for _ in range(dice.choice((1, 1, 2, 4, 10))):
        at = dice.randrange(len(data) + 1)
        kind = dice.randrange(4)
        if kind == 0:
            data[at : at + 1] = dice.randbytes(1)
        elif kind == 1:
            del data[at : at + dice.randrange(1, 30)]
        elif kind == 2:
            data[at:at] = dice.choice(PIECES)
        else:
            data[at:at] = data[at : at + dice.randrange(60)]
    return bytes(data)


async def test_a_thousand_damaged_messages_raise_nothing(make, raw, answering, uri_of, caplog):
    dice = random.Random(3)
    answer = answering()
    server = await make(answer)
    for number in range(1000):
        method = dice.choice(("INVITE", "INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "INFO"))
        body = raw.sdp() if method == "INVITE" else ""
        message = raw.request(method, branch=f"z9hG4bK{number}", call_id=f"c{number}", body=body)
        raw.send(mutated(message.encode(), dice), server)
        if number % 50 == 0:
            await raw.collect(0.01)
    await raw.collect(0.2)
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []
    assert len(answer.incoming) > 20  # some were whole enough to be calls
    await assert_a_call_works(make, server, answer, uri_of)


async def test_damaged_rtp_raises_nothing(make, raw, answering, caplog):
    dice = random.Random(4)
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp(rtp_port=raw.port)), server)
    call = await answer.call()
    packet = bytes.fromhex("80000001000000a000000001") + b"\xd5" * 160
    for number in range(500):
        data = mutated(packet, dice) if number % 5 else dice.randbytes(dice.randrange(200))
        raw.transport.sendto(data, call.media.local_address)
        call.media.read()
        if number % 20 == 0:
            await raw.collect(0.005)
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []
    assert call.media.stats.packets_received > 100
    assert not call.ended.is_set()


async def test_another_version_of_sip_is_refused_by_name(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp()).replace("SIP/2.0", "SIP/7.0", 1), server)
    await raw.expect("SIP/2.0 505")
    assert answer.incoming == []
