"""The frustration score of one call, turn by turn: deterministic, explained, fast enough for live.

What a turn says is read by ``speech``; here is what takes a memory: asking again, corrections and
failures in a row, an agent who does not understand or goes in circles.
"""

from __future__ import annotations

from dataclasses import replace

from agents.frustration import others, person, replies
from agents.frustration.reasons import (
    CRIES,
    EVENTS,
    MILD,
    NO_TROUBLE,
    OF_JOY,
    SAME_AGAIN,
    Reason,
)
from agents.frustration.speech import LONGEST, Heard, is_content, read
from agents.frustration.turns import Contribution, Score, Speaker, Turn
from agents.frustration.weights import FrustrationWeights
from agents.frustration.words import alike, content, digits, normalise

REMEMBERED = 5  # caller turns that a question is compared with
ALIKE = 0.6
FEWEST_DIGITS = 3
FEWEST_TOLD = 3
SHORT = 25  # characters
AIMLESS_AT_MOST = 0.9  # of the threshold


class Scorer:
    """Feed it every turn in order with ``add``; ``contributions`` is why the score is as it is.

    A ``copy.copy`` is a state to go back to: what it holds is replaced by ``add``, never changed.
    """

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
        self._asked: list[tuple[frozenset[str], str]] = []
        self._caller_digits = ""
        self._agent_digits = ""
        self._replies: list[str] = []
        self._corrections = self._repeats = self._tool_failures = self._answers_again = 0
        self._interruptions = self._overlaps = self._misunderstandings = self._misheard = (
            self._loud
        ) = 0
        self._reply = self._said = ""  # the last turn of the agent, of the caller
        # Of the last reply
        self._asked_to_repeat = self._offered = self._question = self._looped = False
        self._asked_if_helped = self._good_news = self._helped = False
        # Of what the caller said
        self._wants_it_again = self._aimless = self._noisy = False

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

    def _tool(self, turn: Turn) -> None:
        self._helped = turn.ok
        if turn.ok:
            return
        self._tool_failures += 1
        self._trouble += 1
        self._count(Reason.TOOL_FAILURE, min(1.5, 0.5 + 0.4 * (self._tool_failures - 1)))

    def _agent(self, turn: Turn) -> None:
        if turn.interrupted:
            self._interruptions += 1
            if self._interruptions > 1:  # anybody breaks in once
                self._trouble += 1
                self._count(Reason.INTERRUPTIONS, min(1.5, 0.5 * (self._interruptions - 1) + 0.5))
        if turn.overlaps:
            self._overlaps += turn.overlaps
            if self._overlaps > 3:  # "mm-hmm" and "yes" overlap too
                self._count(Reason.OVERLAPS)
        self._read_reply(turn.text[-LONGEST:])  # how it ends is what the caller answers

    def _read_reply(self, said: str) -> None:
        text = normalise(said)
        not_caught = replies.not_caught(text)
        self._asked_to_repeat = replies.asks_to_repeat(text)
        if not_caught:
            self._misunderstandings += 1
            if self._misunderstandings > 1:
                self._trouble += 1
                self._count(Reason.AGENT_DID_NOT_UNDERSTAND, min(3.0, self._misunderstandings - 1))
        point = replies.to_the_point(text)
        self._looped = not self._wants_it_again and replies.says_again(point, self._replies)
        if self._looped:
            self._trouble += 1
            self._count(Reason.AGENT_REPEATED_ITSELF, 0.5 if self._asked_to_repeat else 1.0)
        elif replies.was_done(self._said) and any(
            replies.is_nearly_the_same(point, before) for before in self._replies
        ):
            self._trouble += 1
            self._count(Reason.AGENT_REPEATED_ITSELF, 0.5)
        self._reply = text
        self._helped = not self._looped and (self._helped or replies.is_done(text))
        self._replies = [*self._replies, point][-REMEMBERED:]
        self._agent_digits = digits(text)
        self._offered = person.offers_person(text)
        self._question = text.endswith("?")
        self._asked_if_helped = replies.asks_if_it_helped(text)
        self._good_news = not self._trouble and (self._good_news or replies.is_good_news(text))

    def _caller(self, turn: Turn) -> None:
        opening = not self._said
        heard = read(turn.text, trouble=self._trouble > 0, opening=opening)
        if self._good_news and heard.shares.keys() <= OF_JOY:
            heard.shares.clear()
            heard = replace(heard, glad=True)
        else:
            self._good_news = False
        self._aimless = not self._trouble and not heard.aimed
        self._wants_it_again = others.WANTS_IT_AGAIN.search(heard.normalised) is not None
        if self._wants_it_again and len(heard.normalised) <= SHORT:
            heard.shares.pop(Reason.SAYS_IT_AGAIN, None)  # "say again?"
        if others.LINE.search(heard.normalised):
            self._noisy = True
            heard.shares.pop(Reason.CORRECTION, None)
        if self._helped and heard.thanks:
            heard.shares.pop(Reason.SARCASM, None)  # they may mean it now
        self._helped = False
        patient = is_content(heard)
        for reason, share in heard.shares.items():
            if reason is not Reason.CORRECTION and not (patient and reason in MILD):
                self._count(reason, share)
        if self._asked_if_helped and others.NO.search(heard.normalised):
            self._count(Reason.NOT_UNDERSTOOD, 0.5)
        self._asked_if_helped = False
        if (
            opening
            and not others.NO.search(heard.normalised)
            and len(content(replies.to_the_point(self._reply))) < FEWEST_TOLD
        ):
            heard.shares.pop(Reason.CORRECTION, None)  # nothing was said yet that may be wrong
        self._hear_mockery(heard)
        if self._offered and person.says_yes(heard.normalised):
            self._count(Reason.ASKS_FOR_PERSON)
        self._offered = False
        self._hear_correction(heard)
        self._hear_digits(heard)
        self._hear_question_again(heard)
        self._hear_answer_again(heard)
        self._hear_level(turn, heard)
        self._aimless = False
        if others.FAILED_BEFORE.search(heard.normalised):
            self._trouble += 1
        if heard.shares.keys() - (NO_TROUBLE if heard.aimed else NO_TROUBLE | CRIES):
            self._trouble += 1
        elif patient and not {c.reason for c in self._new} - MILD:
            self._calm()

    # What takes a memory

    def _hear_mockery(self, heard: Heard) -> None:
        """What the caller makes of a reply that was no help."""
        if self._looped and heard.glad and Reason.ASKS_FOR_PERSON not in heard.shares:
            # Nobody is glad to hear the same reply again.
            heard.shares.setdefault(Reason.SARCASM, 1.0)
            self._count(Reason.SARCASM, 0.8)
        elif self._looped and not self._asked_to_repeat and not person.says_yes(heard.normalised):
            self._count(Reason.NOT_UNDERSTOOD, 0.3)
        if not self._trouble:
            return
        if Reason.SARCASM not in heard.shares and replies.lone_praise(
            heard.normalised, self._reply
        ):
            heard.shares[Reason.SARCASM] = 0.7
            self._count(Reason.SARCASM, 0.7)
        thrown_back = not heard.glad and replies.echoes(heard.normalised, self._reply)
        if thrown_back and heard.shares:
            self._count(Reason.SARCASM, 0.6)  # "In March. How lovely."

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
        about, number = content(heard.normalised), digits(heard.normalised)
        same = [of for before, of in self._asked if alike(about, before) >= ALIKE]
        # "And my order 5140?" is a new question.
        if not heard.glad and any(of in (number, "") or not number for of in same):
            self._repeats += 1
            if not self._asked_to_repeat or self._repeats > 1:
                self._trouble += 1
                self._count(Reason.ASKS_AGAIN, min(2.0, 0.5 + 0.5 * self._repeats))
        if about:
            self._asked = [*self._asked, (about, number)][-REMEMBERED:]

    def _hear_answer_again(self, heard: Heard) -> None:
        said, self._said = self._said, heard.normalised
        if heard.own_mistake or not replies.answers_again(heard.normalised, said, self._reply):
            return
        if self._asked_to_repeat or any(c.reason in SAME_AGAIN for c in self._new):
            return
        self._answers_again += 1
        self._trouble += self._answers_again > 1
        self._count(Reason.ASKS_AGAIN, min(2.0, 0.1 + 0.4 * self._answers_again))

    def _hear_level(self, turn: Turn, heard: Heard) -> None:
        if (
            turn.level_db is None
            or turn.level_db < self.weights.raised_db
            or heard.glad
            or self._noisy
        ):
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
        if reason in EVENTS or (
            self._aimless and reason is not Reason.ASKS_FOR_PERSON
        ):  # lifts the score, does not carry it over the threshold
            ceiling = AIMLESS_AT_MOST * self.weights.threshold
            weight = min(weight, 1 - (1 - ceiling) / (1 - min(self._value, ceiling)))
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
        self._trouble = max(0, self._trouble - 1)

    def _note(self, reason: Reason, weight: float) -> None:
        contribution = Contribution(reason, self._index, round(weight, 3))
        self._new = [*self._new, contribution]
        self.contributions = [*self.contributions, contribution]
