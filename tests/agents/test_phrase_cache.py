"""Sentences kept as audio: found again, in the right voice only, heard when the voice is dead."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from livekit.agents import tts

from agents.fixed_phrases import ALL
from agents.phrase_cache import PhraseCache, prune
from agents.providers.registry import build_voice
from telephony.enums import EventKind, TurnDetection
from tests.support.studio import Studio, persona

if TYPE_CHECKING:
    from agents.config import WorkerConfig
    from tests.agents.conftest import Providers

SENTENCE = "One moment, please."
PERSONA = persona("Hello.", (), TurnDetection.CLIENT)


class Caches:
    """Makes caches over one folder, with the real voice at the stand-in."""

    def __init__(self, config: WorkerConfig, http: aiohttp.ClientSession) -> None:
        self._config = config
        self._http = http
        self.folder: Path = config.phrase_cache_dir
        self.voices_made = 0

    def of(self, *, address: str | None = None, **changes: Any) -> PhraseCache:
        spec = dataclasses.replace(PERSONA, **changes)

        def make_voice() -> tts.TTS[Any]:
            self.voices_made += 1
            return build_voice(spec, self._config, self._http)

        address = self._config.cartesia_base_url if address is None else address
        return PhraseCache(self.folder, spec, make_voice, address=address)


@pytest.fixture
async def caches(config: WorkerConfig) -> AsyncIterator[Caches]:
    async with aiohttp.ClientSession() as http:
        yield Caches(config, http)


async def seconds(cache: PhraseCache, text: str) -> float:
    frames = cache.frames(text)
    assert frames is not None
    return sum([frame.duration async for frame in frames])


async def test_a_sentence_is_synthesised_once_for_all_workers(caches: Caches) -> None:
    await caches.of().fill([SENTENCE])
    other = caches.of(version=2)
    assert other.frames(SENTENCE) is None
    await other.fill([SENTENCE])
    assert caches.voices_made == 1
    assert 0.5 < await seconds(other, SENTENCE) < 3
    assert await seconds(other, SENTENCE) > 0.5  # and again


async def test_nobody_else_reads_the_files(caches: Caches) -> None:
    await caches.of().fill([SENTENCE])
    (file,) = caches.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(caches.folder.stat().st_mode) == 0o700
    assert "moment" not in file.name


@pytest.mark.parametrize("change", ["voice_id", "voice_model", "language", "address"])
async def test_another_voice_has_its_own(caches: Caches, change: str) -> None:
    await caches.of().fill([SENTENCE])
    other = caches.of(**{change: "xx"})
    await other.fill([SENTENCE])
    assert caches.voices_made == 2
    assert len(list(caches.folder.iterdir())) == 2


@pytest.mark.parametrize("fault", ["tts_error", "tts_silence"])
async def test_what_cannot_be_synthesised_is_tried_again_later(
    caches: Caches, providers: Providers, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("agents.phrase_cache.RETRY_AFTER_S", (0.1,))
    providers.set(**{fault: "next 1"})
    cache = caches.of()
    await cache.fill([SENTENCE])
    assert cache.ready(SENTENCE)
    assert caches.voices_made == 2


async def test_a_broken_file_is_made_anew(caches: Caches) -> None:
    await caches.of().fill([SENTENCE])
    (file,) = caches.folder.iterdir()
    file.write_bytes(b"RIFF\x00\x00")
    cache = caches.of()
    await cache.fill([SENTENCE])
    assert cache.ready(SENTENCE)
    assert file.stat().st_size > 10_000


async def test_a_folder_that_cannot_be_written_costs_only_the_next_call(caches: Caches) -> None:
    caches.folder.parent.mkdir(exist_ok=True)
    caches.folder.write_text("a file where the folder should be")
    cache = caches.of()
    await cache.fill([SENTENCE])
    assert cache.ready(SENTENCE)


def test_the_folder_stays_small_and_keeps_what_is_used(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "older", "oldest")):
        path = tmp_path / f"{name}.wav"
        path.write_bytes(b"x" * 1_000)
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
    prune(tmp_path, most_bytes=2_500)
    assert sorted(path.stem for path in tmp_path.iterdir()) == ["new", "older"]


async def test_the_second_call_greets_without_any_voice(
    studio: Studio, caches: Caches, providers: Providers
) -> None:
    providers.set(tts_realtime_factor=50)
    await caches.of().fill(["Hello.", *ALL])
    providers.set(tts_error="always")
    await studio.start(ringing_s=1.0)
    await studio.until(lambda: studio.store.events(EventKind.GREETING_HEARD))
    await studio.agent_turns(1)
    await asyncio.sleep(0.2)
    assert studio.store.said == [("agent", "Hello.")]
    assert studio.call.ending is None
