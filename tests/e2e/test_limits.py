"""More callers at once than a trunk may have: those who fit are answered, the others hear busy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import httpx
import pytest

from deploy.local.phone import CallFailed, PhoneCall
from deploy.local.supervisor import START_MARK
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import calls_from
from tests.support.rooms import rooms_of
from tests.support.stack import Json, running_stack

Uri = Callable[[str], str]
MOST, CALLERS = 10, 12
ANSWERED_WITHIN_S = 45
PROCESSES_WITHIN_S = 120


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """A worker sized for its peak: a process waits for each of the callers.

    Two cores take about a second to start one; of a dozen callers at once some would be given up
    (after 10 s, by the watchdog) before theirs is there.
    """
    var = tmp_path_factory.mktemp("limits")  # an older database has open calls, which count
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WORKER_IDLE_PROCESSES", str(CALLERS))
        # And two more: a call that has ended keeps its slot until its process is gone, and one
        # that comes meanwhile would ring until it is offered anew.
        patched.setenv("MAX_CALLS_PER_WORKER", str(CALLERS + 2))
        with running_stack(var, embedded=True) as described:
            log = var / "log" / "agent-worker.log"
            deadline = time.monotonic() + PROCESSES_WITHIN_S
            while log.read_text().rpartition(START_MARK)[2].count("process initialized") < CALLERS:
                assert time.monotonic() < deadline, "the worker's processes did not start"
                time.sleep(0.2)
            yield described


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
async def most_calls(stack: Json, most: int) -> AsyncIterator[None]:
    """The shop's number allows so many calls at once while the block runs."""
    async with supervisor(stack) as client:
        listing = await client.get("/admin/telephony/siptrunk/?direction__exact=inbound")
        ids = re.findall(r"/admin/telephony/siptrunk/(\d+)/change/", listing.text)
        path = f"/admin/telephony/siptrunk/{ids[-1]}/change/"
        for path in (f"/admin/telephony/siptrunk/{pk}/change/" for pk in dict.fromkeys(ids)):
            page = await client.get(path)
            if "127.0.0.1/32" in page.text:
                break
        form = {
            "name": re.findall(r'name="name" value="([^"]+)"', page.text)[0],
            "direction": "inbound",
            "active": "on",
            "anonymous_allowed": "on",
            "number_format": "auto",
            "transport": "auto",
            "allowed_addresses": "127.0.0.1/32",
        }
        await submit(client, path, form | {"max_calls": str(most)})
        try:
            yield
        finally:
            await submit(client, path, form)


async def calls_of(stack: Json, callers: list[str]) -> list[Json]:
    """All calls of these callers, once every one of them has ended."""
    return [call for caller in callers for call in await calls_from(stack, caller)]


def kinds(call: Json) -> list[str]:
    return [event["kind"] for event in call["events"]]


def ending(call: Json) -> tuple[str, str]:
    return call["ending"]["result"], call["ending"]["reason"]


@pytest.mark.full
@pytest.mark.alone
@pytest.mark.timeout(400)
async def test_of_twelve_callers_at_once_on_a_trunk_of_ten_two_hear_busy_and_ten_an_agent(
    new_phone: PhoneMaker, uri: Uri, stack: Json
) -> None:
    callers = [f"+155502{index:02d}" for index in range(CALLERS)]
    phones = [await new_phone(user=caller) for caller in callers]

    async with most_calls(stack, MOST):
        outcomes = await asyncio.gather(
            *(phone.dial(uri("shop"), ringing_timeout_s=ANSWERED_WITHIN_S) for phone in phones),
            return_exceptions=True,
        )
        answered = [call for call in outcomes if isinstance(call, PhoneCall)]
        refused = [error for error in outcomes if isinstance(error, CallFailed)]
        # Nobody made room for another: all of them talk now.
        talking = [call for call in answered if not call.ended.is_set()]
        await asyncio.gather(*(call.hangup() for call in answered))
        stored = await calls_of(stack, callers)
        story = [(call["caller_number"], *ending(call), kinds(call)) for call in stored]

        assert (len(talking), len(refused)) == (MOST, CALLERS - MOST), (outcomes, story)
        assert {error.status for error in refused} == {486}
        assert [call["caller_number"] for call in stored] == callers, "each caller is one call"
        talked = [call for call in stored if ending(call) == ("caller", "caller_hung_up")]
        busy = [call for call in stored if ending(call) == ("refused", "trunk_busy")]
        assert (len(talked), len(busy)) == (MOST, CALLERS - MOST), story
        assert all(call["answered_at"] for call in talked)
        assert all("claimed" not in kinds(call) for call in busy)
        assert {call["sip_call_id"] for call in talked} == {call.sip_call_id for call in answered}

        again = await phones[0].dial(uri("shop"), ringing_timeout_s=ANSWERED_WITHIN_S)
        await again.hangup()  # the slots are free
    await rooms_of(stack, "+155502", count=0)
