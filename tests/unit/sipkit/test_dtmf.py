"""Keys: each once, paced, and whatever is lost on the way."""

from __future__ import annotations

import asyncio
import itertools
import socket

import pytest

from deploy.local.sipkit import DtmfError
from deploy.local.sipkit.dtmf import DtmfReceiver, event_payloads, key_of_info

KEYS = "0123456789*#"


async def test_all_keys_arrive_once_both_ways_while_audio_flows(make, answering, uri_of, talk):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    heard: dict[str, list[str]] = {"near": [], "far": []}
    near.media.on_dtmf = heard["near"].append
    far.media.on_dtmf = heard["far"].append
    both = talk(client, near, far)
    await asyncio.gather(
        near.media.send_dtmf(KEYS, tone_ms=60, gap_ms=40), far.media.send_dtmf(KEYS, 60, 40)
    )
    await asyncio.sleep(0.1)
    both.stop()
    assert heard == {"near": list(KEYS), "far": list(KEYS)}
    assert near.media.stats.lost == far.media.stats.lost == 0
    assert far.media.stats.delay_ms <= 40  # the keys have not pushed the audio back


async def test_a_key_is_paced_as_rfc_4733_wants(make, raw, answering):
    answer = answering()
    server = await make(answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        raw.send(
            raw.request(
                "INVITE", body=raw.sdp("0 96", rtp_port=port).replace("rtpmap:101", "rtpmap:96")
            ),
            server,
        )
        call = await answer.call()
        loop = asyncio.get_running_loop()
        arrivals: list[tuple[float, bytes]] = []
        peer.setblocking(False)
        loop.add_reader(peer, lambda: arrivals.append((loop.time(), peer.recv(2000))))
        started = loop.time()
        await call.media.send_dtmf("5", tone_ms=160, gap_ms=80)
        took = loop.time() - started
        loop.remove_reader(peer)
    packets = [data for _, data in arrivals]
    assert {p[1] & 0x7F for p in packets} == {96}
    assert [p[1] >> 7 for p in packets] == [1] + [0] * 9
    assert len({p[4:8] for p in packets}) == 1
    events = [p[12:16] for p in packets]
    assert [int.from_bytes(e[2:4], "big") for e in events] == [*range(160, 1280, 160)] + [1280] * 3
    assert [e[1] >> 7 for e in events] == [0] * 7 + [1] * 3
    gaps = [b - a for (a, _), (b, _) in itertools.pairwise(arrivals)]
    # A busy machine may send one packet late and the next one after it; never a burst.
    assert sum(gap < 0.005 for gap in gaps) <= 2
    assert 0.15 < arrivals[-1][0] - arrivals[0][0] < 0.6
    assert 0.25 < took < 0.8


async def test_a_key_by_info_is_a_key(make, answering, uri_of):
    answer = answering()
    server, client = await make(answer), await make()
    near = await (await client.invite(uri_of(server), from_user="a")).answered()
    far = await answer.call()
    keys: list[str] = []
    far.media.on_dtmf = keys.append
    relay = "application/dtmf-relay"
    good = await near.request("INFO", body=b"Signal=5\r\nDuration=160\r\n", content_type=relay)
    bad = await near.request("INFO", body=b"Signal=X\r\n", content_type=relay)
    other = await near.request("INFO", body=b"x", content_type="text/plain")
    assert [r.status_code for r in (good, bad, other)] == [200, 400, 415]
    assert keys == ["5"]


async def test_a_peer_without_telephone_event_gets_no_keys(make, raw, answering):
    answer = answering()
    server = await make(answer)
    raw.send(raw.request("INVITE", body=raw.sdp("0")), server)
    call = await answer.call()
    with pytest.raises(DtmfError, match="telephone-event"):
        await call.media.send_dtmf("1")
    with pytest.raises(DtmfError, match="no key"):
        await call.media.send_dtmf("1x")


def test_a_key_is_heard_once_whatever_is_lost_repeated_or_late():
    packets = list(event_payloads("7", 100))
    assert [p[0] for p in packets] == [7] * 7
    for kept in (packets, packets[:1], packets[-1:], [*packets, *packets]):
        receiver = DtmfReceiver()
        assert [k for p in kept if (k := receiver.key_of(1, 1000, p))] == ["7"]
    receiver = DtmfReceiver()
    assert receiver.key_of(1, 0xFFFFFF00, packets[0]) == "7"
    assert receiver.key_of(1, 0x100, packets[0]) == "7"  # the same key again, time has wrapped
    assert receiver.key_of(1, 0xFFFFFF00, packets[-1]) is None  # an old packet comes late
    assert receiver.key_of(2, 5, packets[0]) == "7"  # a new stream
    assert receiver.key_of(2, 900, b"\x07") is None
    assert receiver.key_of(2, 900, b"\xff\0\0\0") is None  # not a key: flash and the like


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("Signal=5", "5"),
        ("signal= *\nDuration=1", "*"),
        ("Signal=11", "#"),
        ("5", None),
        ("", None),
    ],
)
def test_info_bodies_are_read_as_phones_write_them(body, key):
    assert key_of_info(body) == key
