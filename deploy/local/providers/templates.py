"""How phrases sound: renderings by espeak-ng in several voices, as spectra, kept on disk.

The stand-in may know what the stand-in's mouths sound like; the voices here are others than those
the ears were measured with (README).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from deploy.local.providers.line_audio import LINE_RATE, band_energies
from deploy.local.providers.phrases import Phrase
from deploy.local.voice import render

# Name, words a minute, pitch. A short word needs many: there is little else to know it by.
_VOICES: tuple[tuple[str, int, int], ...] = (
    ("en-us", 150, 50),
    ("en+f2", 165, 55),
    ("en-us+m3", 180, 40),
    ("en-gb-scotland+f2", 160, 50),
    ("en-gb-x-rp+m2", 165, 50),
    ("en-us+f3", 140, 60),
    ("en", 175, 45),
    ("en-us+f1", 190, 50),
    ("en+m2", 135, 50),
    ("en-us+m4", 160, 50),
    ("en+m6", 200, 50),
    ("en-us+m8", 145, 50),
    ("en+f3", 205, 60),
    ("en-us", 205, 30),
    ("en-gb-x-gbclan+f3", 150, 50),
    ("en-029+m4", 170, 45),
)
_LONG_VOICES = 7
_ONCE_VOICES = 3
_SHORT_S = 1.0
_VERSION = 1
_SILENT = 150.0
_LEVEL = 8000.0  # peak

Spectra = NDArray[np.float32]


@dataclass(frozen=True)
class Template:
    """One rendering of a phrase: band energies, one row for 10 ms."""

    words: str
    energies: Spectra


class Templates:
    """Renders what is asked for once, and remembers it in ``folder`` for the next process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[tuple[str, ...], list[Template]] = {}

    def of(self, phrase: Phrase) -> list[Template]:
        """Renderings of a phrase without a slot. Raises VoiceError."""
        if phrase.tokens not in self._known:
            self._known[phrase.tokens] = self._load(phrase) or self._make(phrase)
        return self._known[phrase.tokens]

    def _keep(self, path: Path, made: list[Spectra]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}-{path.name}")
        with temporary.open("wb") as file:
            np.savez(file, *made)
        temporary.replace(path)

    def once(self, words: str) -> list[Template]:
        """A sentence in a few voices, not remembered. Raises VoiceError."""
        return [Template(words, _render(words, *voice)) for voice in _VOICES[:_ONCE_VOICES]]

    def _path(self, phrase: Phrase) -> Path:
        recipe = f"{_VERSION} {_VOICES} {phrase.written}"
        return self._folder / f"{hashlib.sha256(recipe.encode()).hexdigest()[:24]}.npz"

    def _load(self, phrase: Phrase) -> list[Template]:
        try:
            with np.load(self._path(phrase)) as file:
                return [
                    Template(" ".join(phrase.tokens), file[name].astype(np.float32))
                    for name in file.files
                ]
        except (OSError, ValueError, zipfile.BadZipFile):
            return []  # never made, or half of it: make it

    def _make(self, phrase: Phrase) -> list[Template]:
        made = [_render(phrase.written, *_VOICES[0])]
        count = len(_VOICES) if len(made[0]) < _SHORT_S * 100 else _LONG_VOICES
        made += [_render(phrase.written, *voice) for voice in _VOICES[1:count]]
        with contextlib.suppress(OSError):  # what cannot be kept is rendered again
            self._keep(self._path(phrase), made)
        return [Template(" ".join(phrase.tokens), one) for one in made]


def _render(text: str, voice: str, words_per_minute: int, pitch: int) -> Spectra:
    pcm, rate = render(text, voice, words_per_minute, pitch)
    line = soxr.resample(np.frombuffer(pcm, np.int16).astype(np.float32), rate, LINE_RATE)
    (loud,) = np.nonzero(np.abs(line) > _SILENT)
    if not len(loud):
        return np.zeros((1, 1), np.float32)
    line = line[loud[0] : loud[-1] + 1]
    return band_energies(line * np.float32(_LEVEL / np.abs(line).max()))
