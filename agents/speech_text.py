"""What may reach the voice and the transcript: plain spoken text, whatever the model wrote.

Models leak control tokens (``<|audio_text|>``), markdown, emoji and raw addresses. All of it is
read aloud if nobody stops it. ``SpeechText`` is a streaming filter: it holds back only what it
cannot judge yet (an unfinished word, link or token), so that speech is not delayed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterable, AsyncIterator

MAX_CONTROL_TOKEN_CHARS = 85
MAX_LINK_CHARS = 400
MAX_WORD_CHARS = 400

_CONTROL_TOKEN = re.compile(r"<\|[^|<>]{0,80}\|>")
_UNFINISHED_TOKEN = re.compile(r"<\|[^|<>]{0,80}\|?$|<$")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_UNFINISHED_LINK = re.compile(r"!?\[[^\[\]]*(\](\([^()\s]*)?)?$")
_WORD_OR_SPACE = re.compile(r"\s+|\S+")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"']+", re.IGNORECASE)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LIST_MARKER = re.compile(r"(?:[-*+•]|\d{1,2}[.)])$")
_LINE_MARKER = re.compile(r"(?:#{1,6}|>+|[-*_=]{3,})$")
_EMPHASIS = re.compile(r"[*`]+|~~|^_+|_+$|(?<=\W)_+|_+(?=\W)")
_SPOKEN_SYMBOLS = frozenset("°©®™№℃℉")  # Unicode counts these with the emoji
_ENDS_A_PHRASE = frozenset(".,;:!?…")


class SpeechText:
    """Feed text as it comes, take plain text as soon as it is safe; ``flush`` gives the rest."""

    def __init__(self) -> None:
        self._pending = ""
        self._line_start = True
        self._first_line = True
        self._said = ""  # the last character that left, to know whether a phrase is closed
        self._gap = ""

    def feed(self, chunk: str) -> str:
        """Return what of ``chunk`` and the text held back may be spoken now, perhaps nothing."""
        self._pending += chunk
        ready, self._pending = _split_ready(self._pending)
        return self._plain(ready)

    def flush(self) -> str:
        """Return what is left at the end of a message; an unfinished control token is dropped."""
        rest, self._pending = _UNFINISHED_TOKEN.sub("", self._pending), ""
        return self._plain(rest)

    def _plain(self, text: str) -> str:
        text = _LINK.sub(r"\1", _CONTROL_TOKEN.sub("", text))
        return "".join(self._word(part) for part in _WORD_OR_SPACE.findall(text))

    def _word(self, part: str) -> str:
        if part.isspace():
            self._space(part)
            return ""
        if self._line_start and self._is_marker(part):
            return ""
        self._line_start = False
        word = speakable(part)
        if not word:
            return ""
        # Where an emoji was dropped before a full stop, the space goes with it.
        gap = "" if word[0] in _ENDS_A_PHRASE else self._gap
        self._gap, self._said = "", word[-1]
        return gap + word

    def _space(self, part: str) -> None:
        """Spaces wait for the next word, as nobody can hear one at the end."""
        if "\n" in part:
            self._line_start, self._first_line = True, False
        if self._said:
            # A line without punctuation is an item of a list: a comma makes the voice pause there.
            listed = "\n" in part and self._said not in _ENDS_A_PHRASE
            self._gap = ", " if listed else self._gap or " "

    def _is_marker(self, part: str) -> bool:
        if _LINE_MARKER.match(part):
            return True
        # "3." opens an item of a list, but as a message's first word it may be the answer itself.
        numbered = part[0].isdigit()
        return bool(_LIST_MARKER.match(part)) and not (numbered and self._first_line)


def plain(text: str) -> str:
    """Return a whole text as it would be spoken."""
    speech = SpeechText()
    return (speech.feed(text) + speech.flush()).strip()


async def spoken(text: AsyncIterable[str]) -> AsyncIterator[str]:
    """Filter a stream of text; never yields an empty chunk."""
    speech = SpeechText()
    async for chunk in text:
        if ready := speech.feed(chunk):
            yield ready
    if rest := speech.flush():
        yield rest


def speakable(word: str) -> str:
    """Return one word without markup, emoji and invisible characters; addresses are spelled."""
    word = "".join(c for c in word if not _is_invisible(c) and not _is_picture(c))
    word = _URL.sub(lambda match: spoken_url(match.group()), word)
    word = _EMAIL.sub(lambda match: _spell(match.group()), word)
    word = _EMPHASIS.sub("", word)
    return word.replace("|", ",") if word != "|" else ","


def spoken_url(url: str) -> str:
    """``https://www.example.com/help?x=1`` -> ``example dot com slash help``."""
    trailing = ""
    while url and url[-1] in ".,;:!?)":
        url, trailing = url[:-1], url[-1] + trailing
    url = re.sub(r"^https?://", "", url, flags=re.IGNORECASE)
    url = re.sub(r"^www\.", "", url, flags=re.IGNORECASE)
    url = re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/")
    return _spell(url) + trailing


def _spell(address: str) -> str:
    for sign, name in ((".", "dot"), ("@", "at"), ("/", "slash"), ("_", "underscore")):
        address = address.replace(sign, f" {name} ")
    return " ".join(address.split())


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs", "Cn"}


def _is_picture(character: str) -> bool:
    if character in _SPOKEN_SYMBOLS:
        return False
    point = ord(character)
    return (
        unicodedata.category(character) == "So"
        or 0xFE00 <= point <= 0xFE0F  # variation selectors
        or 0x1F3FB <= point <= 0x1F3FF  # skin tones
        or point == 0x20E3  # combining keycap
    )


def _split_ready(text: str) -> tuple[str, str]:
    """Split into what is complete and what may still change its meaning."""
    cut = len(text)
    # The last word may grow: "www.exa" + "mple.com", "**bo" + "ld**".
    last_space = max((i for i, c in enumerate(text) if c.isspace()), default=-1)
    if cut - (last_space + 1) <= MAX_WORD_CHARS:
        cut = last_space + 1
    for whole in (_CONTROL_TOKEN, _LINK):  # a space inside one is no border
        for match in whole.finditer(text):
            if match.start() < cut < match.end():
                cut = match.start()
    for unfinished, longest in (
        (_UNFINISHED_TOKEN, MAX_CONTROL_TOKEN_CHARS),
        (_UNFINISHED_LINK, MAX_LINK_CHARS),
    ):
        open_end = unfinished.search(text)
        if open_end and len(text) - open_end.start() <= longest:
            cut = min(cut, open_end.start())
    return text[:cut], text[cut:]
