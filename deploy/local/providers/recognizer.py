"""The decoder of the ears: pocketsphinx with a JSGF grammar of the phrases that may be heard."""

from __future__ import annotations

from typing import Any

import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

from deploy.local.providers.phrases import DIGIT_WORDS, MAX_DIGITS, Phrase
from deploy.local.providers.pronunciation import over_the_telephone, pronounce

INPUT_RATE = 24_000
_LINE_RATE = 8000
_MODEL_RATE = 16_000
_SEARCH = "phrases"
_FRAME = _LINE_RATE // 100
_LEVEL = 10_000.0  # the peak every utterance is brought to
_DITHER = 30.0  # digital silence has no logarithm, and the model was trained on rooms
_PADDING_S = 0.2
_MIN_SPEECH_S = 0.12
_MIN_PEAK = 200.0  # of 32,768, about -44 dBFS: quieter is nobody
# Against 1.0 for one phrase. More garbage refuses more noise, and more speech with it.
_GARBAGE_WEIGHT = 1e-28
_SECOND_PHRASE_WEIGHT = 1e-12
_PHONES = (  # noqa: SIM905 - forty quotes read worse
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW "
    "V W Y Z ZH"
).split()


class Recognizer:
    """Hears one utterance at a time. Not thread-safe; blocks for 20 to 100 ms an utterance."""

    def __init__(self) -> None:
        # Measured on 65 espeak-ng utterances in 5 voices over 8 kHz mu-law: no best-path pass,
        # a language weight of 10 and a word insertion penalty of 0.1 mistake the fewest digits.
        self._decoder: Any = pocketsphinx.Decoder(
            lm=None, samprate=_MODEL_RATE, loglevel="FATAL", bestpath=False, lw=10, wip=0.1
        )
        self._phrases: list[Phrase] = []
        self._known_words: set[str] = set()
        self._generation = 0
        for phone in _PHONES:
            self._decoder.add_word(_garbage(phone), phone, False)

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

    def hear(self, pcm: bytes) -> str:
        """Words of PCM s16le 24 kHz mono, or "" for silence, noise and what no phrase fits."""
        speech = _prepare(np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype=np.int16))
        if speech is None or not self._phrases:
            return ""
        self._decoder.start_utt()
        self._decoder.process_raw(speech.tobytes(), no_search=False, full_utt=False)
        self._decoder.end_utt()
        hypothesis = self._decoder.hyp()
        heard = str(hypothesis.hypstr) if hypothesis is not None else ""
        return heard if self._is_whole(heard) else ""

    def _is_whole(self, heard: str) -> bool:
        # A path that died before its end is reported as far as it came: half a phrase, a guess.
        rest = heard
        while rest:
            ends = [
                match.end
                for phrase in self._phrases
                if (match := phrase.match(rest)) is not None and match.start == 0
            ]
            if not ends:
                return False
            rest = rest[max(ends) :].strip()
        return True

    def _lookup(self, word: str) -> str | None:
        found: str | None = self._decoder.lookup_word(word)
        return found

    def _teach(self, word: str, phones: str) -> None:
        if self._lookup(word) is None:
            self._decoder.add_word(word, phones, False)
        variants = [phones]
        number = 2
        while (variant := self._lookup(f"{word}({number})")) is not None:
            variants.append(variant)
            number += 1
        for variant in variants:
            narrow = over_the_telephone(variant)
            if narrow is not None:
                self._decoder.add_word(f"{word}({number})", narrow, False)
                number += 1


def grammar(phrases: list[Phrase]) -> str:
    """The JSGF grammar: one or two phrases, or garbage (single phones) that no phrase fits."""
    alternatives = " | ".join(
        "( " + " ".join(_token(token) for token in phrase.tokens) + " )" for phrase in phrases
    )
    garbage = " | ".join(_garbage(phone) for phone in _PHONES)
    return (
        "#JSGF V1.0;\ngrammar ears;\n"
        f"public <utterance> = /1.0/ <phrase> | /{_SECOND_PHRASE_WEIGHT:g}/ <phrase> <phrase>"
        f" | /{_GARBAGE_WEIGHT:g}/ <garbage>+ ;\n"
        f"<phrase> = {alternatives or 'zero'} ;\n"
        f"<digit> = {' | '.join(DIGIT_WORDS)} ;\n"
        f"<garbage> = {garbage} ;\n"
    )


def _token(token: str) -> str:
    if token == "<digits>":  # noqa: S105 - a slot's name
        return "<digit>+"
    if token.startswith("<digits:"):
        count = min(MAX_DIGITS, int(token[len("<digits:") : -1]))
        return " ".join(["<digit>"] * count)
    return token


def _garbage(phone: str) -> str:
    return f"garbage{phone.lower()}"


def _prepare(samples: NDArray[np.int16]) -> NDArray[np.int16] | None:
    """Trim, level and resample by way of 8 kHz, so that every source sounds like a telephone."""
    if len(samples) < INPUT_RATE * _MIN_SPEECH_S:
        return None
    line: NDArray[np.float32] = soxr.resample(samples.astype(np.float32), INPUT_RATE, _LINE_RATE)
    line = line - np.float32(line.mean())
    frames = line[: len(line) // _FRAME * _FRAME].reshape(-1, _FRAME)
    levels = np.sqrt((frames * frames).mean(axis=1))
    peak = float(np.abs(line).max())
    if peak < _MIN_PEAK:
        return None
    (loud,) = np.nonzero(levels > max(60.0, 0.02 * float(levels.max())))
    if len(loud) * 0.01 < _MIN_SPEECH_S:
        return None
    speech = line[int(loud[0]) * _FRAME : (int(loud[-1]) + 1) * _FRAME]
    padding = np.zeros(int(_PADDING_S * _LINE_RATE), np.float32)
    padded = np.concatenate([padding, speech * np.float32(_LEVEL / peak), padding])
    wide = soxr.resample(padded, _LINE_RATE, _MODEL_RATE)
    # A fixed seed: the same audio is always heard the same.
    wide = wide + np.random.default_rng(0).normal(0, _DITHER, len(wide))
    ready: NDArray[np.int16] = np.clip(wide, -32768, 32767).astype(np.int16)
    return ready
