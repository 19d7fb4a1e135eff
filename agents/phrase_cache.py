"""Sentences kept as audio in the persona's own voice: heard at once, and when the voice is dead.

One WAV file a sentence, named by a hash of everything that makes its sound, so a new version of a
persona with the same voice finds them, and another voice never does. Workers share the folder: a
file appears whole or not at all, and one that two write at the same time is the same file.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import tempfile
import wave
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, tts

from agents.loudness import audible_pcm
from telephony.contracts import PersonaSpec

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000
FRAME_MS = 20
SYNTHESIS_TIMEOUT_S = 10.0
# Some 2,500 sentences of two seconds; the ones not used for longest go first.
MAX_FOLDER_BYTES = 256 * 1024 * 1024
MAX_SENTENCE_S = 30
MOST_CHARS = 400  # some 27 s; what is longer is left to the voice
RETRY_AFTER_S = (5.0, 30.0, 120.0)
_ONCE = APIConnectOptions(max_retry=0, timeout=5.0)
_FRAME_BYTES = SAMPLE_RATE * FRAME_MS // 1000 * 2

MakeVoice = Callable[[], tts.TTS[Any]]


class PhraseCache:
    """The sentences of one persona version. ``ready`` and ``frames`` never wait for anything."""

    def __init__(
        self, folder: Path, persona: PersonaSpec, make_voice: MakeVoice, *, address: str = ""
    ) -> None:
        """``address``: of the voice's server, as two may call different voices by one name."""
        self._folder = folder
        self._voice_parts = (
            persona.voice_provider.value,
            address,
            persona.voice_model,
            persona.voice_id,
            persona.language,
        )
        self._make_voice = make_voice
        self._pcm: dict[str, bytes] = {}

    def ready(self, text: str) -> bool:
        return text in self._pcm

    def frames(self, text: str) -> AsyncIterator[rtc.AudioFrame] | None:
        """Mono 16-bit frames of 20 ms, or None when the sentence is not there (yet)."""
        pcm = self._pcm.get(text)
        return _frames(pcm) if pcm is not None else None

    async def fill(self, texts: Iterable[str]) -> None:
        """Load what is on disk and synthesise the rest, in order. What fails is tried later."""
        wanted = [text for text in _keepable(texts) if text not in self._pcm]
        missing = await asyncio.to_thread(self._load, wanted)
        for pause_s in (*RETRY_AFTER_S, None):
            missing = await self._synthesise(missing)
            if not missing or pause_s is None:
                break
            await asyncio.sleep(pause_s)
        if missing:
            logger.warning("%d fixed phrases could not be synthesised", len(missing))

    async def keep(self, texts: Iterable[str], *, pause_s: float) -> bool:
        """Have them on disk for whoever needs them, with a pause after each that was missing.

        False when one could not be synthesised: the rest is left.
        """
        missing = await asyncio.to_thread(self._load, _keepable(texts))
        return not await self._synthesise(missing, pause_s=pause_s)

    def _load(self, texts: list[str]) -> list[str]:
        return [text for text in texts if not self._load_one(text)]

    def _load_one(self, text: str) -> bool:
        path = self._path(text)
        try:
            with wave.open(str(path), "rb") as file:
                if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (
                    SAMPLE_RATE,
                    1,
                    2,
                ):
                    return False
                pcm = file.readframes(file.getnframes())
            os.utime(path)
        except FileNotFoundError:
            return False
        except (OSError, EOFError, wave.Error) as error:
            logger.warning("a cached phrase cannot be read: %s", type(error).__name__)
            return False
        if not audible_pcm(pcm):
            return False
        self._pcm[text] = pcm
        return True

    async def _synthesise(self, texts: list[str], *, pause_s: float = 0.0) -> list[str]:
        """Return what failed. One failure is enough: a voice that is down is down for all."""
        if not texts:
            return []
        voice = self._make_voice()
        try:
            for done, text in enumerate(texts):
                async with asyncio.timeout(SYNTHESIS_TIMEOUT_S):
                    pcm = await _synthesised(voice, text)
                if not audible_pcm(pcm) or len(pcm) > MAX_SENTENCE_S * SAMPLE_RATE * 2:
                    return texts[done:]
                self._pcm[text] = pcm
                await asyncio.to_thread(self._store, text, pcm)
                await asyncio.sleep(pause_s)
            return []
        except Exception as error:
            logger.info("a fixed phrase could not be synthesised: %s", type(error).__name__)
            return [text for text in texts if text not in self._pcm]
        finally:
            with contextlib.suppress(Exception):
                await voice.aclose()

    def _store(self, text: str, pcm: bytes) -> None:
        """Without a folder to write to, the sentence is kept for this call."""
        temporary = ""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Created with mode 0600.
            handle, temporary = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(handle, "wb") as raw, wave.open(raw, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(SAMPLE_RATE)
                file.writeframes(pcm)
            Path(temporary).replace(self._path(text))
            prune(self._folder)
        except OSError as error:
            logger.warning("a phrase could not be kept: %s", error.strerror)
            with contextlib.suppress(OSError):
                if temporary:
                    Path(temporary).unlink()

    def _path(self, text: str) -> Path:
        key = json.dumps([*self._voice_parts, text], ensure_ascii=False)
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()}.wav"


def prune(folder: Path, most_bytes: int = MAX_FOLDER_BYTES) -> None:
    """Remove what was not used for longest until the folder is small enough again."""
    found = []
    for entry in os.scandir(folder):
        with contextlib.suppress(OSError):  # another worker may have removed it
            stat = entry.stat()
            found.append((stat.st_mtime, stat.st_size, entry.path))
    excess = sum(size for _, size, _ in found) - most_bytes
    for _, size, path in sorted(found):
        if excess <= 0:
            return
        with contextlib.suppress(OSError):
            Path(path).unlink()
        excess -= size


def _keepable(texts: Iterable[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if 0 < len(text) <= MOST_CHARS]


async def _synthesised(voice: tts.TTS[Any], text: str) -> bytes:
    pcm = bytearray()
    resampler: rtc.AudioResampler | None = None
    async with voice.synthesize(text, conn_options=_ONCE) as stream:
        async for audio in stream:
            frame = audio.frame
            if frame.sample_rate == SAMPLE_RATE:
                pcm += frame.data
                continue
            if resampler is None:
                resampler = rtc.AudioResampler(frame.sample_rate, SAMPLE_RATE)
            for part in resampler.push(frame):
                pcm += part.data
    for part in resampler.flush() if resampler is not None else ():
        pcm += part.data
    return bytes(pcm)


async def _frames(pcm: bytes) -> AsyncIterator[rtc.AudioFrame]:
    for start in range(0, len(pcm), _FRAME_BYTES):
        data = pcm[start : start + _FRAME_BYTES]
        yield rtc.AudioFrame(data, SAMPLE_RATE, 1, len(data) // 2)
