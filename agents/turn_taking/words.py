"""What words tell about a turn: only listening, wanting the floor, or not finished yet.

``known`` are the words of the call's language (agents/languages).
"""

from __future__ import annotations

import re
from enum import StrEnum

from agents.languages import ENGLISH, TurnWords

# In every language that is known here (agents/languages).
_LONG_NUMBERS = re.compile(
    r"(?:ph|f)one|telefoo?n|t[eé]l[eéè]fon|\bmobiel?|\bmobile\b|\bm[oó]vil\b|handy|cellular|portable"
    r"|\bcards?\b|karte|\bcarte\b|\btarjeta|\bcarta\b|kaart|\biban\b"
)

# "Haha", "jeje", "ahah": in every language. Some transcriptions put sounds in brackets: "(coughs)".
_LAUGH = re.compile(r"([hj][aeio])\1+h?|([ae]h)\2+[ae]?|ha|heh")
# Not those of speech that was not understood: "[inaudible]"; nor numbers: "(555) 123".
_SPEECH = r"(?![^)\]*]*(?:inaudible|unintelligible|indistinct|speak|talk|foreign|crosstalk))"
_SOUND = re.compile(
    rf"\s*(?:\({_SPEECH}[^()\d]*\)|\[{_SPEECH}[^\[\]\d]*\]|\*[^*\d]*\*)", re.IGNORECASE
)


class Overlap(StrEnum):
    """What speech over the agent's was: nothing heard, only listening, or wanting the floor."""

    NOTHING = "nothing"
    BACKCHANNEL = "backchannel"
    INTERRUPTION = "interruption"


def words_of(text: str, known: TurnWords = ENGLISH.turns) -> list[str]:
    """Lower-case words; ``mm-hmm`` is one word, and every digit stands alone."""
    lowered = text.lower().replace("\u2019", "'")
    lowered = known.spelling.hyphen.sub("", lowered)
    return known.spelling.word.findall(re.sub(r"(\d)", r" \1 ", lowered))


def without_sounds(text: str) -> str:
    """What was said of it: "(coughs) Stop." is "Stop."."""
    return _SOUND.sub("", text).strip()


def overlap_kind(text: str, known: TurnWords = ENGLISH.turns) -> Overlap:
    words = words_of(without_sounds(text), known)
    if not words:
        return Overlap.NOTHING
    words = [w for w in words if w not in known.hesitation and not _LAUGH.fullmatch(w)]
    rest = known.listening_phrases.sub(" ", " ".join(words)).split()
    if all(word in known.listening for word in rest):
        return Overlap.BACKCHANNEL
    return Overlap.INTERRUPTION


def kind_so_far(text: str, known: TurnWords = ENGLISH.turns) -> Overlap:
    """Of words that are still coming: the last may be half a word, or half of "I see", and wants
    nothing yet."""
    kind = overlap_kind(text, known)
    before = text.rstrip().rpartition(" ")[0]
    return overlap_kind(before, known) if kind is Overlap.INTERRUPTION else kind


def is_open(text: str, known: TurnWords = ENGLISH.turns) -> bool:
    """The words stop in mid-sentence. "Who am I speaking with?" does not."""
    words = words_of(text, known)
    if not words or (text.rstrip().endswith("?") and words[-1] not in known.hesitation):
        return False
    return (
        words[-1] in known.open_ends
        or known.announces.search(" ".join(words)) is not None
        or text.rstrip().endswith(("...", "\u2026", ",", "-"))
    )


def digits_at_end(text: str, known: TurnWords = ENGLISH.turns) -> str:
    """The digits that the words end with, spoken or written; "" when they end otherwise."""
    found: list[str] = []
    for word in reversed(words_of(text, known)):
        digit = word if word.isdigit() else known.digits.get(word, "")
        if not digit:
            break
        found.append(digit)
    return "".join(reversed(found))


def announces_digits(text: str, known: TurnWords = ENGLISH.turns) -> bool:
    """The caller is about to dictate: "my number is"."""
    return known.dictation.search(text.lower()) is not None


def last_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s+", text.strip())[-1]


def is_long_number(text: str) -> bool:
    """A number is named that comes in several groups: a telephone's, a card's, an IBAN."""
    return _LONG_NUMBERS.search(text.lower()) is not None


def asks_for_digits(text: str, known: TurnWords = ENGLISH.turns) -> bool:
    """The agent's last sentence wants a number dictated."""
    last = last_sentence(text).lower()
    wanted = last.endswith("?") or known.request.search(last) is not None
    return wanted and known.dictation.search(last) is not None
