"""What nobody said: words that no scenario loads, and bursts of noise.

A stretch that is nearer to one of these than to any phrase is not that phrase.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deploy.local.providers.line_audio import LINE_RATE, band_energies
from deploy.local.providers.templates import Template

WORDS = (
    *("water", "because", "money", "garden", "after", "mother", "window", "doctor", "table"),
    *("a red car", "over there", "next summer", "some bread", "my brother", "in the kitchen"),
    *("ten years ago", "very small birds", "under the bridge", "a bag of apples"),
    "the children play in the park",
    "she bought a new pair of glasses",
    "his uncle works at the harbour",
    "we could hear them laughing next door",
    "they painted the old fence green",
    "her favourite colour was purple",
    "the train from the airport leaves on the hour every hour",
    "most of the farmers had already gone home for the evening",
    "my neighbour keeps three goats and a very old donkey",
)

_LEVEL = 8000.0
_BANDS_HZ = ((60, 400), (250, 1500), (1200, 3700), (60, 3700))
# Seconds of rise, of fall to a third, and in all; times it comes.
_SHAPES = ((0.004, 0.06, 0.3, 1), (0.01, 0.15, 0.5, 1), (0.15, 0.15, 0.5, 1), (0.01, 0.07, 0.25, 2))


def noises() -> list[list[Template]]:
    """Thumps, bursts and swells in low, middle, high and all bands; the same each time."""
    random = np.random.default_rng(0)
    return [
        [Template("", band_energies(_noise(random, band, shape)))]
        for band in _BANDS_HZ
        for shape in _SHAPES
    ]


def _noise(
    random: np.random.Generator, band: tuple[int, int], shape: tuple[float, float, float, int]
) -> NDArray[np.float32]:
    rise_s, fall_s, length_s, times = shape
    count = int(length_s * LINE_RATE)
    hertz = np.fft.rfftfreq(count, 1 / LINE_RATE)
    spectrum = np.fft.rfft(random.normal(0, 1, count))
    sound = np.fft.irfft(spectrum * ((hertz >= band[0]) & (hertz <= band[1])), count)
    at = np.arange(count) / LINE_RATE
    sound = sound * np.minimum(1, at / rise_s) * np.exp(-np.maximum(0, at - rise_s) / fall_s)
    return np.tile(sound * _LEVEL / np.abs(sound).max(), times).astype(np.float32)
