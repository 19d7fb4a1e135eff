"""What the overlap bench takes for a stop and what for a pause, on tapes made for it."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from deploy.local.phone import speech
from tests.bench.overlap_verdict import Reference, judge

VOICE = ("en-us+f3", 165)
SENTENCE = (
    "We have three kinds of tents. The light one weighs less than two kilos and is made for hiking "
    "in summer. The family tent sleeps five people and stands in ten minutes. And the storm tent "
    "has held on every mountain where we took it. Which one would you like to hear more about?"
)
SOUND_MS, SOUND_END_MS = 2_000, 2_500
BYTES_PER_MS = 16


def trimmed(text: str) -> bytes:
    pcm = np.frombuffer(speech(text, *VOICE), np.int16)
    (loud,) = np.nonzero(np.abs(pcm) > 100)
    return pcm[loud[0] : loud[-1] + 1].tobytes()


@pytest.fixture(scope="module")
def sentence() -> bytes:
    return trimmed(SENTENCE)


@pytest.fixture(scope="module")
def reference(sentence: bytes) -> Reference:
    return Reference(sentence)


def silence(milliseconds: int) -> bytes:
    return bytes(milliseconds * BYTES_PER_MS)


def until(sentence: bytes, milliseconds: int) -> bytes:
    return sentence[: milliseconds * BYTES_PER_MS]


def since(sentence: bytes, milliseconds: int) -> bytes:
    return sentence[milliseconds * BYTES_PER_MS :]


def test_a_sentence_that_goes_on_untouched_continues_without_a_pause(
    reference: Reference, sentence: bytes
) -> None:
    verdict = judge(reference, until(sentence, 7_000), SOUND_MS, SOUND_END_MS)
    assert (verdict.decision, verdict.pause_ms) == ("continue", 0)


@pytest.mark.parametrize("pause_ms", [300, 800, 1_500])
def test_a_pause_is_as_long_as_the_silence_the_sentence_does_not_have_itself(
    reference: Reference, sentence: bytes, pause_ms: int
) -> None:
    heard = until(sentence, 2_400) + silence(pause_ms) + until(since(sentence, 2_400), 4_500)
    verdict = judge(reference, heard, SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "continue"
    assert verdict.pause_ms == pytest.approx(pause_ms, abs=120)
    assert verdict.is_right("continue") == (pause_ms <= 1_000)
    assert not verdict.is_right("stop")


def test_a_moment_of_the_sentence_between_two_pauses_makes_them_two(
    reference: Reference, sentence: bytes
) -> None:
    spoken = until(sentence, 2_300) + silence(800) + until(since(sentence, 2_300), 150)
    heard = spoken + silence(500) + until(since(sentence, 2_450), 4_500)
    verdict = judge(reference, heard, SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "continue"
    assert verdict.pause_ms == pytest.approx(800, abs=120)


def test_a_pause_before_the_sound_is_not_the_sounds(reference: Reference, sentence: bytes) -> None:
    """The agent hesitated at its own echo, and spoke on a moment before the sound came."""
    spoken = until(sentence, 1_300) + silence(450) + until(since(sentence, 1_300), 550)
    heard = spoken + silence(700) + until(since(sentence, 1_850), 4_500)
    verdict = judge(reference, heard, SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "continue"
    assert verdict.pause_ms == pytest.approx(700, abs=120)


def test_a_sentence_taken_up_again_a_little_before_where_it_paused_continues(
    reference: Reference, sentence: bytes
) -> None:
    heard = until(sentence, 2_600) + silence(500) + until(since(sentence, 2_000), 4_500)
    assert judge(reference, heard, SOUND_MS, SOUND_END_MS).decision == "continue"


@pytest.mark.parametrize(
    "reply",
    [
        "Of course. What would you like to know?",
        "Sorry, I did not catch that. Could you say it again, please?",
        "The storm tent costs three hundred. Would you like to hear more about it?",
        SENTENCE,
    ],
)
def test_a_reply_in_the_same_voice_is_no_resumption_not_even_the_same_answer_again(
    reference: Reference, sentence: bytes, reply: str
) -> None:
    heard = until(sentence, 2_700) + silence(900) + until(trimmed(reply), 4_500)
    verdict = judge(reference, heard, SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "stop"
    assert verdict.silent_after_ms == pytest.approx(700, abs=120)


def test_silence_after_the_sound_is_a_stop(reference: Reference, sentence: bytes) -> None:
    heard = until(sentence, 2_350) + silence(4_500)
    verdict = judge(reference, heard, SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "stop"
    assert verdict.silent_after_ms == pytest.approx(350, abs=120)


def test_a_sentence_that_stops_for_good_after_one_more_word_is_a_stop(
    reference: Reference, sentence: bytes
) -> None:
    heard = until(sentence, 2_300) + silence(300) + until(since(sentence, 2_300), 900)
    verdict = judge(reference, heard + silence(4_000), SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "stop"


def test_a_sentence_heard_to_its_end_was_not_stopped(reference: Reference, sentence: bytes) -> None:
    length_ms = len(sentence) // BYTES_PER_MS
    heard = sentence + silence(4_000)
    verdict = judge(reference, heard, length_ms - 1_500, length_ms - 500)
    assert verdict.decision == "continue"


def test_a_line_that_loses_and_bends_some_of_it_does_not_change_the_verdict(
    reference: Reference, sentence: bytes
) -> None:
    whole = np.frombuffer(until(sentence, 7_000), np.int16).astype(np.float32)
    slower = soxr.resample(whole, 8_000, 8_080)
    random = np.random.default_rng(1)
    for start in range(0, len(slower) - 160, 160):
        if random.random() < 0.03:
            slower[start : start + 160] = 0
    verdict = judge(reference, slower.astype(np.int16).tobytes(), SOUND_MS, SOUND_END_MS)
    assert verdict.decision == "continue"
    assert verdict.pause_ms <= 200
