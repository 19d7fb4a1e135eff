"""Callers and humans of hand-overs at the same time, none of whom has to do with another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.local.phone import Phone
from tests.support.handoff import BESIDE, TONES, Lane, human_phone, prepare_beside
from tests.support.stack import Json


@dataclass(frozen=True)
class Pair:
    """A caller's phone, the phone of their team's only human, and the number that leads there."""

    caller: Phone
    human: Phone
    lane: Lane


@asynccontextmanager
async def three_pairs(
    stack: Json, new_phone: Callable[..., Awaitable[Phone]]
) -> AsyncIterator[list[Pair]]:
    """The first is the demo's team; the numbers are made."""
    beside = [await new_phone(user=f"desk{number}") for number, _ in enumerate(BESIDE)]
    lanes = [TONES, *await prepare_beside(stack, beside)]
    callers = [await new_phone(user=f"+1555015{number}") for number, _ in enumerate(lanes)]
    async with human_phone(stack) as human:
        yield [Pair(*three) for three in zip(callers, [human, *beside], lanes, strict=True)]
