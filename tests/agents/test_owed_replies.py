"""A reply that is asked for and then not wanted leaves nothing at work behind it."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import llm

from agents.providers.owed_replies import OwedReplies, Promise


def begun() -> llm.GenerationCreatedEvent:
    async def nothing():  # type: ignore[no-untyped-def]
        return
        yield

    return llm.GenerationCreatedEvent(
        message_stream=nothing(), function_stream=nothing(), user_initiated=True, response_id="r"
    )


@pytest.mark.parametrize("has_begun", [False, True], ids=["before it begins", "as it begins"])
async def test_a_reply_that_nobody_wants_any_more_is_stopped(has_begun: bool) -> None:
    """As it begins: the model has said so, and whoever asked is told in the loop's next round. The
    model gives no other reply until this one is over."""
    inner: Promise = asyncio.get_running_loop().create_future()
    unwanted: list[bool] = []
    owed = OwedReplies(
        lambda options: inner,
        on_late=lambda: None,
        on_begun=lambda: None,
        on_unwanted=lambda: unwanted.append(True),
    )
    answer = owed.ask({})
    if has_begun:
        inner.set_result(begun())
    answer.cancel()
    await asyncio.sleep(0.01)
    assert inner.cancelled() is not has_begun
    assert unwanted == ([True] if has_begun else [])
