"""Closed vocabularies of the product. Plain Python: agents may import this, Django fields use it.

A value is stored in the database and shown by the API, so a value is never renamed, only added.
"""

from telephony.enums.calls import (
    BuiltinTool,
    CallDirection,
    CallState,
    EndingReason,
    EndingResult,
    EventKind,
    NumberFormat,
    OverlapEars,
    RealtimeProvider,
    SipTransport,
    Speaker,
    SyncState,
    ToolKind,
    ToolOutcome,
    TrunkDirection,
    TurnDetection,
    VoiceProvider,
)
from telephony.enums.transfers import (
    AfterHuman,
    CallCommand,
    FrustrationAction,
    NobodyAction,
    NobodyFree,
    TransferCause,
    TransferMode,
    TransferState,
)

__all__ = [
    "AfterHuman",
    "BuiltinTool",
    "CallCommand",
    "CallDirection",
    "CallState",
    "EndingReason",
    "EndingResult",
    "EventKind",
    "FrustrationAction",
    "NobodyAction",
    "NobodyFree",
    "NumberFormat",
    "OverlapEars",
    "RealtimeProvider",
    "SipTransport",
    "Speaker",
    "SyncState",
    "ToolKind",
    "ToolOutcome",
    "TransferCause",
    "TransferMode",
    "TransferState",
    "TrunkDirection",
    "TurnDetection",
    "VoiceProvider",
]
