"""What a whisper server makes of a cough or of line noise is none of the caller's words."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import rtc
from livekit.agents import llm, stt

from agents.config import WorkerConfig
from agents.providers import scribe_ears
from agents.providers.cascade_ears import said_of
from agents.providers.cascade_model import CascadeModel
from agents.providers.openai_cascade import build
from deploy.local.voice import render
from telephony.enums import TurnDetection
from tests.support.chains import CASCADE
from tests.support.studio import persona


class Whisper:
    """A server of transcriptions that writes down what it is told to."""

    text = ""

    async def transcribe(self, request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({"text": self.text})


@pytest.fixture
async def whisper(config: WorkerConfig) -> AsyncIterator[tuple[Whisper, WorkerConfig]]:
    whisper, app = Whisper(), web.Application()
    app.router.add_post("/v1/audio/transcriptions", whisper.transcribe)
    async with TestServer(app) as server:
        at = str(server.make_url("/v1"))
        yield whisper, dataclasses.replace(config, cascade_stt_base_url=at)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[BLANK_AUDIO]", ""),
        (" Thank you for watching!", ""),
        ("(coughing) Where is my order?", "Where is my order?"),
        ("Thank you.", "Thank you."),
    ],
)
async def test_a_turn_has_the_callers_words_alone(
    whisper: tuple[Whisper, WorkerConfig], text: str, words: str
) -> None:
    server, config = whisper
    server.text = text
    model = build(persona("", (), TurnDetection.CLIENT), config)
    assert isinstance(model, CascadeModel)
    session = model.session()
    heard: list[llm.InputTranscriptionCompleted] = []
    session.on("input_audio_transcription_completed", heard.append)
    session.push_audio(rtc.AudioFrame(bytes(24_000), 24_000, 1, 12_000))
    session.commit_audio()
    await session._hearing[session.chat_ctx.items[-1].id]
    ((transcript, confidence),) = [(each.transcript, each.confidence) for each in heard]
    assert transcript == words
    assert confidence == (None if words else 0.0), "nothing understood is misheard"
    await session.aclose()
    await model.aclose()


@pytest.mark.parametrize(
    "text",
    ["[BLANK_AUDIO]", "(coughing)", "[Music]", "*coughs*", "[ Silence ]", "(Musik) [Lachen]",
     "♪♪", "...", " . ", "[Music] Thank you for watching."],
)  # fmt: skip
def test_sounds_are_no_words(text: str) -> None:
    assert said_of(text) == ""


@pytest.mark.parametrize(
    "text",
    ["Thank you for watching.", "Thanks for watching!", "Thank you so much for watching.",
     "Thanks for watching! Thanks for watching!", "Please subscribe to my channel.",
     "Subtitles by the Amara.org community", "Untertitel im Auftrag des ZDF für funk, 2017",
     "Untertitelung des ZDF, 2020", "Untertitel der Amara.org-Community", "Copyright WDR 2021",
     "Vielen Dank fürs Zuschauen!", "Sous-titres réalisés par la communauté d'Amara.org",
     "Sous-titres réalisés para la communauté d\u2019Amara.org", "Sous-titrage ST' 501",
     "Sous-titrage Société Radio-Canada", "Merci d'avoir regardé cette vidéo !",
     "Sottotitoli creati dalla comunità Amara.org", "Sottotitoli e revisione a cura di QTSS",
     "Ondertiteld door de Amara.org gemeenschap", "TV GELDERLAND 2021",
     "Subtítulos realizados por la comunidad de Amara.org", "¡Gracias por ver el video!"],
)  # fmt: skip
def test_subtitles_are_invented(text: str) -> None:
    assert said_of(text) == ""


@pytest.mark.parametrize(
    "text",
    ["Bye.", "you", "Thank you.", "Thanks.", "Thank you for waiting.", "See you.", "Amara",
     "I would like to subscribe.", "Thank you for watching my dog.", "My order is 4711.",
     "Call me at (555) 123-4567.", "*123#", "[inaudible] my order", "Vielen Dank.", "Merci."],
)  # fmt: skip
def test_what_callers_say_stays(text: str) -> None:
    assert said_of(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[cough] Yes, please.", "Yes, please."),
        ("Yes (coughs), please. [BLANK_AUDIO]", "Yes, please."),
        ("My number *sniffs* is 4711.", "My number is 4711."),
    ],
)
def test_sounds_beside_words_are_taken_out(text: str, words: str) -> None:
    assert said_of(text) == words


async def test_the_scribe_of_a_cascade_hears_by_its_ears(config: WorkerConfig) -> None:
    """OpenAI's Realtime sessions are not to be needed in the house."""
    spec = dataclasses.replace(persona("", (), TurnDetection.CLIENT), realtime_provider=CASCADE[0])
    pcm, rate = render("Tell me about your tents.")
    kinds: list[str] = []
    async with scribe_ears.build(spec, config) as ears, ears.stream() as stream:
        for sound in (bytes(rate), pcm, bytes(rate * 2)):
            stream.push_frame(rtc.AudioFrame(sound, rate, 1, len(sound) // 2))
        async with asyncio.timeout(10):
            async for event in stream:
                kinds.append(event.type.value)
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                    assert event.alternatives[0].text == "Tell me about your tents."
                    break
    assert kinds == ["start_of_speech", "end_of_speech", "final_transcript"]
