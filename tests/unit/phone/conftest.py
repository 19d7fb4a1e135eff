"""Two phones on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from deploy.local.phone import Phone, PhoneCall


@pytest.fixture
async def phones() -> AsyncIterator[tuple[Phone, Phone]]:
    """A caller's phone and a called one."""
    async with (
        await Phone.start(user="+15550100", display="Ann") as caller,
        await Phone.start(user="+15550200") as called,
    ):
        yield caller, called


@pytest.fixture
async def connected(phones: tuple[Phone, Phone]) -> tuple[PhoneCall, PhoneCall]:
    """Both ends of an answered call: the caller's and the called one's."""
    caller, called = phones
    dialling = asyncio.create_task(caller.dial(called.uri))
    theirs = await called.wait_for_call(2)
    theirs.ring()
    await theirs.answer()
    return await dialling, theirs
