"""The model's connection fails in mid-call: no turn is lost, and the caller repeats nothing."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from agents.fixed_phrases import BRIDGES
from telephony.enums import EndingReason, EventKind
from tests.support.chains import EVERY_CHAIN_IN_FULL

if TYPE_CHECKING:
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


async def test_a_session_is_renewed_in_mid_sentence_and_nothing_is_lost(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert studio.call.ending is None
    assert studio.store.events(EventKind.PROVIDER_ERROR) == []


@pytest.fixture
def other_providers(providers_process: Providers) -> Iterator[str]:
    """A second process of the stand-ins, healthy while the first is not."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
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
