"""What an agent's reply is, and how a caller's words stand to it: an echo, the same answer again."""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.frustration.person import says_yes
from agents.frustration.sentiment import compound
from agents.frustration.words import DIGITS, alike, content, digits, sentences, subject, words

SAME_REPLY, MOSTLY_SAME = 0.8, 0.5
GOOD_NEWS = 0.45
ANSWER_WORDS = 8  # an answer given again is short
ECHO_WORDS = 5
NEARLY_SAME = 0.6
MERE_YES = 3  # words
_WAS_DONE = re.compile(
    r"\b(?:i|we) (?:\w+ )?(?:did|have|tried|told|said|explained)\b|\b(?:done|tried|did) (?:it|that|this|so)\b|"
    r"\b(?:already|many times|twice|done)\b"
)
_KNOWS = re.compile(r"^(?:(?:yes|but|yeah)[, ]+)*i (?:already )?know\b")
_AGREES = re.compile(
    r"^(?:yes|yep|yeah|and|great|perfect|exactly|sure|ok|okay|oh (?:yes|great)|sorry)\b(?!,? (?:yes,? )?(?:i know|i heard|but|what|you said))"
)
_NOT_CAUGHT = re.compile(
    r"\b(?:did not (?:quite )?(?:catch|understand|get|hear)|(?:could|can|"
    r"would) you (?:please )?(?:repeat|"
    r"say|rephrase|spell)|(?:i am|i'm)? ?sorry,? (?:i|that|could|we|there)|not sure (?:what|i)|"
    r"i (?:can not|could not|do not|am unable|am not able)|please (?:repeat|try|rephrase|say)|"
    r"pardon|"
    r"say (?:it|that) again|unable to|went wrong|did not work|not available|try again)\b"
)
_ASKED_TO_REPEAT = re.compile(r"\b(?:repeat|again|rephrase|catch|pardon|spell|confirm|once more)\b")
_POLITE = re.compile(
    r"\banything else\b|\bhow (?:can|may|could) i\b|\b(?:one|a) moment\b|"
    r"\blet me (?:check|look|see|try)\b|"
    r"\bplease hold\b|\byou are welcome\b|\bthank you\b"
)
_ASKED_IF_HELPED = re.compile(
    r"\b(?:did|does|was|is|has|have) (?:that|this|it|i|your \w+)\b[^.]*"
    r"\b(?:help\w*|answer\w*|solv\w*|resolv\w*|fix\w*|useful|satisf\w*)\b[^.]*\?$"
)
_GREETS = re.compile(
    r"\b(?:welcome|hello|hi|good (?:morning|afternoon|evening|day)|sorry|can not|could not)\b"
)

_DONE = re.compile(
    r"\b(?:is|are|have|has|been|all|now|it's|i) (?:\w+ )?(?:done|complete|completed|booked|sent|fixed|confirmed|back|refunded|started|sorted|changed|cancelled|"
    r"ready|found|moved|saved|unblocked|reset|on (?:its|the) way|solved|working|active|added|updated)\b|^done\b"
)
_REGRETS = re.compile(r"\b(?:sorry|not|unfortunately|again|wrong|failed)\b")

_PRAISE = re.compile(
    r"(?:(?:how|just|absolutely|simply|oh|well) )*(?:marvell?ous|splendid|brilliant|wonderful|fantastic|lovely|terrific|superb|"
    r"charming|delightful|excellent|fabulous|great)[.!]*"
)

_NEWS = re.compile(
    r"\b(?:congratulations|good news|you (?:have )?(?:passed|won|got|been (?:accepted|chosen|selected))|"
    r"(?:was|is|has been|been) (?:accepted|approved|granted)|all clear)\b"
)

_SPELT = re.compile(r"\b[a-z](?:\W+[a-z]\b){2,}")


def not_caught(reply: str) -> bool:
    return _NOT_CAUGHT.search(reply) is not None


def agrees(caller: str) -> bool:
    """Goes along with what they broke into: eager, not cross."""
    return _AGREES.search(caller) is not None


def knows_already(caller: str, reply: str) -> bool:
    """ "I know it is paid": told what they know, and not what they asked."""
    return _KNOWS.search(caller) is not None and bool(content(caller) & content(reply))


def only_agrees(caller: str) -> bool:
    """Yes, and nothing of their own after it."""
    return says_yes(caller) and len(words(caller)) <= MERE_YES


