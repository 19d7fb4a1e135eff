"""A floor with hands that only note what they are told, and sound made of a line of text."""

from __future__ import annotations

import numpy as np

from agents.languages import language_of
from agents.turn_taking.end_of_turn import EndOfTurn
from agents.turn_taking.floor import Floor
from agents.turn_taking.hands import Turn
from agents.turn_taking.hearing import Sound
from agents.turn_taking.line_audio import Samples
from agents.turn_taking.part import Part
from agents.turn_taking.words import Overlap
from telephony.contracts import TurnTakingSpec

SPEECH = Sound(np.full(160, 3000, np.int16), np.full(480, 3000, np.int16), -20.0, 0.98, -20.0)
PERHAPS = Sound(SPEECH.samples, SPEECH.for_model, -20.0, 0.6, -20.0)  # or a cough
SILENCE = Sound(np.zeros(160, np.int16), np.zeros(480, np.int16), -90.0, 0.01, -90.0)


class NotingEars:
    """``heard`` is what they were given of each utterance, in ms; "pause" and "stop" between."""

    def __init__(self) -> None:
        self.heard: list[int | str] = []

    def hear(self, audio: list[Samples]) -> None:
        ms = sum(len(samples) // 24 for samples in audio)
        if self.heard and isinstance(self.heard[-1], int):
            self.heard[-1] += ms
        else:
            self.heard.append(ms)

    def pause(self) -> None:
        self.heard.append("pause")

    def stop(self) -> None:
        if self.heard and self.heard[-1] != "stop":
            self.heard.append("stop")


class NotingHands:
    """``did`` is what was done, in order; the agent's state is set by the test."""

    def __init__(self) -> None:
        self.did: list[str] = []
        self.taken: list[Turn] = []
        self.agent_playing = False
        self.agent_owes = False
        self.interruptible = True
        self.left_s: float | None = 8.0
        self.echo = False
        self.ears: NotingEars | None = None
        self.parts: list[Part] = []
        self.sent_ms = 0
        self.notes: list[Overlap] = []

    def is_echo(self, last_ms: float) -> bool:
        return self.echo

    def send(self, samples: Samples) -> None:
        self.sent_ms += len(samples) // 24

    def commit(self) -> Part | None:
        if self.sent_ms < 120:
            return None
        self.sent_ms = 0
        self.parts.append(Part())
        self.did.append("commit")
        return self.parts[-1]

    def forget(self, parts: list[Part], *, replies: bool = False) -> None:
        self.sent_ms = 0
        self.did += ["forget"] * len(parts)

    def listen_for_end(self, heard: Samples, turn: Turn) -> None:
        self.did.append("listen")

    def draft(self) -> None:
        self.did.append("draft")

    def discard(self) -> None:
        self.did.append("discard")

    def take(self, turn: Turn, at: float) -> None:
        self.did.append("take")
        self.taken.append(turn)
        self.agent_owes = True

    def pause(self) -> None:
        self.did.append("pause")

    def resume(self) -> None:
        self.did.append("resume")

    def interrupt(self) -> None:
        self.did.append("interrupt")
        self.agent_playing = self.agent_owes = False

    def started(self, at: float) -> None:
        self.did.append("started")

    def stopped(self, at: float) -> None:
        self.did.append("stopped")

    def noted(self, what: Overlap, detail: dict[str, object], at: float) -> None:
        self.notes.append(what)


class Rig:
    """Plays sound to a floor on a clock of its own."""

    def __init__(
        self, *, lengths: tuple[range, ...] = (), language: str = "en", **spec: object
    ) -> None:
        self.spec = TurnTakingSpec(**spec)  # type: ignore[arg-type]
        self.hands = NotingHands()
        spoken = language_of(language)
        end = EndOfTurn(self.spec, lengths, spoken)
        self.floor = Floor(self.hands, self.spec, end, spoken)
        self.at = 1_790_000_000.0  # as in a call: seconds since the epoch
        self.quiet(1200)  # the line's noise is known
        self.hands.did.clear()

    def speak(self, ms: int) -> None:
        self.play(SPEECH, ms)

    def quiet(self, ms: int) -> None:
        self.play(SILENCE, ms)

    def words(self, text: str, confidence: float | None = None) -> None:
        """The words of the last committed part come."""
        self.hands.parts[-1].heard(text, confidence)
        self.floor.words_known(self.hands.parts[-1], self.at)

    def silence_until_taken(self, most_ms: int = 4000) -> int:
        """ms of further silence after which the turn was taken."""
        for ms in range(0, most_ms, 20):
            if "take" in self.hands.did:
                return ms
            self.quiet(20)
        raise AssertionError(f"not taken within {most_ms} ms: {self.hands.did}")

    def play(self, sound: Sound, ms: int) -> None:
        for _ in range(ms // 20):
            self.at += 0.02
            self.floor.feed(sound, self.at)


def talking(**spec: object) -> Rig:
    """The agent speaks."""
    rig = Rig(**spec)
    rig.hands.agent_playing = True
    return rig
