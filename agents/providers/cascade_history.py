"""The conversation of a cascade, as OpenAI's Realtime server keeps one for its client."""

from __future__ import annotations

from livekit.agents import llm

# What a chat model is told in place of a turn in which nothing was understood.
INAUDIBLE = "[inaudible]"


class History:
    """Items in the order of the talk. A turn of the caller is empty until its words are known."""

    def __init__(self) -> None:
        self._items: list[llm.ChatItem] = []

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
        """What a chat model is asked with: one system message, which every template takes, then
        the talk."""
        context = llm.ChatContext.empty()
        context.add_message(role="system", content=instructions)
        for item in self._items:
            if isinstance(item, llm.ChatMessage) and not item.text_content:
                if item.role == "user":
                    unheard = item.model_copy(update={"content": [INAUDIBLE]})
                    context.items.append(unheard)
            else:
                context.items.append(item)
        return context
