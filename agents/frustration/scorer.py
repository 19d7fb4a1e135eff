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
from agents.frustration.reply import Reply
from agents.frustration.speech import LONGEST, Heard, asks_nicely, is_content, read
from agents.frustration.turns import Contribution, Score, Speaker, Turn
from agents.frustration.weights import FrustrationWeights
from agents.frustration.words import alike, content, digits, normalise

REMEMBERED = 5  # caller turns that a question is compared with
ALIKE = 0.6
FEWEST_DIGITS = 3
UNHEARD = 1.5
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
        # Words said turn after turn that no reply has taken up, and in how many turns.
        self._unheard: dict[str, int] = {}
        self._caller_digits = ""
        self._agent_digits = ""
        self._replies: list[str] = []
        self._corrections = self._repeats = self._tool_failures = self._answers_again = 0
        self._interruptions = self._overlaps = self._misunderstandings = self._misheard = (
            self._loud
        ) = 0
        self._reply = Reply()
        self._said = ""  # the caller's last turn
        # Of the last reply
        self._offered = self._looped = False
        self._good_news = self._helped = False
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
        self._reply = replace(self._reply, broken_into=turn.interrupted)

    def _read_reply(self, said: str) -> None:
        text = normalise(said)
        not_caught = replies.not_caught(text)
        asks_to_repeat = replies.asks_to_repeat(text)
        if not_caught:
            self._misunderstandings += 1
            if self._misunderstandings > 1:
                self._trouble += 1
                self._count(Reason.AGENT_DID_NOT_UNDERSTAND, min(3.0, self._misunderstandings - 1))
        point = replies.to_the_point(text)
        self._looped = not self._wants_it_again and replies.says_again(point, self._replies)
        if self._looped:
            self._trouble += 1
            self._count(Reason.AGENT_REPEATED_ITSELF, 0.5 if asks_to_repeat else 1.0)
        elif replies.was_done(self._said) and any(
            replies.is_nearly_the_same(point, before) for before in self._replies
        ):
            self._trouble += 1
            self._count(Reason.AGENT_REPEATED_ITSELF, 0.5)
        self._offered = person.offers_person(text)
        self._noisy = self._noisy or others.LINE.search(text) is not None
        self._reply = Reply(text, False, asks_to_repeat, self._offered)
        self._helped = not self._looped and (self._helped or replies.is_done(text))
        self._replies = [*self._replies, point][-REMEMBERED:]
        self._agent_digits = digits(text)
        taken_up = content(text)
        self._unheard = {w: n for w, n in self._unheard.items() if w not in taken_up}
        self._good_news = not self._trouble and (self._good_news or replies.is_good_news(text))

    def _caller(self, turn: Turn) -> None:
        opening = not self._said and self._reply.opens
        if self._reply.broken_into and turn.is_louder_than(self.weights.raised_db):
            self._trouble += 1  # breaks in, and louder
        trouble = self._trouble > 0 or self._reply.is_no_help
        heard = read(turn.text, trouble=trouble, opening=opening)
        self._wants_it_again = others.WANTS_IT_AGAIN.search(heard.normalised) is not None
        asked = self._wants_it_again
        for reason in self._reply.explains(heard, again=asked, helped=self._helped, first=opening):
            heard.shares.pop(reason, None)
        self._helped = False
        if self._good_news and heard.shares.keys() <= OF_JOY:
            heard.shares.clear()
            heard = replace(heard, glad=True)
        else:
            self._good_news = False
        at_something = self._trouble or self._answers_again or self._reply.is_reacted_to
        self._aimless = not (heard.aimed or at_something) or (not self._said and asks_nicely(heard))
        if self._reply.broken_into and replies.agrees(heard.normalised):
            self._interruptions = max(0, self._interruptions - 1)  # eager
        self._noisy = self._noisy or others.LINE.search(heard.normalised) is not None
        if self._reply.is_no_help and replies.is_praise(heard.normalised):
            heard.shares[Reason.SARCASM] = 0.9
        patient = is_content(heard)
        for reason, share in heard.shares.items():
            if reason is not Reason.CORRECTION and not (patient and reason in MILD):
                self._count(reason, share)
        if not patient:
            trouble = self._trouble > 0
            for reason, share in self._reply.mocked(heard, looped=self._looped, trouble=trouble):
                heard.shares.setdefault(reason, share)
                self._count(reason, share)
        if self._offered and person.says_yes(heard.normalised):
            self._count(Reason.ASKS_FOR_PERSON)
        self._offered = False
        self._hear_correction(heard)
        self._hear_digits(heard)
        self._hear_question_again(heard)
        self._hear_answer_again(heard)
        self._hear_level(turn, heard)
        aimless, self._aimless = self._aimless, False
        if others.FAILED_BEFORE.search(heard.normalised):
            self._trouble += 1
        if not aimless and heard.shares.keys() - (
            NO_TROUBLE if heard.aimed else NO_TROUBLE | CRIES
        ):
            self._trouble += 1
        elif patient and not {c.reason for c in self._new} - MILD:
            self._calm()

    # What takes a memory

    def _hear_correction(self, heard: Heard) -> None:
        share = heard.shares.get(Reason.CORRECTION)
        if share is None:
            self._corrections = 0
            return
        if heard.bare_no and self._reply.is_question and not self._agent_digits:
            return  # "no" is an answer too
        self._corrections += 1
        # Worse where they have acted on what was not said.
        self._count(Reason.CORRECTION, share * (2 if replies.is_done(self._reply.text) else 1))
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
            if not self._reply.asks_to_repeat or self._repeats > 1:
                self._trouble += 1
                self._count(Reason.ASKS_AGAIN, min(2.0, 0.5 + 0.5 * self._repeats))
        self._unheard = {word: self._unheard.get(word, 0) + 1 for word in about if word.isalpha()}
        unheard = (
            0
            if self._reply.asks_to_repeat or heard.glad
            else max(self._unheard.values(), default=0)
        )
        self._trouble += unheard > 1
        if unheard > 2:
            self._count(Reason.ASKS_AGAIN, UNHEARD)
        if about:
            self._asked = [*self._asked, (about, number)][-REMEMBERED:]

    def _hear_answer_again(self, heard: Heard) -> None:
        said, self._said = self._said, heard.normalised
        if heard.own_mistake or not replies.answers_again(heard.normalised, said, self._reply.text):
            return
        if self._reply.asks_to_repeat or any(c.reason in SAME_AGAIN for c in self._new):
            return
        self._answers_again += 1
        self._trouble += self._answers_again > 1
        self._count(Reason.ASKS_AGAIN, min(2.0, 0.1 + 0.4 * self._answers_again))

    def _hear_level(self, turn: Turn, heard: Heard) -> None:
        if not turn.is_louder_than(self.weights.raised_db) or heard.glad or self._noisy:
            self._loud = 0
            return
        self._loud += 1
        share = 1.0 if turn.is_louder_than(self.weights.shouting_db) else 0.5
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
