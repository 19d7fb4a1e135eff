"""Who has the floor: turns of the caller, and what to make of speech over the agent's.

Fed with 20 ms of sound at a time, it decides and tells ``Hands`` what to do; it waits for nothing
and touches neither audio nor network, so that every case can be played to it.

While the agent is silent, speech is a turn: it goes to the model as it comes; at the first
plausible end (``PROBE_MS`` of silence) it is committed for its words and a reply is drafted; when
the silence has lasted as long as the evidence asks for, the turn is taken, and if the caller goes
on before that, the draft has never been.

While the agent speaks, or owes a reply, speech is a question first. It is kept back from the model.
From ``PAUSE_MS`` of it the agent pauses; at its end it is committed for its words, which decide: a
backchannel or a noise is forgotten and the agent goes on where it stopped; anything else stops the
agent and becomes the caller's turn. Speech that just goes on (``LONG_MS``) does too.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from agents.turn_taking import words
from agents.turn_taking.end_of_turn import EndOfTurn, Evidence
from agents.turn_taking.hearing import Sound
from agents.turn_taking.line_audio import FRAME_MS, Samples
from agents.turn_taking.line_noise import LineNoise
from agents.turn_taking.part import Part
from telephony.contracts import TurnTakingSpec
from telephony.enums import OverlapEars

PREROLL_MS = 300
# Speech begins after this much of it, as single windows of a noise look like speech.
ONSET_MS = 60
PROBE_MS = 120
PAUSE_MS = 100
LONG_MS = 1000
# How much of an overlap has come when it is compared with what the agent says.
ECHO_LOOKS_MS = (100, 200, 400)
# The end of an utterance over the agent's: its words are asked for.
OVERLAP_END_MS = 120
WORDS_WITHIN_MS = 700
# With slow words the agent goes on meanwhile, if it has paused for this long.
SLOW_WORDS_MS = 400
LONGEST_PAUSE_MS = 850
# With less than this left to say, "yes" answers the question that is being asked.
NEARLY_DONE_S = 1.2
HYSTERESIS = 0.15
LONGEST_RESENT_MS = 15_000
JOINED_WITHIN_S = 0.8
# A sound this short that has no words is none of a turn.
SHORT_SOUND_MS = 400
SHORT_SOUND_WAIT_MS = 700
SURELY_OVER = 0.6


class Hands(Protocol):
    """What the floor can do. None of these waits."""

    @property
    def agent_playing(self) -> bool:
        """The agent is heard, or paused in what it says."""

    @property
    def agent_owes(self) -> bool:
        """A reply is being made and nothing of it was heard yet."""

    @property
    def interruptible(self) -> bool:
        """What the agent says may be stopped."""

    @property
    def left_s(self) -> float | None:
        """Seconds still to be said; None when it is not known."""

    def is_echo(self, last_ms: float) -> bool:
        """The last of what came in is the agent's own voice."""

    def send(self, samples: Samples) -> None: ...
    def commit(self) -> Part | None: ...
    def listen_for_end(self, heard: Samples, turn: Turn) -> None: ...
    def draft(self) -> None: ...
    def discard(self, turn: Turn) -> None: ...
    def forget(self, parts: list[Part]) -> None: ...
    def take(self, turn: Turn, at: float) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def interrupt(self, at: float) -> None: ...
    def started(self, at: float) -> None: ...
    def stopped(self, at: float) -> None: ...
    def noted(self, what: words.Overlap, detail: dict[str, object], at: float) -> None: ...


@dataclass(eq=False)
class Turn:
    """Speech of the caller that counts. Times are seconds on the clock that ``feed`` is given."""

    started_at: float
    last_voiced_at: float
    voiced_ms: float = 0.0
    parts: list[Part] = field(default_factory=list)
    audio: list[Samples] = field(default_factory=list)
    over: float | None = None
    drafted: bool = False
    probed: bool = False
    taken: bool = False

    @property
    def text(self) -> str | None:
        """All words so far; None while some are not known."""
        if not self.parts or any(part.text is None for part in self.parts):
            return None
        return " ".join(part.text for part in self.parts if part.text)


@dataclass(eq=False)
class _Overlap:
    started_at: float
    last_voiced_at: float
    answering: bool
    held: list[Samples] = field(default_factory=list)
    audio: list[Samples] = field(default_factory=list)
    voiced_ms: float = 0.0
    parts: list[Part] = field(default_factory=list)
    asked_at: float | None = None
    looks: int = 0
    paused_at: float | None = None


