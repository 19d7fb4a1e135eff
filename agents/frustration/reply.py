"""The agent's last turn, as the caller's next words answer it, and what it makes of them."""
# ruff: noqa: E501 -- a family of words reads better as one line than as six

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agents.frustration import others, replies
from agents.frustration.reasons import MILD, OF_PRAISE, Reason
from agents.frustration.replies import is_done, is_good_news
from agents.frustration.sentiment import compound
from agents.frustration.speech import Heard
from agents.frustration.words import content

FEWEST_TOLD = 3

_WELCOMES = re.compile(
    r"\b(?:welcome|hello|hi|good (?:morning|afternoon|evening|day)|how (?:can|may|could) i|speaking|you can have)\b"
)
_NO_HELP = re.compile(
    r"\b(?:can not|could not|did not|do not|unable|unfortunately|declined|refused|cancelled|closed|failed|rephrase|"
    r"not (?:possible|valid|found|available)|no \w+ (?:was |is )?(?:found|available)|having trouble|sorry|afraid|important to us|apologi[sz]e|inconvenience|"
    r"i understand (?:your|that|how)|hear that|i see that you|value your|appreciate your|noted)\b"
)
_SAYS_SOMETHING = re.compile(
    r"\b(?:i|we|you|your|is|are|was|were|has|have|had|can|could|will|would|takes?|comes?|costs?|please)\b"
)
_OPENS = re.compile(
    rf"{_WELCOMES.pattern}|\b(?:tell me|what (?:is|was|has) (?:the|it|this|your|happened)|what happened|reason|describe|help you)\b"
)
_READ_BACK = re.compile(r"\bis (?:that|this|it) (?:correct|right)\?$|\bcorrect\?$")
_COUNTS = re.compile(r"\b(?:how many|how big|number of|for how|party of|per person)\b")
_SO_MANY = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+|single)\b[^.]{0,12}\b(?:person|people|adults?)\b"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """The agent's last turn, normalised: what the caller's next words answer."""

    text: str = ""
    broken_into: bool = False
    asks_to_repeat: bool = False
    offers_person: bool = False

    @property
    def is_question(self) -> bool:
        return self.text.endswith("?")

    @property
    def tells(self) -> bool:
        """A statement, no greeting and nothing good."""
        return _SAYS_SOMETHING.search(self.text) is not None and not (
            self.is_question
            or _WELCOMES.search(self.text)
            or is_done(self.text)
            or is_good_news(self.text)
        )

    @property
    def opens(self) -> bool:
        """A greeting, or the question what the call is about: what is told then is a report."""
        text = self.text
        return not _SAYS_SOMETHING.search(text) or _OPENS.search(text) is not None

    @property
    def is_reacted_to(self) -> bool:
        """Anger that aims at nobody is about this reply."""
        return (
            self.tells
            or _READ_BACK.search(self.text) is not None
            or replies.asks_if_it_helped(self.text)
        )

    @property
    def _tells_little(self) -> bool:
        return len(content(replies.to_the_point(self.text))) < FEWEST_TOLD

    @property
    def is_no_help(self) -> bool:
        """It tells what cannot be had, or has failed: weak cues count."""
        return self.tells and _NO_HELP.search(self.text) is not None

    def is_told_how_many(self, caller: str) -> bool:
        """ "How many people?" "Just one person": no wish for one."""
        return _COUNTS.search(self.text) is not None and _SO_MANY.search(caller) is not None

    def explains(self, heard: Heard, *, again: bool, helped: bool, first: bool) -> Iterator[Reason]:
        """What the caller's words are no sign of, after this reply.

        ``again``: they want it said again. ``helped``: it, or a tool before it, did what was wanted.
        ``first``: they tell what they call about.
        """
        if first and not others.NO.search(heard.normalised) and self._tells_little:
            yield Reason.CORRECTION  # nothing was said yet that may be wrong
        pleased = heard.thanks or (
            compound(heard.normalised) > 0 and not heard.shares.keys() - OF_PRAISE
        )
        if helped and pleased:
            yield Reason.SARCASM  # they may mean it now
        if again and others.ASKS.search(heard.normalised):
            yield Reason.SAYS_IT_AGAIN  # "say again?"
        if self.is_told_how_many(heard.normalised):
            yield Reason.ASKS_FOR_PERSON
        if self.offers_person and others.NO.search(heard.normalised):
            yield from MILD | {Reason.NOT_UNDERSTOOD}  # "no, I don't need a person"
        if others.LINE.search(heard.normalised) or others.LINE.search(self.text):
            yield from (Reason.CORRECTION, Reason.SHOUTED_WORDS)

    def mocked(
        self, heard: Heard, *, looped: bool, trouble: bool
    ) -> Iterator[tuple[Reason, float]]:
        """What the caller makes of a reply that was no help; ``looped``: it came before."""
        said = heard.normalised
        sarcastic = Reason.SARCASM in heard.shares
        if looped and heard.glad and Reason.ASKS_FOR_PERSON not in heard.shares:
            sarcastic = True  # nobody is glad to hear the same reply again
            yield Reason.SARCASM, 0.8
        elif looped and not self.asks_to_repeat and not replies.only_agrees(said):
            yield Reason.NOT_UNDERSTOOD, 0.3
        if replies.asks_if_it_helped(self.text) and others.NO.search(said):
            yield Reason.NOT_UNDERSTOOD, 0.5
        if self.tells and replies.knows_already(said, self.text):
            yield Reason.NOT_UNDERSTOOD, 0.9
        if not trouble:
            return
        if not sarcastic and replies.lone_praise(said, self.text):
            sarcastic = True
            yield Reason.SARCASM, 0.7
        thrown_back = not heard.glad and replies.echoes(said, self.text)
        if thrown_back and (sarcastic or heard.shares):
            yield Reason.SARCASM, 0.6  # "In March. How lovely."
