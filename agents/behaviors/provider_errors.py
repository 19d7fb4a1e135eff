"""A provider fails: each failure has a name, and something the caller can hear.

A fatal error of the realtime model closes livekit-agents' session without a ``close`` event; a
failed or rejected response is silent; a failed voice is stored as if it had spoken. So the
``error`` event, each speech's own result and the voice itself are watched instead.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from livekit.agents import CloseEvent, CloseReason, ErrorEvent, SpeechCreatedEvent
from livekit.agents.voice import SpeechHandle

from agents import fixed_speech
from agents.behaviors.asking_again import ask_again
from agents.call import LiveCall
from agents.fixed_phrases import BRIDGES, NO_MODEL
from agents.providers.openai_realtime import is_failed_response
from agents.providers.refusals import QUOTA_CODES
from telephony.enums import EndingReason, EventKind

logger = logging.getLogger(__name__)

# One failed sentence is a hiccup of the line to the voice; a second in a row is not.
MAX_VOICE_FAILURES = 2
# To one turn, silent ones and those that broke off: after each of them it is asked again, and not
# at once when that failed as well. A server that is over its limit needs a moment.
ASKED_AGAIN_AFTER_S = (0.0, 1.0, 2.5)
# Of one kind, in a call: what reconnects ten times a second would fill its history.
MOST_NOTED = 20


def attach(call: LiveCall) -> ProviderErrors:
    watch = ProviderErrors(call)
    call.session.on("error", watch.on_error)
    call.session.on("speech_created", watch.on_speech)
    call.session.on("close", watch.on_close)
    call.caller.on_turn.append(watch.on_turn)
    call.agent.on_unspoken = watch.voice_failed
    call.agent.voice.on_failure = watch.on_voice_error
    call.agent.voice.on_spoken = watch.on_spoken
    call.agent.voice.on_switch = watch.on_voice_switch
    return watch


class ProviderErrors:
    """``on_retry`` is told when the caller has heard that what no voice said is tried once more."""

    def __init__(self, call: LiveCall) -> None:
        self.on_retry: Callable[[], None] = lambda: None
        self._call = call
        self._voice_failures = 0
        self._failed_replies = 0
        self._asking: asyncio.TimerHandle | None = None
        self._noted: Counter[tuple[str, str]] = Counter()

    def on_error(self, event: ErrorEvent) -> None:
        error = event.error
        kind, code = getattr(error, "type", ""), error_code(error)
        if kind == "tts_error":
            return  # the voice tells its failures itself, see steady_voice.py
        recoverable = bool(getattr(error, "recoverable", False))
        self._note(kind, code, recoverable)
        if kind == "realtime_model_error":
            self._model_failed(error, code, recoverable)

    def on_voice_error(self, voice: str, code: str) -> None:
        self._note("tts_error", code, True, provider=voice)

    def on_voice_switch(self, voice: str) -> None:
        self._call.recorder.event(
            EventKind.PROVIDER_SWITCHED, detail={"source": "tts", "provider": voice}
        )

    def on_speech(self, event: SpeechCreatedEvent) -> None:
        if event.source == "generate_reply":
            self._ask_no_more()  # somebody else did, the watchdog or the caller with a new turn
        event.speech_handle.add_done_callback(self._speech_done)

    def on_turn(self, at: float) -> None:
        del at
        self._failed_replies = 0
        self._ask_no_more()

    def on_spoken(self) -> None:
        self._voice_failures = 0

    def on_close(self, event: CloseEvent) -> None:
        """The session is gone although nobody ended the call."""
        if self._call.ending is None and event.reason is CloseReason.ERROR:
            self._call.end(EndingReason.INTERNAL_ERROR, detail="session closed", words=NO_MODEL)

    def voice_failed(self, rest: str) -> None:
        """No voice spoke ``rest``: it is tried once more, behind a sentence that needs no voice."""
        if self._call.ending is not None or self._call.held:
            return
        self._voice_failures += 1
        if self._voice_failures < MAX_VOICE_FAILURES and self._try_again(rest):
            return
        self._call.end(
            EndingReason.VOICE_UNAVAILABLE,
            detail="no voice",
            words=NO_MODEL,
            voice_works=False,
        )

    def _model_failed(self, error: Any, code: str, recoverable: bool) -> None:
        if not recoverable:
            quota = code in QUOTA_CODES
            reason = EndingReason.MODEL_QUOTA if quota else EndingReason.MODEL_UNAVAILABLE
            self._call.end(reason, detail=code, words=NO_MODEL)
        elif is_failed_response(getattr(error, "error", error)):
            self._reply_failed(code)

    def _speech_done(self, handle: SpeechHandle) -> None:
        if self._call.ending is None and handle.exception() is not None:
            self._reply_failed("response_rejected")

    def _reply_failed(self, code: str) -> None:
        """The model owes a reply and will not give it: it is asked again, the caller is not."""
        if self._call.ending is not None or self._call.held or not self._call.answered:
            return
        failed, self._failed_replies = self._failed_replies, self._failed_replies + 1
        if failed >= len(ASKED_AGAIN_AFTER_S):
            self._call.end(EndingReason.MODEL_UNAVAILABLE, detail=code, words=NO_MODEL)
            return
        self._ask_no_more()
        loop = asyncio.get_running_loop()
        self._asking = loop.call_later(ASKED_AGAIN_AFTER_S[failed], self._ask_again)

    def _ask_again(self) -> None:
        if self._call.ending is None:
            self._call.spawn(ask_again(self._call, stalled=False), "ask-again")

    def _ask_no_more(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    def _try_again(self, rest: str) -> bool:
        """False when the session cannot speak any more."""
        try:
            bridge = fixed_speech.say(self._call, BRIDGES[0])
            fixed_speech.say(self._call, rest)
        except RuntimeError:
            return False
        bridge.add_done_callback(lambda said: None if said.interrupted else self.on_retry())
        return True

    def _note(self, kind: str, code: str, recoverable: bool, **more: str) -> None:
        logger.warning("provider error: %s", code, extra={"kind": kind, "recoverable": recoverable})
        self._noted[kind, code] += 1
        if self._noted[kind, code] > MOST_NOTED:
            return
        self._call.recorder.event(
            EventKind.PROVIDER_ERROR,
            detail={"source": kind, "code": code, "recoverable": recoverable, **more},
        )


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
