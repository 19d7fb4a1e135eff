"""The text of one utterance while it is being spoken: which of its words have been heard.

A voice may give each word's time; for one that does not, it is estimated from the words' length
within each sentence, whose beginning is known. One may also claim to and not do it (Cartesia, in
some languages): then the estimate begins with its first word.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import AsyncIterable, Sequence
from itertools import pairwise

from livekit import rtc
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString
from livekit.agents.utils import is_given

from agents.providers.phrases import CHARS_PER_S, cut

# Words' times are not exact.
LEAST_APART_S = 0.1
# From a voice that claims to tell times, and told none with so much of its audio, none are coming.
UNTIMED_S = 1.0
# No voice speaks so many times faster than is estimated.
QUICKEST = 1.6

_WORD = re.compile(r"\S+\s*")


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
        self.base_s = base_s
        self._aligned = aligned
        self._coming: deque[TimedString] = deque()
        self._timed = first  # the words whose own times are past
        # The sentence being spoken by a voice without word times: its first word, and its start.
        self._sentence, self._sentence_s = first, 0.0
        self.known = first
        self.heard = first
        self.audio_s = 0.0

    def skip(self, seconds: float) -> None:
        """So much of what the voice sent was not passed on."""
        self.audio_s += seconds
        self.base_s -= seconds
        self._sentence_s = seconds

    def owes(self, given: int) -> bool:
        """Whether some of the ``given`` words are not in what was passed on, as far as is known."""
        if given <= max(self.known, self.heard):
            return False
        if self.known > self._first:
            return True
        # Told no times, a voice that is quicker than estimated must not be asked for the rest.
        least_s = (self._estimate(self._script.words(), given) - self._sentence_s) / QUICKEST
        return self._passed_on_s() < least_s

    def attach(self, frame: rtc.AudioFrame, *, last: bool = False) -> None:
        """Replace the words that ride on ``frame`` by those that have begun by its end."""
        riding = frame.userdata.pop(USERDATA_TIMED_TRANSCRIPT, [])
        for word in riding:
            if not isinstance(word, TimedString):
                continue
            if self._aligned:
                self._coming.append(word)
            else:  # a whole sentence
                self._sentence, self._sentence_s = self.known, _start(word)
            self.known += len(_WORD.findall(word))
        self.audio_s += frame.duration
        timed = self._aligned and self.known > self._first
        begun = self._begun(last) if timed else self._estimated(last)
        if begun:
            frame.userdata[USERDATA_TIMED_TRANSCRIPT] = begun

    def _begun(self, last: bool) -> list[TimedString]:
        begun = []
        while self._coming and (last or _start(self._coming[0]) <= self.audio_s):
            word = self._coming.popleft()
            self._timed += len(_WORD.findall(word))
            if self._timed <= self.heard:
                continue  # told already by the estimate
            self.heard = self._timed
            begun.append(self._moved(word, _start(word), _end(word)))
        return begun

    def _estimated(self, last: bool) -> list[TimedString]:
        if self._aligned and not last and self._passed_on_s() < UNTIMED_S:
            return []  # its own times are on their way
        words = self._script.words()
        end = len(words)
        if self.known > self._first and not last:
            end = min(end, self.known)  # the next sentence has not begun
        begun = []
        while self.heard < end and (last or self._estimate(words, self.heard) < self.audio_s):
            start, until = (self._estimate(words, self.heard + more) for more in (0, 1))
            word = words[self.heard]
            self.heard += 1
            begun.append(self._moved(word, min(start, self.audio_s), min(until, self.audio_s)))
        return begun

    def _passed_on_s(self) -> float:
        """Of the sentence being spoken."""
        return self.audio_s - self._sentence_s

    def _estimate(self, words: list[str], index: int) -> float:
        """When this word begins; those of an earlier sentence have begun."""
        chars = sum(len(word) for word in words[self._sentence : index])
        return self._sentence_s + chars / CHARS_PER_S

    def _moved(self, word: str, start: float, end: float) -> TimedString:
        start = max(0.0, start + self.base_s)
        return TimedString(word, start_time=start, end_time=max(start, end + self.base_s))


def words_before(riding: Sequence[object], seconds: float) -> bool:
    """Whether a word (of a voice without word times: a sentence) was over by then."""
    times = [word for word in riding if isinstance(word, TimedString)]
    ends = [
        *(
            end if is_given(end := word.end_time) else _start(after)
            for word, after in pairwise(times)
        ),
        *(end for word in times[-1:] if is_given(end := word.end_time)),
    ]
    return any(end + LEAST_APART_S <= seconds for end in ends)


def _start(word: TimedString) -> float:
    return word.start_time if is_given(word.start_time) else 0.0


def _end(word: TimedString) -> float:
    return word.end_time if is_given(word.end_time) else _start(word)
