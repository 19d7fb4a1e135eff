"""A number being dictated, or a sentence that only ends with one: "at 10:30", "the second one".

Whoever dictates pauses between groups, so such a turn waits. A time, a price or a count is whole.
"""

from __future__ import annotations

import re

from agents.languages import ENGLISH, TurnWords
from agents.turn_taking import words

# Years have as many digits; other counts that are written in one have fewer.
LONGEST_COUNT = 4


def dictated(text: str, *, asked: bool, known: TurnWords = ENGLISH.turns) -> str:
    """The digits at the end of what was said so far, if more of them may follow; else "".

    ``asked``: the agent has just asked for a number. Written as one ("4271") or one by one, they
    are the same digits, but unasked a short group in one is a count.
    """
    digits = words.digits_at_end(text, known)
    if not digits:
        return ""
    before = words.words_of(text, known)[: -len(digits)]
    last = before[-1] if before else ""
    led_in = not last or last in known.leads_in
    if digits == "1" and not led_in and text.lower().rstrip(" .?!").endswith(known.one):
        return ""  # "that one"
    announced = words.announces_digits(" ".join(before), known)
    if asked or (announced and (len(digits) > 1 or led_in)):
        return digits
    if len(digits) == 1 or (len(digits) <= LONGEST_COUNT and known.before_a_count.fullmatch(last)):
        return ""
    group = known.spelling.group.findall(text.lower())[-1]
    in_one = len(re.sub(r"\D", "", group)) == len(digits)
    short = len(digits) < LONGEST_COUNT or not group.isdigit()
    return "" if in_one and short else digits
