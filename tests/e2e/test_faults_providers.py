"""The model or the voice fails, or LiveKit says a thing twice: something is heard, once stored."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable

import httpx
import pytest
from livekit import api as livekit_api

from tests.e2e.conftest import PhoneMaker
from tests.support.faults import calls_from, provider_faults, room_of
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
QUESTION = "Hello, where is my order four two seven one?"


@pytest.mark.parametrize(
    ("caller", "faults", "ending"),
    [
        (
            "+15550321",
            {"realtime_insufficient_quota": "always"},
            {"result": "provider", "reason": "model_quota"},
        ),
        (
            "+15550322",
            {"tts_error": "always"},
            {"result": "provider", "reason": "voice_unavailable"},
        ),
    ],
    ids=["quota", "voice"],
)
async def test_a_provider_that_is_gone_is_told_to_the_caller_and_named(
    new_phone: PhoneMaker,
    uri: Uri,
    api: Api,
    stack: Json,
    caller: str,
    faults: dict[str, str],
    ending: dict[str, str],
) -> None:
    phone = await new_phone(user=caller)
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    async with provider_faults(stack, **faults):
        await call.say(QUESTION)
        await call.wait_for_speech(20)  # a sentence, or the congestion tone
        # Without a model a human is tried first, whose telephone is not there.
        await asyncio.wait_for(call.ended.wait(), 75)
        stored = await api.ended(call.sip_call_id)

    assert stored["ending"] == ending
    assert len(await calls_from(stack, caller)) == 1
    await rooms_of(stack, caller, count=0)


async def test_a_model_whose_socket_drops_is_asked_again_and_the_call_goes_on(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550323")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    async with provider_faults(
        stack, realtime_drop_socket="next 1", realtime_drop_socket_moment="on_commit"
    ):
        await call.say(QUESTION)
        await call.wait_for_speech(20)
        await call.wait_for_silence(1_000)
        await call.say(QUESTION)
        await call.wait_for_speech(10)
        await call.wait_for_silence(1_000)
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert any("Tuesday" in text for text in said(stored, "agent"))


async def test_a_webhook_that_comes_again_and_again_changes_nothing(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550324")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    room = await room_of(stack, "+15550324")
    left = {"sid": "PA_x", "identity": "agent-AJ_other", "kind": "AGENT"}
    joined = {
        "sid": "PA_y",
        "identity": "sip_+15550324",
        "kind": "SIP",
        "attributes": {"sip.trunkID": "ST_unknown", "sip.trunkPhoneNumber": "+15550100"},
    }
    async with httpx.AsyncClient(base_url=stack["web"]["url"], trust_env=False) as client:
        for event, leg in (("participant_left", left), ("participant_joined", joined)):
            body = json.dumps(
                {
                    "event": event,
                    "id": f"EV_{event}",
                    "createdAt": str(int(time.time())),
                    "room": {"sid": "RM_1", "name": room},
                    "participant": leg,
                }
            )
            answers = [
                await client.post("/webhooks/livekit", **signed(stack, body)) for _ in range(4)
            ]
            assert {answer.status_code for answer in answers} == {200}
    await call.wait_for_silence()
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert len(await calls_from(stack, "+15550324")) == 1


def signed(stack: Json, body: str) -> Json:
    keys = stack["livekit"]
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    token = livekit_api.AccessToken(keys["api_key"], keys["api_secret"]).with_sha256(digest)
    return {
        "content": body,
        "headers": {
            "Authorization": token.to_jwt(),
            "Content-Type": "application/webhook+json",
        },
    }
