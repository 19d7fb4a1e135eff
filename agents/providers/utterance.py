"""What the streaming ears have heard of one utterance."""

from __future__ import annotations


class Utterance:
    """What one stretch of audio was heard as, in as many items as it was committed in."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self.uncommitted = True
        self.awaited = 0

    @property
    def text(self) -> str:
        return " ".join(text.strip() for text in self._texts.values() if text.strip())

    @property
    def whole(self) -> bool:
        """The words of all its audio are there."""
        return not self.uncommitted and self.awaited == 0

    def more(self, item_id: str, delta: str) -> None:
        self._texts[item_id] = self._texts.get(item_id, "") + delta

    def heard(self, item_id: str, text: str) -> None:
        self._texts[item_id] = text
        self.awaited -= 1
