"""The voice of the text-to-speech stand-in: espeak-ng at a telephone pace, cached."""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from deploy.local.voice import render

WORDS_PER_MINUTE = 165
_CACHED_UTTERANCES = 256
_SILENCE_LEVEL = 150  # of 32,768; espeak's own pauses are digital silence
_PAUSE_AFTER = {",": 1.5, ";": 2.0, ":": 2.0, ".": 3.0, "?": 3.0, "!": 3.0}

# A voice id picks one of these by its hash, so that two personas never sound alike by accident of
# order, and the same id always sounds the same. Name and pitch (0-99) as espeak-ng knows them.
VOICES: tuple[tuple[str, int], ...] = (
    ("en-us", 45),
    ("en-us+f3", 60),
    ("en", 35),
    ("en+f2", 55),
    ("en-us+m3", 30),
    ("en-us+f4", 75),
)

# A voice named so is a tone as long as the words: who hears whom is then seen in a spectrum.
_TONE = re.compile(r"tone-(\d{3,4})")


@dataclass(frozen=True)
class Word:
    """One word as it was written, with its times in seconds from the start of the audio."""

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Utterance:
    """Mono PCM s16le at ``sample_rate`` Hz, and where its words lie."""

    pcm: bytes
    sample_rate: int
    words: tuple[Word, ...]

    @property
    def duration_s(self) -> float:
        """Length of the audio in seconds."""
        return len(self.pcm) / 2 / self.sample_rate


class Mouth:
    """Speaks text. ``say`` is safe to call for many voices at once; espeak does one at a time."""

    def __init__(self) -> None:
        self._cache: OrderedDict[tuple[str, str, float, int], Utterance] = OrderedDict()
        self._cache_lock = threading.Lock()

    async def say(
        self, text: str, *, voice_id: str, sample_rate: int, speed: float = 1.0
    ) -> Utterance:
        """Speak ``text`` as ``voice_id`` at ``speed`` (1.0 is 165 words a minute).

        Raises VoiceError when espeak-ng cannot speak.
        """
        key = (text, voice_id, speed, sample_rate)
        with self._cache_lock:
            found = self._cache.get(key)
            if found is not None:
                self._cache.move_to_end(key)
                return found
        utterance = await asyncio.to_thread(_speak, text, voice_id, sample_rate, speed)
        with self._cache_lock:
            self._cache[key] = utterance
            while len(self._cache) > _CACHED_UTTERANCES:
                self._cache.popitem(last=False)
        return utterance


def voice_of(voice_id: str) -> tuple[str, int]:
    """The espeak-ng voice and pitch that stand for a Cartesia voice id."""
    digest = hashlib.sha256(voice_id.encode()).digest()
    return VOICES[digest[0] % len(VOICES)]


def _speak(text: str, voice_id: str, sample_rate: int, speed: float) -> Utterance:
    voice, pitch = voice_of(voice_id)
    pace = round(min(450, max(80, WORDS_PER_MINUTE * speed)))
    pcm, rate = render(text, voice=voice, words_per_minute=pace, pitch=pitch)
    samples = _trim(np.frombuffer(pcm, dtype=np.int16), rate)
    if tone := _TONE.fullmatch(voice_id):
        samples = _sine(int(tone[1]), len(samples), rate)
    if rate != sample_rate:
        resampled = soxr.resample(samples.astype(np.float32), rate, sample_rate)
        samples = np.clip(resampled, -32768, 32767).astype(np.int16)
    duration_s = len(samples) / sample_rate
    return Utterance(samples.tobytes(), sample_rate, _word_times(text, duration_s))


def _sine(hz: int, count: int, rate: int) -> NDArray[np.int16]:
    """``count`` samples of a tone at -12 dBFS, with soft ends: a click has every frequency."""
    fade = np.minimum(1.0, np.arange(count) / (rate / 50))
    envelope = np.minimum(fade, fade[::-1])
    wave: NDArray[np.float64] = 8192 * np.sin(2 * np.pi * hz * np.arange(count) / rate) * envelope
    return wave.astype(np.int16)


def _trim(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """Cut espeak's own silence to 20 ms before and 120 ms after, so delays are what is set."""
    (loud,) = np.nonzero(np.abs(samples.astype(np.int32)) > _SILENCE_LEVEL)
    if not len(loud):
        return samples[:0]
    start = max(0, int(loud[0]) - rate * 20 // 1000)
    return samples[start : int(loud[-1]) + rate * 120 // 1000]


def _word_times(text: str, duration_s: float) -> tuple[Word, ...]:
    """Share the duration among the words by their length, with a pause at punctuation."""
    words = text.split()
    weights = [_spoken_length(word) for word in words]
    pauses = [_PAUSE_AFTER.get(word[-1], 0.0) for word in words]
    whole = sum(weights) + sum(pauses[:-1])
    if not whole:
        return ()
    scale = duration_s / whole
    times: list[Word] = []
    at = 0.0
    for word, weight, pause in zip(words, weights, pauses, strict=True):
        end = at + weight * scale
        times.append(Word(word, round(at, 3), round(min(end, duration_s), 3)))
        at = end + pause * scale
    return tuple(times)


def _spoken_length(word: str) -> float:
    # A digit is a whole spoken word; letters stand for about one sound each.
    return 1.0 + sum(4.0 if letter.isdigit() else 1.0 for letter in word if letter.isalnum())
