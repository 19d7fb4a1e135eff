"""Sounds of a telephone line without words, made from numbers: coughs, doors, streets, music.

All are mono float32 at 8 kHz, full scale 1.0, and the same for the same generator.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

RATE = 8000
Sound = NDArray[np.float32]
Random = np.random.Generator


def _noise(
    random: Random, seconds: float, low_hz: float, high_hz: float, tilt: float = 0.0
) -> Sound:
    """Noise of one band, RMS 1; ``tilt`` in dB per octave."""
    count = int(seconds * RATE)
    spectrum = np.fft.rfft(random.normal(0, 1, count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    shape = ((hertz >= low_hz) & (hertz <= high_hz)) * np.maximum(hertz, 20) ** (tilt / 6.02)
    sound = np.fft.irfft(spectrum * shape, count)
    return (sound / max(1e-9, float(np.sqrt((sound**2).mean())))).astype(np.float32)


def _swell(seconds: float, attack_s: float, decay_s: float) -> Sound:
    at = np.arange(int(seconds * RATE)) / RATE
    return (np.minimum(1, at / attack_s) * np.exp(-np.maximum(0, at - attack_s) / decay_s)).astype(
        np.float32
    )


def _joined(pieces: list[Sound], gap_s: float) -> Sound:
    gap = np.zeros(int(gap_s * RATE), np.float32)
    return np.concatenate([part for piece in pieces for part in (piece, gap)])


def _to_level(sound: Sound, rms: float) -> Sound:
    loud = sound[np.abs(sound) > 0.05 * np.abs(sound).max()]
    return (sound * np.float32(rms / np.sqrt((loud**2).mean()))).clip(-0.95, 0.95)


def cough(random: Random) -> Sound:
    """Two or three bursts: a plosive, air, and a short voiced end."""
    bursts = []
    for _ in range(int(random.integers(2, 4))):
        length = random.uniform(0.22, 0.34)
        air = _noise(random, length, 250, 3600, -2) * _swell(length, 0.008, 0.07)
        at = np.arange(len(air)) / RATE
        voice = np.sign(np.sin(2 * np.pi * (180 - 200 * at) * at)) * _swell(length, 0.05, 0.06)
        resonant = np.convolve(voice, _noise(random, 0.004, 300, 1200), "same")
        bursts.append(air + 0.25 * resonant / max(1e-6, np.abs(resonant).max()))
    return _to_level(_joined(bursts, random.uniform(0.04, 0.12)), 0.12)


def throat(random: Random) -> Sound:
    """A rasp: pulses of a low, unsteady pitch, filtered as a closed mouth does."""
    pieces = []
    for length in (random.uniform(0.15, 0.25), random.uniform(0.3, 0.45)):
        count = int(length * RATE)
        pulses = np.zeros(count, np.float32)
        at = 0.0
        while at < count:
            pulses[int(at)] = random.uniform(0.5, 1)
            at += RATE / random.uniform(55, 110)
        rasp = np.convolve(pulses, _noise(random, 0.012, 150, 1500, -4), "same")
        rasp = rasp + 0.5 * _noise(random, length, 300, 2500, -3)[:count] * np.abs(rasp).max() * 0.3
        pieces.append((rasp * _swell(length, 0.04, 0.25)[:count]).astype(np.float32))
    return _to_level(_joined(pieces, 0.05), 0.08)


def breath(random: Random) -> Sound:
    """In and out, close to the mouthpiece."""
    pieces = [
        _noise(random, length, 200, 3000, -3) * np.hanning(int(length * RATE)).astype(np.float32)
        for length in (random.uniform(0.5, 0.8), random.uniform(0.6, 0.9))
    ]
    return _to_level(_joined(pieces, 0.1), 0.03)


def door(random: Random) -> Sound:
    """A slam: the panel's thump, then the room."""
    thump = _noise(random, 0.7, 60, 400, -6) * _swell(0.7, 0.004, 0.07)
    crack = _noise(random, 0.7, 400, 3000, -3) * _swell(0.7, 0.002, 0.03)
    return _to_level(thump + 0.6 * crack, 0.2)


