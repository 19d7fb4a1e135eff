"""Callers whose name or number is an attack: a call like any other, and shown as plain text."""

from __future__ import annotations

import html
import json
import re

import httpx
import pytest

from tests.support.rooms import rooms_of
from tests.support.sipp import Sipp
from tests.support.stack import Api, Json, own_var

SCRIPT = "<script>alert(4711)</script>"
FORMULA = "=cmd|'/C calc'!A0"
AT = "@127.0.0.1:5061>"


def display_name() -> bytes:
    """4 kB of markup, a spreadsheet formula, control characters and bytes that are no UTF-8."""
    bad = f'{SCRIPT}{FORMULA} \\" \x01\x1b[31m '.encode() + b"\xff\xfe\xc3\x28\xed\xa0\x80 "
    return (bad * (4096 // len(bad) + 1))[:4096].rstrip(b"\\")


FROMS = {
    "markup in a 4 kB name": b'"' + display_name() + b'" <sip:+15550231' + AT.encode(),
    "markup in the user": b"<sip:%3Cscript%3Ealert(4711)%3C%2Fscript%3E15550232" + AT.encode(),
    "a formula in the user": b"<sip:=cmd%7C'/C%20calc'!A015550233" + AT.encode(),
    "no utf-8 in the user": b"<sip:+15550234%FF%FE%0d%0aX-Evil:1" + AT.encode(),
}


@pytest.mark.parametrize("name", FROMS)
async def test_a_hostile_caller_is_stored_once_and_shown_as_text(
    sipp: Sipp, api: Api, stack: Json, name: str
) -> None:
    mark = re.findall(rb"1555\d{4}", FROMS[name])[0].decode()
    run = await sipp.run("hostile_from", caller=f"+{mark}", injected=[FROMS[name]])
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, mark, count=0)

    async with httpx.AsyncClient(base_url=stack["web"]["url"], trust_env=False) as browser:
        await log_in(browser, stack)
        for path in ("call/", f"call/?q={run.call_id}", f"call/{stored['id']}/change/"):
            page = await browser.get(f"/admin/telephony/{path}")
            assert page.status_code == 200
            assert SCRIPT not in page.text
            assert "<script>alert" not in page.text
        assert html.escape(stored["caller_number"]) in page.text
    assert_logs_stay_whole(mark)


async def log_in(browser: httpx.AsyncClient, stack: Json) -> None:
    """The admin's own form, as a person fills it in."""
    form = await browser.get("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
    assert token
    answer = await browser.post(
        "/admin/login/",
        data={
            "username": stack["web"]["user"],
            "password": stack["web"]["password"],
            "csrfmiddlewaretoken": token[1],
            "next": "/admin/",
        },
        headers={"Referer": f"{stack['web']['url']}/admin/login/"},
    )
    assert answer.status_code == 302


def assert_logs_stay_whole(mark: str) -> None:
    """No log line was broken in two by a caller's words, and the SIP service logs none of them."""
    logs = own_var() / "log"
    bridge = logs / "sipbridge.log"
    assert not bridge.exists() or mark not in bridge.read_text(errors="replace")
    for name in ("web", "agent-worker", "celery-worker"):
        for line in (logs / f"{name}.log").read_text(errors="replace").split("\n"):
            if mark in line and not line.startswith("{"):
                pytest.fail(f"{name} logs what a caller wrote outside its JSON: {line[:200]}")
            if mark in line:
                json.loads(line)
