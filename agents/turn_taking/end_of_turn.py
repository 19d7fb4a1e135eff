"""When a pause is the end of the caller's turn: how it sounded, what it said, what was asked.

The audio model (v1-mini) hears whether a sentence ended; the words, where they are known in time,
say it more surely. A number being dictated waits for its whole group whatever either of them says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from livekit.local_inference import EOT, EOT_MAX_SAMPLES

from agents.languages import ENGLISH, Language
from agents.turn_taking import words
from agents.turn_taking.dictation import dictated
from agents.turn_taking.line_audio import Samples, upsample
from telephony.contracts import TurnTakingSpec

LOOKS_BACK_S = 1.2
# The threshold that livekit-agents uses for English; other languages are surer at a lower one.
OVER_ENGLISH = 0.36
OVER_OTHER = 0.28
_DIGITS_PATTERN = re.compile(r"\^(?:\[0-9\]|\\\\d)\{(\d{1,2})(?:,(\d{1,2}))?\}\$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a pause. ``text`` is None while words of it are not known; ``over`` is the
    audio model's probability, None before it was asked; ``long_number``: what was asked for comes
    in several groups."""

    text: str | None
    over: float | None
    dictating: bool
    long_number: bool = False


class EndOfTurn:
    """The persona's waits, and the lengths of numbers that its tools take."""

    def __init__(
        self, spec: TurnTakingSpec, lengths: Iterable[range] = (), language: Language = ENGLISH
    ) -> None:
        self._spec = spec
        self._lengths = tuple(lengths)
        # What takes a single key as well, like the keypad's own tool, says nothing of a number.
        self._longest = max((each[-1] for each in self._lengths if each[0] > 1), default=0)
        self._known = language.turns
        self._over = OVER_ENGLISH if language.is_english else OVER_OTHER

    def is_number(self, text: str, *, asked: bool) -> bool:
        """The words end with a number that may go on, or announce one."""
        if dictated(text, asked=asked, known=self._known):
            return True
        return words.is_open(text, self._known) and words.announces_digits(text, self._known)

    def wait_ms(self, evidence: Evidence) -> int:
        """The silence after which the turn is over, as far as is known now."""
        spec, text = self._spec, evidence.text
        if text and (digits := dictated(text, asked=evidence.dictating, known=self._known)):
            long_number = evidence.long_number or words.is_long_number(text)
            return self._digits_wait_ms(len(digits), evidence, long_number=long_number)
        if text and words.is_open(text, self._known):
            announced = words.announces_digits(text, self._known)
            return spec.digit_endpointing_ms if announced else spec.max_endpointing_ms
        if text:
            return spec.min_endpointing_ms
        if evidence.dictating:
            return spec.digit_endpointing_ms
        return spec.min_endpointing_ms if self._sounds_over(evidence) else spec.max_endpointing_ms

    def _digits_wait_ms(self, count: int, evidence: Evidence, *, long_number: bool) -> int:
        """A number whose length a tool knows is whole at once, if it can be no group of another."""
        fits = [lengths for lengths in self._lengths if count in lengths and not long_number]
        if count < self._longest:
            fits = [lengths for lengths in fits if len(lengths) > 1]
        if any(len(lengths) == 1 for lengths in fits):
            return self._spec.min_endpointing_ms
        if fits and self._sounds_over(evidence):
            return (self._spec.min_endpointing_ms + self._spec.digit_endpointing_ms) // 2
        return self._spec.digit_endpointing_ms

    def _sounds_over(self, evidence: Evidence) -> bool:
        return evidence.over is not None and evidence.over >= self._over


def number_lengths(schemas: Iterable[object]) -> list[range]:
    """How many digits tools' JSON Schemas want: ``^[0-9]{4}$`` -> ``range(4, 5)``."""
    found = []
    for schema in schemas:
        for match in _DIGITS_PATTERN.finditer(json.dumps(schema)):
            least = int(match.group(1))
            found.append(range(least, int(match.group(2) or least) + 1))
    return found


def listen(eot: EOT, heard: Samples) -> float:
    """The probability that the turn is over, of its last 8 kHz samples. Blocks for some 35 ms."""
    recent = upsample(heard[-int(LOOKS_BACK_S * 8_000) :], 2)[-EOT_MAX_SAMPLES:]
    return float(eot.predict(np.ascontiguousarray(recent)))
