"""The system of record, one noun a file."""

from telephony.models.call import Call, CallQuerySet
from telephony.models.call_event import CallEvent
from telephony.models.call_policy import CallPolicy
from telephony.models.call_recording import CallRecording
from telephony.models.human_endpoint import HumanEndpoint, HumanEndpointQuerySet
from telephony.models.human_request import HumanRequest
from telephony.models.knowledge import KnowledgeDocument, KnowledgePassage, KnowledgeTerm
from telephony.models.livekit_check import LiveKitCheck
from telephony.models.mcp_server import McpServer
from telephony.models.message import Message
from telephony.models.opening_hours import ClosedDate, OpeningHours, OpeningPeriod
from telephony.models.persona import CONTENT_FIELDS, Persona, PersonaContent, PersonaVersion
from telephony.models.phone_number import PhoneNumber, PhoneNumberQuerySet
from telephony.models.team import Team, TeamMember
from telephony.models.tool import Tool
from telephony.models.tool_call import ToolCall
from telephony.models.transcript import TranscriptTurn
from telephony.models.transfer import SETTLED_STEP, Transfer, TransferQuerySet, TransferStep
from telephony.models.trunk import SipTrunk
from telephony.models.turn_metric import TurnMetric
from telephony.models.turn_taking import TurnTakingProfile
from telephony.models.webhook_delivery import WebhookDelivery

__all__ = [
    "CONTENT_FIELDS",
    "SETTLED_STEP",
    "Call",
    "CallEvent",
    "CallPolicy",
    "CallQuerySet",
    "CallRecording",
    "ClosedDate",
    "HumanEndpoint",
    "HumanEndpointQuerySet",
    "HumanRequest",
    "KnowledgeDocument",
    "KnowledgePassage",
    "KnowledgeTerm",
    "LiveKitCheck",
    "McpServer",
    "Message",
    "OpeningHours",
    "OpeningPeriod",
    "Persona",
    "PersonaContent",
    "PersonaVersion",
    "PhoneNumber",
    "PhoneNumberQuerySet",
    "SipTrunk",
    "Team",
    "TeamMember",
    "Tool",
    "ToolCall",
    "TranscriptTurn",
    "Transfer",
    "TransferQuerySet",
    "TransferStep",
    "TurnMetric",
    "TurnTakingProfile",
    "WebhookDelivery",
]
