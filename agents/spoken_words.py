"""The text of one utterance while it is being spoken: which of its words have been heard.

A voice may give each word's time; for one that does not, it is estimated from the words' length.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterable

from livekit import rtc
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString
from livekit.agents.utils import is_given

from agents.providers.phrases import cut

_WORD = re.compile(r"\S+\s*")
# About what voices do in English; only what is cut off in mid-sentence depends on it.
CHARS_PER_S = 15.0


class Script:
    """The text as the model writes it. ``changed`` is set whenever there is more, or no more."""

    def __init__(self) -> None:
        self.text = ""
        self.ended = False
        self.changed = asyncio.Event()

    async def read(self, source: AsyncIterable[str]) -> None:
        try:
            async for chunk in source:
                self.text += chunk
                self.changed.set()
        finally:
            self.ended = True
            self.changed.set()

    def words(self) -> list[str]:
        """Every word with the space that follows it."""
        return _WORD.findall(self.text)

    def rest(self, heard: int) -> str:
        """The text from word number ``heard`` on."""
        return "".join(self.words()[heard:])

    def speakable_words(self) -> int:
        """How many words a voice that waits for whole phrases has been given to speak."""
        if self.ended:
            return len(self.words())
        _, left = cut(self.text, opening=True)
        return len(_WORD.findall(self.text[: len(self.text) - len(left)]))


class WordTimes:
    """Lets each word go with the frame in which it begins to sound, so that what is never heard is
    never told. ``base_s`` and ``first``: where a second voice takes over."""

    def __init__(self, script: Script, *, first: int, base_s: float, aligned: bool) -> None:
        self._script = script
        self._first = first
        self._base_s = base_s
        self._aligned = aligned
        self._coming: deque[TimedString] = deque()
        self.known = first
        self.heard = first
        self.audio_s = 0.0

    def attach(self, frame: rtc.AudioFrame, *, last: bool = False) -> None:
        """Replace the words that ride on ``frame`` by those that have begun by its end."""
        riding = frame.userdata.pop(USERDATA_TIMED_TRANSCRIPT, [])
        for word in riding:
            if isinstance(word, TimedString):
                self._coming.append(word)
                self.known += len(_WORD.findall(word))
        self.audio_s += frame.duration
        begun = self._begun(last) if self.known > self._first else self._estimated(last)
        if begun:
            frame.userdata[USERDATA_TIMED_TRANSCRIPT] = begun

    def _begun(self, last: bool) -> list[TimedString]:
        begun = []
        while self._coming and (last or _start(self._coming[0]) <= self.audio_s):
            word = self._coming.popleft()
            self.heard += len(_WORD.findall(word))
            begun.append(self._moved(word, _start(word), _end(word)))
        return begun

    def _estimated(self, last: bool) -> list[TimedString]:
        if self._aligned and not last:
            return []  # its own times are on their way
        words = self._script.words()
        begun = []
        said = sum(len(word) for word in words[self._first : self.heard])
        while self.heard < len(words) and (last or said / CHARS_PER_S < self.audio_s):
            word = words[self.heard]
            start = min(said / CHARS_PER_S, self.audio_s)
            said += len(word)
            self.heard += 1
            begun.append(self._moved(word, start, min(said / CHARS_PER_S, self.audio_s)))
        return begun

    def _moved(self, word: str, start: float, end: float) -> TimedString:
        start += self._base_s
        return TimedString(word, start_time=start, end_time=max(start, end + self._base_s))


def _start(word: TimedString) -> float:
    return word.start_time if is_given(word.start_time) else 0.0


def _end(word: TimedString) -> float:
    return word.end_time if is_given(word.end_time) else _start(word)
