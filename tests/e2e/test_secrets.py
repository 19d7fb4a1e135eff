"""Secrets of every kind are used in a good call and in a bad one, and then looked for.

In the logs, the database's file, the spool, the pages, the API, and what the model was given.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.faults import environment, provider_faults, set_up, spool_of
from tests.support.order_call import asks_for_the_order
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]
Uri = Callable[[str], str]
MARK = "c4nary-e2e"
PLANT = f"""
from telephony.models import McpServer, Persona, SipTrunk, Team, Tool
from telephony.services.personas import publish_persona

Tool.objects.filter(name="order_status").update(secret="{MARK}-webhook")
Team.objects.update(webhook_secret="{MARK}-team")
server, _ = McpServer.objects.update_or_create(
    name="Dead", defaults={{"url": "https://127.0.0.1:9/mcp", "secret": "{MARK}-mcp"}}
)
of_mcp = {{"kind": "mcp", "mcp_server": server, "mcp_tool": "x", "description": "For the test."}}
tool, _ = Tool.objects.update_or_create(name="dead_tool", defaults=of_mcp)
shop = Persona.objects.get(name="Nordwind Outdoor")
shop.tools.add(tool)
publish_persona(persona=shop)
SipTrunk.objects.update_or_create(
    name="Secret carrier",
    defaults={{
        "direction": "outbound",
        "outbound_host": "127.0.0.1:9",
        "carrier_numbers": "+15550197",
        "active": True,
        "auth_username": "us",
        "auth_password": "{MARK}-trunk",
    }},
)
from django.core.management import call_command
call_command("sync_livekit")
"""
PULL = """
from telephony.models import Persona, SipTrunk, Team, Tool
from telephony.services.personas import publish_persona

Tool.objects.filter(name="order_status").update(secret="")
Team.objects.update(webhook_secret="")
shop = Persona.objects.get(name="Nordwind Outdoor")
shop.tools.remove(*Tool.objects.filter(name="dead_tool"))
publish_persona(persona=shop)
SipTrunk.objects.filter(name="Secret carrier").update(active=False)
from django.core.management import call_command
call_command("sync_livekit")
"""
OF_THE_PROCESS = (
    *("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "LIVEKIT_API_SECRET", "OPENAI_API_KEY"),
    *("CARTESIA_API_KEY", "DEMO_ADMIN_PASSWORD", "DEMO_API_TOKEN"),
)


async def pages(stack: Json) -> str:
    """Every list and form of the admin, and the API, as a superuser sees them."""
    base = stack["web"]["url"]
    read = []
    async with httpx.AsyncClient(base_url=base, trust_env=False, follow_redirects=True) as client:
        await client.get("/admin/login/")
        login = {"username": stack["web"]["user"], "password": stack["web"]["password"]}
        form = login | {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        home = await client.post("/admin/login/", data=form, headers={"Referer": base})
        lists = set(re.findall(r'href="(/admin/[a-z_]+/[a-z_]+/)"', home.text))
        assert len(lists) > 8
        for path in sorted(lists):
            listing = await client.get(path)
            read.append(listing.text)
            rows = re.findall(rf'href="({path}[^"?]+/change/)', listing.text)
            for row in sorted(set(rows))[:4]:
                read += [(await client.get(url)).text for url in (row, f"{row}../history/")]
        token = {"Authorization": f"Token {stack['web']['api_token']}"}
        for path in ("/api/calls/?limit=50", "/readyz", "/healthz", "/nowhere"):
            read.append((await client.get(path, headers=token)).text)
    return "\n".join(read)


async def test_no_secret_that_a_call_uses_is_found_anywhere_after_it(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    env = environment(stack, "web")
    var = Path(env["SPOOL_DIR"]).parent
    phone = await new_phone(user="+15550172")
    await set_up(stack, PLANT)
    try:
        call = await phone.dial(uri("shop"))
        await call.wait_for_speech(5)
        await call.wait_for_silence()
        await asks_for_the_order(call)
        await call.hangup()
        stored = await api.ended(call.sip_call_id)
        assert any("Tuesday" in text for text in said(stored, "agent")), stored

        async with provider_faults(stack, realtime_insufficient_quota="always", tts_error="next 1"):
            broken = await phone.dial(uri("shop"))
            await broken.wait_for_speech(10)
            await broken.wait_for_silence()
            await broken.say("When are you open?")
            await asyncio.wait_for(broken.ended.wait(), 75)  # after a human was tried
            ended_badly = await api.ended(broken.sip_call_id)
            control = stack["providers"]["control_url"]
            async with httpx.AsyncClient(trust_env=False) as client:
                journal = (await client.get(f"{control}/log")).text
        assert ended_badly["ending"]["result"] == "provider"
        shown = await pages(stack)
    finally:
        await set_up(stack, PULL)

    assert "order_status" in journal, "the journal has what the model was given"
    places = {
        "the stand-ins' log, with what the model was given": journal,
        "pages and API": shown,
        "the calls in the API": f"{stored} {ended_badly}",
    }
    for path in [*var.glob("log/*.log"), *spool_of(stack).glob("*"), *var.glob("db.sqlite3*")]:
        places[str(path.relative_to(var))] = path.read_bytes().decode("latin-1")
    assert sum(len(text) for name, text in places.items() if name.startswith("log/")) > 10_000

    secrets = {name: env[name] for name in OF_THE_PROCESS}
    secrets |= {f"planted {kind}": f"{MARK}-{kind}" for kind in ("webhook", "team", "mcp", "trunk")}
    secrets["trunk's digest"] = stack["digest"]["password"]
    for name, value in secrets.items():
        assert len(value) > 8, name
        found = [place for place, text in places.items() if value in text]
        if name == "DEMO_API_TOKEN":
            found = [place for place in found if not place.startswith("db.sqlite3")]
        assert found == [], f"{name} is in {found}"
