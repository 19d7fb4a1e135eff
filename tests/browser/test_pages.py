"""A supervisor's way through the pages, in a real Chromium on the running stack."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Request, async_playwright

from deploy.local.phone import Phone
from tests.support.stack import ROOT, Api, Json

SCREENS = ROOT / "var" / "test" / "screens"
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


@pytest.fixture
async def page(stack: Json) -> AsyncIterator[Page]:
    """A page logged in to the admin; asking anything of another host fails the test."""
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing (Debian: apt-get install chromium)"
    strangers: list[str] = []
    home = urlsplit(stack["web"]["url"]).netloc

    def note(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme.startswith("http") and address.netloc != home:
            strangers.append(request.url)

    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium, args=QUIET)
        page = await browser.new_page(viewport={"width": 1400, "height": 1000})
        page.on("request", note)
        await page.goto(f"{stack['web']['url']}/admin/")
        await page.fill("input[name=username]", stack["web"]["user"])
        await page.fill("input[name=password]", stack["web"]["password"])
        await page.click("button[type=submit], input[type=submit]")
        await page.wait_for_load_state()
        yield page
        await browser.close()
    assert strangers == [], "a page asked something of another host"


async def a_call(stack: Json, api: Api) -> Json:
    async with await Phone.start(user="+15550141") as phone:
        number = stack["numbers"]["shop"]
        call = await phone.dial(f"sip:{number}@{stack['sip']['host']}:{stack['sip']['port']}")
        await call.wait_for_speech(5)
        await call.wait_for_silence()
        await call.say("Hello, where is my order four two seven one?")
        await call.wait_for_speech(8)
        await call.wait_for_silence(1_000)
        await call.hangup()
        return await api.ended(call.sip_call_id)


async def test_a_supervisor_finds_a_call_and_reads_it_on_one_timeline(
    page: Page, stack: Json, api: Api
) -> None:
    call = await a_call(stack, api)
    await page.goto(f"{stack['web']['url']}/admin/telephony/call/?q={call['sip_call_id']}")
    await page.screenshot(path=SCREENS / "calls.png", full_page=True)
    await page.click(f"a[href*='{call['id']}']")
    await page.wait_for_load_state()
    await page.screenshot(path=SCREENS / "call.png", full_page=True)
    text = await page.inner_text("body")
    for turn in call["transcript"]:
        assert turn["text"] in text
    assert "order_status" in text
    assert "caller hung up" in text.replace("_", " ").lower()


MODELS = [
    *("siptrunk", "phonenumber", "persona", "tool", "turntakingprofile", "openinghours"),
    *("humanendpoint", "team", "transfer", "knowledgedocument", "mcpserver", "callpolicy"),
]


@pytest.mark.parametrize("model", MODELS)
async def test_every_configuration_page_opens_and_its_form_too(
    page: Page, stack: Json, model: str
) -> None:
    base = f"{stack['web']['url']}/admin/telephony/{model}/"
    listing = await open_page(page, base, model)
    if await page.locator(f"a[href='/admin/telephony/{model}/add/']").count():
        await open_page(page, f"{base}add/", f"{model}-add")
    rows = re.findall(rf'href="(/admin/telephony/{model}/[0-9a-f-]+/change/)', listing)
    for row in rows[:1]:
        await open_page(page, f"{stack['web']['url']}{row}", f"{model}-change")


async def open_page(page: Page, url: str, name: str) -> str:
    """The page's HTML; it answers with 200, runs no broken script, and is kept as a picture."""
    broken: list[str] = []

    def note(error: object) -> None:
        broken.append(str(error))

    page.on("pageerror", note)
    response = await page.goto(url)
    assert response is not None
    assert response.status == 200
    await page.screenshot(path=SCREENS / f"{name}.png", full_page=True)
    page.remove_listener("pageerror", note)
    assert broken == []
    return await page.content()


async def test_a_tool_is_tried_from_its_page_and_its_answer_is_shown(
    page: Page, stack: Json
) -> None:
    listing = await open_page(page, f"{stack['web']['url']}/admin/telephony/tool/", "tools")
    [row] = re.findall(r'href="(/admin/telephony/tool/\d+/change/)[^>]*>order_status<', listing)
    await page.goto(f"{stack['web']['url']}{row}")
    await page.click("text=Test this tool")
    await page.wait_for_load_state()
    await page.fill("textarea[name=arguments]", '{"order_number": "4271"}')
    await page.click("main button[type=submit], form:has(textarea) button[type=submit]")
    await page.wait_for_selector("text=Tuesday")
    await page.screenshot(path=SCREENS / "tool-tried.png", full_page=True)


async def test_the_api_documentation_is_served_without_the_internet(
    page: Page, stack: Json
) -> None:
    await page.goto(f"{stack['web']['url']}/api/docs/")
    await page.wait_for_selector("text=/api/calls/")
    await page.screenshot(path=SCREENS / "api.png")
