"""Calls from baresip, a soft phone as people have on their desks."""

from __future__ import annotations

import secrets
from pathlib import Path

import httpx
import pytest

from deploy.local.phone import speech_segments
from tests.support.baresip import Baresip, baresip
from tests.support.rooms import close_rooms_of, rooms_of
from tests.support.stack import Api, Json, said

QUESTION = "Where is my order four two seven one?"


def address(stack: Json, number: str) -> str:
    return f"sip:{stack['numbers'][number]}@{stack['sip']['host']}:{stack['sip']['port']}"


def heard_speech_s(phone: Baresip) -> float:
    return sum(end - start for start, end in speech_segments(phone.heard())) / 1000


@pytest.fixture
def user() -> str:
    """A number of its own for each run: baresip's Call-ID is not known beforehand."""
    return f"+155502{secrets.randbelow(10**5):05d}"


async def the_call_of(user: str, stack: Json, api: Api) -> Json:
    """The one call this number ever made, when it has ended; asserts that it is one."""
    async with httpx.AsyncClient(trust_env=False) as client:
        listed = await client.get(
            f"{stack['web']['url']}/api/calls/",
            params={"number": user},
            headers={"Authorization": f"Token {stack['web']['api_token']}"},
        )
    listed.raise_for_status()
    rows = listed.json()["results"]
    assert len(rows) == 1, rows
    return await api.ended(rows[0]["sip_call_id"])


async def test_a_desk_phone_hears_the_greeting_is_heard_and_hangs_up(
    stack: Json, api: Api, logs: Path, user: str
) -> None:
    async with baresip(
        logs, user=user, dial=address(stack, "shop"), say=QUESTION, say_for_s=11
    ) as phone:
        await phone.says("Call established", 10)
        await phone.says("terminated (duration", 20)
    assert heard_speech_s(phone) > 2
    stored = await the_call_of(user, stack, api)
    assert stored["ending"]["reason"] == "caller_hung_up"
    assert said(stored, "agent")
    assert said(stored, "caller"), "nothing was heard of a caller who spoke"
    await rooms_of(stack, user, count=0)


async def test_a_desk_phone_is_hung_up_on_when_its_room_closes(
    stack: Json, api: Api, logs: Path, user: str
) -> None:
    async with baresip(logs, user=user, dial=address(stack, "shop"), say_for_s=30) as phone:
        await phone.says("Call established", 10)
        await rooms_of(stack, user, count=1)
        await close_rooms_of(stack, user)
        await phone.says("session closed", 5)
    stored = await the_call_of(user, stack, api)
    assert stored["ending"]
    await rooms_of(stack, user, count=0)


async def test_a_desk_phone_logs_in_with_its_password(
    stack: Json, api: Api, logs: Path, user: str
) -> None:
    right = (stack["digest"]["user"], stack["digest"]["password"])
    async with baresip(
        logs, user=user, dial=address(stack, "digest"), say_for_s=4, credentials=right
    ) as phone:
        await phone.says("Call established", 10)
        await phone.says("terminated (duration", 10)
    assert heard_speech_s(phone) > 1
    stored = await the_call_of(user, stack, api)
    assert stored["ending"]["reason"] == "caller_hung_up"
