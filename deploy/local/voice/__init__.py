"""A voice for the stand-ins: espeak-ng, shared by the phone and by the text-to-speech stand-in."""

from deploy.local.voice.espeak import VoiceError, render

__all__ = ["VoiceError", "render"]
