"""Our own overlap set, made by code: ``python -m tests.support.overlap_set DIR``.

Words by espeak-ng in several voices and speeds, coughs and noise from numbers, behind them a
street, a keyboard, hum or hold music; the agent's echo is asked for live (see overlap_cases);
lost packets are 20 ms of silence.
"""

from __future__ import annotations

import csv
import sys
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deploy.local.phone import speech
from tests.support.overlap_sounds import ALONE, BEHIND, RATE, Sound, over, with_loss

VOICES = (
    ("en-us", 160),
    ("en+f2", 150),
    ("en-gb-scotland+m3", 170),
    ("en-us+f5", 175),
    ("en+m7", 140),
    ("en-us+m2", 190),
)
BACKCHANNELS = ("Mm-hmm.", "Uh-huh.", "Yeah.", "Okay.", "Right.", "I see.", "Sure.", "Hm.")
INTERRUPTIONS = ("Stop.", "Wait.", "Hold on.", "Excuse me.", "No.", "That's wrong.")
CORRECTIONS = ("No, I meant Tuesday.", "Actually, I meant the family tent.")
QUESTIONS = ("What does it cost?", "When are you open?", "Do you have boots as well?")
HESITATIONS = ("Um.", "Er.")
HESITANT = ("Um, wait.", "Er, no, stop please.")
DIGITS = ("And the number is four two seven one.", "My order number is six eight one two.")
SNR_DB = {"street": 14.0, "keyboard": 10.0, "hum": 12.0, "music": 14.0}
BEHIND_IN_TURN = tuple(BEHIND)
LOSS = 0.03
_LEAD_S = 0.15
_TAIL_S = 0.3


@dataclass(frozen=True)
class Made:
    """One case before it is written."""

    name: str
    expected: str
    text: str
    note: str
    sound: Sound
    echo_db: str = ""
    echo_delay_ms: str = ""


def write_set(folder: Path) -> int:
    """Write the WAV files and cases.csv; returns how many cases there are."""
    folder.mkdir(parents=True, exist_ok=True)
    made = list(make_set())
    for case in made:
        with wave.open(str(folder / f"{case.name}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes((case.sound * 32767).astype(np.int16).tobytes())
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as table:
        rows = csv.writer(table)
        rows.writerow(("wav", "expected", "text", "note", "echo_db", "echo_delay_ms"))
        for case in made:
            wav = f"{case.name}.wav"
            extra = (case.echo_db, case.echo_delay_ms)
            rows.writerow((wav, case.expected, case.text, case.note, *extra))
    return len(made)


def make_set() -> Iterator[Made]:
    """Every kind clean and over one background in turn; some with echo, some with loss."""
    random = np.random.default_rng(2026)
    said = [
        *(("backchannel", "continue", text) for text in BACKCHANNELS),
        *(("interruption", "stop", text) for text in INTERRUPTIONS),
        *(("correction", "stop", text) for text in CORRECTIONS),
        *(("question", "stop", text) for text in QUESTIONS),
        *(("hesitation", "continue", text) for text in HESITATIONS),
        *(("hesitant", "stop", text) for text in HESITANT),
        *(("digits", "stop", text) for text in DIGITS),
    ]
    for index, (kind, expected, text) in enumerate(said):
        clean = _spoken(text, index)
        voice = "{} at {} words a minute".format(*VOICES[index % len(VOICES)])
        name = f"{index:02d}-{kind}"
        yield Made(f"{name}-clean", expected, text, f"{kind}, clean, {voice}", clean)
        behind = BEHIND_IN_TURN[index % len(BEHIND_IN_TURN)]
        other = (index + 3) % len(VOICES)
        noisy = _over(_spoken(text, other), behind, random)
        voice = "{} at {} words a minute".format(*VOICES[other])
        note = f"{kind}, {behind} {SNR_DB[behind]:g} dB below, {voice}"
        yield Made(f"{name}-{behind}", expected, text, note, noisy)
    yield from _without_words(random)
    yield from _over_echo(random)
    yield from _lossy(random)


def _without_words(random: np.random.Generator) -> Iterator[Made]:
    for index, (kind, make) in enumerate(ALONE.items()):
        sound = _padded(make(random))
        yield Made(f"50-{kind}-clean", "continue", "", f"{kind}, clean", sound)
        if kind == "keyboard":
            continue
        behind = BEHIND_IN_TURN[index % len(BEHIND_IN_TURN)]
        note = f"{kind}, {behind} behind it"
        yield Made(f"51-{kind}-{behind}", "continue", "", note, _over(sound, behind, random))
    for kind in ("street", "hum", "music"):
        noise = BEHIND[kind](random, 2.0)
        quiet = noise * np.float32(0.02 / np.sqrt((noise**2).mean()))
        yield Made(f"52-{kind}-alone", "continue", "", f"{kind} alone, -34 dBFS", quiet)


def _over_echo(random: np.random.Generator) -> Iterator[Made]:
    silence = np.zeros(2 * RATE, np.float32)
    yield Made("60-echo-12", "continue", "", "live echo alone, 12 dB, 60 ms", silence, "12", "60")
    yield Made("60-echo-24", "continue", "", "live echo alone, 24 dB, 280 ms", silence, "24", "280")
    said = (("stop", "Stop."), ("stop", "Hold on."), ("continue", "Mm-hmm."), ("continue", "Yeah."))
    for index, (expected, text) in enumerate(said):
        loss_db, delay_ms = (14, 20, 26, 30)[index], (220, 120, 60, 300)[index]
        note = f"{text} over live echo, {loss_db} dB, {delay_ms} ms"
        sound = _spoken(text, index + 1)
        name = f"61-echo-{index}"
        yield Made(name, expected, text, note, sound, str(loss_db), str(delay_ms))


def _lossy(random: np.random.Generator) -> Iterator[Made]:
    said = (("stop", "Wait."), ("stop", "What does it cost?"), ("continue", "Uh-huh."))
    for index, (expected, text) in enumerate(said):
        sound = with_loss(_spoken(text, index + 2), random, LOSS)
        yield Made(f"70-loss-{index}", expected, text, f"{text} with 3 % packet loss", sound)


def _spoken(text: str, voice: int) -> Sound:
    name, words_per_minute = VOICES[voice % len(VOICES)]
    samples = np.frombuffer(speech(text, name, words_per_minute), np.int16).astype(np.float32)
    (loud,) = np.nonzero(np.abs(samples) > 150)
    return _padded(samples[loud[0] : loud[-1] + 1] / np.float32(32768))


def _padded(sound: Sound) -> Sound:
    lead, tail = (np.zeros(int(s * RATE), np.float32) for s in (_LEAD_S, _TAIL_S))
    return np.concatenate([lead, sound, tail])


def _over(sound: Sound, behind: str, random: np.random.Generator) -> Sound:
    noise = BEHIND[behind](random, len(sound) / RATE + 0.01)[: len(sound)]
    return over(sound, noise, SNR_DB[behind])


if __name__ == "__main__":
    count = write_set(Path(sys.argv[1]))
    print(f"{count} cases in {sys.argv[1]}")  # noqa: T201
