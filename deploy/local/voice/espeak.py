"""Speech by espeak-ng, out of the espeakng_loader wheel (ctypes, no program to install).

The library keeps one global state, so every call holds one lock; ctypes releases the GIL, so a
render may run in a thread beside an event loop (``await asyncio.to_thread(render, ...)``).
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import espeakng_loader

# Values of speak_lib.h, the library's public header.
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_DONT_EXIT = 0x8000
_CHARS_UTF8 = 1
_PARAMETER_RATE = 1
_PARAMETER_PITCH = 3
_POSITION_CHARACTER = 1

_CALLBACK_TYPE = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)


class VoiceError(Exception):
    """espeak-ng could not be loaded, does not know the voice, or failed to speak."""


class _Espeak:
    """The loaded library. One instance per process: espeak_Initialize must run once only."""

    def __init__(self) -> None:
        try:
            self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
            data_path = espeakng_loader.get_data_path()
        except (OSError, RuntimeError) as error:
            raise VoiceError(f"espeak-ng does not load from its wheel: {error}") from error
        self._chunks: list[bytes] = []
        # The callback object must outlive the library's use of it, or a render calls freed memory.
        self._callback: Callable[..., int] = _CALLBACK_TYPE(self._on_samples)
        self.sample_rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, data_path.encode(), _INITIALIZE_DONT_EXIT
        )
        if self.sample_rate <= 0:
            raise VoiceError(f"espeak-ng did not start with the data in {data_path}")
        self._library.espeak_SetSynthCallback(self._callback)

    def _on_samples(self, samples: Any, count: int, _events: int | None) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> bytes:
        library = self._library
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceError(f"espeak-ng has no voice {voice!r}; try 'en', 'en-us' or 'de'")
        library.espeak_SetParameter(_PARAMETER_RATE, words_per_minute, 0)
        library.espeak_SetParameter(_PARAMETER_PITCH, pitch, 0)
        self._chunks = []
        # A NUL would end the C string early; any other character is espeak's to pronounce.
        data = text.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        status = library.espeak_Synth(
            data, len(data), 0, _POSITION_CHARACTER, 0, _CHARS_UTF8, None, None
        )
        if status == 0:
            status = library.espeak_Synchronize()
        if status != 0:
            raise VoiceError(f"espeak-ng failed with status {status}")
        pcm = b"".join(self._chunks)
        self._chunks = []
        return pcm


_lock = threading.Lock()
_espeak: _Espeak | None = None


def render(
    text: str, voice: str = "en", words_per_minute: int = 165, pitch: int = 50
) -> tuple[bytes, int]:
    """Speak ``text`` and return ``(pcm, sample_rate)``: mono s16le and Hz (22,050 as shipped).

    ``voice`` is an espeak-ng voice or language name ("en", "en-us+f3"), ``words_per_minute``
    80-450, ``pitch`` 0-99. Blocks for some ms per sentence; safe from any thread, one at a time.
    Raises VoiceError when the library or the voice is missing. Empty text gives a few ms of
    silence. Two renders of one text differ by some samples (espeak's noise source runs on).
    """
    global _espeak
    with _lock:
        if _espeak is None:
            _espeak = _Espeak()
        return _espeak.speak(text, voice, words_per_minute, pitch), _espeak.sample_rate
