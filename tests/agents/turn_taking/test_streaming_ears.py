"""The ears beside the model, over the wire, and in a whole call."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import numpy as np
import pytest
import soxr

from agents.config import WorkerConfig
from agents.providers import streaming_ears
from agents.providers.streaming_ears import StreamingEars
from agents.turn_taking.line_audio import Samples
from agents.turn_taking.overlap_times import JOINED_WITHIN_S
from deploy.local.voice import render
from telephony.enums import EventKind, OverlapEars, RealtimeProvider, TurnDetection
from tests.agents.conftest import FRAME, RATE, Providers
from tests.support.studio import Studio, persona

SPEC = persona("", (), TurnDetection.CLIENT)


class Listener:
    """Notes what the ears tell."""

    def __init__(self, ears: StreamingEars) -> None:
        self.words: list[tuple[str, bool]] = []
        self.states: list[tuple[bool, str]] = []
        self.ears = ears
        ears.on_words = lambda text, whole: self.words.append((text, whole))
        ears.on_state = lambda hears, code: self.states.append((hears, code))

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.02)

    async def connected(self) -> None:
        await self.until(lambda: self.ears._outbox is not None)

    async def say(self, text: str) -> None:
        """At the pace of speech, and a bit of silence after it."""
        for samples in spoken(text):
            self.ears.hear([samples])
            await asyncio.sleep(0.02)


def spoken(text: str) -> list[Samples]:
    pcm, rate = render(text)
    samples = soxr.resample(np.frombuffer(pcm, dtype=np.int16), rate, RATE).astype(np.int16)
    samples = np.concatenate([samples, np.zeros(RATE // 5, np.int16)])
    return [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]


@pytest.fixture
async def listener(config: WorkerConfig, providers: Providers) -> AsyncIterator[Listener]:
    providers.hear("Stop.", "Mm-hmm.")
    async with aiohttp.ClientSession() as http:
        ears = streaming_ears.build(SPEC, config, http)
        running = asyncio.create_task(ears.run())
        yield Listener(ears)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_words_are_told_before_the_utterance_is_ended_and_then_as_all_of_it(
    listener: Listener,
) -> None:
    await listener.connected()
    await listener.say("Stop.")
    await listener.until(lambda: ("Stop.", False) in listener.words)
    listener.ears.pause()
    await listener.until(lambda: ("Stop.", True) in listener.words)
    listener.ears.stop()
    assert listener.states == []


async def test_the_words_of_one_utterance_are_not_taken_for_the_next_ones(
    listener: Listener,
) -> None:
    await listener.connected()
    await listener.say("Stop.")
    listener.ears.pause()
    listener.ears.stop()  # its words are still to come
    listener.words.clear()
    await listener.say("Mm-hmm.")
    listener.ears.pause()
    await listener.until(lambda: listener.words and listener.words[-1][1])
    assert {text for text, _ in listener.words} <= {"Mm-hmm.", ""}


async def test_what_was_not_committed_is_not_heard_with_what_follows(listener: Listener) -> None:
    await listener.connected()
    await listener.say("Stop.")
    listener.ears.stop()
    listener.words.clear()
    await listener.say("Mm-hmm.")
    listener.ears.pause()
    await listener.until(lambda: listener.words and listener.words[-1][1])
    assert listener.words[-1] == ("Mm-hmm.", True)


async def test_a_connection_that_is_refused_is_told_once_and_tried_again(
    config: WorkerConfig, providers: Providers
) -> None:
    providers.set(transcription_reject_connect="next 2")
    async with aiohttp.ClientSession() as http:
        ears = streaming_ears.build(SPEC, config, http)
        listener = Listener(ears)
        running = asyncio.create_task(ears.run())
        ears.hear(spoken("Stop."))
        ears.pause()
        ears.stop()
        await listener.until(lambda: len(listener.states) == 2)
        running.cancel()
    assert listener.states == [(False, "http_503"), (True, "")]


async def test_the_rest_of_an_utterance_of_which_the_beginning_was_missed_is_not_heard(
    config: WorkerConfig, providers: Providers
) -> None:
    providers.hear("Stop.", "Mm-hmm.")
    async with aiohttp.ClientSession() as http:
        listener = Listener(streaming_ears.build(SPEC, config, http))
        listener.ears.hear(spoken("Stop."))
        running = asyncio.create_task(listener.ears.run())
        await listener.connected()
        await listener.say("Mm-hmm.")
        listener.ears.pause()
        listener.ears.stop()
        await listener.say("Mm-hmm.")
        listener.ears.pause()
        await listener.until(lambda: listener.words and listener.words[-1][1])
        running.cancel()
    (session,) = [one for one in providers.sessions() if one["kind"] == "transcription"]
    assert session["client_events"]["input_audio_buffer.commit"] == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"transcription_stall": "always"}, "late"),
        ({"transcription_drop_socket": "next 1"}, "closed"),
        ({"transcription_fail": "next 1"}, "audio_unintelligible"),
    ],
)
async def test_ears_that_are_late_or_lost_while_they_listen_say_so_and_come_back(
    listener: Listener, providers: Providers, fault: dict[str, str], code: str
) -> None:
    await listener.connected()
    providers.set(**fault)
    await listener.say("Stop.")
    listener.ears.pause()
    if code == "late":
        listener.ears.stop()  # the committed audio decided
    await listener.until(lambda: listener.states)
    assert listener.states == [(False, code)]
    providers.reset()
    await listener.until(lambda: listener.states[1:])
    assert listener.states[1:] == [(True, "")]


def test_a_cascade_in_the_house_is_heard_there_and_by_nobody_else(config: WorkerConfig) -> None:
    house = replace(config, cascade_stt_base_url="http://127.0.0.1:9/v1")
    cascade = replace(SPEC, realtime_provider=RealtimeProvider.OPENAI_CASCADE)
    assert streaming_ears.build(cascade, house)._url() == (
        "ws://127.0.0.1:9/v1/realtime?intent=transcription&model=gpt-live-transcribe"
    )
    openai = replace(config, openai_base_url="")
    assert streaming_ears.build(SPEC, openai)._url() == (
        "wss://api.openai.com/v1/realtime?intent=transcription"
    )


def switches(studio: Studio) -> list[tuple[str, str]]:
    found = [event.detail for event in studio.store.events(EventKind.PROVIDER_SWITCHED)]
    return [(each["provider"], each.get("code", "")) for each in found]


async def tents(studio: Studio) -> None:
    """A call in which the agent is in its long sentence; words decide, however slow they are."""
    await studio.start(
        overlap_ears=OverlapEars.STREAMING, playback_speed=1.0, min_interruption_ms=5_000
    )
    await studio.agent_turns(1)
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: studio.playout.playing)
    await asyncio.sleep(1)


@pytest.mark.full
async def test_in_a_call_they_tell_stop_from_mm_hmm_and_their_words_are_stored_once(
    studio: Studio, providers: Providers
) -> None:
    providers.hear("Mm-hmm.")
    await tents(studio)
    overheard: list[str] = []
    ears = studio.parts._conductor and studio.parts._conductor.ears
    assert isinstance(ears, StreamingEars)
    to_the_floor = ears.on_words

    def on_words(text: str, whole: bool) -> None:
        overheard.append(text)
        to_the_floor(text, whole)

    ears.on_words = on_words
    await studio.speak("Mm-hmm.")
    await studio.until(lambda: studio.store.events(EventKind.BACKCHANNEL))
    (noted,) = studio.store.events(EventKind.BACKCHANNEL)
    assert (noted.detail["kind"], noted.detail["text"]) == ("backchannel", "Mm-hmm.")
    assert not studio.store.events(EventKind.INTERRUPTED)
    await asyncio.sleep(JOINED_WITHIN_S + 0.2)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.events(EventKind.INTERRUPTED))
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    said = [text for speaker, text in studio.store.said if speaker == "caller"]
    assert said == ["Tell me about your tents.", "Wait a moment."]
    model = studio.call.agent.realtime_llm_session

    def known_to_the_model() -> list[str | None]:
        items = [item for item in model.chat_ctx.items if item.type == "message"]
        return [item.text_content for item in items if item.role == "user"]

    await studio.until(lambda: known_to_the_model() == said)
    assert {"Mm-hmm.", "Wait a moment."} <= {*overheard}
    sessions = [one for one in providers.sessions() if one["kind"] == "transcription"]
    sent = sum(one["client_events"]["input_audio_buffer.append"] for one in sessions)
    assert sent < 50 * 5, "frames of 20 ms, of overlaps and of no turns"


@pytest.mark.full
async def test_a_caller_hears_no_difference_when_they_are_lost(
    studio: Studio, providers: Providers
) -> None:
    providers.set(transcription_reject_connect="always")
    await tents(studio)
    await studio.until(lambda: switches(studio))
    assert switches(studio) == [("committed", "http_503")]
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.events(EventKind.INTERRUPTED))
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    providers.set(transcription_reject_connect="off")
    await studio.until(lambda: len(switches(studio)) == 2, 40)
    assert switches(studio)[1] == ("streaming", "")
