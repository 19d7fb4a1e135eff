"""What crosses between telephony and agents: frozen, plain Python, no Django.

Times named ``*_ms`` in a call are milliseconds on the call's clock, whose zero is the moment the
caller was answered; a moment before the answer is negative. ``datetime`` values are aware, UTC.
"""

from telephony.contracts.call import (
    CallAlreadyClaimedError,
    CallArrival,
    CallPlan,
    CallRefusedError,
    KnowledgePassage,
    ResumedCall,
    SaidTurn,
)
from telephony.contracts.persona import (
    McpServerSpec,
    McpToolSpec,
    OpeningHoursSpec,
    OpeningPeriod,
    PersonaSpec,
    ToolSpec,
    TurnTakingSpec,
    WebhookSpec,
)
from telephony.contracts.records import (
    CallAnswered,
    CallEnded,
    CallRecord,
    EventRecord,
    MessageRecord,
    RecordingRecord,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)

__all__ = [
    "CallAlreadyClaimedError",
    "CallAnswered",
    "CallArrival",
    "CallEnded",
    "CallPlan",
    "CallRecord",
    "CallRefusedError",
    "EventRecord",
    "KnowledgePassage",
    "McpServerSpec",
    "McpToolSpec",
    "MessageRecord",
    "OpeningHoursSpec",
    "OpeningPeriod",
    "PersonaSpec",
    "RecordingRecord",
    "ResumedCall",
    "SaidTurn",
    "ToolCallRecord",
    "ToolSpec",
    "TurnMetricRecord",
    "TurnRecord",
    "TurnTakingSpec",
    "WebhookSpec",
]
