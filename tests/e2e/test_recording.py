"""A real call's tape, as a supervisor hears it; and none of a call to a number that is not to."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deploy.local.phone import PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import another_worker, environment, kill_tree, worker_pid
from tests.support.stack import Api, Json
from tests.support.tapes import RATE, read, sounds

Uri = Callable[[str], str]
# What the line adds on both ways: server, SIP service, jitter buffers.
TRANSPORT_MS = (20, 700)


@asynccontextmanager
async def supervisor(stack: Json) -> AsyncIterator[httpx.AsyncClient]:
    """A browser's session in the admin, without the browser."""
    base = stack["web"]["url"]
    async with httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=True) as client:
        await client.get("/admin/login/")
        login = {"username": stack["web"]["user"], "password": stack["web"]["password"]}
        await submit(client, "/admin/login/", login)
        yield client


async def submit(client: httpx.AsyncClient, path: str, form: dict[str, str]) -> None:
    token = client.cookies["csrftoken"]
    headers = {"Referer": f"{client.base_url}{path}"}
    answer = await client.post(path, data=form | {"csrfmiddlewaretoken": token}, headers=headers)
    assert answer.status_code == 200, answer.text[:500]
    assert "errornote" not in answer.text, "the form was not taken"


@asynccontextmanager
async def recorded_number(stack: Json) -> AsyncIterator[httpx.AsyncClient]:
    """The shop's number records while the block runs; gives the supervisor's session."""
    async with supervisor(stack) as client:
        number = stack["numbers"]["shop"]
        listing = await client.get("/admin/telephony/phonenumber/", params={"q": number})
        (pk,) = set(re.findall(r"/admin/telephony/phonenumber/(\d+)/change/", listing.text))
        path = f"/admin/telephony/phonenumber/{pk}/change/"
        page = (await client.get(path)).text
        form = {
            name: chosen[0]
            for name in ("trunk", "persona", "opening_hours")
            if (chosen := _chosen(page, name))
        } | {"number": number, "active": "on"}
        await submit(client, path, form | {"recording": "on"})
        try:
            yield client
        finally:
            await submit(client, path, form)


def _chosen(page: str, name: str) -> list[str]:
    select = re.search(rf'<select name="{name}".*?</select>', page, flags=re.DOTALL)
    return re.findall(r'value="(\d+)" selected', select[0]) if select else []


async def conversation(new_phone: PhoneMaker, address: str, user: str) -> PhoneCall:
    phone = await new_phone(user=user)
    call = await phone.dial(address)
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.say("Hello, where is my order four two seven one?")
    await call.wait_for_speech(8)
    await call.wait_for_silence(1_000)
    await call.hangup()
    return call


async def test_a_recorded_call_is_heard_by_a_supervisor_and_measured(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json, tmp_path: Path
) -> None:
    async with recorded_number(stack) as client:
        call = await conversation(new_phone, uri("shop"), "+15550161")
        stored = await api.ended(call.sip_call_id)
        (tape,) = stored["recordings"]
        page = (await client.get(f"/admin/telephony/call/{stored['id']}/change/")).text
        (source,) = re.findall(r'<audio[^>]* src="([^"]+)"', page)
        answer = await client.get(source)
    assert answer.headers["content-type"] == "audio/ogg"
    heard = tmp_path / "heard.ogg"
    heard.write_bytes(answer.content)
    caller, agent = read(heard)

    assert tape["started_ms"] == 0
    assert tape["duration_ms"] == pytest.approx(1000 * len(caller) / RATE, abs=100)
    assert tape["duration_ms"] == pytest.approx(stored["duration_s"] * 1000, abs=1_500)
    assert [event["kind"] for event in stored["events"]].count("recording_started") == 1

    # Each side is where the transcript says, on the same clock.
    for speaker, channel in (("caller", caller), ("agent", agent)):
        turns = [turn for turn in stored["transcript"] if turn["speaker"] == speaker]
        starts = [start * 1000 for start, _ in sounds(channel)]
        assert turns
        for turn in turns:
            nearest = min(starts, key=lambda start: abs(start - turn["start_ms"]))
            assert abs(nearest - turn["start_ms"]) < 350, (speaker, turn, starts)

    # The tape's figure of the reply is the phone's, less what the line adds.
    (figure,) = [m["tape_ms"] for m in stored["metrics"] if m["tape_ms"] is not None]
    (latency,) = [turn.latency_ms for turn in call.tape.turns()]
    assert latency is not None
    assert TRANSPORT_MS[0] <= latency - figure <= TRANSPORT_MS[1], (latency, figure)


@pytest.mark.full
async def test_a_number_that_does_not_record_leaves_no_file(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    folder = Path(environment(stack, "web")["RECORDINGS_DIR"])
    before = files_in(folder)
    call = await conversation(new_phone, uri("shop"), "+15550162")
    stored = await api.ended(call.sip_call_id)

    assert stored["recordings"] == []
    assert [metric["tape_ms"] for metric in stored["metrics"]] == [None]
    assert files_in(folder) == before


@pytest.mark.full
@pytest.mark.timeout(180)
async def test_a_worker_that_is_killed_leaves_its_tape_and_the_next_one_makes_another(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json, tmp_path: Path
) -> None:
    async with recorded_number(stack) as client:
        phone = await new_phone(user="+15550163")
        call = await phone.dial(uri("shop"))
        await call.wait_for_speech(5)
        await call.wait_for_silence()
        await call.wait_for_silence(3_000)
        await api.wait_for(call.sip_call_id, lambda c: c["recordings"])
        async with another_worker(stack):
            kill_tree(worker_pid(stack))
            await call.wait_for_speech(60)
            await call.wait_for_silence()
            await call.hangup()
            stored = await api.ended(call.sip_call_id)
        first, second = stored["recordings"]
        tapes = []
        for number in (1, 2):
            address = f"/admin/telephony/call/{stored['id']}/recording/"
            tapes.append(tmp_path / f"{number}.ogg")
            answer = await client.get(address, params={"n": number})
            tapes[-1].write_bytes(answer.content)

    assert (first["started_ms"], first["duration_ms"]) == (0, None)
    assert second["started_ms"] > 3_000
    assert second["duration_ms"] > 1_000
    # The greeting was heard to its end three seconds before the kill, and is on the tape whole.
    greeting = stored["transcript"][0]
    (*_, (_, greeting_end)) = sounds(read(tapes[0])[1])
    assert greeting_end * 1000 == pytest.approx(greeting["end_ms"], abs=600)
    assert sounds(read(tapes[1])[1]), "the sorry of the next one"


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*"))
