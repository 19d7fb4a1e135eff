"""Phones that dial the local stack."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from deploy.local.cores import going_first
from deploy.local.phone import Phone
from tests.support.faults import begin
from tests.support.handoff_pairs import Pair, three_pairs
from tests.support.stack import Json

PhoneMaker = Callable[..., Awaitable[Phone]]


@pytest.fixture(autouse=True)
def calls_of_this_test() -> None:
    begin()


@pytest.fixture
async def new_phone() -> AsyncIterator[PhoneMaker]:
    """``await new_phone(user=...)``: a phone that is hung up and closed after the test.

    A telephone is no part of the machine that answers it: one that waits for a core has a gap of
    its own on its tape. It goes first, where that is allowed.
    """
    async with AsyncExitStack() as phones:
        phones.enter_context(going_first())

        async def make(**options: Any) -> Phone:
            return await phones.enter_async_context(await Phone.start(**options))

        yield make


@pytest.fixture
def uri(stack: Json) -> Callable[[str], str]:
    """The address of a number at the stack's SIP service."""

    def of(number: str) -> str:
        number = stack["numbers"].get(number, number)
        return f"sip:{number}@{stack['sip']['host']}:{stack['sip']['port']}"

    return of


@pytest.fixture
async def pairs(stack: Json, new_phone: PhoneMaker) -> AsyncIterator[list[Pair]]:
    """Three callers and the human of each: their hand-overs may go on at the same time."""
    async with three_pairs(stack, new_phone) as three:
        yield three
