"""A supervisor's way through the pages, in a real Chromium on the running stack."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    "model", ["siptrunk", "phonenumber", "persona", "tool", "turntakingprofile", "openinghours"]
)
async def test_every_configuration_page_opens_and_its_form_too(
    page: Page, stack: Json, model: str
) -> None:
    for path, name in ((f"{model}/", model), (f"{model}/add/", f"{model}-add")):
        response = await page.goto(f"{stack['web']['url']}/admin/telephony/{path}")
        assert response is not None
        assert response.status == 200
        await page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


async def test_the_api_documentation_is_served_without_the_internet(
    page: Page, stack: Json
) -> None:
    await page.goto(f"{stack['web']['url']}/api/docs/")
    await page.wait_for_selector("text=/api/calls/")
    await page.screenshot(path=SCREENS / "api.png")
