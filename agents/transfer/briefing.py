"""What the human is told before they take the call: who, why, what was tried, what is wanted, mood.

Made of the call's own records, at once and the same every time: asking the model would take a
second or two of the caller's time on hold, and could fail.
"""

from __future__ import annotations

from agents.frustration.matter import matter
from agents.languages import ENGLISH, Language
from agents.speech_text import plain
from agents.transfer import sentences
from agents.transfer.headers import clean
from telephony.contracts import CallRecord, ToolCallRecord, TurnRecord
from telephony.enums import Speaker, ToolOutcome, TransferCause

# 15 s at a slow 150 words a minute: all that is said, with the code and the question behind it.
MOST_WORDS = 37
MOST_WISH_WORDS, LEAST_WISH_WORDS = 10, 6
# The model's own sentence says what is wanted.
MOST_DECISION_WORDS, MOST_DECISION_WORDS_WITH_CODE = 18, 12
MOST_TRIED = 2
REMEMBERED = 60
WISHES, WISHES_AMONG = 3, 8

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

    def briefing(self, cause: TransferCause, why: str = "", code: str = "") -> str:
        """Under 15 s of speech, with ``code`` (spoken digit by digit) and the question behind it.

        What does not fit is left out: who calls first, as the telephone and the page show it.
        """
        say = self._language.say
        room = MOST_WORDS - _count(say(sentences.PRESS))
        if code:
            room -= _count(say(sentences.CODE, code=", ".join(code)))
        decided = bool(why) and cause is TransferCause.AGENT_DECIDED
        most = MOST_DECISION_WORDS_WITH_CODE if code else MOST_DECISION_WORDS
        wish = "" if decided else self._wish()
        parts = {
            "who": self._who(),
            "reason": _sentence(self._why(cause, why), most if decided else MOST_WISH_WORDS),
            "tried": self._tried(),
            "wish": self._said(wish, LEAST_WISH_WORDS),
            "mood": say(self.mood),
        }
        for name in ("who", "tried", "mood"):
            if _count(*parts.values()) > room:
                parts[name] = ""
        left = room - _count(*parts.values())
        parts["wish"] = self._said(wish, min(MOST_WISH_WORDS, LEAST_WISH_WORDS + left))
        return " ".join(part for part in parts.values() if part)

    def summary(self, cause: TransferCause, why: str = "") -> str:
        """One line for a header: the wish first."""
        mood = self._language.say(self.mood)
        said = self._said(self._wish(), MOST_WISH_WORDS)
        parts = [self._why(cause, why), said, self._tried(), mood]
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
        named = cause in _NAMED and not self._language.is_english
        if named or cause is TransferCause.CALLER_ASKED:  # in whose words is on the page
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
        """The longest of the caller's last turns that are of their matter says most of it."""
        caller = [turn.text for turn in self.said() if turn.speaker is Speaker.CALLER]
        wishes: list[str] = []
        for text in reversed(caller[-WISHES_AMONG:]):
            wish = matter(text, self._language)
            if _count(wish) > 1:
                wishes.append(wish)
            if len(wishes) == WISHES:
                break
        return max(wishes, key=len, default="")

    def _said(self, wish: str, most_words: int) -> str:
        said = _sentence(wish, most_words)
        return self._language.say(sentences.THEY_SAID, words=said) if said else ""


def _count(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)


def _spoken_name(tool: str) -> str:
    return " ".join(tool.replace("_", " ").split())


def _sentence(text: str, most_words: int) -> str:
    """What somebody said, as a sentence to be spoken: no markup, bounded."""
    said = " ".join(plain(text).split()[:most_words]).rstrip(" .,;:")
    return f"{said}{'' if said[-1:] in {'?', '!'} else '.'}" if said else ""