class Floor:
    """``dictating`` is set by whoever knows that the agent has just asked for a number."""

    def __init__(
        self, hands: Hands, spec: TurnTakingSpec, end: EndOfTurn, *, english: bool = True
    ) -> None:
        self.dictating = False
        self.noise = LineNoise(spec.vad_activation)
        self._hands = hands
        self._spec = spec
        self._end = end
        self._english = english
        self._recent: deque[Samples] = deque(maxlen=60 * 20 // FRAME_MS)  # 1.2 s
        self._preroll: deque[Samples] = deque(maxlen=PREROLL_MS // FRAME_MS)
        self._onset_ms = 0.0
        self._speaking = False
        self._turn: Turn | None = None
        self._passed: list[Samples] = []  # an overlap let go: "um", and then "wait"
        self._passed_at = 0.0
        self._overlap: _Overlap | None = None

    @property
    def turn(self) -> Turn | None:
        return self._turn

    def feed(self, sound: Sound, at: float) -> None:
        """The next 20 ms, which ended at ``at``."""
        voiced = self._is_voiced(sound)
        self.noise.feed(sound.raw_dbfs, speech=voiced or self._speaking)
        self._recent.append(sound.samples)
        self._onset_ms = self._onset_ms + FRAME_MS if voiced else 0.0
        if self._turn is None and (self._hands.agent_playing or self._hands.agent_owes):
            used = self._feed_overlap(sound, voiced, at)
        else:
            if self._overlap is not None:
                self._end_of_agent(at)
            used = self._feed_turn(sound, voiced, at)
        if not used:
            self._preroll.append(sound.for_model)

    def words_known(self, part: Part, at: float) -> None:
        """The words of a committed part came."""
        overlap = self._overlap
        if overlap is not None and part in overlap.parts:
            self._judge(overlap, at)
        turn = self._turn
        if turn is not None and turn.drafted and not self._may_be_whole(turn):
            turn.drafted = False  # it answers half a sentence
            self._hands.discard(turn)

    def heard_end(self, turn: Turn, probability: float) -> None:
        """The audio model's answer to ``listen_for_end``."""
        if turn is self._turn and turn.probed:
            turn.over = probability

    # --- the caller's turn ----------------------------------------------------------------------

    def _feed_turn(self, sound: Sound, voiced: bool, at: float) -> bool:
        """True when the sound went to the model."""
        if not self._speaking and self._onset_ms >= ONSET_MS:
            self._begin(sound, at)
            return True
        turn = self._turn
        if turn is None:
            return False
        if not self._speaking:
            if self._is_over(turn, at):
                self._take(turn, at)
            return False
        if voiced:
            turn.last_voiced_at, turn.voiced_ms = at, turn.voiced_ms + FRAME_MS
        self._send(turn, [sound.for_model])
        if _ms(at - turn.last_voiced_at) >= PROBE_MS:
            self._probe(turn)
        return True

    def _begin(self, sound: Sound, at: float) -> None:
        self._speaking = True
        begun = at - self._onset_ms / 1000
        turn = self._turn
        if turn is None:
            turn = self._turn = Turn(begun, at)
        else:
            self._go_on(turn)
        turn.last_voiced_at, turn.probed, turn.over = at, False, None
        turn.voiced_ms += self._onset_ms
        self._send(turn, [*self._preroll, sound.for_model])
        self._preroll.clear()
        self._hands.started(begun)

    def _go_on(self, turn: Turn) -> None:
        """The pause was none. What was committed is said again, to be heard as one."""
        if turn.drafted:
            turn.drafted = False
            self._hands.discard(turn)
        if len(turn.audio) * FRAME_MS <= LONGEST_RESENT_MS:
            self._hands.forget(turn.parts)
            turn.parts = []
            for samples in turn.audio:
                self._hands.send(samples)

    def _send(self, turn: Turn, audio: list[Samples]) -> None:
        for samples in audio:
            self._hands.send(samples)
        turn.audio.extend(audio)

    def _probe(self, turn: Turn) -> None:
        self._speaking = False
        turn.probed = True
        self._hands.stopped(turn.last_voiced_at)
        if (part := self._hands.commit()) is not None:
            turn.parts.append(part)
        self._hands.listen_for_end(np.concatenate(self._recent), turn)
        evidence = self._evidence(turn)
        if self._spec.speculation and turn.parts and self._end.is_over_for_a_draft(evidence):
            turn.drafted = True
            self._hands.draft()

    def _is_over(self, turn: Turn, at: float) -> bool:
        silence_ms = _ms(at - turn.last_voiced_at)
        surely_over = turn.over is not None and turn.over >= SURELY_OVER
        if turn.text is None and turn.voiced_ms < SHORT_SOUND_MS and not surely_over:
            # Was it a word at all? Its transcription is due any moment.
            return silence_ms >= max(SHORT_SOUND_WAIT_MS, self._spec.min_endpointing_ms)
        return silence_ms >= self._end.wait_ms(self._evidence(turn))

    def _may_be_whole(self, turn: Turn) -> bool:
        """False when its words are known and stop in the middle."""
        shortest = self._spec.min_endpointing_ms
        return turn.text is None or self._end.wait_ms(self._evidence(turn)) <= shortest

    def _evidence(self, turn: Turn) -> Evidence:
        return Evidence(turn.text, turn.over, self.dictating, self._english)

    def _take(self, turn: Turn, at: float) -> None:
        self._turn, self._speaking = None, False
        if not turn.parts or (turn.text == "" and turn.voiced_ms < SHORT_SOUND_MS):
            # A cough, a click: nobody said anything.
            if turn.drafted:
                self._hands.discard(turn)
            self._hands.forget(turn.parts)
            self._hands.noted(words.Overlap.NOTHING, {"ms": round(turn.voiced_ms)}, at)
            return
        turn.taken = True
        self._hands.take(turn, at)

    # --- speech over the agent's ----------------------------------------------------------------

    def _feed_overlap(self, sound: Sound, voiced: bool, at: float) -> bool:
        """True when the sound is kept for what comes of it."""
        overlap = self._overlap
        if overlap is None:
            if self._onset_ms < ONSET_MS:
                return False
            left = self._hands.left_s
            before = self._passed if at - self._passed_at <= JOINED_WITHIN_S else []
            overlap = self._overlap = _Overlap(
                started_at=at - self._onset_ms / 1000,
                last_voiced_at=at,
                answering=self._hands.agent_playing and left is not None and left < NEARLY_DONE_S,
                held=[*before, *self._preroll],
                voiced_ms=self._onset_ms,
            )
            self._preroll.clear()
        elif voiced:
            overlap.last_voiced_at = at
            overlap.voiced_ms += FRAME_MS
        overlap.held.append(sound.for_model)
        if overlap.asked_at is not None and overlap.last_voiced_at <= overlap.asked_at:
            del overlap.held[: -PREROLL_MS // FRAME_MS]  # they may go on
        silence_ms = _ms(at - overlap.last_voiced_at)
        if self._is_echo(overlap, voiced=voiced, at=at):
            self._overlap = None
            return True
        self._pause_for(overlap, at)
        if overlap.voiced_ms >= LONG_MS and silence_ms < OVERLAP_END_MS and not overlap.parts:
            self._stop_agent(overlap, at)
        elif silence_ms >= OVERLAP_END_MS:
            self._ask_or_decide(overlap, at)
        return True

    def _is_echo(self, overlap: _Overlap, *, voiced: bool, at: float) -> bool:
        """Asked when it would have a consequence: at the pause, and again with more to compare."""
        due = ECHO_LOOKS_MS[overlap.looks] if overlap.looks < len(ECHO_LOOKS_MS) else None
        if due is None or not voiced or overlap.voiced_ms < due:
            return False
        overlap.looks += 1
        if not self._hands.is_echo(min(_ms(at - overlap.started_at), ECHO_LOOKS_MS[-1])):
            return False
        if overlap.paused_at is not None:
            self._hands.resume()
        return True

    def _pause_for(self, overlap: _Overlap, at: float) -> None:
        if overlap.paused_at is None:
            if overlap.voiced_ms >= PAUSE_MS and self._may_stop():
                overlap.paused_at = at
                self._hands.pause()
        elif (
            overlap.asked_at is not None
            and _ms(at - max(overlap.asked_at, overlap.last_voiced_at)) >= SLOW_WORDS_MS
            and _ms(at - overlap.paused_at) >= LONGEST_PAUSE_MS
        ):
            self._hands.resume()  # undecided still; the words may stop it yet
            overlap.paused_at = float("inf")

    def _may_stop(self) -> bool:
        return self._hands.agent_playing and self._hands.interruptible

    def _ask_or_decide(self, overlap: _Overlap, at: float) -> None:
        if overlap.held and overlap.asked_at is None:
            if overlap.voiced_ms < PAUSE_MS:
                self._let_go(overlap, words.Overlap.NOTHING, at)
                return
            if self._spec.overlap_ears is OverlapEars.NONE:
                self._decide_by_length(overlap, at)
                return
            self._ask(overlap, at)
        elif overlap.asked_at is not None and overlap.last_voiced_at > overlap.asked_at:
            self._ask(overlap, at)  # they went on after a pause: these words count as well
        elif overlap.asked_at is not None and _ms(at - overlap.asked_at) >= WORDS_WITHIN_MS:
            self._decide_by_length(overlap, at)

    def _ask(self, overlap: _Overlap, at: float) -> None:
        overlap.asked_at = at
        self._hands.forget(overlap.parts)  # heard again, together with what came since
        overlap.parts = []
        overlap.audio.extend(overlap.held)
        overlap.held.clear()
        for samples in overlap.audio:
            self._hands.send(samples)
        if (part := self._hands.commit()) is not None:
            overlap.parts.append(part)

    def _judge(self, overlap: _Overlap, at: float) -> None:
        text = " ".join(part.text for part in overlap.parts if part.text)
        kind = words.overlap_kind(text)
        if kind is words.Overlap.INTERRUPTION:
            self._stop_agent(overlap, at)
        elif any(part.text is None for part in overlap.parts):
            return
        elif _ms(at - overlap.last_voiced_at) < OVERLAP_END_MS:
            return  # the caller speaks again: judged with those words
        elif kind is words.Overlap.BACKCHANNEL and overlap.answering:
            if overlap.paused_at is not None:
                self._hands.resume()
                overlap.paused_at = None
        else:
            self._let_go(overlap, kind, at)

    def _decide_by_length(self, overlap: _Overlap, at: float) -> None:
        if overlap.parts and all(part.text is not None for part in overlap.parts):
            return  # judged: it waits for the agent's end
        if overlap.voiced_ms >= self._spec.min_interruption_ms:
            self._stop_agent(overlap, at)
        else:
            self._let_go(overlap, words.Overlap.NOTHING, at)

    def _let_go(self, overlap: _Overlap, kind: words.Overlap, at: float) -> None:
        """It was nothing, or only listening: the agent goes on."""
        self._overlap = None
        self._passed, self._passed_at = [*overlap.audio, *overlap.held], at
        if overlap.paused_at is not None:
            self._hands.resume()
        self._hands.forget(overlap.parts)
        if overlap.voiced_ms >= PAUSE_MS:
            text = " ".join(part.text for part in overlap.parts if part.text)
            self._hands.noted(kind, {"text": text, "ms": round(overlap.voiced_ms)}, at)

    def _stop_agent(self, overlap: _Overlap, at: float) -> None:
        if not self._hands.interruptible:
            return  # kept: it becomes a turn when the agent has finished
        self._hands.interrupt(at)
        self._become_turn(overlap, at)

    def _end_of_agent(self, at: float) -> None:
        """The agent has finished by itself: what was said over its last words is a turn."""
        overlap = self._overlap
        assert overlap is not None  # noqa: S101 - asked only then
        if overlap.voiced_ms < PAUSE_MS and _ms(at - overlap.last_voiced_at) >= OVERLAP_END_MS:
            self._overlap = None
            return
        self._become_turn(overlap, at)

    def _become_turn(self, overlap: _Overlap, at: float) -> None:
        self._overlap = None
        turn = self._turn = Turn(
            overlap.started_at,
            overlap.last_voiced_at,
            overlap.voiced_ms,
            overlap.parts,
            overlap.audio,
        )
        self._hands.started(overlap.started_at)
        said_more = overlap.asked_at is None or overlap.last_voiced_at > overlap.asked_at
        self._speaking = said_more or not overlap.parts
        if self._speaking:
            self._go_on(turn)
            self._send(turn, overlap.held)
        else:
            turn.probed = True
            self._hands.stopped(overlap.last_voiced_at)

    def _is_voiced(self, sound: Sound) -> bool:
        threshold = self.noise.activation
        if self._onset_ms or self._speaking:
            threshold -= HYSTERESIS
        return sound.probability >= threshold and sound.level_dbfs >= self.noise.least_dbfs


def _ms(seconds: float) -> float:
    return seconds * 1000
