"""A number being dictated, or a sentence that only ends with one: "at 10:30", "the second one".

Whoever dictates pauses between groups, so such a turn waits. A time, a price or a count is whole.
"""

from __future__ import annotations

import re

from agents.turn_taking import words

# Between what announces a number and the number.
_LEADS_IN = frozenset(["", "number", "is", "was", "are", "it's", "that's"])
# What follows these is a time, a place or a count.
_BEFORE_A_COUNT = re.compile(
    "at|in|on|by|from|to|until|till|since|before|after|around|about|for|of|over|under|than|past"
    "|costs?|paid|january|february|march|april|may|june|july|august|september|october|november"
    "|december"
)
_GROUP = re.compile(r"\d(?:[\d.,:/]*\d)?|[a-z]+")
# Years have as many digits; other counts that are written in one have fewer.
LONGEST_COUNT = 4


def dictated(text: str, *, asked: bool) -> str:
    """The digits at the end of what was said so far, if more of them may follow; else "".

    ``asked``: the agent has just asked for a number. Written as one ("4271") or one by one, they
    are the same digits, but unasked a short group in one is a count.
    """
    digits = words.digits_at_end(text)
    if not digits:
        return ""
    before = words.words_of(text)[: -len(digits)]
    last = before[-1] if before else ""
    if digits == "1" and last not in _LEADS_IN and text.lower().rstrip(" .?!").endswith("one"):
        return ""  # "that one"
    announced = words.announces_digits(" ".join(before))
    if asked or (announced and (len(digits) > 1 or last in _LEADS_IN)):
        return digits
    if len(digits) == 1 or (len(digits) <= LONGEST_COUNT and _BEFORE_A_COUNT.fullmatch(last)):
        return ""
    group = _GROUP.findall(text.lower())[-1]
    in_one = len(re.sub(r"\D", "", group)) == len(digits)
    short = len(digits) < LONGEST_COUNT or not group.isdigit()
    return "" if in_one and short else digits
