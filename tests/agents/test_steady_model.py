"""The model's connection fails in mid-call: no turn is lost, and the caller repeats nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
import pytest
import soxr
from livekit import rtc
from livekit.agents import llm
from livekit.plugins.openai.realtime import RealtimeSession

from agents.fixed_phrases import BRIDGES, NO_MODEL
from agents.providers.registry import build_realtime
from agents.providers.steady_model import SteadyModel
from agents.providers.steady_session import SteadySession
from agents.turn_taking.conversation import delete
from deploy.local.ports import tcp
from deploy.local.voice import render
from telephony.enums import EndingReason, EventKind, TurnDetection
from tests.support.chains import EVERY_CHAIN_IN_FULL
from tests.support.studio import persona

if TYPE_CHECKING:
    from agents.config import WorkerConfig
    from tests.agents.conftest import Providers, Studio

ANSWER = ("agent", "Of course.")


def connections(providers: Providers) -> int:
    """How many connections of a model the stand-in has had in this test."""
    with urllib.request.urlopen(f"{providers.url}/control/log", timeout=5) as answer:  # noqa: S310
        log = json.load(answer)
    entries: list[Any] = log if isinstance(log, list) else log["sessions"]
    return sum(entry["kind"] == "realtime" for entry in entries)


def answers(studio: Studio) -> int:
    return studio.store.said.count(ANSWER)


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
@pytest.mark.parametrize("moment", ["on_commit", "mid_response"])
async def test_a_turn_is_answered_although_its_socket_dropped(
    studio: Studio, providers: Providers, moment: str
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_drop_socket="next 1", realtime_drop_socket_moment=moment)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ANSWER in studio.store.said, 15)
    await studio.until(lambda: "ait a moment" in studio.store.turns[1].text)
    assert studio.call.ending is None
    callers = [turn for turn in studio.store.turns if turn.speaker.value == "caller"]
    assert len(callers) == 1


@EVERY_CHAIN_IN_FULL
async def test_a_turn_is_answered_by_a_fresh_session_when_the_first_one_dies(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_insufficient_quota="next 1")
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ANSWER in studio.store.said, 15)
    assert studio.call.ending is None
    (switched,) = studio.store.events(EventKind.PROVIDER_SWITCHED)
    assert switched.detail["source"] == "realtime_model"
    await studio.speak("Wait a moment.")
    await studio.until(lambda: answers(studio) == 2)


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
async def test_a_reply_that_never_begins_is_asked_for_in_a_fresh_session(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_stall="next 1")
    asked = time.monotonic()
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ANSWER in studio.store.said, 15)
    assert time.monotonic() - asked < 10
    assert answers(studio) == 1
    assert BRIDGES[0] not in [text for _, text in studio.store.said]


@pytest.mark.parametrize("connected_after_s", [0.0, 0.7])
async def test_a_session_is_renewed_and_nothing_is_lost_or_said_twice(
    studio: Studio,
    providers: Providers,
    monkeypatch: pytest.MonkeyPatch,
    connected_after_s: float,
) -> None:
    """Over the internet it takes a while, and the caller speaks meanwhile."""
    connect = RealtimeSession._create_ws_conn

    async def slowly(session: RealtimeSession) -> aiohttp.ClientWebSocketResponse:
        await asyncio.sleep(connected_after_s)
        return await connect(session)

    monkeypatch.setattr(RealtimeSession, "_create_ws_conn", slowly)
    monkeypatch.setattr("agents.providers.openai_realtime.MAX_SESSION_S", 2.0)
    await studio.start()
    await studio.agent_turns(1)
    for turn in range(1, 5):
        await studio.speak("Wait a moment.")
        await studio.until(lambda count=turn: answers(studio) == count, 15)  # type: ignore[misc]
        await asyncio.sleep(0.3)
    assert connections(providers) >= 3
    callers = [turn for turn in studio.store.turns if turn.speaker.value == "caller"]
    await studio.until(lambda: all("moment" in t.text for t in studio.store.turns[1::2]))
    assert len(callers) == 4
    assert answers(studio) == 4
    assert studio.call.ending is None
    for kind in (EventKind.PROVIDER_ERROR, EventKind.PROVIDER_SWITCHED):
        assert studio.store.events(kind) == []


@pytest.fixture
def other_providers(providers_process: Providers) -> Iterator[str]:
    """A second process of the stand-ins, healthy while the first is not."""
    port = tcp()
    environment = {
        **os.environ,
        "PROVIDERS_PORT": str(port),
        "PROVIDERS_SCENARIO": "tests/agents/scenario.yaml",
    }
    process = subprocess.Popen([sys.executable, "-m", "deploy.local.providers"], env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{url}/healthz", timeout=1).close()  # noqa: S310
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
async def test_another_account_goes_on_with_model_and_voice(
    studio: Studio, providers: Providers, other_providers: str
) -> None:
    studio.config = dataclasses.replace(
        studio.config,
        fallback_openai_api_key="other",
        fallback_openai_base_url=f"{other_providers}/v1",
        fallback_cartesia_api_key="other",
        fallback_cartesia_base_url=other_providers,
        fallback_voice_id="spare",
    )
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_insufficient_quota="always", tts_error="always")
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ANSWER in studio.store.said, 15)
    sources = [e.detail["source"] for e in studio.store.events(EventKind.PROVIDER_SWITCHED)]
    assert sources == ["realtime_model", "tts"]
    await studio.speak("Wait a moment.")
    await studio.until(lambda: answers(studio) == 2)
    assert studio.call.ending is None


@pytest.mark.full
async def test_a_quota_that_is_gone_everywhere_ends_the_call_by_name(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_insufficient_quota="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over()
    assert ended.reason is EndingReason.MODEL_QUOTA
    assert studio.line.played_s > 1


@pytest.fixture
async def session(config: WorkerConfig) -> AsyncIterator[SteadySession]:
    """Of the model alone, told what it is."""
    spec = persona("", (), TurnDetection.CLIENT)
    async with aiohttp.ClientSession() as http:
        model = build_realtime(spec, config, http)
        assert isinstance(model, SteadyModel)
        session = model.session()
        await session.update_instructions("You are the test reception.")
        yield session
        await session.aclose()
        await model.aclose()


def say(session: SteadySession, text: str) -> None:
    pcm, rate = render(text)
    samples = soxr.resample(np.frombuffer(pcm, np.int16), rate, 24_000).astype(np.int16)
    session.push_audio(rtc.AudioFrame(samples.tobytes(), 24_000, 1, len(samples)))
    session.commit_audio()


async def text_of(asked_for: llm.GenerationCreatedEvent) -> str:
    return "".join(
        [text async for message in asked_for.message_stream async for text in message.text_stream]
    )


async def known(session: SteadySession, *texts: str) -> None:
    """Wait until the conversation is this."""
    said: list[str | None] = []
    deadline = time.monotonic() + 10
    while said != list(texts) and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
        said = [item.text_content for item in session.chat_ctx.messages()]
    assert said == list(texts)


async def test_what_is_tidied_while_the_socket_is_lost_takes_no_turn_along(
    session: SteadySession, providers: Providers
) -> None:
    notes = llm.ChatContext.empty()
    ids = [notes.add_message(role="user", content=text).id for text in ("One.", "Two.", "Three.")]
    await session.update_chat_ctx(notes)
    providers.set(realtime_drop_socket="next 1", realtime_drop_socket_moment="on_commit")
    say(session, "Wait a moment.")
    tidied = [asyncio.create_task(delete(session, {each})) for each in ids[:2]]
    assert await text_of(await session.generate_reply()) == "Of course."
    await asyncio.gather(*tidied)
    await known(session, "Three.", "Wait a moment.", "Of course.")


async def test_a_reply_that_nobody_waits_for_is_not_missed_when_its_socket_drops(
    session: SteadySession, providers: Providers
) -> None:
    errors: list[Any] = []
    back = asyncio.Event()
    session.on("error", errors.append)
    session.on("session_reconnected", lambda _: back.set())
    providers.set(realtime_drop_socket="next 1", realtime_drop_socket_moment="mid_response")
    session.on("error", lambda _: session.interrupt())  # before the socket is there again
    say(session, "Tell me about your tents.")
    await text_of(await session.generate_reply())
    await asyncio.wait_for(back.wait(), 10)
    assert [type(error.error).__name__ for error in errors] == ["APIConnectionError"]


@pytest.mark.full
async def test_a_connection_that_drops_again_and_again_is_left_for_the_spare_one(
    studio: Studio, providers: Providers, other_providers: str
) -> None:
    studio.config = dataclasses.replace(
        studio.config,
        fallback_openai_api_key="other",
        fallback_openai_base_url=f"{other_providers}/v1",
    )
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_drop_socket="always", realtime_drop_socket_moment="on_commit")
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ANSWER in studio.store.said, 10)
    assert len(studio.store.events(EventKind.PROVIDER_SWITCHED)) == 1
    await studio.speak("Wait a moment.")
    await studio.until(lambda: answers(studio) == 2, 10)


@pytest.mark.full
async def test_replies_that_always_break_off_end_the_call_by_name(
    studio: Studio, providers: Providers
) -> None:
    """Else the caller would hear the beginning of the same sentence for ever."""
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_drop_socket="always", realtime_drop_socket_moment="mid_response")
    await studio.speak("Tell me about your tents.")
    ended = await studio.over()
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    assert ("agent", NO_MODEL) in studio.store.said
    begun = [text for _, text in studio.store.said if text.startswith("We")]
    assert 2 <= len(begun) <= 4
