"""The words of the message being played, to tell which of them were heard when it is cut short.

livekit-agents' synchronizer estimates this from the sound (a Fourier transform of all that is said:
a tenth of a call's Python) and sends each word into the room, where nobody reads. Here the words
come with their times in the sound (spoken_words.py).
"""

from __future__ import annotations

import re

from livekit.agents.types import TimedString
from livekit.agents.utils import is_given
from livekit.agents.voice import io

from agents.providers.phrases import CHARS_PER_S

_WORD = re.compile(r"\s*\S+\s*")


class HeardText(io.TextOutput):
    """A session's text output. ``flush`` ends a message's text, the next text is another's."""

    def __init__(self) -> None:
        super().__init__(label="heard", next_in_chain=None)
        self._words: list[tuple[float, str]] = []
        self._over = False

    async def capture_text(self, text: str) -> None:
        """A word with its time, or text without any: the product's own sentences."""
        if self._over:
            self._words.clear()
            self._over = False
        if isinstance(text, TimedString) and is_given(text.start_time):
            self._words.append((text.start_time, str(text)))
            return
        start_s = self._words[-1][0] if self._words else 0.0
        for word in _WORD.findall(text):
            self._words.append((start_s, word))
            start_s += len(word) / CHARS_PER_S

    def flush(self) -> None:
        self._over = True

    def clear(self) -> None:
        """The message was played: one without any text may follow."""
        self._words.clear()

    def until(self, position_s: float) -> str:
        """What began to sound in the message's first ``position_s`` seconds."""
        return "".join(word for start_s, word in self._words if start_s < position_s)
