"""Of whom is it said? A word of anger counts by its aim: at us, at nobody in particular, at others.

What has no aim ("what a waste of money", "it drives me up the wall", "insane!") is as often said of
a kettle, a gym or good luck. It counts in full once something has gone wrong in this call; before
that it may lift the score, not carry it over the threshold.
"""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re

# "you" that aims at nobody: requests, relative clauses, idioms, and cries of "are you kidding".
_NOT_AIMED = re.compile(
    r"\b(?:thank|thanks to|bless|see|owe) you\b|\byou know\b|\b(?:can|could|would|will|may|if) you\b"
    r"|\b(?:that|which|the \w+|\w+s) you (?:guys |lot )?(?:sent|sold|delivered|shipped|gave|made|have)\b"
    r"|\b(?:are|is|was) (?:you|this|that) (?:\w+ )?(?:kidding|joking|serious|for real|real)\b(?: me)?"
    r"|\byou (?:are|have got to be|must be|can not be|have to be) (?:\w+ )?(?:not )?(?:kidding|joking|serious)\b"
)
_AIMED = re.compile(
    r"\b(?:you|u|your|yours|yourself|ur)\b|\bthis (?:is|was|has|does|call|service|company|system|"
    r"thing|machine|conversation|bot|robot|line|place|whole)\b|\b(?:nobody|anyone|anybody|customer service|support)\b"
    r"|\b(?:the |this |\w+ )?(?:service|support|system|hotline|menu|bot|machine|robot)\b"
    r"|\b(?:this|the) (?:call|company)\b|\b(?:of|with|by) this\b|\bmy (?:\w+ )?(?:time|patience|nerves?|breath|energy)\b"
    r"|\bi (?:have |had |just |simply |really |already )*(?:am|have|had|give|said|told|asked|want|need|will|would|must|"
    r"can not|do not|did not|spent|waited|called|rang|phoned|keep|kept|feel|explained|might|refuse|wish|do wish|find|expect|demand|insist|require)\b"
    r"|\b(?:i|we) (?:have|had) (?:been|had)\b|\bwhat is the (?:point|use)\b|\bno point\b|\btalking to (?:a|the)\b"
    r"|\b(?:where|what|why|how|who|when) (?:the |in )?(?:\w+ )?(?:fuck\w*|hell|heck) (?:is|are|was|do|does|did)\b"
    r"|\bhow (?:many|much|hard|long|often)\b|\bwhy\b|\bagain\b|\bstill\b|\bhere we go\b"
    r"|^(?:please |just |then |oh |well |fine |ok |okay |so |right )*(?:stop|listen|forget|answer|get|fix|do|let|give|put|tell|"
    r"shut|leave|skip|drop|save|cancel|try|never ?mind|whatever|no|for)\b"
)


def aims_at_us(sentence: str) -> bool:
    """At whoever answers this call, at the call itself, or the caller names their own state."""
    return _AIMED.search(_NOT_AIMED.sub(" ", sentence)) is not None
