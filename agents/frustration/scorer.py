"""The frustration score of one call, turn by turn: deterministic, explained, fast enough for live.

What a turn says is read by ``speech``; here is what takes a memory: asking again, corrections and
failures in a row, an agent who does not understand or goes in circles.
"""

from __future__ import annotations

import re

from agents.frustration import person
from agents.frustration.reasons import Reason
from agents.frustration.speech import Heard, is_content, read
from agents.frustration.turns import Contribution, Score, Speaker, Turn
from agents.frustration.weights import FrustrationWeights
from agents.frustration.words import alike, content, digits, normalise, sentences, subject

REMEMBERED = 5  # caller turns that a question is compared with
ALIKE = 0.6
SAME_REPLY, MOSTLY_SAME = 0.8, 0.5
FEWEST_DIGITS = 3
_NOT_CAUGHT = re.compile(
    r"\b(?:did not (?:quite )?(?:catch|understand|get|hear)|(?:could|can|"
    r"would) you (?:please )?(?:repeat|"
    r"say|rephrase|spell)|(?:i am|i'm)? ?sorry,? (?:i|that|could|we|there)|not sure (?:what|i)|"
    r"i (?:can not|could not|do not|am unable|am not able)|please (?:repeat|try|rephrase|say)|"
    r"pardon|"
    r"say (?:it|that) again|unable to|went wrong|did not work|not available|try again)\b"
)
_ASKED_TO_REPEAT = re.compile(r"\b(?:repeat|again|rephrase|catch|pardon|spell|confirm|once more)\b")
_WANTS_IT_AGAIN = re.compile(
    r"\b(?:slow\w*|repeat that|say (?:that|it) again|pardon|what was (?:that|it)|did not catch|"
    r"did not get that|cut out|once more|definitely|are you sure|just (?:being|to be) (?:careful|"
    r"sure)|"
    r"come again|missed that|louder|speak up)\b|^(?:sorry|what|on \w+)\?"
)

_POLITE = re.compile(
    r"\banything else\b|\bhow (?:can|may|could) i\b|\b(?:one|a) moment\b|"
    r"\blet me (?:check|look|see|try)\b|"
    r"\bplease hold\b|\byou are welcome\b|\bthank you\b"
)
_ASKED_IF_HELPED = re.compile(
    r"\b(?:did|does|was|is|has|have) (?:that|this|it|i|your \w+)\b[^.]*"
    r"\b(?:help\w*|answer\w*|solv\w*|resolv\w*|fix\w*|useful|satisf\w*)\b[^.]*\?$"
)
_NO = re.compile(
    r"^(?:no|nope|not|it did not|that did not|hardly|of course not)\b(?! (?:more|other|further|"
    r"problem))"
)

_NO_TROUBLE = {
    Reason.SHOUTED_WORDS,
    Reason.IMPATIENT_WORDS,
    Reason.ASKS_FOR_CALLBACK,
    Reason.NEGATIVE_SENTIMENT,
}


