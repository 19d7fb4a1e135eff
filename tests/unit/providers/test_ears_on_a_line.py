"""Short words, noise and sounds without words, in voices the ears hold no rendering of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

import numpy as np
import pytest
import soxr

from deploy.local.phone import speech
from deploy.local.providers.app import DEFAULT_SCENARIO
from deploy.local.providers.ears import Ears
from deploy.local.providers.mind import heard_phrases
from deploy.local.providers.phrases import Heard, normalize, parse
from deploy.local.providers.scenario import load
from tests.support.overlap_sounds import ALONE, BEHIND, RATE, Sound, over

SHORT = (
    *("Mm-hmm.", "Uh-huh.", "Yeah.", "Okay.", "Right.", "I see.", "Sure.", "Hm.", "Stop.", "Wait."),
    *("Hold on.", "Excuse me.", "No.", "That's wrong.", "Um.", "Yes.", "Hello.", "Um, wait."),
)
HELD_OUT = (("en-us+m1", 165), ("en+f5", 150), ("en-us+m7", 185))
SNR_DB = 12.0


@pytest.fixture
async def ears() -> AsyncIterator[Ears]:
    phrases = {phrase.tokens: phrase for phrase in heard_phrases(load(DEFAULT_SCENARIO))}
    phrases.update({phrase.tokens: phrase for phrase in map(parse, SHORT)})
    ears = Ears(list(phrases.values()))
    await ears.start()
    yield ears
    await ears.close()


async def heard_of(ears: Ears, sounds: Iterable[Sound]) -> list[Heard]:
    return list(await asyncio.gather(*(ears.listen(on_a_line(sound)) for sound in sounds)))


def said(text: str, voice: str, words_per_minute: int) -> Sound:
    pcm = np.frombuffer(speech(text, voice, words_per_minute), np.int16).astype(np.float32)
    return np.concatenate(
        [np.zeros(RATE, np.float32), pcm / 32768, np.zeros(RATE // 2, np.float32)]
    )


def on_a_line(sound: Sound) -> bytes:
    """8 kHz mu-law and back, PCM s16le 24 kHz."""
    compressed = np.sign(sound) * np.log1p(255 * np.abs(sound)) / np.log(256)
    steps = np.round((compressed + 1) / 2 * 255) / 255 * 2 - 1
    expanded = np.sign(steps) * (256 ** np.abs(steps) - 1) / 255 * 32767
    wide = np.clip(soxr.resample(expanded, RATE, 24_000), -32768, 32767)
    return wide.astype(np.int16).tobytes()


def each_said() -> Iterator[tuple[str, Sound]]:
    for voice, words_per_minute in HELD_OUT:
        for text in SHORT:
            yield text, said(text, voice, words_per_minute)


def over_noise(behind: str, snr_db: float) -> Iterator[Sound]:
    random = np.random.default_rng(3)
    for _, sound in each_said():
        noise = BEHIND[behind](random, len(sound) / RATE + 0.01)[: len(sound)]
        yield over(sound, noise, snr_db)


def mistaken(heard: list[Heard]) -> list[tuple[str, str]]:
    pairs = (
        (normalize(text), one.words) for (text, _), one in zip(each_said(), heard, strict=True)
    )
    return [pair for pair in pairs if pair[0] != pair[1]]


async def test_short_words_alone_are_told_from_each_other(ears: Ears) -> None:
    heard = await heard_of(ears, (sound for _, sound in each_said()))
    wrong = mistaken(heard)
    assert len(wrong) <= 0.05 * len(heard), wrong


@pytest.mark.parametrize("behind", BEHIND)
async def test_short_words_are_heard_over_noise(ears: Ears, behind: str) -> None:
    heard = await heard_of(ears, over_noise(behind, SNR_DB))
    wrong = mistaken(heard)
    assert len(wrong) <= 0.2 * len(heard), wrong


@pytest.mark.parametrize("kind", ALONE)
async def test_sounds_without_words_are_heard_as_nothing(ears: Ears, kind: str) -> None:
    random = np.random.default_rng(4)
    silence = np.zeros(RATE // 2, np.float32)
    sounds = [np.concatenate([silence, ALONE[kind](random), silence]) for _ in range(10)]
    heard = [one.words for one in await heard_of(ears, sounds)]
    assert sum(map(bool, heard)) <= 2, heard


@pytest.mark.parametrize("behind", BEHIND)
async def test_noise_alone_is_heard_as_nothing(ears: Ears, behind: str) -> None:
    noise = BEHIND[behind](np.random.default_rng(5), 3.0)
    quiet = noise * np.float32(0.05 / np.sqrt((noise**2).mean()))
    assert await ears.hear(on_a_line(quiet)) == ""


async def test_what_is_heard_with_confidence_is_right(ears: Ears) -> None:
    heard = await heard_of(ears, over_noise("street", 8.0))
    said_texts = [normalize(text) for text, _ in each_said()]
    sure = [
        one.words == text
        for one, text in zip(heard, said_texts, strict=True)
        if one.confidence > 0.9
    ]
    assert len(sure) >= 10
    assert np.mean(sure) >= 0.85
