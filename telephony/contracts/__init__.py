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
    UsedTool,
)
from telephony.contracts.persona import (
    AnsweringPersona,
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
    ToolCallBegun,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.contracts.transfer import (
    COMMAND_TOPIC,
    HandoffSpec,
    HumanOffer,
    HumansFree,
    HumanSpec,
    NobodyOffer,
    TeamSpec,
    TransferRecord,
)

__all__ = [
    "COMMAND_TOPIC",
    "AnsweringPersona",
    "CallAlreadyClaimedError",
    "CallAnswered",
    "CallArrival",
    "CallEnded",
    "CallPlan",
    "CallRecord",
    "CallRefusedError",
    "EventRecord",
    "HandoffSpec",
    "HumanOffer",
    "HumanSpec",
    "HumansFree",
    "KnowledgePassage",
    "McpServerSpec",
    "McpToolSpec",
    "MessageRecord",
    "NobodyOffer",
    "OpeningHoursSpec",
    "OpeningPeriod",
    "PersonaSpec",
    "RecordingRecord",
    "ResumedCall",
    "SaidTurn",
    "TeamSpec",
    "ToolCallBegun",
    "ToolCallRecord",
    "ToolSpec",
    "TransferRecord",
    "TurnMetricRecord",
    "TurnRecord",
    "TurnTakingSpec",
    "UsedTool",
    "WebhookSpec",
]