def asks_to_repeat(reply: str) -> bool:
    return not_caught(reply) and _ASKED_TO_REPEAT.search(reply) is not None


def asks_if_it_helped(reply: str) -> bool:
    return _ASKED_IF_HELPED.search(reply) is not None


def is_done(reply: str) -> bool:
    """It tells that what was wanted is done."""
    return _DONE.search(reply) is not None and not _REGRETS.search(reply)


def to_the_point(reply: str) -> str:
    """Without the phrases that any reply may have."""
    kept = [one for one in sentences(reply) if not _POLITE.search(one)]
    return " ".join(kept)


def is_good_news(reply: str) -> bool:
    """A cry after it is of joy: a statement that sounds good, no greeting, no regret."""
    if reply.endswith("?") or _GREETS.search(reply):
        return False
    return _NEWS.search(reply) is not None or compound(reply) >= GOOD_NEWS


def says_again(point: str, before: Sequence[str]) -> bool:
    """``point``, or a sentence of it, is what an earlier reply said."""
    parts = [one for one in sentences(point) if len(subject(one)) > 1]
    earlier = [part for other in before for part in sentences(other)]
    return any(is_the_same(point, other) for other in before) or any(
        is_the_same(part, other) for part in parts for other in earlier
    )


def is_the_same(reply: str, before: str) -> bool:
    """Both to the point. Digits read back differ, so they must be the same ones."""
    said, other = subject(reply), subject(before)
    if len(said) < 2 or not content(reply):
        return bool(reply) and (reply in before or (bool(content(reply)) and said == other))
    return (
        alike(said, other) >= SAME_REPLY
        and len(said & other) / len(said | other) >= MOSTLY_SAME
        and sorted(digits(before)) == sorted(digits(reply))
        and (before.endswith("?") == reply.endswith("?") or said == other)
    )


def is_nearly_the_same(reply: str, before: str) -> bool:
    """The same advice in other words: "have you tried turning it off", "please turn it off"."""
    said, other = content(reply), content(before)
    return len(said & other) >= 2 and alike(said, other) >= NEARLY_SAME


def was_done(caller: str) -> bool:
    """The caller has done, or told, what the reply before asked for."""
    return _WAS_DONE.search(caller) is not None


def answers_again(answer: str, before: str, reply: str) -> bool:
    """A short answer given again, because the reply between has not got it: a name, a number."""
    if len(words(answer)) > ANSWER_WORDS or len(words(before)) > 2 * ANSWER_WORDS or not reply:
        return False
    said = digits(answer)
    if said and not content(answer):  # a digit is in many numbers: all of them must be the same
        return said in digits(before) and said not in digits(reply)
    return bool((_facts(answer) & _facts(before)) - _facts(reply) - DIGITS.keys())


def without_lone_praise(caller: str) -> str:
    """``caller`` without the word of praise that closes it: "An hour of music. Wonderful." """
    said = sentences(caller)
    return " ".join(said[:-1] if len(said) > 1 and _PRAISE.fullmatch(said[-1]) else said)


def is_praise(caller: str) -> bool:
    """A word of praise and nothing else."""
    return _PRAISE.fullmatch(caller) is not None


def lone_praise(caller: str, reply: str) -> bool:
    """One word of praise closes a turn that is no praise, after a reply that did nothing."""
    said = sentences(caller)
    return (
        len(said) > 1
        and _PRAISE.fullmatch(said[-1]) is not None
        and not is_done(reply)
        and all(compound(one) <= 0 for one in said[:-1])
    )


def echoes(caller: str, reply: str) -> bool:
    """The reply's own words thrown back as a sentence, with more to follow: "In March. Well." """
    said = sentences(caller)
    first = content(said[0]) if said else frozenset()
    if len(said) < 2 or said[0].endswith("!") or not first <= content(reply):
        return False
    return len(first) > 1 or (bool(first) and len(words(said[0])) <= ECHO_WORDS)


def _facts(text: str) -> frozenset[str]:
    """What an answer is made of; "San-tan-der" is Santander, "n i a m h" is one word."""
    spelt = _SPELT.sub(lambda found: re.sub(r"\W", "", found.group()), text)
    return subject(text) | subject(text.replace("-", "")) | subject(spelt)
