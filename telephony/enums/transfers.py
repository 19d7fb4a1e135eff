"""Hand-overs to a human: causes, steps, settings."""

from __future__ import annotations

from enum import StrEnum


class TransferMode(StrEnum):
    """``warm``: the human is briefed first and the agent's room stays. ``cold``: a SIP REFER."""

    WARM = "warm"
    COLD = "cold"


class TransferState(StrEnum):
    """Where a hand-over to a human stands. One to ``accepted`` repeat for each human who is rung.

    ``declined`` to ``human_gone`` end one human's turn, not the transfer. ``waiting``: nobody is
    free and the caller holds the line. ``is_final`` tells which ones end the transfer.
    """

    REQUESTED = "requested"
    ANNOUNCING = "announcing"
    HOLDING = "holding"
    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERED = "answered"
    BRIEFING = "briefing"
    ACCEPTED = "accepted"
    MERGED = "merged"
    DECLINED = "declined"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    UNREACHABLE = "unreachable"
    HUMAN_GONE = "human_gone"
    WAITING = "waiting"
    COMPLETED = "completed"
    GIVEN_BACK = "given_back"
    RETURNED = "returned"
    MESSAGE_LEFT = "message_left"
    CANCELLED = "cancelled"
    CALLER_GONE = "caller_gone"
    FAILED = "failed"

    @property
    def words(self) -> str:
        """For whoever has five seconds to read it."""
        return _WORDS[self]

    @property
    def is_final(self) -> bool:
        """The caller has left it: another transfer of the same call may begin."""
        return self in _FINAL_STATES

    @property
    def frees_human(self) -> bool:
        """The human who was rung or talked may be rung for somebody else."""
        return self.is_final or self in _HUMAN_ENDS


_WORDS = {
    TransferState.REQUESTED: "Asked for a human",
    TransferState.ANNOUNCING: "Telling the caller",
    TransferState.HOLDING: "Caller on hold",
    TransferState.DIALLING: "Calling the human",
    TransferState.RINGING: "The human's phone rings",
    TransferState.ANSWERED: "The human picked up",
    TransferState.BRIEFING: "The human hears the briefing",
    TransferState.ACCEPTED: "The human accepted",
    TransferState.MERGED: "Talking with a human",
    TransferState.DECLINED: "The human declined",
    TransferState.BUSY: "The human was busy",
    TransferState.NO_ANSWER: "The human did not answer",
    TransferState.VOICEMAIL: "Nobody spoke: a voicemail?",
    TransferState.UNREACHABLE: "The human could not be reached",
    TransferState.HUMAN_GONE: "The human hung up before talking",
    TransferState.WAITING: "Waiting for a free human",
    TransferState.COMPLETED: "Handed over: the talk is over",
    TransferState.GIVEN_BACK: "Given back to the agent",
    TransferState.RETURNED: "Back with the agent: no human took the call",
    TransferState.MESSAGE_LEFT: "The caller left a message",
    TransferState.CANCELLED: "Cancelled: back with the agent",
    TransferState.CALLER_GONE: "The caller hung up",
    TransferState.FAILED: "Failed",
}
_HUMAN_ENDS = frozenset(
    {
        TransferState.DECLINED,
        TransferState.BUSY,
        TransferState.NO_ANSWER,
        TransferState.VOICEMAIL,
        TransferState.UNREACHABLE,
        TransferState.HUMAN_GONE,
    }
)
_FINAL_STATES = frozenset(
    {
        TransferState.COMPLETED,
        TransferState.GIVEN_BACK,
        TransferState.RETURNED,
        TransferState.MESSAGE_LEFT,
        TransferState.CANCELLED,
        TransferState.CALLER_GONE,
        TransferState.FAILED,
    }
)


class TransferCause(StrEnum):
    """What began a hand-over."""

    CALLER_ASKED = "caller_asked"
    OPERATOR_KEY = "operator_key"
    AGENT_DECIDED = "agent_decided"
    FRUSTRATION = "frustration"
    AGENT_FAILED = "agent_failed"
    SUPERVISOR = "supervisor"

    @property
    def words(self) -> str:
        """For whoever has five seconds to read it."""
        return _CAUSES[self]


_CAUSES = {
    TransferCause.CALLER_ASKED: "The caller asked for a human",
    TransferCause.OPERATOR_KEY: "The caller pressed the operator's key",
    TransferCause.AGENT_DECIDED: "The agent decided",
    TransferCause.FRUSTRATION: "The caller was frustrated",
    TransferCause.AGENT_FAILED: "The agent had a fault",
    TransferCause.SUPERVISOR: "A supervisor decided",
}


class NobodyFree(StrEnum):
    """Why a team has no human for a caller now."""

    CLOSED = "closed"
    ALL_BUSY = "all_busy"
    NONE_LEFT = "none_left"


class NobodyAction(StrEnum):
    """What a team does for a caller whom no human takes."""

    WAIT = "wait"
    TAKE_MESSAGE = "take_message"
    RETURN = "return"


class AfterHuman(StrEnum):
    """What the caller gets when the human hangs up first."""

    END = "end"
    RATING = "rating"
    RETURN = "return"


class FrustrationAction(StrEnum):
    """What a score above the persona's threshold leads to."""

    NOTHING = "nothing"
    OFFER = "offer"
    TRANSFER = "transfer"


class CallCommand(StrEnum):
    """What Django may ask of a running call, by a data packet without a sender.

    ``hand_over`` is asked with the key of a ``team``.
    """

    HAND_OVER = "hand_over"
    CANCEL_TRANSFER = "cancel_transfer"
    TAKE_BACK = "take_back"