class Scorer:
    """Feed it every turn in order with ``add``; ``contributions`` is why the score is as it is."""

    def __init__(self, weights: FrustrationWeights | None = None) -> None:
        self.weights = weights or FrustrationWeights()
        self.contributions: list[Contribution] = []
        self._value = 0.0
        self._peak = 0.0
        self._peak_turn: int | None = None
        self._crossed: int | None = None
        self._index = -1
        self._new: list[Contribution] = []
        # What went wrong so far, in no unit: above 0, weak cues count.
        self._trouble = 0
        self._asked: list[frozenset[str]] = []
        self._caller_digits = ""
        self._agent_digits = ""
        self._replies: list[str] = []
        self._corrections = self._repeats = self._tool_failures = 0
        self._interruptions = self._overlaps = self._misunderstandings = self._misheard = (
            self._loud
        ) = 0
        self._asked_to_repeat = False
        self._offered = False
        self._question = False
        self._looped = False
        self._wants_it_again = False
        self._asked_if_helped = False

    def add(self, turn: Turn) -> Score:
        """Take the next turn; return the score after it."""
        self._index += 1
        self._new = []
        match turn.speaker:
            case Speaker.CALLER:
                self._value *= self.weights.decay
                self._caller(turn)
            case Speaker.AGENT:
                self._agent(turn)
            case Speaker.TOOL:
                self._tool(turn)
        return self.score

    @property
    def score(self) -> Score:
        """As after the last turn."""
        return Score(
            value=self._value,
            peak=self._peak,
            turn=self._peak_turn if self._crossed is None else self._crossed,
            transfer=self._crossed is not None,
            new=tuple(self._new),
        )

    # Turns

    def _tool(self, turn: Turn) -> None:
        if turn.ok:
            return
        self._tool_failures += 1
        self._trouble += 1
        self._count(Reason.TOOL_FAILURE, min(1.5, 0.5 + 0.4 * (self._tool_failures - 1)))

    def _agent(self, turn: Turn) -> None:
        text = normalise(turn.text)
        if turn.interrupted:
            self._interruptions += 1
            if self._interruptions > 1:  # anybody breaks in once
                self._trouble += 1
                self._count(Reason.INTERRUPTIONS, min(1.5, 0.5 * (self._interruptions - 1) + 0.5))
        if turn.overlaps:
            self._overlaps += turn.overlaps
            if self._overlaps > 3:  # "mm-hmm" and "yes" overlap too
                self._count(Reason.OVERLAPS)
        not_caught = _NOT_CAUGHT.search(text) is not None
        self._asked_to_repeat = not_caught and _ASKED_TO_REPEAT.search(text) is not None
        if not_caught:
            self._misunderstandings += 1
            if self._misunderstandings > 1:
                self._trouble += 1
                self._count(Reason.AGENT_DID_NOT_UNDERSTAND, min(3.0, self._misunderstandings - 1))
        self._looped = not self._wants_it_again and self._is_a_loop(text)
        if self._looped:
            self._trouble += 1
            self._count(Reason.AGENT_REPEATED_ITSELF, 0.5 if self._asked_to_repeat else 1.0)
        self._replies = [*self._replies, _to_the_point(text)][-REMEMBERED:]
        self._agent_digits = digits(text)
        self._offered = person.offers_person(text)
        self._question = text.endswith("?")
        self._asked_if_helped = _ASKED_IF_HELPED.search(text) is not None

    def _is_a_loop(self, text: str) -> bool:
        """The agent said so before. Digits read back differ, so they must be the same ones."""
        text = _to_the_point(text)
        said = subject(text)
        if len(said) < 2 or not content(text):
            return bool(text) and any(text in before for before in self._replies)
        return any(
            alike(said, other) >= SAME_REPLY
            and len(said & other) / len(said | other) >= MOSTLY_SAME
            and digits(before) == digits(text)
            and (before.endswith("?") == text.endswith("?") or said == other)
            for before in self._replies
            for other in [subject(before)]
        )

    def _caller(self, turn: Turn) -> None:
        heard = read(turn.text, trouble=self._trouble > 0)
        for reason, share in heard.shares.items():
            if reason is not Reason.CORRECTION:
                self._count(reason, share)
        if self._asked_if_helped and _NO.search(heard.normalised):
            self._count(Reason.NOT_UNDERSTOOD, 0.5)
        self._asked_if_helped = False
        if self._looped and heard.glad and Reason.ASKS_FOR_PERSON not in heard.shares:
            # Nobody is glad to hear the same reply again.
            heard.shares.setdefault(Reason.SARCASM, 1.0)
            self._count(Reason.SARCASM, 0.8)
        elif self._looped and not self._asked_to_repeat and not person.says_yes(heard.normalised):
            self._count(Reason.NOT_UNDERSTOOD, 0.3)
        if self._offered and person.says_yes(heard.normalised):
            self._count(Reason.ASKS_FOR_PERSON)
        self._offered = False
        self._wants_it_again = _WANTS_IT_AGAIN.search(heard.normalised) is not None
        self._hear_correction(heard)
        self._hear_digits(heard)
        self._hear_question_again(heard)
        self._hear_level(turn, heard)
        if heard.shares.keys() - _NO_TROUBLE:
            self._trouble += 1
        elif is_content(heard) and not self._new:
            self._calm()

    # What takes a memory

    def _hear_correction(self, heard: Heard) -> None:
        share = heard.shares.get(Reason.CORRECTION)
        if share is not None and heard.bare_no and self._question and not self._agent_digits:
            return  # "no" is an answer too
        if share is None:
            self._corrections = 0
            return
        self._corrections += 1
        self._count(Reason.CORRECTION, share)
        if self._corrections > 1:
            self._count(Reason.CORRECTIONS_IN_A_ROW, min(1.5, 0.5 * (self._corrections - 1)))

    def _hear_digits(self, heard: Heard) -> None:
        said = digits(heard.normalised)
        misread = (
            len(self._caller_digits) >= FEWEST_DIGITS
            and len(self._agent_digits) >= FEWEST_DIGITS
            and self._caller_digits not in self._agent_digits
        )
        if misread and not heard.own_mistake and (said or Reason.CORRECTION in heard.shares):
            self._misheard += 1
            self._trouble += self._misheard > 1
            self._count(Reason.MISHEARD_DIGITS, min(1.5, 0.5 * self._misheard))
        if len(said) >= FEWEST_DIGITS:
            self._caller_digits = said
        self._agent_digits = ""

    def _hear_question_again(self, heard: Heard) -> None:
        about = content(heard.normalised)
        if not heard.glad and any(alike(about, before) >= ALIKE for before in self._asked):
            self._repeats += 1
            if not self._asked_to_repeat or self._repeats > 1:
                self._trouble += 1
                self._count(Reason.ASKS_AGAIN, min(2.0, 0.5 + 0.5 * self._repeats))
        if about:
            self._asked = [*self._asked, about][-REMEMBERED:]

    def _hear_level(self, turn: Turn, heard: Heard) -> None:
        if turn.level_db is None or turn.level_db < self.weights.raised_db or heard.glad:
            self._loud = 0
            return
        self._loud += 1
        share = 1.0 if turn.level_db >= self.weights.shouting_db else 0.5
        if not self._trouble and not heard.shares and self._loud == 1:
            share /= 2  # loud, but about what?
        self._count(Reason.RAISED_LEVEL, share)

    # Adding up

    def _count(self, reason: Reason, share: float = 1.0) -> None:
        weight = min(1.0, self.weights.of(reason) * share)
        if weight <= 0:
            return
        self._note(reason, weight)
        self._value = 1 - (1 - self._value) * (1 - weight)
        if self._value > self._peak:
            self._peak, self._peak_turn = self._value, self._index
        if self._crossed is None and self._value >= self.weights.threshold:
            self._crossed = self._index

    def _calm(self) -> None:
        if self._value > 0:
            self._note(Reason.CONTENT, -self.weights.content)
            self._value *= 1 - self.weights.content
        self._repeats = self._corrections = 0

    def _note(self, reason: Reason, weight: float) -> None:
        contribution = Contribution(reason, self._index, round(weight, 3))
        self._new.append(contribution)
        self.contributions.append(contribution)


def _to_the_point(text: str) -> str:
    """Without the phrases that an agent may say in every turn."""
    return " ".join(said for said in sentences(text) if not _POLITE.search(said))
