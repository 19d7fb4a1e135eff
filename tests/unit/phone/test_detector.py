"""Where speech is: edges to 10 ms, and comfort noise is silence."""

from __future__ import annotations

import wave

import numpy as np
import pytest

from deploy.local.phone import SpeechDetector, Tape, Turn, speech, speech_segments, turns

RATE = 8000


def tone(ms: int, level: float = 6000, seed: int = 1) -> np.ndarray:
    """Noise that is as loud as speech."""
    return np.random.default_rng(seed).normal(0, level, ms * 8)


def silence(ms: int, level: float = 0.0, seed: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, ms * 8) if level else np.zeros(ms * 8)


def pcm(*parts: np.ndarray) -> bytes:
    return np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16).tobytes()


def test_segments_are_found_to_10_ms():
    audio = pcm(silence(505), tone(300), silence(400), tone(1000), silence(500))
    assert speech_segments(audio) == [(500, 810), (1200, 2210)] or speech_segments(audio) == [
        (500, 800),
        (1200, 2200),
    ]


@pytest.mark.parametrize("noise", [10, 30, 80, 150])  # up to -47 dBFS
def test_comfort_noise_is_silence_and_speech_in_it_is_found(noise):
    audio = pcm(silence(2000, noise), tone(500), silence(2000, noise))
    ((start, end),) = speech_segments(audio)
    assert abs(start - 2000) <= 10
    assert abs(end - 2500) <= 10
    assert speech_segments(pcm(silence(1000), silence(4000, noise))) == []


def test_loud_line_noise_becomes_silence_after_a_while():
    noise = 400  # -38 dBFS: first taken for speech
    audio = pcm(silence(500), silence(8000, noise), tone(500), silence(1000, noise))
    found = speech_segments(audio)
    assert found[-1] == pytest.approx((8500, 9000), abs=20)
    assert found[0][1] < 6000


def test_a_click_is_no_speech_and_a_short_pause_does_not_split():
    assert speech_segments(pcm(silence(300), tone(20), silence(500))) == []
    assert len(speech_segments(pcm(tone(300), silence(150), tone(300), silence(500)))) == 1
    assert len(speech_segments(pcm(tone(300), silence(250), tone(300), silence(500)))) == 2
    assert speech_segments(b"") == speech_segments(bytes(16000)) == []


def test_a_real_sentence_fills_what_was_rendered():
    audio = speech("Where is my order?")
    found = speech_segments(pcm(silence(1000)) + audio + bytes(16000), hangover_ms=500)
    ((start, end),) = found
    assert 1000 <= start <= 1120
    assert abs(end - 1000 - len(audio) / 16) <= 150


def test_live_and_offline_say_the_same():
    audio = pcm(silence(300, 20), tone(400), silence(700, 20), tone(250), silence(300))
    detector = SpeechDetector()
    for offset in range(0, len(audio), 322):  # chunks that fit no frame
        detector.feed(audio[offset : offset + 322])
    live = [(s.start_ms, s.end_ms) for s in detector.finish()]
    assert live == speech_segments(audio)


def test_turns_pair_each_utterance_with_its_reply():
    said = [(0, 1000), (5000, 6000), (9000, 10_000), (12_000, 13_000)]
    heard = [
        (300, 500),  # "mm-hmm" inside the utterance: no reply
        (1400, 3000),
        (3300, 4000),
        (5800, 7000),  # begins before the end: negative
        (8000, 9500),  # was going on when the phone began to speak: no reply to that
        (15_000, 16_000),
    ]
    assert turns(said, heard) == [
        Turn(0, 1000, 1400, 400),
        Turn(5000, 6000, 5800, -200),
        Turn(9000, 10_000, None, None),
        Turn(12_000, 13_000, 15_000, 2000),
    ]
    assert turns([], heard) == []


def test_a_tape_can_be_saved_and_read_and_other_files_are_refused(tmp_path):
    tape = Tape()
    tape.put(0, b"\1\0" * 160, b"\2\0" * 160)
    tape.put(3, b"\3\0" * 160, b"\4\0" * 160)  # two ticks were skipped
    assert tape.duration_ms == 80
    again = Tape.load(tape.save(tmp_path / "t.wav"))
    assert (again.sent, again.heard) == (tape.sent, tape.heard)
    assert again.heard[320:960] == bytes(640)
    with wave.open(str(tmp_path / "mono.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
    with pytest.raises(ValueError, match="stereo"):
        Tape.load(tmp_path / "mono.wav")
