"""A talk as every chat template takes it: the caller begins, and the roles alternate.

Mistral's templates refuse anything else, tool calls and their answers not counted; Gemma's do so
with an answer counted as the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable

from livekit.agents import llm

# In place of what nobody said.
BEGINS = "(The call begins.)"
LEFT_OUT = "(The beginning of the call is left out.)"
NOTHING_SAID = "..."  # the agent's, who may say again what it is told that it said: no words


def alternating(items: Iterable[llm.ChatItem], *, opening: str) -> list[llm.ChatItem]:
    """``opening`` is the caller's first message where the talk has none there.

    A call made after words of the agent's goes with them, in one message.
    """
    talk: list[llm.ChatItem] = []
    groups: dict[str, str] = {}  # of calls, and the message that they go with
    for item in items:
        if not talk and not (isinstance(item, llm.ChatMessage) and item.role == "user"):
            talk.append(_message("user", opening))
        match talk[-1] if talk else None, item:
            case llm.ChatMessage() as before, llm.ChatMessage() as new if before.role == new.role:
                text = f"{before.text_content}\n{new.text_content}"
                talk[-1] = before.model_copy(update={"content": [text]})
            case llm.FunctionCallOutput(), llm.ChatMessage(role="user"):
                talk += [_message("assistant", NOTHING_SAID), item]
            case before, llm.FunctionCall() as call:
                talk.append(_beside(before, call, groups))
            case _:
                talk.append(item)
    return talk or [_message("user", opening)]


def _message(role: llm.ChatRole, text: str) -> llm.ChatMessage:
    return llm.ChatMessage(role=role, content=[text])


def _beside(
    before: llm.ChatItem | None, call: llm.FunctionCall, groups: dict[str, str]
) -> llm.FunctionCall:
    """The framework makes one message of what has the same group; a message's is its id."""
    group = call.group_id or call.id
    if isinstance(before, llm.ChatMessage) and before.role == "assistant":
        groups[group] = before.id.split("/")[0]
    return call.model_copy(update={"group_id": groups.get(group, call.group_id)})
