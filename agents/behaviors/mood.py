"""How frustrated the caller is, turn by turn; they get a human when they ask for one, or need one.

Each contribution to the score is stored with the turn it comes from. A plain wish for a person
counts whatever the model makes of it; so does a yes to the offer of one.
"""

from __future__ import annotations

import copy
import dataclasses
import logging
from collections import deque

from agents import fixed_speech
from agents.call import LiveCall
from agents.frustration import Contribution, FrustrationWeights, Reason, Score, Scorer, Turn
from agents.frustration import Speaker as Side
from agents.frustration.elsewhere import scorer_for
from agents.transfer.desk import Desk
from agents.transfer.sentences import ANNOYED, BECAUSE_THEY_SAID, CALM, VERY_FRUSTRATED
from telephony.contracts import CallRecord, EventRecord, HandoffSpec, ToolCallRecord, TurnRecord
from telephony.enums import EventKind, FrustrationAction, Speaker, ToolOutcome, TransferCause

logger = logging.getLogger(__name__)

# Of the threshold: from here on a hand-over is prepared.
CLIMBING = 0.6
# An offer that was passed over, and a transfer that nobody took, are not made again at once.
TURNS_BETWEEN_OFFERS = 4
# A turn goes on soon or not at all; scoring a long call from its start would stop its loop.
TURNS_TO_GO_BACK = 8
_MOODS = ((1.0, VERY_FRUSTRATED), (0.5, ANNOYED), (0.0, CALM))


def attach(call: LiveCall, desk: Desk) -> None:
    """Listen to the call's records, if the call has a team."""
    if call.plan.teams:
        call.recorder.watchers.append(_Mood(call, desk).on_record)


def weights(handoff: HandoffSpec) -> FrustrationWeights:
    """The persona's: its factors are on top of the scorer's own weights; unknown names are none."""
    base = FrustrationWeights(threshold=handoff.threshold)
    known = {reason.value for reason in Reason}
    factors = {name: factor for name, factor in handoff.weights.items() if name in known}
    changed = {
        name: min(1.0, max(0.0, getattr(base, name) * factor)) for name, factor in factors.items()
    }
    return dataclasses.replace(base, **changed)


