"""What a cascade tells its chat model, whatever the talk was, is what any chat template takes."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from livekit.agents import llm

from agents.providers.cascade_history import History
from agents.providers.cascade_roles import BEGINS, LEFT_OUT, NOTHING_SAID

Messages = list[dict[str, Any]]


def user(text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role="user", content=[text] if text else [])


def agent(text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role="assistant", content=[text])


def call(key: str, group: str | None = None) -> llm.FunctionCall:
    return llm.FunctionCall(call_id=key, name="order_status", arguments="{}", group_id=group)


def answer(key: str) -> llm.FunctionCallOutput:
    return llm.FunctionCallOutput(call_id=key, name="order_status", output="{}", is_error=False)


def told(*talk: llm.ChatItem, most_chars: int = 1_000) -> Messages:
    """The messages beside the system's."""
    history = History(most_chars)
    for item in talk:
        history.append(item)
    messages, _ = history.prompt("You are a reception.").to_provider_format("openai")
    assert messages[0] == {"role": "system", "content": "You are a reception."}
    return messages[1:]


def kinds(messages: Messages) -> list[str]:
    return ["calls" if each.get("tool_calls") else each["role"] for each in messages]


def mistral_takes(messages: Messages) -> bool:
    roles = [kind for kind in kinds(messages) if kind not in ("calls", "tool")]
    return roles[0] == "user" and all(one != two for one, two in pairwise(roles))


def gemma_takes(messages: Messages) -> bool:
    """With tools put into words by the server, a tool's answer as the caller's."""
    callers = [kind in ("user", "tool") for kind in kinds(messages)]
    return callers[0] and all(one != two for one, two in pairwise(callers))


TALKS: dict[str, list[llm.ChatItem]] = {
    "nothing yet": [],
    "greeting first": [agent("Hello."), user("Hi.")],
    "parts of one turn": [user("Where is"), user(""), user("my order?")],
    "nudges": [agent("Hello."), agent("Are you still there?"), agent("Hello?"), user("Yes.")],
    "a tool": [user("Order?"), call("1"), answer("1"), agent("Sent."), user("When?")],
    "words before a tool": [
        agent("Hello."),
        user("Order?"),
        agent("I look."),
        call("1", "resp"),
        answer("1"),
        agent("Sent."),
    ],
    "one tool after another": [
        user("Order?"),
        call("1"),
        answer("1"),
        agent("And the bill."),
        call("2"),
        answer("2"),
        agent("Both are sent."),
        user("Thanks."),
    ],
    "the caller speaks before the tool's answer is told": [
        user("Order?"),
        call("1"),
        answer("1"),
        user("Hurry."),
    ],
    "the caller speaks while the tool runs": [
        agent("Hello."),
        user("Order?"),
        agent("I look."),
        call("1", "resp"),
        user("Hurry."),
        agent("Of course."),
        user("And?"),
    ],
    "the tool's answer comes after other words": [
        user("Order?"),
        call("1", "resp"),
        user("Hurry."),
        agent("Of course."),
        answer("1"),
    ],
    "a tool first": [call("1"), answer("1"), agent("It rains."), user("Oh.")],
}


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS.keys())
def test_roles_alternate_from_the_callers_on(talk: list[llm.ChatItem]) -> None:
    messages = told(*talk)
    assert mistral_takes(messages), kinds(messages)
    assert gemma_takes(messages), kinds(messages)


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS.keys())
def test_no_word_and_no_tool_is_lost(talk: list[llm.ChatItem]) -> None:
    messages = told(*talk)
    texts = [each["content"] for each in messages if each["role"] != "tool" and "content" in each]
    lines = [line for text in texts for line in text.split("\n")]
    said = [item.text_content for item in talk if isinstance(item, llm.ChatMessage)]
    added = (BEGINS, NOTHING_SAID, "[inaudible]")
    assert [line for line in lines if line not in added] == [text for text in said if text]
    called = [each["id"] for message in messages for each in message.get("tool_calls", ())]
    assert called == [item.call_id for item in talk if isinstance(item, llm.FunctionCall)]


def test_neighbours_are_joined_and_what_was_not_understood_stays_among_them() -> None:
    assert told(user("Where is"), user(""), user("my order?")) == [
        {"role": "user", "content": "Where is\n[inaudible]\nmy order?"}
    ]


def test_calls_of_one_reply_stay_together_with_its_words() -> None:
    talk = [
        user("Orders?"),
        agent("I look."),
        call("1", "resp"),
        call("2", "resp"),
        answer("1"),
        answer("2"),
    ]
    assert kinds(told(*talk)) == ["user", "calls", "tool", "tool"]
    assert told(*talk)[1]["content"] == "I look."


def test_a_talk_whose_beginning_is_left_out_begins_with_the_caller_all_the_same() -> None:
    talk = [item for _ in range(20) for item in (user("q" * 10), agent("a" * 30))]
    messages = told(*talk, user("And now?"), most_chars=420)
    assert messages[0]["content"] == LEFT_OUT
    assert messages[1]["content"] == "a" * 30
    assert mistral_takes(messages) and gemma_takes(messages)


def test_the_talk_itself_stays_as_it_was() -> None:
    history = History(1_000)
    items = [agent("Hello."), user("Where is"), user("it?"), agent("I look."), call("1", "resp")]
    for item in items:
        history.append(item)
    before = [item.model_dump() for item in items]
    history.prompt("")
    assert [item.model_dump() for item in history.context.items] == before
