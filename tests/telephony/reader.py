"""A human before the transcript page, in a real Chromium (argv: url, code, picture).

Opens the page with the code, prints "open"; for each line that it is given prints "seen" once the
page shows it, without being loaded again. For the line LATER it moves the page's clock on by 70 s,
and prints how often the page asked for news in the 10 s after that, on the same clock. Prints
"broken ..." for an error in the page. A process of its own: Playwright's event loop must not be the
one that Django's tests run in.
"""

from __future__ import annotations

import asyncio
import shutil
import sys

from playwright.async_api import Page, async_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def looks_after_a_while(page: Page) -> int:
    looks = 0

    def count(request: object) -> None:
        nonlocal looks
        looks += "/news/" in str(getattr(request, "url", ""))

    await page.clock.fast_forward(70_000)
    await asyncio.sleep(1)  # one look was due meanwhile
    page.on("request", count)
    for _ in range(10):
        await page.clock.run_for(1_000)
        await asyncio.sleep(0.1)
    return looks


async def main(url: str, code: str, picture: str) -> None:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=list(QUIET)
        )
        page = await browser.new_page(viewport={"width": 900, "height": 1000})
        page.on("pageerror", lambda error: tell(f"broken {error}"))
        await page.clock.install()
        await page.goto(url)
        await page.fill("#code", code)
        await page.click("button")
        await page.wait_for_selector(".talk")
        await page.evaluate("window.untouched = true")
        tell("open")
        while words := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if words == "LATER":
                tell(str(await looks_after_a_while(page)))
                continue
            await page.get_by_text(words).first.wait_for(timeout=15_000)
            assert await page.evaluate("window.untouched"), "the page was loaded again"
            tell("seen")
        await page.screenshot(path=picture, full_page=True)
        await browser.close()


asyncio.run(main(*sys.argv[1:]))
