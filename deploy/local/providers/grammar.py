"""pocketsphinx with a JSGF grammar of the phrases: what the ears hear digits with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pocketsphinx
from numpy.typing import NDArray

from deploy.local.providers.line_audio import (
    MODEL_RATE,
    for_the_model,
    is_speech_like,
    loud_s,
    loud_stretch,
)
from deploy.local.providers.phrases import DIGIT_WORDS, MAX_DIGITS, Phrase
from deploy.local.providers.pronunciation import pronounce, variants

_SEARCH = "phrases"
# Measured on 180 espeak-ng utterances in 6 voices over 8 kHz mu-law: no best-path pass, a language
# weight of 10, a word insertion penalty of 0.1 and beams some orders wider than the defaults
# mistake the fewest digits. Much wider ones cost time and hear no better.
_SEARCH_OPTIONS = {
    "bestpath": False,
    "lw": 10,
    "wip": 0.1,
    "beam": 1e-58,
    "wbeam": 1e-40,
    "pbeam": 1e-58,
}
# How long a phrase may take to say, by its phones: a drawn-out one, and a gabbled one. What is
# outside was something else that only resembled the phrase.
_LONGEST_S = (0.3, 0.11)
_SHORTEST_S_PER_PHONE = 0.035


class GrammarDecoder:
    """Hears one utterance at a time. Not thread-safe; blocks for 20 to 100 ms an utterance."""

    def __init__(self) -> None:
        self._decoder: Any = pocketsphinx.Decoder(
            lm=None, samprate=MODEL_RATE, loglevel="FATAL", **_SEARCH_OPTIONS
        )
        self._phrases: list[Phrase] = []
        self._known_words: set[str] = set()
        self._generation = 0

    def load(self, phrases: list[Phrase]) -> None:
        """Hear these phrases from now on, and no others.

        Raises PronunciationError naming a word without pronunciation; then the old ones stay.
        """
        words = {word for phrase in phrases for word in phrase.words} | set(DIGIT_WORDS)
        new = {word: pronounce(word, self._lookup) for word in sorted(words - self._known_words)}
        for word, phones in new.items():
            self._teach(word, phones)
        self._known_words |= words
        self._generation += 1
        name = f"{_SEARCH}{self._generation}"
        self._decoder.add_jsgf_string(name, grammar(phrases))
        self._decoder.activate_search(name)
        if self._generation > 1:
            self._decoder.remove_search(f"{_SEARCH}{self._generation - 1}")
        self._phrases = phrases

    def hear(self, line: NDArray[np.float32]) -> str:
        """Words of audio at 8 kHz, or "" for silence, noise and what no phrase fits."""
        stretch = loud_stretch(line)
        return self._decode(line[stretch[0] : stretch[1]]) if stretch else ""

    def _decode(self, speech: NDArray[np.float32]) -> str:
        if not is_speech_like(speech):
            return ""
        ready = for_the_model(speech)
        self._decoder.start_utt()
        self._decoder.process_raw(ready.tobytes(), no_search=False, full_utt=False)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        heard = str(hypothesis.hypstr) if hypothesis is not None else ""
        return heard if self._is_whole(heard) and self._fits(heard, loud_s(speech)) else ""

    def _is_whole(self, heard: str) -> bool:
        # A path that died before its end is reported as far as it came: half a phrase, a guess.
        matches = (phrase.match(heard) for phrase in self._phrases)
        return any(match is not None and match.length == len(heard) for match in matches)

    def _fits(self, heard: str, seconds: float) -> bool:
        phones = sum(len((self._lookup(word) or "").split()) for word in heard.split())
        slowest = _LONGEST_S[0] + _LONGEST_S[1] * phones
        return _SHORTEST_S_PER_PHONE * phones <= seconds <= slowest

    def _lookup(self, word: str) -> str | None:
        found: str | None = self._decoder.lookup_word(word)
        return found

    def _teach(self, word: str, phones: str) -> None:
        if self._lookup(word) is None:
            self._decoder.add_word(word, phones, False)
        known = [phones]
        number = 2
        while (other := self._lookup(f"{word}({number})")) is not None:
            known.append(other)
            number += 1
        for variant in dict.fromkeys(v for spoken in known for v in variants(spoken)):
            if variant not in known:
                self._decoder.add_word(f"{word}({number})", variant, False)
                number += 1


def grammar(phrases: list[Phrase]) -> str:
    """The JSGF grammar: one of the phrases."""
    alternatives = " | ".join(
        "( " + " ".join(_token(token) for token in phrase.tokens) + " )" for phrase in phrases
    )
    return (
        "#JSGF V1.0;\ngrammar ears;\n"
        f"public <phrase> = {alternatives or 'zero'} ;\n"
        f"<digit> = {' | '.join(DIGIT_WORDS)} ;\n"
    )


def _token(token: str) -> str:
    if token == "<digits>":  # noqa: S105 - a slot's name
        return "<digit>+"
    if token.startswith("<digits:"):
        count = min(MAX_DIGITS, int(token[len("<digits:") : -1]))
        return " ".join(["<digit>"] * count)
    return token
