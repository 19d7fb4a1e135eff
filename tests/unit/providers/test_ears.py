"""The ears over a telephone line."""

from __future__ import annotations

from collections.abc import AsyncIterator

import numpy as np
import pytest

from deploy.local.providers.app import DEFAULT_SCENARIO
from deploy.local.providers.ears import Ears, EarsError
from deploy.local.providers.mind import heard_phrases
from deploy.local.providers.scenario import load
from tests.unit.providers.support import telephone_audio

SAID = {
    "Hello, where is my order four two seven one?": "Hello, where is my order 4271?",
    "Where is my order nine zero three five?": "Where is my order 9035?",
    "My order number is six eight one two.": "My order number is 6812.",
    "When are you open?": "When are you open?",
    "What are your opening hours?": "What are your opening hours?",
    "No, thank you, goodbye.": "No, thank you, goodbye.",
    "That is all, thank you.": "That is all, thank you.",
    "I have a question.": "I have a question.",
    "I would like an appointment.": "I would like an appointment.",
    "Tomorrow morning, please.": "Tomorrow morning, please.",
}
RANDOM = np.random.default_rng(7)


@pytest.fixture
async def ears() -> AsyncIterator[Ears]:
    ears = Ears(heard_phrases(load(DEFAULT_SCENARIO)), workers=1)
    await ears.start()
    yield ears
    await ears.close()


@pytest.mark.parametrize(("voice", "words_per_minute"), [("en-us", 160), ("en-us+f3", 175)])
async def test_nine_of_ten_phrases_are_heard(ears: Ears, voice: str, words_per_minute: int) -> None:
    heard = {}
    for said in SAID:
        pcm = telephone_audio(said, voice=voice, words_per_minute=words_per_minute)
        heard[said] = ears.transcript(await ears.hear(pcm))
    wrong = {said: text for said, text in heard.items() if text != SAID[said]}
    assert len(wrong) <= 1, wrong


def noise(level: float, seconds: float = 1.5) -> bytes:
    samples = RANDOM.normal(0, level, int(24_000 * seconds))
    return np.clip(samples, -32768, 32767).astype(np.int16).tobytes()


def tone(*hertz: float) -> bytes:
    time = np.arange(24_000) / 24_000
    samples = sum(8000 * np.sin(2 * np.pi * f * time) for f in hertz)
    return np.asarray(samples, np.int16).tobytes()


@pytest.mark.parametrize(
    "pcm",
    [
        b"",
        bytes(48_000),
        noise(60),
        noise(800),
        noise(6000),
        bytes(24_000) + noise(4000, 0.3) + bytes(24_000),
        tone(100),
        tone(941, 1336),
    ],
    ids=["nothing", "silence", "hiss", "noise", "loud noise", "burst", "hum", "key"],
)
async def test_what_is_no_speech_is_heard_as_nothing(ears: Ears, pcm: bytes) -> None:
    assert await ears.hear(pcm) == ""


async def test_two_phrases_with_a_pause_are_both_heard(ears: Ears) -> None:
    pause = bytes(48_000)
    pcm = telephone_audio("Thank you.") + pause + telephone_audio("What are your opening hours?")
    assert ears.transcript(await ears.hear(pcm)) == "Thank you. What are your opening hours?"


async def test_a_long_sentence_is_not_heard_as_a_short_phrase(ears: Ears) -> None:
    pcm = telephone_audio("I want to complain about the delivery man and his little dog.")
    assert await ears.hear(pcm) == ""


async def test_ears_that_died_are_replaced(ears: Ears) -> None:
    process = ears._workers[0]._process
    assert process is not None
    process.kill()
    await process.wait()
    assert await ears.hear(telephone_audio("When are you open?")) == "when are you open"


async def test_added_phrases_are_heard_even_with_unknown_words(ears: Ears) -> None:
    pcm = telephone_audio("I ordered a Zorbelix stove last week.")
    await ears.add(["I ordered a Zorbelix stove last week.", "Mm-hmm."])
    assert ears.transcript(await ears.hear(pcm)) == "I ordered a Zorbelix stove last week."


async def test_a_word_that_cannot_be_pronounced_is_named(ears: Ears) -> None:
    before = ears.phrases
    with pytest.raises(EarsError, match="brrzt"):
        await ears.add(["Pass me the brrzt."])
    assert ears.phrases == before
    heard = await ears.hear(telephone_audio("When are you open?"))
    assert heard == "when are you open"
