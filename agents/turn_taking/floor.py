"""Who has the floor: is what comes down the line a turn of the caller, or speech over the agent's?

Fed with 20 ms of sound at a time it decides, and tells ``Hands`` what to do. It waits for nothing
and touches neither audio nor network, so that every case can be played to it.
"""

from __future__ import annotations

from collections import deque

from agents.languages import ENGLISH, Language
from agents.turn_taking.caller_turns import CallerTurns
from agents.turn_taking.end_of_turn import EndOfTurn
from agents.turn_taking.hands import Hands, Turn
from agents.turn_taking.hearing import SILENT, Sound
from agents.turn_taking.line_audio import FRAME_MS, SILENCE_DBFS, Samples
from agents.turn_taking.line_noise import LineNoise
from agents.turn_taking.overhearing import Overhearing
from agents.turn_taking.overlap_times import ECHO_LOOKS_MS
from agents.turn_taking.overlaps import Overlaps
from agents.turn_taking.part import Part
from telephony.contracts import TurnTakingSpec
from telephony.enums import OverlapEars

PREROLL_MS = 300
# Speech begins after this much of it, as single windows of a noise look like speech.
ONSET_MS = 60
HYSTERESIS = 0.15
# What fades so far below an utterance's loudest is its end, though the detector hears it on.
FADED_DB = 28.0
# Who speaks this soon after the agent began does not react to it: they go on with their turn.
REACTION_MS = 300
_FORGETS_DB = 0.1  # of the loudest, every 20 ms


class Floor:
    """One call's. ``feed`` it every 20 ms."""

    def __init__(
        self, hands: Hands, spec: TurnTakingSpec, end: EndOfTurn, language: Language = ENGLISH
    ) -> None:
        self.noise = LineNoise(spec.vad_activation)
        self.turns = CallerTurns(hands, spec, end)
        self._overlaps = Overlaps(hands, spec, self.turns, language)
        self._hands = hands
        self._streams = spec.overlap_ears is OverlapEars.STREAMING
        self._overhearing: Overhearing | None = None
        self._at = 0.0
        self._preroll: deque[Samples] = deque(maxlen=PREROLL_MS // FRAME_MS)
        self._onset_ms = self._playing_ms = 0.0
        self._loudest_dbfs = SILENCE_DBFS

    def feed(self, sound: Sound, at: float) -> None:
        """The next 20 ms, which ended at ``at`` (seconds)."""
        self._at = at
        voiced = self._is_voiced(sound)
        self.noise.feed(sound.raw_dbfs, speech=voiced or self.turns.speaking)
        self.turns.heard(sound)
        self._overlaps.give_up_late_words(at)
        self._onset_ms = self._onset_ms + FRAME_MS if voiced else 0.0
        playing, played_ms = self._hands.agent_playing, self._playing_ms
        self._playing_ms = played_ms + FRAME_MS if playing else 0.0
        answered = self._playing_ms >= REACTION_MS or (played_ms > 0 and not playing)
        if answered and not self._overlaps.open:
            self.turns.answered()
        busy = playing or self._hands.agent_owes
        if self.turns.turn is None and busy:
            used = self._feed_overlap(sound, voiced=voiced, at=at)
        else:
            self._overlaps.agent_ended(at)
            used = self._feed_turn(sound, voiced=voiced, at=at)
        if not used:
            self._preroll.append(sound.for_model)
        if self._overhearing is not None and not self._overlaps.open:
            self._overhearing.stop()
            self._overhearing = None

    def quiet(self, seconds: float) -> None:
        """So long nothing at all came down the line: it is a pause of the caller's."""
        for _ in range(round(seconds * 1000 / FRAME_MS)):
            self.feed(SILENT, self._at + FRAME_MS / 1000)

    def words_known(self, part: Part, at: float) -> None:
        """The words of a committed part came."""
        self._overlaps.words_known(part, at)
        if (noise_dbfs := self.turns.noise_dbfs(part, at)) is not None:
            self.noise.raise_to(noise_dbfs)
        self.turns.words_known(part)

    def overheard(self, text: str, *, whole: bool) -> None:
        """What the ears beside the model have heard of the overlap so far."""
        if self._overhearing is not None:
            self._overlaps.overheard(text, whole=whole, at=self._at)

    def heard_end(self, turn: Turn, probability: float) -> None:
        """The audio model's answer to ``listen_for_end``."""
        self.turns.heard_end(turn, probability)

    def _feed_turn(self, sound: Sound, *, voiced: bool, at: float) -> bool:
        if not self.turns.speaking and self._onset_ms >= ONSET_MS:
            if self.turns.turn is None and self._hands.is_echo(ECHO_LOOKS_MS[0]):
                self._onset_ms = 0.0  # the last of our own voice, which has just ended
                return False
            self.turns.begin(self._taken_preroll(sound), self._onset_ms, at)
            return True
        used = self.turns.feed(sound, voiced=voiced, at=at)
        # Less of a caller's voice may resemble ours by chance, and would be lost.
        enough_ms = ECHO_LOOKS_MS[-1]
        if voiced and self.turns.unbroken_ms == enough_ms and self._hands.is_echo(enough_ms):
            self.turns.drop(at)
        return used

    def _feed_overlap(self, sound: Sound, *, voiced: bool, at: float) -> bool:
        if self._overlaps.open:
            if not self._overlaps.feed(sound, voiced=voiced, at=at):
                self._onset_ms = 0.0
            elif self._overhearing is not None:
                self._overhearing.feed(sound.for_model, voiced=voiced)
            return True
        if self._onset_ms < ONSET_MS:
            return False
        audio = self._taken_preroll(sound)
        self._overlaps.begin(audio, self._onset_ms, sound, at)
        if self._streams and self._hands.interruptible and self._hands.ears is not None:
            self._overhearing = Overhearing(self._hands.ears, audio)
        return True

    def _taken_preroll(self, sound: Sound) -> list[Samples]:
        audio = [*self._preroll, sound.for_model]
        self._preroll.clear()
        return audio

    def _is_voiced(self, sound: Sound) -> bool:
        threshold = self.noise.activation
        if self._onset_ms or self.turns.speaking or self._overlaps.open:
            threshold -= HYSTERESIS
        least = max(self.noise.least_dbfs, self._loudest_dbfs - FADED_DB)
        voiced = sound.probability >= threshold and sound.level_dbfs >= least
        if voiced:
            self._loudest_dbfs = max(self._loudest_dbfs, sound.level_dbfs)
        self._loudest_dbfs = max(SILENCE_DBFS, self._loudest_dbfs - _FORGETS_DB)
        return voiced
