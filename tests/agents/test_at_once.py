"""Two things at once between the agent and its model: neither is lost, and none is left behind."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import llm

from agents.providers.owed_replies import OwedReplies, Promise
from agents.providers.replay import Replay
from agents.providers.steady_session import SteadySession
from agents.providers.unheard import Unheard


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


class Child:
    """A model's session, as far as its conversation goes."""

    def __init__(self, *ids: str) -> None:
        self.chat_ctx = llm.ChatContext([self.turn(one) for one in ids])
        self.kept: list[str] = []

    @staticmethod
    def turn(id_: str) -> llm.ChatMessage:
        return llm.ChatMessage(id=id_, role="user", content=[])

    async def update_chat_ctx(self, wanted: llm.ChatContext) -> None:
        self.kept = [item.id for item in wanted.items]


async def test_what_is_said_as_something_is_taken_out_stays() -> None:
    """The second part of a caller's turn is confirmed while the first is being deleted."""
    session = SteadySession.__new__(SteadySession)
    child = Child("first")
    session._child = child  # type: ignore[assignment]
    session._replay, session._updating = Replay(), asyncio.Lock()
    session._unheard = Unheard(kept=True)
    taking_out = asyncio.create_task(session.update_chat_ctx(llm.ChatContext([])))
    await asyncio.sleep(0)
    child.chat_ctx.items.append(Child.turn("second"))
    await taking_out
    assert child.kept == ["second"]
