"""The line's noise raises the bar for speech; our own voice is told from the caller's."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from livekit import rtc

from agents.turn_taking.echo import Echo
from agents.turn_taking.hearing import Hearing, Sound
from agents.turn_taking.line_audio import (
    LINE_RATE,
    SESSION_RATE,
    SILENCE_DBFS,
    Samples,
    level_dbfs,
    to_session,
)
from agents.turn_taking.line_noise import LineNoise, activation_for
from deploy.local.voice import render

FRAME = LINE_RATE // 50


def voice(text: str, *, voice_name: str = "en", gain_db: float = 0.0) -> Samples:
    pcm, rate = render(text, voice=voice_name)
    samples = soxr.resample(np.frombuffer(pcm, dtype=np.int16).astype(np.float64), rate, LINE_RATE)
    return np.clip(samples * 10 ** (gain_db / 20), -32768, 32767).astype(np.int16)


def padded(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length]


def play(echo: Echo, far: Samples, near: Samples) -> Samples:
    """What is left of ``near`` while ``far`` goes out."""
    out = []
    for at in range(0, len(near) - FRAME, FRAME):
        echo.played(far[at : at + FRAME])
        out.append(echo.take_out(near[at : at + FRAME]))
    return np.concatenate(out)


AGENT = voice("We have three kinds of tents. The light one weighs less than two kilos.")


@pytest.mark.parametrize("delay_ms", [50, 180, 300])
@pytest.mark.parametrize("loss_db", [12, 20, 30])
def test_our_own_voice_is_found_at_every_delay_and_loss(delay_ms: int, loss_db: int) -> None:
    delay = delay_ms * LINE_RATE // 1000
    near = np.concatenate([np.zeros(delay), AGENT * 10 ** (-loss_db / 20)]).astype(np.int16)
    echo = Echo()
    found = []
    for at in range(0, len(AGENT) - FRAME, FRAME):
        echo.played(AGENT[at : at + FRAME])
        echo.take_out(near[at : at + FRAME])
        if at > LINE_RATE // 2 and level_dbfs(near[at : at + FRAME]) > -30 - loss_db:
            found.append(echo.is_all(200))
    assert len(found) > 20
    assert np.mean(found) > 0.95


@pytest.mark.parametrize("voice_name", ["en+f2", "en-us", "en+m3"])
def test_the_caller_is_not_taken_for_our_own_voice(voice_name: str) -> None:
    near = voice("Wait a moment, please, I have a question.", voice_name=voice_name)
    echo = Echo()
    far = AGENT
    for at in range(0, min(len(near), len(far)) - FRAME, FRAME):
        echo.played(far[at : at + FRAME])
        echo.take_out(near[at : at + FRAME])
        if at >= LINE_RATE // 5 and level_dbfs(near[at : at + FRAME]) > -30:
            assert not echo.is_all(200), at / LINE_RATE
    assert not echo.present


def test_a_line_without_echo_is_left_as_it_is() -> None:
    near = voice("Wait a moment, please.")
    clean = play(Echo(), padded(AGENT, len(near)), near)
    assert np.array_equal(clean, near[: len(clean)])


def test_where_there_is_an_echo_it_is_taken_out_and_the_caller_stays() -> None:
    delay = 150 * LINE_RATE // 1000
    length = len(AGENT)
    echo_part = np.concatenate([np.zeros(delay), AGENT * 0.2])[:length]
    echo = Echo()
    play(echo, AGENT, echo_part.astype(np.int16))
    assert echo.is_all(60)
    assert not echo.present, "so little may be alike by chance"
    assert echo.is_all(400)
    left = play(echo, AGENT, echo_part.astype(np.int16))
    assert level_dbfs(left[LINE_RATE:]) < level_dbfs(echo_part[LINE_RATE:].astype(np.int16)) - 15
    caller = padded(voice("Wait a moment, please.", voice_name="en+f2"), length)
    both = play(echo, AGENT, (echo_part + caller).astype(np.int16))
    speech = slice(LINE_RATE // 4, LINE_RATE)
    assert level_dbfs(both[speech]) > level_dbfs(caller[speech]) - 10


def test_speech_is_likely_where_it_is_and_nowhere_else() -> None:
    hearing = Hearing()
    said = voice("Where is my order?")
    line = np.concatenate([np.zeros(LINE_RATE), said, np.zeros(LINE_RATE)])
    session = soxr.resample(line, LINE_RATE, SESSION_RATE).astype(np.int16)
    sounds = []
    for at in range(0, len(session) - 480, 480):
        frame = rtc.AudioFrame(session[at : at + 480].tobytes(), SESSION_RATE, 1, 480)
        sounds.append(hearing.hear(frame))
    before, during = sounds[:48], sounds[54 : 50 + len(said) // FRAME - 4]
    assert max(sound.probability for sound in before) < 0.3
    assert np.mean([sound.probability > 0.5 for sound in during]) > 0.9
    assert sounds[-1].probability < 0.3


def test_a_loud_line_raises_the_threshold_within_bounds() -> None:
    assert activation_for(-90.0, 0.5) == 0.5
    assert 0.5 < activation_for(-40.0, 0.5) < 0.75
    assert activation_for(-10.0, 0.5) == 0.75
    assert activation_for(-10.0, 0.9) == 0.9


def test_the_floor_is_found_in_the_first_second_and_not_made_of_speech() -> None:
    noise = LineNoise(0.5)
    for _ in range(60):
        noise.feed(-38.0, speech=False)
        noise.feed(-10.0, speech=True)
    assert noise.floor_dbfs == pytest.approx(-38.0)
    assert noise.least_dbfs == pytest.approx(-32.0)
    assert noise.told()
    assert not noise.told()


def test_after_digital_silence_speech_is_heard_as_soon_as_after_a_faint_hum() -> None:
    said = padded(voice("Where is my order?"), LINE_RATE)
    quiet = np.zeros(10 * LINE_RATE, dtype=np.int16)
    faint = np.tile(np.array([1, 0, -1, 0], dtype=np.int16), len(quiet) // 4)
    onsets = []
    for before in (quiet, faint):
        sounds = heard(np.concatenate([before, said]))
        assert max(sound.probability for sound in sounds[100 : len(before) // FRAME]) < 0.1
        onsets.append(next(n for n, sound in enumerate(sounds) if sound.probability > 0.5))
    assert abs(onsets[0] - onsets[1]) <= 2


def heard(line: Samples, least_dbfs: float = SILENCE_DBFS) -> list[Sound]:
    hearing = Hearing()
    frames = [to_session(line[at : at + FRAME]) for at in range(0, len(line), FRAME)]
    return [
        hearing.hear(rtc.AudioFrame(frame.tobytes(), SESSION_RATE, 1, len(frame)), least_dbfs)
        for frame in frames
    ]


@pytest.mark.parametrize("level", [0, 1, 30])
def test_a_detector_that_rested_hears_speech_as_soon_as_one_that_did_not(level: int) -> None:
    said = padded(voice("Where is my order?"), LINE_RATE)
    before = np.random.default_rng(1).integers(-level, level + 1, 10 * LINE_RATE)
    line = np.concatenate([before, said]).astype(np.int16)
    onsets = []
    for least_dbfs in (SILENCE_DBFS, -50.0):
        sounds = heard(line, least_dbfs)
        quiet = [sound.probability for sound in sounds[100 : len(before) // FRAME]]
        assert max(quiet) < 0.1
        assert (max(quiet) == 0) is (least_dbfs == -50.0), "only the second rests"
        onsets.append(next(n for n, sound in enumerate(sounds) if sound.probability > 0.5))
    assert abs(onsets[0] - onsets[1]) <= 2
