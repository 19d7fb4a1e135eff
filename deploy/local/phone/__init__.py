"""A scriptable SIP phone, for tests, benches and the demo."""

from deploy.local.phone.audio import AudioError, load_wav, speech
from deploy.local.phone.call import NotAnswered, PhoneCall
from deploy.local.phone.detector import SpeechDetector, speech_segments
from deploy.local.phone.phone import Phone
from deploy.local.phone.tape import Tape, Turn, turns
from deploy.local.sipkit import CallFailed, EndCause

__all__ = [
    "AudioError",
    "CallFailed",
    "EndCause",
    "NotAnswered",
    "Phone",
    "PhoneCall",
    "SpeechDetector",
    "Tape",
    "Turn",
    "load_wav",
    "speech",
    "speech_segments",
    "turns",
]
