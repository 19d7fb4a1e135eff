"""Speech over the agent's, or while it owes a reply: a question before it is an interruption.

It is kept back from the model. From ``PAUSE_MS`` of it the agent pauses; at its end it is committed
for its words, which decide: a backchannel or a noise is forgotten and the agent goes on where it
stopped; anything else stops the agent and becomes the caller's turn. Speech that just goes on
(``LONG_MS``) does too, unless its words so far are only listening ("right, okay, I see"): the
agent does not wait for the end of those. Our own voice coming back is none of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from agents.languages import Language
from agents.turn_taking import overlap_times as times
from agents.turn_taking import words
from agents.turn_taking.caller_turns import SHORT_SOUND_MS, CallerTurns
from agents.turn_taking.hands import Hands, Turn
from agents.turn_taking.hearing import Sound
from agents.turn_taking.line_audio import Samples, elapsed_ms
from agents.turn_taking.overhearing import END_MS, KEPT_FRAMES
from agents.turn_taking.part import Part
from agents.turn_taking.said_over import SURE, SaidOver
from telephony.contracts import TurnTakingSpec
from telephony.enums import OverlapEars


class Overlaps:
    """At most one overlap at a time."""

    def __init__(
        self, hands: Hands, spec: TurnTakingSpec, turns: CallerTurns, language: Language
    ) -> None:
        self._hands = hands
        self._spec = spec
        self._turns = turns
        self._language = language
        self._overlap: SaidOver | None = None
        self._late: SaidOver | None = None  # its words are, and the agent did not wait for them
        self._passed: list[Samples] = []
        self._passed_at = -math.inf

    @property
    def open(self) -> bool:
        return self._overlap is not None

    def begin(self, audio: Iterable[Samples], onset_ms: float, sound: Sound, at: float) -> None:
        """``sound`` is the last of ``audio``."""
        left = self._hands.left_s
        before = self._passed if at - self._passed_at <= times.JOINED_WITHIN_S else []
        if self._late is not None:  # it is heard again, together with this
            before = [*self._late.audio, *self._late.held]
        self._overlap = SaidOver(
            started_at=at - onset_ms / 1000,
            last_voiced_at=at,
            answering=self._hands.agent_playing and left is not None and left < times.NEARLY_DONE_S,
            held=[*before, *audio],
            voiced_ms=onset_ms,
            joined=bool(before),
        )
        self._pause_for(self._overlap, sound, voiced=True, at=at)

    def feed(self, sound: Sound, *, voiced: bool, at: float) -> bool:
        """False when it was our own voice coming back."""
        overlap = self._overlap
        if overlap is None:
            return True
        if overlap.wanted and self._hands.interruptible:
            self._stop_agent(overlap)
            return True
        if voiced:
            overlap.heard(sound, at)
        overlap.held.append(sound.for_model)
        if not overlap.went_on:
            del overlap.held[:-KEPT_FRAMES]
        if voiced and self._is_echo(overlap, at):
            self._overlap = None
            return False
        self._pause_for(overlap, sound, voiced=voiced, at=at)
        if elapsed_ms(overlap.last_voiced_at, at) >= END_MS:
            self._ask_or_decide(overlap, at)
        elif overlap.voiced_ms >= (
            times.LONGEST_LISTENING_MS if overlap.listening else times.LONG_MS
        ):
            self._stop_agent(overlap)
        elif overlap.voiced_ms - overlap.asked_ms >= times.LOOK_MS:
            self._look(overlap, at)
        return True

    def give_up_late_words(self, at: float) -> None:
        """Every 20 ms: words that do not come at all."""
        late = self._late
        if late is None or self._turns.turn is not None:
            return  # to forget now would forget what is being sent of the turn
        if elapsed_ms(late.asked_at or at, at) >= times.LATE_WORDS_S * 1000:
            self._drop_late()

    def agent_ended(self, at: float) -> None:
        """The agent has finished by itself: what was said over its last words is a turn."""
        overlap, self._overlap = self._overlap, None
        if overlap is None:
            return
        if overlap.paused_at is not None:
            self._hands.resume()  # of the reply that was held back nothing came
        short = (
            overlap.voiced_ms < times.PAUSE_MS and elapsed_ms(overlap.last_voiced_at, at) >= END_MS
        )
        if not short:
            self._become_turn(overlap)

    def words_known(self, part: Part, at: float) -> None:
        overlap = self._overlap
        if overlap is not None and part in overlap.parts:
            self._judge(overlap, at)
        elif self._late is not None and part in self._late.parts:
            self._judge_late(self._late, at)

    def overheard(self, text: str, *, whole: bool, at: float) -> None:
        """Its words so far, by the ears beside the model; ``whole``: all of them, up to a pause."""
        overlap = self._overlap
        if overlap is None or not self._language.is_known or overlap.voiced_ms < times.PAUSE_MS:
            return
        overlap.overheard = text
        kind = (words.overlap_kind if whole else words.kind_so_far)(text, self._language.turns)
        overlap.listening = self._is_listening(kind)
        if kind is words.Overlap.INTERRUPTION:
            if not self._comes_back(overlap, at):
                self._stop_agent(overlap)
        elif whole and overlap.listening and not (overlap.answering or overlap.joined):
            self._let_go(overlap, kind, at)

    def _is_echo(self, overlap: SaidOver, at: float) -> bool:
        """Asked when it would have a consequence: at the pause, and again with more to compare."""
        looks = overlap.echo_looks
        if looks == len(times.ECHO_LOOKS_MS) or overlap.voiced_ms < times.ECHO_LOOKS_MS[looks]:
            return False
        overlap.echo_looks += 1
        if not self._comes_back(overlap, at):
            return False
        if overlap.paused_at is not None:
            self._hands.resume()
        return True

    def _comes_back(self, overlap: SaidOver, at: float) -> bool:
        """It is like what the agent says, as far as there is enough to compare."""
        return self._hands.is_echo(min(elapsed_ms(overlap.started_at, at), times.ECHO_LOOKS_MS[-1]))

    def _is_speech(self, overlap: SaidOver, sound: Sound) -> bool:
        """Enough of it to pause for."""
        if overlap.voiced_ms >= times.PAUSE_MS:
            return True
        sure = overlap.voiced_ms >= times.SURE_PAUSE_MS and sound.probability >= SURE
        return sure and not self._hands.is_echo(overlap.voiced_ms)

    def _pause_for(self, overlap: SaidOver, sound: Sound, *, voiced: bool, at: float) -> None:
        if overlap.paused_at is None:
            # A reply that is owed is held back as well: it must not begin over their words.
            speaks = self._hands.agent_playing or self._hands.agent_owes
            if voiced and speaks and self._hands.interruptible and self._is_speech(overlap, sound):
                overlap.paused_at = at
                self._hands.pause()
        elif elapsed_ms(overlap.paused_at, at) >= times.LONGEST_PAUSE_MS:
            asked_at = overlap.asked_at or at
            waited_ms = elapsed_ms(max(asked_at, overlap.last_voiced_at), at)
            if overlap.listening or waited_ms >= times.SLOW_WORDS_MS:
                self._hands.resume()  # undecided still; the words may stop it yet
                overlap.paused_at = math.inf

    def _ask_or_decide(self, overlap: SaidOver, at: float) -> None:
        if overlap.asked_at is None and overlap.voiced_ms < times.PAUSE_MS:
            self._let_go(overlap, words.Overlap.NOTHING, at)
        elif self._spec.overlap_ears is OverlapEars.NONE:
            self._decide_by_length(overlap, at)
        elif overlap.went_on:
            self._ask(overlap, at)
        elif (
            overlap.is_wordless and elapsed_ms(overlap.asked_at or at, at) >= times.WORDS_WITHIN_MS
        ):
            self._decide_by_length(overlap, at)

    def _look(self, overlap: SaidOver, at: float) -> None:
        """What is said so far, by who has not finished: are they only listening?"""
        told = overlap.overheard or self._spec.overlap_ears is OverlapEars.NONE
        if not told and overlap.paused_at is not None:
            self._ask(overlap, at)
            overlap.cut = True

    def _ask(self, overlap: SaidOver, at: float) -> None:
        overlap.asked_at, overlap.asked_ms, overlap.cut = at, overlap.voiced_ms, False
        self._hands.forget(overlap.parts)  # heard again, together with what came since
        overlap.parts = []
        overlap.audio.extend(overlap.held)
        overlap.held.clear()
        for samples in overlap.audio:
            self._hands.send(samples)
        if (part := self._hands.commit()) is not None:
            overlap.parts.append(part)

    def _judge(self, overlap: SaidOver, at: float) -> None:
        kind = words.overlap_kind(overlap.text, self._language.turns)
        unsure = any(part.unsure for part in overlap.parts)
        unclear = overlap.is_unclear(self._spec.min_interruption_ms)
        if overlap.went_on:
            noise = kind is words.Overlap.NOTHING and overlap.seems_noise
            overlap.listening = noise or (not unsure and self._is_listening(kind))
        if overlap.went_on and overlap.cut:
            return  # half a word at its end may look like another
        if kind is words.Overlap.INTERRUPTION and self._language.is_known and not unsure:
            self._stop_agent(overlap)
        elif overlap.is_wordless or overlap.went_on:
            return  # judged with the words that are coming
        elif kind is words.Overlap.INTERRUPTION:
            self._decide_by_length(overlap, at)
        elif unclear and not self._hands.is_echo(times.UNCLEAR_LOOK_MS):
            self._stop_agent(overlap)  # the model hears it for itself
        elif not overlap.text and overlap.voiced_ms >= SHORT_SOUND_MS and self._turns.unanswered:
            self._stop_agent(overlap)  # half a sentence makes no words: it is heard as a whole
        elif kind is words.Overlap.BACKCHANNEL and self._turns.unanswered:
            self._stop_agent(overlap)  # there is nothing to listen to yet
        elif kind is words.Overlap.BACKCHANNEL and overlap.answering:
            self._keep(overlap)
        else:
            self._let_go(overlap, kind, at)

    def _is_listening(self, kind: words.Overlap) -> bool:
        """Nobody need wait for its end. Who goes on with a turn of theirs is not listening."""
        return kind is words.Overlap.BACKCHANNEL and self._turns.unanswered is None

    def _judge_late(self, late: SaidOver, at: float) -> None:
        if (turn := self._turns.turn) is not None:
            self._late = None
            turn.started_at = late.started_at
            turn.parts[:0], turn.audio[:0] = late.parts, late.audio
            return
        if self._overlap is None:
            self._late, self._overlap = None, late
            self._judge(late, at)
            return
        wanted = words.overlap_kind(late.text, self._language.turns) is words.Overlap.INTERRUPTION
        wanted = wanted and not any(part.unsure for part in late.parts)
        self._drop_late()
        if wanted and self._language.is_known and self._overlap is not None:
            self._stop_agent(self._overlap)  # which begins with it

    def _drop_late(self) -> None:
        if self._late is not None:
            self._hands.forget(self._late.parts)
            self._late = None

    def _decide_by_length(self, overlap: SaidOver, at: float) -> None:
        if overlap.voiced_ms >= self._spec.min_interruption_ms:
            self._stop_agent(overlap)
        elif overlap.parts and overlap.is_wordless:
            self._drop_late()
            self._overlap, self._late = None, overlap
            if overlap.paused_at not in (None, math.inf):
                self._hands.resume()
            overlap.paused_at = None
        elif overlap.answering or not self._hands.interruptible:
            self._keep(overlap)
        else:
            self._let_go(overlap, words.Overlap.NOTHING, at)

    def _keep(self, overlap: SaidOver) -> None:
        """It becomes a turn when the agent has finished, which is soon, or must be."""
        if overlap.paused_at is not None:
            self._hands.resume()
            overlap.paused_at = None

    def _let_go(self, overlap: SaidOver, kind: words.Overlap, at: float) -> None:
        """It was nothing, or only listening: the agent goes on."""
        self._overlap = None
        self._passed, self._passed_at = [*overlap.audio, *overlap.held], at
        if overlap.paused_at is not None:
            self._hands.resume()
        self._hands.forget(overlap.parts)
        if overlap.voiced_ms >= times.PAUSE_MS:
            detail = {"text": overlap.text or overlap.overheard, "ms": round(overlap.voiced_ms)}
            self._hands.noted(kind, detail, at)

    def _stop_agent(self, overlap: SaidOver) -> None:
        if not self._hands.interruptible:
            overlap.wanted = True  # kept until then, or until the agent has finished
            return
        self._overlap = None
        self._hands.interrupt()
        self._become_turn(overlap)

    def _become_turn(self, overlap: SaidOver) -> None:
        self._drop_late()
        turn = Turn(
            overlap.started_at,
            overlap.last_voiced_at,
            overlap.voiced_ms,
            overlap.parts,
            overlap.audio,
        )
        unsent = overlap.held if overlap.went_on else []
        self._turns.adopt(turn, unsent, speaking=overlap.went_on)
