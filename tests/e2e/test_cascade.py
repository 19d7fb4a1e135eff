"""A persona of the cascade answers the phone: speech to text, chat model and voice over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.faults import set_up
from tests.support.order_call import asks_for_an_order
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(120)]
Uri = Callable[[str], str]
CHANGE = """
from telephony.models import Persona
from telephony.services.personas import publish_persona

shop = Persona.objects.get(name="Nordwind Outdoor")
shop.realtime_provider, shop.realtime_model = "{hears}", "{mind}"
shop.voice_provider, shop.voice_model = "{speaks}", "{voice}"
shop.save()
publish_persona(persona=shop)
"""
CASCADE = {
    "hears": "openai_cascade",
    "mind": "gpt-4.1",
    "speaks": "openai_tts",
    "voice": "gpt-4o-mini-tts",
}
DEMO = {
    "hears": "openai_realtime",
    "mind": "gpt-realtime",
    "speaks": "cartesia",
    "voice": "sonic-3",
}


@pytest.fixture
async def cascade(stack: Json) -> AsyncIterator[None]:
    await set_up(stack, CHANGE.format(**CASCADE))
    try:
        yield
    finally:
        await set_up(stack, CHANGE.format(**DEMO))


async def kinds_of_sessions(stack: Json, since: int = 0) -> list[str]:
    """What the stand-ins were asked for, oldest first; ``since``: the id of a session."""
    async with httpx.AsyncClient(trust_env=False) as client:
        log = (await client.get(f"{stack['providers']['control_url']}/log")).json()
    return [each["kind"] for each in log["sessions"] if each["id"] > since]


async def last_session(stack: Json) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        log = (await client.get(f"{stack['providers']['control_url']}/log")).json()
    return max((int(each["id"]) for each in log["sessions"]), default=0)


@pytest.mark.usefixtures("cascade")
async def test_a_call_to_a_cascade_is_a_call_like_any_other(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    before = await last_session(stack)
    phone = await new_phone(user="+15550191")
    _, stored = await asks_for_an_order(phone, uri("shop"), api)
    assert said(stored, "agent")[0] == "Welcome to Nordwind Outdoor. How can I help you?"
    assert "4271" in said(stored, "caller")[0]
    assert set(await kinds_of_sessions(stack, before)) == {"upload", "chat", "tts"}
