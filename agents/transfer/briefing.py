"""What the human is told before they take the call: who, why, what was tried, what is wanted, mood.

Made of the call's own records, at once and the same every time: asking the model would take a
second or two of the caller's time on hold, and could fail.
"""

from __future__ import annotations

from agents.languages import ENGLISH, Language
from agents.speech_text import plain
from agents.transfer import sentences
from agents.transfer.headers import clean
from telephony.contracts import CallRecord, ToolCallRecord, TurnRecord
from telephony.enums import Speaker, ToolOutcome, TransferCause

# Under 15 s at a slow 150 words a minute, with the question behind it (9 words) left out.
MOST_WORDS = 36
MOST_WISH_WORDS = 10
MOST_TRIED = 2
REMEMBERED = 60

_WHY = {
    TransferCause.CALLER_ASKED: sentences.ASKED_FOR_PERSON,
    TransferCause.OPERATOR_KEY: sentences.ASKED_FOR_OPERATOR,
    TransferCause.AGENT_DECIDED: "",
    TransferCause.FRUSTRATION: sentences.NOT_GETTING_ON,
    TransferCause.AGENT_FAILED: sentences.AGENT_FAULT,
    TransferCause.SUPERVISOR: sentences.SUPERVISED,
}
# The product's own reasons come as English names.
_NAMED = frozenset({TransferCause.FRUSTRATION, TransferCause.AGENT_FAILED})
_WORKED = frozenset({ToolOutcome.OK})


class Notes:
    """Listens to the call's records. ``mood``, in English, is set by whoever knows it."""

    def __init__(self, caller_number: str, language: Language = ENGLISH) -> None:
        self.mood = ""
        self._number = caller_number
        self._language = language
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
        who = self._who()
        reason = _sentence(self._why(cause, why), MOST_WISH_WORDS)
        wish, mood = self._wish(), self._language.say(self.mood)
        left = MOST_WORDS - sum(len(part.split()) for part in (who, reason, wish, mood))
        tried = self._tried()
        if len(tried.split()) > left:
            tried = ""
        return " ".join(part for part in (who, reason, tried, wish, mood) if part)

    def summary(self, cause: TransferCause, why: str = "") -> str:
        """One line for a header: the wish first."""
        mood = self._language.say(self.mood)
        parts = [self._why(cause, why), self._wish(), self._tried(), mood]
        return clean(" ".join(part for part in parts if part))

    def said(self) -> list[TurnRecord]:
        """All turns known, in the order of the speech."""
        return sorted(self._turns.values(), key=lambda turn: turn.start_ms)

    def _who(self) -> str:
        digits = [c for c in self._number if c.isdigit()]
        if len(digits) < 3:
            return self._language.say(sentences.CALLER_NO_NUMBER)
        # The last four are what a person compares.
        return self._language.say(sentences.CALLER_NUMBER, digits=" ".join(digits[-4:]))

    def _why(self, cause: TransferCause, why: str) -> str:
        if cause in _NAMED and not self._language.is_english:
            why = ""
        return why or self._language.say(_WHY[cause])

    def _tried(self) -> str:
        say = self._language.say
        told = [
            say(
                sentences.TOOL_WORKED if tool.outcome in _WORKED else sentences.TOOL_FAILED,
                tool=_spoken_name(tool.name),
            )
            for tool in list(self._tools.values())[-MOST_TRIED:]
            if tool.name not in ("transfer_to_human", "end_call")
        ]
        return say(sentences.TRIED, tools=", ".join(told)) if told else ""

    def _wish(self) -> str:
        """The longest of the caller's last three turns says most of what they want."""
        texts = [t.text for t in self.said() if t.speaker is Speaker.CALLER and t.text.strip()]
        if not texts:
            return ""
        said = _sentence(max(texts[-3:], key=len), MOST_WISH_WORDS)
        return self._language.say(sentences.THEY_SAID, words=said)


def _spoken_name(tool: str) -> str:
    return " ".join(tool.replace("_", " ").split())


def _sentence(text: str, most_words: int) -> str:
    """What somebody said, as a sentence to be spoken: no markup, bounded."""
    said = " ".join(plain(text).split()[:most_words]).rstrip(" .,;:")
    return f"{said}{'' if said[-1:] in {'?', '!'} else '.'}" if said else ""
