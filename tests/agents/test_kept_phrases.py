"""A worker keeps the sentences of whoever may answer, before the first caller comes."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from agents import kept_phrases
from agents.fixed_phrases import ALL
from agents.transfer import sentences
from telephony.contracts import AnsweringPersona
from telephony.enums import TurnDetection
from tests.support.studio import Studio, persona

if TYPE_CHECKING:
    from agents.config import WorkerConfig
    from tests.agents.conftest import Providers

PERSONA = persona("Hello.", (), TurnDetection.CLIENT)
Ask = Callable[[], Awaitable[list[AnsweringPersona]]]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch, providers: Providers) -> None:
    monkeypatch.setattr(kept_phrases, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(kept_phrases, "PAUSE_S", 0.0)
    monkeypatch.setattr("agents.fixed_phrases.ALL", ALL[:3])
    monkeypatch.setattr("agents.transfer.sentences.ALL", sentences.ALL[:2])
    providers.set(tts_realtime_factor=50)


@contextlib.asynccontextmanager
async def keeping(config: WorkerConfig, ask: Ask) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(kept_phrases.keep_phrases(config, ask))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def files(config: WorkerConfig, count: int) -> None:
    """Wait until so many sentences are on disk."""
    async with asyncio.timeout(20):
        while len(list(config.phrase_cache_dir.glob("*.wav"))) != count:
            await asyncio.sleep(0.05)


async def test_what_is_published_while_it_runs_is_kept_as_well(config: WorkerConfig) -> None:
    answering = [AnsweringPersona(persona=PERSONA, hands_over=False)]

    async def ask() -> list[AnsweringPersona]:
        return answering

    async with keeping(config, ask):
        await files(config, 4)  # the greeting and three
        answering.append(dataclasses.replace(answering[0], hands_over=True))
        await files(config, 6)
        german = dataclasses.replace(PERSONA, language="de", greeting="Guten Tag.")
        answering.append(AnsweringPersona(persona=german, hands_over=False))
        await files(config, 10)


async def test_the_first_caller_of_a_kept_persona_needs_no_voice(
    studio: Studio, config: WorkerConfig, providers: Providers
) -> None:
    async def ask() -> list[AnsweringPersona]:
        return [AnsweringPersona(persona=PERSONA, hands_over=False)]

    async with keeping(config, ask):
        await files(config, 4)
    providers.set(tts_error="always")
    call = await studio.start(ringing_s=1.0)
    await studio.agent_turns(1)
    assert studio.store.said == [("agent", "Hello.")]
    assert all(call.phrases.ready(phrase) for phrase in ALL[:3])


async def test_a_database_and_a_voice_that_fail_are_asked_again_later(
    config: WorkerConfig, providers: Providers
) -> None:
    asked = 0

    async def ask() -> list[AnsweringPersona]:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionError("away")
        return [AnsweringPersona(persona=PERSONA, hands_over=False)]

    providers.set(tts_error="next 2")
    async with keeping(config, ask) as task:
        await files(config, 4)
        assert asked >= 4
        assert not task.done()
