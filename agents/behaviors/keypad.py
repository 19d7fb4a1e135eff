"""Digits typed on the caller's keypad are a turn of theirs; who is misheard twice is offered it.

A group of keys ends with ``#`` or after a pause; ``*`` takes back what was typed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from livekit import rtc

from agents import fixed_phrases, fixed_speech
from agents.call import LiveCall
from telephony.enums import EventKind

logger = logging.getLogger(__name__)

GROUP_ENDS_S = 2.0
# The operator key by itself: who types a number goes on sooner.
OPERATOR_AFTER_S = 1.0
MOST_KEYS = 32
OFFER_AFTER = 2
LOOKS_EVERY_S = 0.1


class Keypad:
    """``misheard`` is told each time that the caller's words were too unsure to act on; ``late``: a
    reply to them had been begun.

    ``on_held_key`` gets the keys of a caller on hold; ``on_operator`` is asked for a human when the
    persona's operator key was typed alone, and tells whether one is being asked.
    """

    def __init__(self, call: LiveCall) -> None:
        self.on_held_key: Callable[[str], None] = lambda key: None
        self.on_operator: Callable[[], bool] = lambda: False
        self._call = call
        self._misheard = self._misheard_before = 0
        self._groups = 0
        self._keys = ""
        self._unanswered: list[str] = []  # groups
        self._first_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        call.caller.on_turn.append(self._understood)

    def attach_room(self, room: rtc.Room, caller_identity: str) -> None:
        """Keys of other legs in the room are not the caller's."""

        def on_key(key: rtc.SipDTMF) -> None:
            if key.participant is None or key.participant.identity == caller_identity:
                self.pressed(key.digit[:1])

        room.on("sip_dtmf_received", on_key)

    def misheard(self, late: bool = False) -> None:
        self._misheard = (self._misheard_before if late else self._misheard) + 1
        offered = self._misheard >= OFFER_AFTER
        if offered:
            self._call.recorder.event(EventKind.KEYPAD_OFFERED)
        try:
            fixed_speech.say(
                self._call, fixed_phrases.KEYPAD_OFFER if offered else fixed_phrases.SAY_AGAIN
            )
        except RuntimeError as error:  # the session is closing
            logger.warning("the caller cannot be asked again: %s", error)

    def pressed(self, key: str) -> None:
        """One key; longer groups than anybody types are cut."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._call.held:
            self._keys = ""
            self.on_held_key(key)
            return
        if key == "*":
            self._keys = ""
            return
        if not self._keys:
            self._first_at = self._call.clock.now()
        if key.isdigit() and len(self._keys) < MOST_KEYS:
            self._keys += key
        if key == "#":
            self._done()
        elif self._keys:
            loop = asyncio.get_running_loop()
            operator = self._keys == self._call.plan.persona.handoff.operator_key
            after_s = OPERATOR_AFTER_S if operator else GROUP_ENDS_S
            self._timer = loop.call_later(after_s, self._done)

    def _understood(self, at: float) -> None:
        del at
        self._misheard_before, self._misheard = self._misheard, 0

    def _done(self) -> None:
        self._timer = None
        digits, self._keys = self._keys, ""
        call = self._call
        if not digits or call.ending is not None:
            return
        # Within a number it is a digit like any other.
        if digits == call.plan.persona.handoff.operator_key and self.on_operator():
            return
        now = call.clock.now()
        text = f"Typed on the keypad: {digits}."
        self._groups += 1
        call.recorder.caller_turn(
            f"keypad:{self._groups}", text=text, start=self._first_at, end=now, confidence=1.0
        )
        if call.held:
            return  # a hand-over began since the last key: it is for the human to read
        self._unanswered.append(text)
        if len(self._unanswered) == 1:
            call.spawn(self._answer(), "keypad")

    async def _answer(self) -> None:
        """Stop what is being said, or wait for its end where it may not be stopped; reply to all
        that was typed meanwhile."""
        call = self._call
        try:
            # Not for the end of a tool that was called beside it.
            while (said := call.session.current_speech) and not said.allow_interruptions:  # noqa: ASYNC110
                await asyncio.sleep(LOOKS_EVERY_S)
            text = " ".join(self._unanswered)
            self._unanswered.clear()
            if call.held or call.ending is not None:
                return
            call.session.interrupt()
            call.caller.turn_taken(call.clock.now(), typed=True)
            call.session.generate_reply(user_input=text)
        except RuntimeError as error:
            logger.warning("typed digits cannot be answered: %s", error)
