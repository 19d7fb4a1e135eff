"""The system of record, one noun a file."""

from telephony.models.call import Call, CallQuerySet
from telephony.models.call_event import CallEvent
from telephony.models.call_policy import CallPolicy
from telephony.models.call_recording import CallRecording
from telephony.models.human_endpoint import HumanEndpoint
from telephony.models.knowledge import KnowledgeDocument, KnowledgePassage, KnowledgeTerm
from telephony.models.livekit_check import LiveKitCheck
from telephony.models.mcp_server import McpServer
from telephony.models.message import Message
from telephony.models.opening_hours import OpeningHours, OpeningPeriod
from telephony.models.persona import CONTENT_FIELDS, Persona, PersonaContent, PersonaVersion
from telephony.models.phone_number import PhoneNumber, PhoneNumberQuerySet
from telephony.models.tool import Tool
from telephony.models.tool_call import ToolCall
from telephony.models.transcript import TranscriptTurn
from telephony.models.trunk import SipTrunk
from telephony.models.turn_metric import TurnMetric
from telephony.models.turn_taking import TurnTakingProfile
from telephony.models.webhook_delivery import WebhookDelivery

__all__ = [
    "CONTENT_FIELDS",
    "Call",
    "CallEvent",
    "CallPolicy",
    "CallQuerySet",
    "CallRecording",
    "HumanEndpoint",
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
    "Tool",
    "ToolCall",
    "TranscriptTurn",
    "TurnMetric",
    "TurnTakingProfile",
    "WebhookDelivery",
]
