"""What the human is told before they take the call: who, why, what was tried, what is wanted, mood.

Made of the call's own records, at once and the same every time: asking the model would take a
second or two of the caller's time on hold, and could fail.
"""

from __future__ import annotations

from agents.speech_text import plain
from agents.transfer.headers import clean
from telephony.contracts import CallRecord, ToolCallRecord, TurnRecord
from telephony.enums import Speaker, ToolOutcome, TransferCause

# Under 15 s at a slow 150 words a minute, with the question behind it (9 words) left out.
MOST_WORDS = 36
MOST_WISH_WORDS = 10
MOST_TRIED = 2
REMEMBERED = 60

_WHY = {
    TransferCause.CALLER_ASKED: "They asked for a person.",
    TransferCause.OPERATOR_KEY: "They asked for an operator.",
    TransferCause.AGENT_DECIDED: "",
    TransferCause.FRUSTRATION: "They are not getting on with the agent.",
    TransferCause.AGENT_FAILED: "The agent had a fault.",
    TransferCause.SUPERVISOR: "A supervisor hands them over.",
}
_WORKED = frozenset({ToolOutcome.OK})


class Notes:
    """Listens to the call's records. ``mood`` is set by whoever knows it."""

    def __init__(self, caller_number: str) -> None:
        self.mood = ""
        self._number = caller_number
        self._turns: dict[str, TurnRecord] = {}
        self._tools: dict[str, ToolCallRecord] = {}

    def on_record(self, record: CallRecord) -> None:
        if isinstance(record, TurnRecord):
            self._turns[record.key] = record
            if len(self._turns) > REMEMBERED:
                del self._turns[next(iter(self._turns))]
        elif isinstance(record, ToolCallRecord):
            # One use of a tool, by its last attempt.
            self._tools[record.idempotency_key or record.key] = record

    def briefing(self, cause: TransferCause, why: str = "") -> str:
        """Under 15 s of speech, as sentences. Mood and wish matter most, so what was tried gives
        way to them."""
        who = f"Caller with {_grouped(self._number)}."
        reason = _sentence(why, MOST_WISH_WORDS) or _WHY[cause]
        wish = self._wish()
        left = MOST_WORDS - sum(len(part.split()) for part in (who, reason, wish, self.mood))
        tried = self._tried()
        if len(tried.split()) > left:
            tried = ""
        return " ".join(part for part in (who, reason, tried, wish, self.mood) if part)

    def summary(self, cause: TransferCause, why: str = "") -> str:
        """One line for a header: the wish first."""
        parts = [why or _WHY[cause], self._wish(), self._tried(), self.mood]
        return clean(" ".join(part for part in parts if part))

    def said(self) -> list[TurnRecord]:
        """All turns known, in the order of the speech."""
        return sorted(self._turns.values(), key=lambda turn: turn.start_ms)

    def _tried(self) -> str:
        done = list(self._tools.values())[-MOST_TRIED:]
        told = [
            f"{_spoken_name(tool.name)} {'worked' if tool.outcome in _WORKED else 'failed'}"
            for tool in done
            if tool.name not in ("transfer_to_human", "end_call")
        ]
        return f"Tried: {', '.join(told)}." if told else ""

    def _wish(self) -> str:
        """The longest of the caller's last three turns says most of what they want."""
        texts = [t.text for t in self.said() if t.speaker is Speaker.CALLER and t.text.strip()]
        if not texts:
            return ""
        return f"They said: {_sentence(max(texts[-3:], key=len), MOST_WISH_WORDS)}"


def _grouped(number: str) -> str:
    digits = [c for c in number if c.isdigit()]
    if len(digits) < 3:
        return "no number"
    # The last four are what a person compares.
    return f"number ending {' '.join(digits[-4:])}"


def _spoken_name(tool: str) -> str:
    return " ".join(tool.replace("_", " ").split())


def _sentence(text: str, most_words: int) -> str:
    """What somebody said, as a sentence to be spoken: no markup, bounded."""
    said = " ".join(plain(text).split()[:most_words]).rstrip(" .,;:")
    return f"{said}{'' if said[-1:] in {'?', '!'} else '.'}" if said else ""
