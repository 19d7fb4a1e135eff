"""What words tell about a turn: only listening, wanting the floor, or not finished yet.

English lists; in another language only how long an overlap lasts and the audio model decide.
"""

from __future__ import annotations

import re
from enum import StrEnum

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Said to show that one listens. Only an utterance made of nothing else is a backchannel.
_BACKCHANNEL = _set(
    "mm mhm hm hmm mmm mmhm mmhmm mmm uhhuh uh huh ah oh aha ok okay yeah yep yes yup right sure "
    "good great fine nice cool perfect alright really exactly indeed gotcha wow true"
)
_BACKCHANNEL_PHRASES = re.compile(
    r"\b(?:i see|got it|all right|of course|go on|i understand|(?:that )?makes sense"
    r"|sounds (?:good|great|fine)|that's (?:right|good|fine|great)|thank you|thanks|i know)\b"
)
_HESITATION = _set("um umm uhm uh er erm eh hm hmm mm")
# A sentence does not end on these, so the caller is going on.
_OPEN_ENDS = _set(
    "and or but because if when which who the a an my your our their to of for with from at "
    "i'm it's i than as um umm uhm uh er erm"
)
_ANNOUNCES = re.compile(r"\b(?:number|name|code|address|pin|birth|birthday|id) (?:is|was|are)$")
_DICTATION = re.compile(
    r"\b(?:number|code|digits?|pin|zip|postcode|account|extension|date of birth|spell)\b"
)
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {name: str(value) for value, name in enumerate(_NUMBERS)} | {"oh": "0"}


class Overlap(StrEnum):
    """What speech over the agent's was: nothing heard, only listening, or wanting the floor."""

    NOTHING = "nothing"
    BACKCHANNEL = "backchannel"
    INTERRUPTION = "interruption"


def words_of(text: str) -> list[str]:
    """Lower-case words; ``mm-hmm`` is one word, and every digit stands alone."""
    lowered = text.lower().replace("\u2019", "'")
    lowered = re.sub(r"(?<=[a-z])-(?=[a-z])", "", lowered)
    found = _WORD.findall(re.sub(r"(\d)", r" \1 ", lowered))
    return [word for word in found if word]


def overlap_kind(text: str) -> Overlap:
    words = words_of(text)
    if not words:
        return Overlap.NOTHING
    if all(word in _HESITATION for word in words):
        return Overlap.BACKCHANNEL
    rest = _BACKCHANNEL_PHRASES.sub(" ", " ".join(words))
    if all(word in _BACKCHANNEL or word in _HESITATION for word in rest.split()):
        return Overlap.BACKCHANNEL
    return Overlap.INTERRUPTION


def is_open(text: str) -> bool:
    """The words stop in mid-sentence."""
    words = words_of(text)
    return bool(words) and (
        words[-1] in _OPEN_ENDS
        or _ANNOUNCES.search(" ".join(words)) is not None
        or text.rstrip().endswith(("...", "\u2026", ",", "-"))
    )


def digits_at_end(text: str) -> str:
    """The digits that the words end with, spoken or written; "" when they end otherwise."""
    found: list[str] = []
    for word in reversed(words_of(text)):
        digit = word if word.isdigit() else _DIGITS.get(word, "")
        if not digit:
            break
        found.append(digit)
    return "".join(reversed(found))


def announces_digits(text: str) -> bool:
    """The caller is about to dictate: "my number is"."""
    return _DICTATION.search(text.lower()) is not None


def asks_for_digits(text: str) -> bool:
    """The agent's last sentence wants a number dictated."""
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]
    last = sentences[-1].lower() if sentences else ""
    wanted = last.endswith("?") or "please" in last or last.startswith(("tell", "give", "say"))
    return wanted and _DICTATION.search(last) is not None
