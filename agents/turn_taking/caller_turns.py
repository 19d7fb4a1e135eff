"""The caller's turns while the agent is silent: begun, drafted for, gone on with, taken.

A pause inside a turn is committed for its words at ``PROBE_MS`` and a reply is drafted. If the
caller goes on, draft and part have never been, and the whole is committed again at the next pause:
half sentences are heard badly.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from agents.turn_taking import words
from agents.turn_taking.end_of_turn import EndOfTurn, Evidence
from agents.turn_taking.hands import Hands, Turn
from agents.turn_taking.hearing import Sound
from agents.turn_taking.line_audio import FRAME_MS, Samples, elapsed_ms, speech_dbfs
from agents.turn_taking.part import Part
from telephony.contracts import TurnTakingSpec

PROBE_MS = 80
# Audio of a turn that is sent again when the turn goes on.
LONGEST_RESENT_MS = 15_000
# A sound this short that has no words is none of a turn; its words may take so long.
SHORT_SOUND_MS = 400
SHORT_SOUND_WAIT_MS = 700
# After it a sound without words is over; what comes before that is the rest of it.
FIRST_OF_MORE_MS = 800
# Such sounds, one after another, are no turn for longer than this.
LONGEST_NOTHING_MS = 5_000
SURELY_OVER = 0.6
# Who speaks so long without a pause may be a television or music: are there words?
LONGEST_UNBROKEN_MS = 20_000


class CallerTurns:
    """``dictating``: the agent has just asked for a number; ``long_number``: for one that comes in
    several groups."""

    def __init__(self, hands: Hands, spec: TurnTakingSpec, end: EndOfTurn) -> None:
        self.turn: Turn | None = None
        self.speaking = False
        self.dictating = self.long_number = False
        self._hands = hands
        self._spec = spec
        self._end = end
        self._unanswered: Turn | None = None
        self._recent: deque[Samples] = deque(maxlen=1200 // FRAME_MS)

    @property
    def unanswered(self) -> Turn | None:
        """The last turn, while nothing of a reply to it was heard."""
        return self._unanswered

    def heard(self, sound: Sound) -> None:
        """Every 20 ms, for the audio model to look back on."""
        self._recent.append(sound.samples)

    def answered(self) -> None:
        """The agent is heard: what was said before is a turn of its own."""
        self._unanswered = None

    def begin(self, audio: list[Samples], onset_ms: float, at: float) -> None:
        """Speech began, or went on after a pause."""
        began_at = at - onset_ms / 1000
        turn = self.turn
        if turn is None:
            turn = self.turn = Turn(began_at, at)
        else:
            self._go_on(turn)
        turn.stretch_ms = 0.0
        turn.add_voiced(onset_ms)
        self._speech(turn, audio, at)
        self._hands.started(began_at)

    def adopt(self, heard: Turn, unsent: list[Samples], *, speaking: bool) -> None:
        """What was said over the agent's words is a turn, or the rest of one not answered yet."""
        turn, self._unanswered = self._unanswered, None
        if turn is not None:
            self._hands.forget([*turn.parts, *heard.parts], replies=True)
            self.dictating = self.dictating or turn.dictating
            turn.parts, heard.parts = [], []
            turn.audio.extend(heard.audio)
            turn.voiced_ms += heard.voiced_ms
            turn.last_voiced_at = heard.last_voiced_at
            for samples in turn.audio:
                self._hands.send(samples)
        else:
            turn = heard
        self.turn = turn
        turn.longest_ms = max(turn.longest_ms, heard.voiced_ms)
        turn.stretch_ms = heard.voiced_ms if speaking else 0.0
        self._hands.started(heard.started_at)
        if speaking or not turn.parts:
            if heard.parts:
                self._go_on(turn)
            self._speech(turn, unsent, turn.last_voiced_at)
        else:
            self.speaking, turn.probed = False, True
            self._hands.stopped(turn.last_voiced_at)

    def feed(self, sound: Sound, *, voiced: bool, at: float) -> bool:
        """20 ms while a turn is open, or none. True when they went to the model."""
        turn = self.turn
        if turn is None:
            return False
        if not self.speaking:
            # What is voiced may be the first of more: it is known within ``ONSET_MS``.
            if not voiced and self._is_over(turn, at):
                self._take(turn, at)
            return False
        if voiced:
            turn.last_voiced_at = at
            turn.add_voiced(FRAME_MS)
        self._send(turn, [sound.for_model])
        if elapsed_ms(turn.last_voiced_at, at) >= PROBE_MS:
            self._probe(turn)
        elif elapsed_ms(turn.looked_at, at) >= LONGEST_UNBROKEN_MS:
            turn.looked_at = at
            if (part := self._hands.commit()) is not None:
                turn.parts.append(part)
                turn.look = part
        return True

    @property
    def unbroken_ms(self) -> float:
        """Of the open turn, all that was said; 0 once there was a pause in it."""
        turn = self.turn
        if turn is None or not self.speaking or turn.stretch_ms < turn.voiced_ms:
            return 0.0
        return turn.voiced_ms

    def drop(self, at: float) -> None:
        """The open turn is nobody's."""
        turn, self.turn, self.speaking = self.turn, None, False
        if turn is not None:
            self._hands.forget(turn.parts)
            self._hands.stopped(at)

    def noise_dbfs(self, part: Part, at: float) -> float | None:
        """How loud the line is, if this says that nobody speaks in the open turn any more: one in
        which nobody did is forgotten, of another it is the end."""
        turn = self.turn
        if turn is None or turn.look is not part or part.text != "" or not self.speaking:
            return None
        if turn.text == "":
            self.drop(at)
            self._hands.noted(words.Overlap.NOTHING, {"ms": round(turn.voiced_ms)}, at)
        else:
            self.speaking, turn.probed = False, True
            self._hands.stopped(at)
        return speech_dbfs(self._recent)

    def words_known(self, part: Part) -> None:
        """Words of the open turn came: a draft that answers half a sentence is none, and what was
        asked for may be whole. Once a number is announced nothing is drafted at a mere pause."""
        turn = self.turn
        if turn is not None and part.text and part in (*turn.parts, *turn.earlier):
            turn.digits |= self._end.is_number(part.text, asked=self.dictating)
        if turn is None or turn.text is None:
            return
        whole = self._end.wait_ms(self._evidence(turn)) <= self._spec.min_endpointing_ms
        if not whole or _is_nothing(turn):
            self._undraft(turn)
        elif turn.text and not turn.drafted and not self.speaking:
            self._draft(turn)

    def heard_end(self, turn: Turn, probability: float) -> None:
        if turn is self.turn and turn.probed:
            turn.over = probability

    def _go_on(self, turn: Turn) -> None:
        self._undraft(turn)
        if len(turn.audio) * FRAME_MS <= LONGEST_RESENT_MS:
            self._hands.forget(turn.parts)
            turn.earlier += turn.parts
            turn.parts = []
            for samples in turn.audio:
                self._hands.send(samples)

    def _speech(self, turn: Turn, audio: list[Samples], at: float) -> None:
        self.speaking = True
        turn.last_voiced_at, turn.probed, turn.over = at, False, None
        turn.looked_at = at
        self._send(turn, audio)

    def _undraft(self, turn: Turn) -> None:
        if turn.drafted:
            turn.drafted = False
            self._hands.discard()

    def _draft(self, turn: Turn) -> None:
        if self._spec.speculation and turn.parts:
            turn.drafted = True
            self._hands.draft()

    def _send(self, turn: Turn, audio: list[Samples]) -> None:
        for samples in audio:
            self._hands.send(samples)
        turn.audio.extend(audio)

    def _probe(self, turn: Turn) -> None:
        self.speaking = False
        turn.probed = True
        self._hands.stopped(turn.last_voiced_at)
        if (part := self._hands.commit()) is not None:
            turn.parts.append(part)
        self._hands.listen_for_end(np.concatenate(self._recent), turn)
        if not self.dictating and not turn.digits:
            self._draft(turn)

    def _is_over(self, turn: Turn, at: float) -> bool:
        silence_ms = elapsed_ms(turn.last_voiced_at, at)
        if _is_nothing(turn):
            # Nobody waits for an answer to it, and it may be the first of more: "No, thank you."
            busy = self._hands.agent_playing or self._hands.agent_owes
            too_long = elapsed_ms(turn.started_at, at) >= LONGEST_NOTHING_MS
            return busy or too_long or silence_ms >= FIRST_OF_MORE_MS
        surely_over = turn.over is not None and turn.over >= SURELY_OVER
        if turn.text is None and turn.voiced_ms < SHORT_SOUND_MS and not surely_over:
            # Was it a word at all? Its transcription is due any moment.
            return silence_ms >= max(SHORT_SOUND_WAIT_MS, self._spec.min_endpointing_ms)
        return silence_ms >= self._end.wait_ms(self._evidence(turn))

    def _evidence(self, turn: Turn) -> Evidence:
        # Words on their way may be the next group of a number that was begun.
        dictating = self.dictating or (turn.digits and turn.text is None)
        return Evidence(turn.text, turn.over, dictating, self.dictating and self.long_number)

    def _take(self, turn: Turn, at: float) -> None:
        self.turn = None
        if _is_nothing(turn):
            self._undraft(turn)
            self._hands.forget(turn.parts)
            self._hands.noted(words.Overlap.NOTHING, {"ms": round(turn.voiced_ms)}, at)
            return
        self._unanswered = turn
        turn.dictating, self.dictating = self.dictating, False
        self._hands.take(turn, at)


def _is_nothing(turn: Turn) -> bool:
    """A cough, a click, or several: nobody said anything."""
    return not turn.parts or (turn.text == "" and turn.longest_ms < SHORT_SOUND_MS)