class _Mood:
    def __init__(self, call: LiveCall, desk: Desk) -> None:
        self._call = call
        self._desk = desk
        self._handoff = call.plan.persona.handoff
        self._weights = weights(self._handoff)
        self._scorer = scorer_for(self._call.language, self._weights)
        self._before: deque[Scorer] = deque(maxlen=TURNS_TO_GO_BACK)  # each of the last turns
        self._turns: dict[str, Turn] = {}
        self._told: set[tuple[str, Reason]] = set()
        self._first_dbfs: float | None = None
        self._overlaps = 0
        self._climbed = False
        self._offer_due = False
        self._turns_since_offer = TURNS_BETWEEN_OFFERS

    def on_record(self, record: CallRecord) -> None:
        if self._call.held:
            return  # with a human; the announcements are not the agent's conversation
        if isinstance(record, TurnRecord) and record.text.strip():
            self._on_turn(record)
        elif isinstance(record, ToolCallRecord):
            ok = record.outcome in (ToolOutcome.OK, ToolOutcome.CANCELLED)
            self._add(record.key, Turn(speaker=Side.TOOL, text=record.name, ok=ok))
        elif isinstance(record, EventRecord) and record.kind is EventKind.BACKCHANNEL:
            self._overlaps += 1

    def _on_turn(self, record: TurnRecord) -> None:
        if record.speaker is Speaker.AGENT:
            turn = Turn(
                speaker=Side.AGENT,
                text=record.text,
                interrupted=record.interrupted,
                overlaps=self._overlaps,
            )
            self._overlaps = 0
            self._add(record.key, turn)
            self._after_reply(interrupted=record.interrupted)
        elif record.speaker is Speaker.CALLER:
            turn = Turn(speaker=Side.CALLER, text=record.text, level_db=self._level(record.key))
            self._turns_since_offer += record.key not in self._turns
            self._act(self._add(record.key, turn), record)

    def _add(self, key: str, turn: Turn) -> Score:
        """The same key again is a turn that went on: it is scored anew, with all that came after.

        ``new`` of the score are this turn's contributions, wherever it stands by now.
        """
        if self._turns.get(key) == turn:
            return dataclasses.replace(self._scorer.score, new=())
        scored = len(self._turns)
        self._turns[key] = turn
        index = list(self._turns).index(key)
        known = self._go_back(scored, index)
        for one in list(self._turns.values())[known:]:
            self._before.append(copy.copy(self._scorer))
            self._scorer.add(one)
        new = tuple(c for c in self._scorer.contributions if c.turn == index)
        score = dataclasses.replace(self._scorer.score, new=new)
        self._tell(key, score)
        return score

    def _go_back(self, scored: int, index: int) -> int:
        """To the scorer from before turn ``index``; how many turns it knows (0: too long ago)."""
        if scored - index > len(self._before):
            self._before.clear()
            self._scorer = scorer_for(self._call.language, self._weights)
            return 0
        for _ in range(scored - index):
            self._scorer = self._before.pop()
        return index

    def _tell(self, key: str, score: Score) -> None:
        new = [c for c in score.new if (key, c.reason) not in self._told]
        if not new:
            return
        self._told.update((key, c.reason) for c in new)
        keys = list(self._turns)
        self._call.recorder.event(
            EventKind.FRUSTRATION,
            detail={
                "score": round(score.value, 3),
                "turn": key,
                "reasons": [_as_json(c, keys) for c in new],
            },
        )

    def _act(self, score: Score, record: TurnRecord) -> None:
        threshold = self._weights.threshold
        share = score.value / threshold if threshold > 0 else 1.0
        self._desk.notes.mood = next(text for least, text in _MOODS if share >= least)
        if any(c.reason is Reason.ASKS_FOR_PERSON for c in score.new):
            why = self._call.language.say(BECAUSE_THEY_SAID, words=record.text)
            self._desk.request(TransferCause.CALLER_ASKED, why=why)
        elif share >= 1.0:
            self._too_much(score)
        if share >= CLIMBING and not self._climbed:
            self._climbed = True
            self._desk.prepare()

    def _too_much(self, score: Score) -> None:
        if self._turns_since_offer < TURNS_BETWEEN_OFFERS:
            return  # offered just now, or back from colleagues of whom nobody was free
        match self._handoff.frustration:
            case FrustrationAction.TRANSFER:
                self._turns_since_offer = 0
                reasons = dict.fromkeys(
                    c.reason.value for c in reversed(self._scorer.contributions)
                )
                why = ", ".join(name.replace("_", " ") for name in list(reasons)[:3])
                self._desk.request(TransferCause.FRUSTRATION, why=f"frustrated: {why}")
            case FrustrationAction.OFFER:
                self._offer_due = True
                self._desk.prepare()  # who is free may have changed

    def _after_reply(self, *, interrupted: bool) -> None:
        """The agent's own answer is heard first; the offer follows it."""
        call = self._call
        if not self._offer_due or interrupted or call.caller.speaking or not self._desk.open:
            return
        self._offer_due, self._turns_since_offer = False, 0
        if not (offer := self._desk.offer()):
            return
        call.recorder.event(EventKind.HANDOFF_OFFERED)
        try:
            fixed_speech.say(call, offer)
        except RuntimeError as error:
            logger.warning("a human cannot be offered: %s", error)

    def _level(self, key: str) -> float | None:
        """Against the caller's own first turn, dB."""
        dbfs = self._call.caller.levels.get(":".join(key.split(":")[-2:]))
        if dbfs is None:
            return None
        if self._first_dbfs is None:
            self._first_dbfs = dbfs
        return dbfs - self._first_dbfs


def _as_json(contribution: Contribution, keys: list[str]) -> dict[str, object]:
    turn = keys[contribution.turn] if contribution.turn < len(keys) else ""
    return {"reason": contribution.reason.value, "weight": contribution.weight, "turn": turn}
