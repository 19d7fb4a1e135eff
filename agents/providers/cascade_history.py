"""The conversation of a cascade, as OpenAI's Realtime server keeps one for its client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from livekit.agents import llm

from agents.providers.cascade_roles import BEGINS, LEFT_OUT, alternating

# What a chat model is told in place of a turn in which nothing was understood.
INAUDIBLE = "[inaudible]"
# Of what a prompt may hold, once there is more: turn by turn, no cache of the server would hold.
KEPT_RATIO = 0.67
# In place of a tool's answer that is not there: a chat model is shown no call without one, and
# would call again what is under way.
NO_ANSWER_YET = (
    '{"ok": false, "error": "still_running", "message": "No result yet. It comes by itself."}'
)


class History:
    """Items in the order of the talk. A turn of the caller is empty until its words are known.

    All of it stays here; a prompt holds ``most_chars`` of it, then its oldest third is left out.
    """

    def __init__(self, most_chars: int) -> None:
        self._items: list[llm.ChatItem] = []
        self._most_chars = most_chars
        self._told_from = ""  # the id of the oldest item that prompts hold

    @property
    def context(self) -> llm.ChatContext:
        return llm.ChatContext(list(self._items))

    def append(self, item: llm.ChatItem) -> str | None:
        """Return the id of the item before it."""
        before = self._items[-1].id if self._items else None
        self._items.append(item)
        return before

    def message(self, item_id: str) -> llm.ChatMessage | None:
        found = next((item for item in self._items if item.id == item_id), None)
        return found if isinstance(found, llm.ChatMessage) else None

    def remove(self, item_id: str) -> None:
        self._items = [item for item in self._items if item.id != item_id]

    def replace(self, wanted: llm.ChatContext) -> set[str]:
        """Hold what is wanted, in its order; return the ids that are gone.

        A message without content stands for one that is here: its words stay. One that is not here
        is a placeholder of the client's, and is left out.
        """
        known = {item.id: item for item in self._items}
        items: list[llm.ChatItem] = []
        for item in wanted.copy(
            exclude_instructions=True, exclude_handoff=True, exclude_config_update=True
        ).items:
            if isinstance(item, llm.ChatMessage) and not item.content:
                if item.id in known:
                    items.append(known[item.id])
            else:
                items.append(item)
        self._items = items
        return known.keys() - {item.id for item in items}

    def prompt(self, instructions: str) -> llm.ChatContext:
        """What a chat model is asked with: one system message, and the talk with roles that
        alternate, which every template takes."""
        context = llm.ChatContext.empty()
        context.add_message(role="system", content=instructions)
        told = self._told()
        whole = len(told) == len(self._items)
        opening = BEGINS if whole else LEFT_OUT
        context.items.extend(alternating(_with_words(_with_answers(told)), opening=opening))
        return context

    def _told(self) -> list[llm.ChatItem]:
        """What prompts hold of the talk: it begins at the same item until there is too much."""
        begins = next((i for i, item in enumerate(self._items) if item.id == self._told_from), 0)
        told = self._items[begins:]
        if length(told) > self._most_chars:
            told = _newest(told, round(self._most_chars * KEPT_RATIO))
            self._told_from = told[0].id
        return told


def _with_words(items: Iterable[llm.ChatItem]) -> Iterator[llm.ChatItem]:
    """A turn of the caller's in which nothing was understood as such; no other empty message."""
    for item in items:
        if not isinstance(item, llm.ChatMessage) or item.text_content:
            yield item
        elif item.role == "user":
            yield item.model_copy(update={"content": [INAUDIBLE]})


def _with_answers(items: Sequence[llm.ChatItem]) -> Iterator[llm.ChatItem]:
    """Each tool call where its answer came, as a chat model wants the two together and answers what
    is last; one that is still under way stands where it was made."""
    answered_at = {
        item.call_id: i for i, item in enumerate(items) if isinstance(item, llm.FunctionCallOutput)
    }
    late: dict[str, llm.FunctionCall] = {}
    for i, item in enumerate(items):
        if isinstance(item, llm.FunctionCall):
            if (answer := answered_at.get(item.call_id)) is None:
                output = llm.FunctionCallOutput(
                    call_id=item.call_id, name=item.name, output=NO_ANSWER_YET, is_error=False
                )
                yield from (item, output)
            elif any(between.type == "message" for between in items[i:answer]):
                # Of a group it would be put back beside the others.
                late[item.call_id] = item.model_copy(update={"group_id": None})
            else:
                yield item
        else:
            if isinstance(item, llm.FunctionCallOutput) and item.call_id in late:
                yield late[item.call_id]
            yield item


def length(items: Sequence[llm.ChatItem]) -> int:
    """Characters that a chat model reads of them."""
    return sum(_length(item) for item in items)


def _length(item: llm.ChatItem) -> int:
    match item:
        case llm.ChatMessage():
            return len(item.text_content or "")
        case llm.FunctionCall():
            return len(item.name) + len(item.arguments)
        case llm.FunctionCallOutput():
            return len(item.output)
    return 0


def _newest(items: list[llm.ChatItem], most_chars: int) -> list[llm.ChatItem]:
    """At least what the caller said last and all after it; never half of a tool's use."""
    last = max(
        (i for i, item in enumerate(items) if item.type == "message" and item.role == "user"),
        default=len(items) - 1,
    )
    begins, left = last, most_chars - length(items[last:])
    while begins > 0 and (left := left - _length(items[begins - 1])) >= 0:
        begins -= 1
    while begins < last and items[begins].type != "message":
        begins += 1
    return items[begins:]
