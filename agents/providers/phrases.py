"""Cuts text into phrases for a voice as soon as each is complete.

The plugin's own tokenizer holds a sentence back until the next one has begun, some 200 to 400 ms of
silence at each reply. Here text comes word by word (speech_text.py never splits one), so a full
stop at the end of what is there is the end of a sentence.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from livekit.agents import tokenize
from livekit.agents.tokenize.tokenizer import SentenceStream, TokenData
from livekit.agents.utils import shortuuid

# Shorter ones are spoken together with what follows, or they sound clipped.
MIN_PHRASE_CHARS = 6
# How fast voices speak English, about; and how long before the end of it they are given more.
CHARS_PER_S = 15.0
LEAD_S = 0.2
# The first sentence may begin to sound at a comma once this much of it is known.
MIN_OPENING_CHARS = 14

_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*(?=\s|$)")
_OPENING_END = re.compile(r"[,;:](?=\s|$)")
# "a.m.", "J. Smith", "Dr. Bell": a full stop that ends no sentence.
_ABBREVIATION = re.compile(r"(?:\b\w|\b(?:mr|mrs|ms|dr|st|no|vs|etc|approx))\.$", re.IGNORECASE)


class PhraseTokenizer(tokenize.SentenceTokenizer):
    """``opening_words``: the first sentence goes off in mid-sentence once so many of its words are
    there, and what follows once the voice would otherwise fall silent; only for a voice that can go
    on with the intonation it began. 0: never."""

    def __init__(self, opening_words: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._opening_words = opening_words
        self._clock = clock

    def tokenize(self, text: str, *, language: str | None = None) -> list[str]:
        phrases, rest = cut(text, opening=False)
        return [*phrases, rest.strip()] if rest.strip() else phrases

    def stream(self, *, language: str | None = None) -> SentenceStream:
        return _PhraseStream(self._opening_words, self._clock)


class _PhraseStream(SentenceStream):
    def __init__(self, opening_words: int, clock: Callable[[], float]) -> None:
        super().__init__()
        self._opening_words = opening_words
        self._clock = clock
        self._spoken_at = 0.0  # when the voice will have said what it was given
        self._segment_id = shortuuid()
        self._buffer = ""
        self._opening = True

    def push_text(self, text: str) -> None:
        self._check_not_closed()
        phrases, self._buffer = cut(self._buffer + text, opening=self._opening)
        for phrase in phrases:
            self._send(phrase)
        if self._opening_words and self._goes_unfinished():
            self.flush()

    def _goes_unfinished(self) -> bool:
        # Words come whole (speech_text.py), so the last one here is one.
        if len(self._buffer.split()) < self._opening_words:
            return False
        return self._opening or self._clock() >= self._spoken_at - LEAD_S

    def flush(self) -> None:
        self._check_not_closed()
        rest, self._buffer = self._buffer.strip(), ""
        if rest:
            self._send(rest)

    def end_input(self) -> None:
        self.flush()
        self._do_close()

    async def aclose(self) -> None:
        self._do_close()

    def _send(self, phrase: str) -> None:
        self._opening = False
        self._spoken_at = max(self._spoken_at, self._clock()) + len(phrase) / CHARS_PER_S
        self._event_ch.send_nowait(TokenData(segment_id=self._segment_id, token=phrase))


def cut(text: str, *, opening: bool) -> tuple[list[str], str]:
    """Return the complete phrases of ``text`` and what is left; ``opening``: none was sent yet."""
    phrases: list[str] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        phrase = text[start : end.end()].strip()
        if len(phrase) >= MIN_PHRASE_CHARS and not _ABBREVIATION.search(phrase):
            phrases.append(phrase)
            start = end.end()
    if opening and not phrases:
        for end in _OPENING_END.finditer(text, MIN_OPENING_CHARS):
            return [text[: end.end()].strip()], text[end.end() :]
    return phrases, text[start:]
