"""The watchdog of a call: the caller has finished, and something must be heard.

After 4 s in which the caller hears nothing they are told to wait, by a sentence from the cache;
after 6.5 s the model is asked once more; after 12 s the call ends, with an apology and by name.
A reply that was begun and stands still in the middle is owed in the same way, and asked for anew
once; the second to one turn that stands still ends the call.
Sound is what goes out and can be heard: audio with nothing in it is silence, and so is a reply that
was only written.
A tool at work is not silence, see fillers.py.
"""

from __future__ import annotations

import asyncio
import logging

from livekit.agents.voice.events import ToolExecutionUpdatedEvent

from agents import fixed_speech
from agents.behaviors.asking_again import ask_again
from agents.call import LiveCall
from agents.fixed_phrases import BRIDGES, NO_MODEL
from agents.turn_taking.playout import Playout
from agents.turn_taking.speeches import Speeches
from telephony.enums import EndingReason, EventKind

logger = logging.getLogger(__name__)

# What is said now is heard some 0.3 s later, and what the caller said came as late.
BRIDGE_AFTER_S = 3.6
ASK_AGAIN_AFTER_S = 6.5
REPLY_TIMEOUT_S = 12.0
# To one turn, of replies that stood still: each costs 5 s, and a third would go beyond 12.
MOST_STALLS = 1
TICK_S = 0.1
# A stop longer ago than this has nothing to do with the turn: keys, or what was said for a while.
LONGEST_ENDPOINTING_S = 3.0


class ReplyWatch:
    """``owed``: the caller waits for a reply, or for the rest of one, and nothing is heard."""

    def __init__(self, call: LiveCall, playout: Playout, speeches: Speeches) -> None:
        self._call = call
        self._speeches = speeches
        self._playout = playout
        self._owed_since: float | None = None
        self._still_since: float | None = None
        self._quiet_since = 0.0
        self._bridges = self._stalls = 0
        self._asked_again = False
        self._sound_coming = False
        self._tools: set[str] = set()
        call.caller.on_turn.append(self._on_turn)
        call.agent.on_sound.append(self._on_sound)
        call.session.on("tool_execution_updated", self._on_tool)
        call.spawn(self._watch(), "reply-watch")

    @property
    def owed(self) -> bool:
        return self._owed_since is not None

    @property
    def tool_at_work(self) -> bool:
        return bool(self._tools)

    def opens(self) -> None:
        """The model is to greet the caller."""
        self._owe(self._call.clock.now())

    def owes_still(self) -> None:
        """What was heard last only asked to wait."""
        self._owe(self._call.clock.now())
        self._bridges = 1

    def _on_turn(self, at: float) -> None:
        # They wait since they stopped, not since that was taken for the end; keys have no sound.
        self._stalls = 0
        stopped = self._call.caller.last_stop
        recent = stopped is not None and at - LONGEST_ENDPOINTING_S <= stopped <= at
        self._owe(stopped if recent and stopped is not None else at)

    def _owe(self, since: float) -> None:
        self._owed_since = self._quiet_since = since
        self._still_since = None
        self._bridges, self._asked_again, self._sound_coming = 0, False, False

    def _on_sound(self) -> None:
        """A frame with something in it is on its way; it is heard once playing has begun."""
        self._sound_coming = True

    def _on_tool(self, event: ToolExecutionUpdatedEvent) -> None:
        # A tool has its own time-out; the reply to its answer is owed anew.
        update = event.update
        if update.type == "tool_call_started":
            self._tools.add(update.function_call.call_id)
            self._owed_since = None
        elif update.type == "tool_call_ended":
            self._tools.discard(update.call_id)
            if not self._tools:
                self._owe(self._call.clock.now())

    async def _watch(self) -> None:
        while self._call.ending is None:
            await asyncio.sleep(TICK_S)
            self._look(self._call.clock.now())

    def _look(self, now: float) -> None:
        if self._call.ending is not None:
            return
        if self._call.held:
            self._owed_since = None  # hold music, or a human
        if self._sound_coming and self._playout.playing:
            self._owed_since, self._sound_coming = None, False
        if self._owed_since is None:
            self._look_for_stall(now)
            return  # what is said beside a reply that is being stopped would be stopped with it
        if self._call.caller.speaking:
            # The caller went on: the turn that they end is owed a reply of its own.
            self._owed_since = self._quiet_since = now
        elif not self._call.agent.mouth_free.is_set():
            self._quiet_since = now
        if now - self._owed_since >= REPLY_TIMEOUT_S:
            self._owed_since = None
            self._call.end(EndingReason.MODEL_UNAVAILABLE, detail="no reply", words=NO_MODEL)
        elif now - self._quiet_since >= BRIDGE_AFTER_S:
            self._quiet_since = now
            self._bridge()
        elif now - self._owed_since >= ASK_AGAIN_AFTER_S and not self._asked_again:
            self._ask_again()

    def _look_for_stall(self, now: float) -> None:
        """The model has the word, and nothing of it is left to be heard."""
        session, caller = self._call.session, self._call.caller
        owed = session.current_speech is not None and not self._speeches.own_word
        quiet = owed and self._playout.dry
        if not quiet or self._tools or self._call.held or caller.speaking:
            self._still_since = None
        elif self._still_since is None:
            self._still_since = now
        elif now - self._still_since >= BRIDGE_AFTER_S:
            self._stalls += 1
            self._owe(self._still_since)
            if self._stalls > MOST_STALLS:
                self._owed_since = now - REPLY_TIMEOUT_S
            else:
                self._ask_again()

    def _ask_again(self) -> None:
        self._asked_again = True
        self._call.spawn(ask_again(self._call, stalled=True), "ask-again")

    def _bridge(self) -> None:
        text = self._call.language.say(BRIDGES[self._bridges % len(BRIDGES)])
        self._bridges += 1
        self._call.recorder.event(EventKind.SILENCE_BRIDGED, detail={"text": text})
        try:
            fixed_speech.say_beside(self._call, text)
        except RuntimeError as error:
            logger.warning("the session cannot bridge a silence: %s", error)
