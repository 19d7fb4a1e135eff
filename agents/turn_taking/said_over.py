"""One thing that is said over the agent's voice: what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.turn_taking.hearing import Sound
from agents.turn_taking.line_audio import FRAME_MS, Samples
from agents.turn_taking.part import Part

# So probable, it surely is speech: noises that pass for some are not.
SURE = 0.8


@dataclass(eq=False)
class SaidOver:
    """Times are seconds on the clock of ``Floor.feed``. ``sure_ms``: what of it surely is speech.
    ``asked_at``: its words were asked for, when ``asked_ms`` of it had come; ``cut``: in the middle
    of it; ``listening``: what it is so far wants nothing. ``echo_looks``: how often it was compared
    with our own voice; ``paused_at``: the agent was (infinity: and went on). ``wanted``: it stops
    the agent, as soon as that may be stopped.
    """

    started_at: float
    last_voiced_at: float
    answering: bool
    held: list[Samples] = field(default_factory=list)  # not sent
    audio: list[Samples] = field(default_factory=list)  # sent
    voiced_ms: float = 0.0
    sure_ms: float = 0.0
    parts: list[Part] = field(default_factory=list)
    asked_at: float | None = None
    asked_ms: float = 0.0
    cut: bool = False
    listening: bool = False
    wanted: bool = False
    echo_looks: int = 0
    paused_at: float | None = None
    joined: bool = False  # with what was said shortly before
    overheard: str = ""  # by the ears beside the model

    def heard(self, sound: Sound, at: float) -> None:
        """Another 20 ms of speech."""
        self.last_voiced_at = at
        self.voiced_ms += FRAME_MS
        if sound.probability >= SURE:
            self.sure_ms += FRAME_MS

    @property
    def seems_noise(self) -> bool:
        """Most of it is none that surely is speech."""
        return 2 * self.sure_ms < self.voiced_ms

    def is_unclear(self, least_ms: float) -> bool:
        """It was speech, as long as an interruption, and made no words."""
        return not self.text and not self.seems_noise and self.voiced_ms >= least_ms

    @property
    def went_on(self) -> bool:
        """They spoke since the words were asked for."""
        return self.asked_at is None or self.last_voiced_at > self.asked_at

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.parts if part.text)

    @property
    def is_wordless(self) -> bool:
        """Its words are not known, or it was too short to have any."""
        return not self.parts or any(part.text is None for part in self.parts)
