"""A provider fails: each failure has a name, and something the caller can hear.

A fatal error of the realtime model closes livekit-agents' session without a ``close`` event; a
failed or rejected response is silent; a failed voice is stored as if it had spoken. So the
``error`` event and each speech's own result are watched instead.
"""

from __future__ import annotations

import logging
from typing import Any

from livekit.agents import CloseEvent, CloseReason, ErrorEvent, SpeechCreatedEvent
from livekit.agents.voice import SpeechHandle

from agents import last_words
from agents.call import LiveCall
from agents.providers.openai_realtime import is_failed_response
from telephony.enums import EndingReason, EventKind

logger = logging.getLogger(__name__)

SAY_AGAIN = "I am sorry, I did not catch that. Could you say it again?"
# One failed sentence is a hiccup of the line to the voice; a second in a row is not.
MAX_VOICE_FAILURES = 2
MAX_SILENT_REPLIES = 3
QUOTA_CODES = frozenset(
    {"insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"}
)


def attach(call: LiveCall) -> None:
    watch = _Watch(call)
    call.session.on("error", watch.on_error)
    call.session.on("speech_created", watch.on_speech)
    call.session.on("close", watch.on_close)
    call.session.on("agent_state_changed", watch.on_state)


class _Watch:
    def __init__(self, call: LiveCall) -> None:
        self._call = call
        self._voice_failures = 0
        self._silent_replies = 0

    def on_error(self, event: ErrorEvent) -> None:
        error = event.error
        kind, code = getattr(error, "type", ""), error_code(error)
        recoverable = bool(getattr(error, "recoverable", False))
        self._call.recorder.event(
            EventKind.PROVIDER_ERROR,
            detail={"source": kind, "code": code, "recoverable": recoverable},
        )
        logger.warning("provider error: %s", code, extra={"kind": kind, "recoverable": recoverable})
        if kind == "realtime_model_error":
            self._model_failed(error, code, recoverable)
        elif kind == "tts_error" and not recoverable:
            self._voice_failed(code)

    def on_speech(self, event: SpeechCreatedEvent) -> None:
        event.speech_handle.add_done_callback(self._speech_done)

    def on_state(self, event: Any) -> None:
        if event.new_state == "speaking":
            self._voice_failures = self._silent_replies = 0

    def on_close(self, event: CloseEvent) -> None:
        """The session is gone although nobody ended the call."""
        if self._call.ending is None and event.reason is CloseReason.ERROR:
            self._call.end(
                EndingReason.INTERNAL_ERROR, detail="session closed", words=last_words.NO_MODEL
            )

    def _model_failed(self, error: Any, code: str, recoverable: bool) -> None:
        if not recoverable:
            quota = code in QUOTA_CODES
            reason = EndingReason.MODEL_QUOTA if quota else EndingReason.MODEL_UNAVAILABLE
            self._call.end(reason, detail=code, words=last_words.NO_MODEL)
        elif is_failed_response(getattr(error, "error", error)):
            self._reply_is_silent(code)

    def _voice_failed(self, code: str) -> None:
        self._voice_failures += 1
        if self._voice_failures >= MAX_VOICE_FAILURES or not self._say_again():
            self._call.end(
                EndingReason.VOICE_UNAVAILABLE,
                detail=code,
                words=last_words.NO_MODEL,
                voice_works=False,
            )

    def _speech_done(self, handle: SpeechHandle) -> None:
        if self._call.ending is None and handle.exception() is not None:
            self._reply_is_silent("response_rejected")

    def _reply_is_silent(self, code: str) -> None:
        """The model owes a reply and will not give it: the caller must hear something."""
        if self._call.ending is not None or not self._call.answered:
            return
        self._silent_replies += 1
        if self._silent_replies >= MAX_SILENT_REPLIES or not self._say_again():
            self._call.end(EndingReason.MODEL_UNAVAILABLE, detail=code, words=last_words.NO_MODEL)

    def _say_again(self) -> bool:
        """Ask the caller to repeat; False when the session cannot speak any more."""
        try:
            self._call.session.say(SAY_AGAIN)
        except RuntimeError:
            return False
        return True


def error_code(error: Any) -> str:
    """Return the provider's code of an error event, never its text: that may quote a caller."""
    cause = getattr(error, "error", error)
    body = getattr(cause, "body", None)
    for holder in (body, cause):
        for name in ("code", "type"):
            value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
            if isinstance(value, str) and value:
                return value[:64]
    status = getattr(cause, "status_code", None)
    if isinstance(status, int) and status > 0:
        return f"http_{status}"
    return type(cause).__name__
