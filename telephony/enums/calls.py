"""Calls and their settings: states, endings, events, tools, providers, trunks."""

from __future__ import annotations

from enum import StrEnum


class CallDirection(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class CallState(StrEnum):
    """Where a call stands. ``ringing``: known, not answered. ``active``: answered by an agent."""

    RINGING = "ringing"
    ACTIVE = "active"
    ENDED = "ended"


class EndingResult(StrEnum):
    """Who a call's end is put down to; an unknown reason counts as ``our_fault``."""

    SUCCESS = "success"
    CALLER = "caller"
    OUR_FAULT = "our_fault"
    PROVIDER = "provider"
    NETWORK = "network"
    REFUSED = "refused"


class EndingReason(StrEnum):
    """Why a call ended. ``result`` tells whom it is put down to."""

    AGENT_GOODBYE = "agent_goodbye"
    CALLER_HUNG_UP = "caller_hung_up"
    CALLER_HUNG_UP_RINGING = "caller_hung_up_ringing"
    USER_DROPPED_AFTER_NUDGES = "user_dropped_after_nudges"
    MAX_DURATION = "max_duration"
    MODEL_UNAVAILABLE = "model_unavailable"
    MODEL_QUOTA = "model_quota"
    VOICE_UNAVAILABLE = "voice_unavailable"
    MEDIA_TIMEOUT = "media_timeout"
    SIP_FAILURE = "sip_failure"
    LIVEKIT_LOST = "livekit_lost"
    UNKNOWN_NUMBER = "unknown_number"
    NUMBER_INACTIVE = "number_inactive"
    NO_PERSONA = "no_persona"
    KILL_SWITCH = "kill_switch"
    ANONYMOUS_REFUSED = "anonymous_refused"
    CALLER_RATE_LIMITED = "caller_rate_limited"
    TRUNK_BUSY = "trunk_busy"
    NUMBER_BUSY = "number_busy"
    DAILY_LIMIT = "daily_limit"
    NO_AGENT = "no_agent"
    WORKER_LOST = "worker_lost"
    WORKER_SHUTDOWN = "worker_shutdown"
    STORE_UNAVAILABLE = "store_unavailable"
    INTERNAL_ERROR = "internal_error"
    HUMAN_HUNG_UP = "human_hung_up"
    HANDED_OVER = "handed_over"
    MESSAGE_LEFT = "message_left"
    UNKNOWN = "unknown"

    @property
    def result(self) -> EndingResult:
        return _RESULT_OF.get(self, EndingResult.OUR_FAULT)


_RESULT_OF = {
    EndingReason.AGENT_GOODBYE: EndingResult.SUCCESS,
    EndingReason.HUMAN_HUNG_UP: EndingResult.SUCCESS,
    EndingReason.HANDED_OVER: EndingResult.SUCCESS,
    EndingReason.MESSAGE_LEFT: EndingResult.SUCCESS,
    EndingReason.CALLER_HUNG_UP: EndingResult.CALLER,
    EndingReason.CALLER_HUNG_UP_RINGING: EndingResult.CALLER,
    EndingReason.USER_DROPPED_AFTER_NUDGES: EndingResult.CALLER,
    EndingReason.MAX_DURATION: EndingResult.REFUSED,
    EndingReason.MODEL_UNAVAILABLE: EndingResult.PROVIDER,
    EndingReason.MODEL_QUOTA: EndingResult.PROVIDER,
    EndingReason.VOICE_UNAVAILABLE: EndingResult.PROVIDER,
    EndingReason.MEDIA_TIMEOUT: EndingResult.NETWORK,
    EndingReason.SIP_FAILURE: EndingResult.NETWORK,
    EndingReason.LIVEKIT_LOST: EndingResult.NETWORK,
    EndingReason.UNKNOWN_NUMBER: EndingResult.REFUSED,
    EndingReason.NUMBER_INACTIVE: EndingResult.REFUSED,
    EndingReason.KILL_SWITCH: EndingResult.REFUSED,
    EndingReason.ANONYMOUS_REFUSED: EndingResult.REFUSED,
    EndingReason.CALLER_RATE_LIMITED: EndingResult.REFUSED,
    EndingReason.TRUNK_BUSY: EndingResult.REFUSED,
    EndingReason.NUMBER_BUSY: EndingResult.REFUSED,
    EndingReason.DAILY_LIMIT: EndingResult.REFUSED,
}


class Speaker(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    HUMAN = "human"


class EventKind(StrEnum):
    """What can happen in a call beside speech and tools. Append-only history uses only these."""

    CREATED = "created"
    CLAIMED = "claimed"
    CALLER_JOINED = "caller_joined"
    ANSWERED = "answered"
    GREETING_HEARD = "greeting_heard"
    DTMF = "dtmf"
    INTERRUPTED = "interrupted"
    CALLER_LEFT = "caller_left"
    HANGUP_BY_AGENT = "hangup_by_agent"
    MAX_DURATION_REACHED = "max_duration_reached"
    PROVIDER_ERROR = "provider_error"
    WORKER_SHUTDOWN = "worker_shutdown"
    REFUSED = "refused"
    ENDED = "ended"
    REDISPATCHED = "redispatched"
    WORKER_LOST = "worker_lost"
    RESUMED = "resumed"
    FALLBACK_DIALLED = "fallback_dialled"
    FALLBACK_ANSWERED = "fallback_answered"
    FALLBACK_FAILED = "fallback_failed"
    LINE_NOISE = "line_noise"
    BACKCHANNEL = "backchannel"
    NUDGE = "nudge"
    FILLER = "filler"
    SPECULATION_DISCARDED = "speculation_discarded"
    LOW_CONFIDENCE = "low_confidence"
    KEYPAD_OFFERED = "keypad_offered"
    SILENCE_BRIDGED = "silence_bridged"
    PROVIDER_SWITCHED = "provider_switched"
    LOOP_BLOCKED = "loop_blocked"
    RECORDING_STARTED = "recording_started"
    HANDOFF_OFFERED = "handoff_offered"
    HANDOFF_PREPARED = "handoff_prepared"
    FRUSTRATION = "frustration"
    ISOLATION_ERROR = "isolation_error"
    GIVEN_BACK = "given_back"


class ToolKind(StrEnum):
    BUILTIN = "builtin"
    WEBHOOK = "webhook"
    MCP = "mcp"


class BuiltinTool(StrEnum):
    """Tools that ship with the product; the code behind each is agents/tools/<value>.py."""

    END_CALL = "end_call"
    OPENING_HOURS = "opening_hours"
    TAKE_MESSAGE = "take_message"
    SEND_DTMF = "send_dtmf"
    KNOWLEDGE_LOOKUP = "knowledge_lookup"
    TRANSFER_TO_HUMAN = "transfer_to_human"


class ToolOutcome(StrEnum):
    """``blocked``: the tool's address is none that tools may reach. ``limit_reached``: used as
    often in this call as it may be. ``unknown``: begun, and no end was told: it runs, or its worker
    was lost."""

    OK = "ok"
    INVALID_ARGUMENTS = "invalid_arguments"
    TIMEOUT = "timeout"
    FAILED = "failed"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    LIMIT_REACHED = "limit_reached"
    UNKNOWN = "unknown"


class RealtimeProvider(StrEnum):
    """Hearing and thinking; the code behind each is agents/providers/<value>.py.

    ``openai_cascade``: speech to text and a chat model, at whatever speaks OpenAI's protocols.
    """

    OPENAI_REALTIME = "openai_realtime"
    OPENAI_CASCADE = "openai_cascade"


class VoiceProvider(StrEnum):
    """The voice; the code behind each is agents/providers/<value>.py."""

    CARTESIA = "cartesia"
    OPENAI_TTS = "openai_tts"


class TurnDetection(StrEnum):
    """Who decides that the caller has finished: the worker itself, or the model's server."""

    CLIENT = "client"
    REALTIME_LLM = "realtime_llm"


class OverlapEars(StrEnum):
    """What hears the words of a caller who speaks while the agent does: the transcription of their
    audio by the model's server, a streaming one beside it as well, or nothing."""

    COMMITTED = "committed"
    STREAMING = "streaming"
    NONE = "none"


class TrunkDirection(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class SipTransport(StrEnum):
    AUTO = "auto"
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


class NumberFormat(StrEnum):
    """How a carrier writes the numbers of callers and called."""

    AUTO = "auto"
    E164 = "e164"
    NATIONAL = "national"


class SyncState(StrEnum):
    """Whether LiveKit holds what the admin says."""

    PENDING = "pending"
    SYNCED = "synced"
    FAILED = "failed"
