"""What the floor decides about, and what it can do: a turn of the caller, and ``Hands``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from agents.turn_taking import words
from agents.turn_taking.line_audio import Samples
from agents.turn_taking.overhearing import LiveEars
from agents.turn_taking.part import Part


@dataclass(eq=False)
class Turn:
    """Speech of the caller that counts. Times are seconds on the clock that ``feed`` is given;
    ``audio`` is all of it that was sent to the model (24 kHz). ``taken``: it is answered
    already, and went on; ``dictating``: when it was taken it
    was (also) the answer to a question for a number. ``digits``: a pause of it announced or
    dictated one; ``earlier``: its parts that were heard again as one; ``look``: one
    committed without a pause, at ``looked_at``; ``stretch_ms``: the voiced of it since the last
    pause, ``longest_ms`` the most of any."""

    started_at: float
    last_voiced_at: float
    voiced_ms: float = 0.0
    parts: list[Part] = field(default_factory=list)
    audio: list[Samples] = field(default_factory=list)
    over: float | None = None
    drafted: bool = False
    probed: bool = False
    dictating: bool = False
    digits: bool = False
    earlier: list[Part] = field(default_factory=list)
    looked_at: float = 0.0
    look: Part | None = None
    key: str = ""
    stretch_ms: float = 0.0
    longest_ms: float = 0.0

    def add_voiced(self, ms: float) -> None:
        self.voiced_ms += ms
        self.stretch_ms += ms
        self.longest_ms = max(self.longest_ms, self.stretch_ms)

    @property
    def text(self) -> str | None:
        """All words so far; None while some are not known."""
        if not self.parts or any(part.text is None for part in self.parts):
            return None
        return " ".join(part.text for part in self.parts if part.text)

    @property
    def confidence(self) -> float | None:
        """That of its least sure part; None where nothing is known of it."""
        known = [part.confidence for part in self.parts if part.text]
        return min((sure for sure in known if sure is not None), default=None)

    @property
    def unsure(self) -> bool:
        """Its words are not to be acted on, or there are none and whoever answers has only them."""
        return any(part.misheard if self.text == "" else part.unsure for part in self.parts)


class Hands(Protocol):
    """What the floor can see and do. None of these waits."""

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

    @property
    def ears(self) -> LiveEars | None:
        """What hears an overlap beside the model, if anything does."""

    def is_echo(self, last_ms: float) -> bool:
        """The last of what came in is the agent's own voice."""

    def send(self, samples: Samples) -> None:
        """Let 24 kHz audio in to the model."""

    def commit(self) -> Part | None:
        """End a part; None when too little was sent to be one."""

    def forget(self, parts: list[Part], *, replies: bool = False) -> None:
        """The model has never heard them, nor what was sent and not committed; ``replies``: nor
        has it said what it did to them, which nobody heard."""

    def listen_for_end(self, heard: Samples, turn: Turn) -> None:
        """Ask the audio model; the answer goes to ``Floor.heard_end``."""

    def draft(self) -> None:
        """Begin a reply that nobody may hear yet."""

    def discard(self) -> None:
        """It has never been."""

    def take(self, turn: Turn, at: float) -> None:
        """The turn is over: reply. Called again for the same turn when it went on unanswered."""

    def pause(self) -> None:
        """Hold the agent's voice where it is."""

    def resume(self) -> None:
        """Go on where it was held."""

    def interrupt(self) -> None:
        """Stop what the agent says or is about to say."""

    def started(self, at: float) -> None:
        """The caller's speech, which counts, began."""

    def stopped(self, at: float) -> None:
        """It paused."""

    def noted(self, what: words.Overlap, detail: dict[str, object], at: float) -> None:
        """Something was heard that was no turn."""
