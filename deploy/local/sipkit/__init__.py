"""SIP and RTP for the stand-ins of the local stack; the interface is in the README."""

from deploy.local.sipkit.call import Call
from deploy.local.sipkit.clock import FRAME_BYTES, FRAME_S, FrameClock
from deploy.local.sipkit.digest import Verdict
from deploy.local.sipkit.endpoint import SipEndpoint
from deploy.local.sipkit.errors import (
    CallFailed,
    DtmfError,
    EndCause,
    FailureCause,
    PortsExhausted,
    RequestTooLarge,
    SipError,
)
from deploy.local.sipkit.in_dialog import InDialogRequest
from deploy.local.sipkit.incoming import IncomingCall
from deploy.local.sipkit.media import MediaStats, MediaStream
from deploy.local.sipkit.outgoing import OutgoingCall
from deploy.local.sipkit.refer import IncomingRefer, refer
from deploy.local.sipkit.transactions import SipTimers

__all__ = [
    "FRAME_BYTES",
    "FRAME_S",
    "Call",
    "CallFailed",
    "DtmfError",
    "EndCause",
    "FailureCause",
    "FrameClock",
    "InDialogRequest",
    "IncomingCall",
    "IncomingRefer",
    "MediaStats",
    "MediaStream",
    "OutgoingCall",
    "PortsExhausted",
    "RequestTooLarge",
    "SipEndpoint",
    "SipError",
    "SipTimers",
    "Verdict",
    "refer",
]