def keyboard(random: Random, seconds: float = 1.5) -> Sound:
    """Typing, about seven keys a second, each a press and a release."""
    sound = np.zeros(int(seconds * RATE), np.float32)
    at = random.uniform(0, 0.1)
    while at < seconds - 0.1:
        for late, loud in ((0.0, 1.0), (random.uniform(0.06, 0.09), 0.5)):
            click = _noise(random, 0.03, 800, 3600) * _swell(0.03, 0.001, 0.005)
            start = int((at + late) * RATE)
            fit = click[: len(sound) - start]
            sound[start : start + len(fit)] += fit * np.float32(loud * random.uniform(0.5, 1))
        at += random.uniform(0.09, 0.22)
    return _to_level(sound, 0.06)


def street(random: Random, seconds: float) -> Sound:
    """Traffic: a rumble, tyres, and a car that passes."""
    at = np.linspace(-1, 1, int(seconds * RATE)) - random.uniform(-0.4, 0.4)
    car = np.exp(-((at * 2) ** 2)).astype(np.float32)
    rumble = _noise(random, seconds, 60, 700, -4)
    tyres = _noise(random, seconds, 400, 3400, -3)
    return (rumble + (0.3 + 0.9 * car) * tyres).astype(np.float32)


def hum(random: Random, seconds: float) -> Sound:
    """Mains: 50 Hz and what a cheap receiver adds to it."""
    at = np.arange(int(seconds * RATE)) / RATE
    sound = sum(
        loud * np.sin(2 * np.pi * 50 * times * at + random.uniform(0, 6))
        for times, loud in ((1, 0.6), (2, 1.0), (3, 0.7), (4, 0.4), (6, 0.3), (10, 0.15))
    )
    return np.asarray(sound, np.float32)


def music(random: Random, seconds: float) -> Sound:
    """Hold music: broken chords over a bass."""
    sound = np.zeros(int(seconds * RATE), np.float32)
    chords = ((60, 64, 67), (57, 60, 64), (65, 69, 72), (55, 59, 62))
    step_s = 0.2
    for index in range(int(seconds / step_s) + 1):
        chord = chords[(index // 6) % len(chords)]
        for note, loud in ((chord[index % 3], 1.0), (chord[0] - 12, 0.6)):
            hertz = 440 * 2 ** ((note - 69) / 12)
            at = np.arange(int(0.5 * RATE)) / RATE
            tone = sum(np.sin(2 * np.pi * hertz * h * at) / h**1.5 for h in (1, 2, 3, 4))
            tone = np.asarray(tone * np.exp(-at / 0.25) * np.minimum(1, at / 0.01), np.float32)
            start = int(index * step_s * RATE)
            fit = tone[: max(0, len(sound) - start)]
            sound[start : start + len(fit)] += fit * np.float32(loud)
    return sound * np.float32(random.uniform(0.9, 1.0))


ALONE: dict[str, Callable[[Random], Sound]] = {
    "cough": cough,
    "throat": throat,
    "breath": breath,
    "door": door,
    "keyboard": keyboard,
}
BEHIND: dict[str, Callable[[Random, float], Sound]] = {
    "street": street,
    "keyboard": keyboard,
    "hum": hum,
    "music": music,
}


def over(sound: Sound, background: Sound, snr_db: float) -> Sound:
    """``sound`` with ``background`` so much quieter than its loud parts."""
    loud = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
    level = float(np.sqrt((loud**2).mean())) * 10 ** (-snr_db / 20)
    rms = float(np.sqrt((background**2).mean()))
    return (sound + background * np.float32(level / max(rms, 1e-9))).clip(-0.98, 0.98)


def with_loss(sound: Sound, random: Random, share: float) -> Sound:
    """Frames of 20 ms that never came: silence in their place."""
    frame = RATE // 50
    kept = sound.copy()
    for start in range(0, len(kept), frame):
        if random.random() < share:
            kept[start : start + frame] = 0
    return kept
