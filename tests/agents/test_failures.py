"""A provider fails: the ending has a name, and the caller hears something first."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from agents.fixed_phrases import ALL, BRIDGES, NO_MODEL
from agents.log import PersonalDataFilter, quieten
from telephony.enums import EndingReason, EventKind
from tests.support.chains import EVERY_CHAIN, EVERY_CHAIN_IN_FULL

if TYPE_CHECKING:
    from agents.call import LiveCall
    from tests.agents.conftest import Providers, Studio


async def all_kept(studio: Studio, providers: Providers) -> LiveCall:
    """Start a call, and wait until each fixed sentence is there as audio."""
    providers.set(tts_realtime_factor=50)
    call = await studio.start()
    await studio.agent_turns(1)
    await studio.until(lambda: call.phrases.ready(ALL[-1]))
    return call


@EVERY_CHAIN
async def test_an_exhausted_quota_ends_the_call_with_an_apology(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_insufficient_quota="always")
    await studio.speak("Tell me about your tents.")
    ended = await studio.over()
    assert ended.reason is EndingReason.MODEL_QUOTA
    assert studio.line.played_s > 1
    assert studio.store.turns[-1].text.startswith("I am sorry")
    errors = studio.store.events(EventKind.PROVIDER_ERROR)
    assert any(error.detail["code"] == "insufficient_quota" for error in errors)


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
async def test_a_model_that_refuses_the_connection_ends_the_call_by_name(
    studio: Studio, providers: Providers
) -> None:
    providers.set(realtime_reject_connect="always", realtime_reject_connect_status="401")
    await studio.start()
    ended = await studio.over(timeout_s=25)
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    assert studio.line.played_s > 1


@EVERY_CHAIN_IN_FULL
async def test_a_failed_response_is_asked_for_again_and_the_caller_repeats_nothing(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_failed_response="next 3")
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert studio.call.ending is None


@EVERY_CHAIN_IN_FULL
async def test_a_model_that_fails_again_and_again_ends_the_call_by_name(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_failed_response="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over()
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    assert studio.line.played_s > 1


@EVERY_CHAIN_IN_FULL
async def test_a_dropped_socket_does_not_end_the_call(studio: Studio, providers: Providers) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(realtime_drop_socket="next 1")
    await studio.speak("Wait a moment.")
    await asyncio.sleep(2.0)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert studio.call.ending is None


@EVERY_CHAIN_IN_FULL
async def test_a_dead_voice_ends_the_call_with_the_tone(
    studio: Studio, providers: Providers
) -> None:
    """No sentence was ever kept of a voice that never worked."""
    providers.set(tts_error="always")
    await studio.start()
    ended = await studio.over(timeout_s=25)
    assert ended.reason is EndingReason.VOICE_UNAVAILABLE
    assert studio.line.played_s == pytest.approx(2.0, abs=0.1)
    assert studio.line.hung_up_at is not None
    assert studio.store.said == []


@pytest.mark.full
@EVERY_CHAIN_IN_FULL
async def test_a_voice_that_dies_leaves_its_kept_sentences_to_say_so(
    studio: Studio, providers: Providers
) -> None:
    await all_kept(studio, providers)
    providers.set(tts_error="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over(timeout_s=25)
    assert ended.reason is EndingReason.VOICE_UNAVAILABLE
    assert studio.store.said[-2:] == [("agent", BRIDGES[0]), ("agent", NO_MODEL)]
    assert ("agent", "Of course.") not in studio.store.said
    assert studio.line.played_s > 3


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
async def test_a_voice_that_fails_once_says_the_sentence_all_the_same(
    studio: Studio, providers: Providers
) -> None:
    await all_kept(studio, providers)
    providers.set(tts_error="next 1")
    await studio.speak("Wait a moment.")
    await studio.agent_turns(2)
    assert studio.store.said[-1] == ("agent", "Of course.")
    (error,) = studio.store.events(EventKind.PROVIDER_ERROR)
    assert error.detail["source"] == "tts_error"


@pytest.mark.full
async def test_a_sentence_that_no_voice_would_say_is_tried_once_more(
    studio: Studio, providers: Providers
) -> None:
    call = await all_kept(studio, providers)
    providers.set(tts_error="next 2")
    await studio.speak("Wait a moment.")
    await studio.agent_turns(3)
    assert studio.store.said[-2:] == [("agent", BRIDGES[0]), ("agent", "Of course.")]
    assert call.ending is None


@pytest.mark.full
async def test_a_voice_that_never_comes_back_leaves_no_long_silence(
    studio: Studio, providers: Providers
) -> None:
    await all_kept(studio, providers)
    providers.set(tts_stall="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over(timeout_s=25)
    assert ended.reason is EndingReason.VOICE_UNAVAILABLE
    bridge, apology = studio.store.turns[-2:]
    assert (bridge.text, apology.text) == (BRIDGES[0], NO_MODEL)
    assert apology.start_ms - bridge.end_ms < 4_500


async def breaks() -> None:
    raise ValueError


async def test_a_task_that_breaks_beside_the_call_ends_it_with_an_apology(studio: Studio) -> None:
    call = await studio.start()
    await studio.agent_turns(1)
    call.spawn(breaks(), "beside")
    ended = await studio.over()
    assert (ended.reason, ended.detail) == (EndingReason.INTERNAL_ERROR, "ValueError")
    assert studio.store.said[-1] == ("agent", NO_MODEL)


async def test_the_last_words_are_not_spoken_into(studio: Studio, providers: Providers) -> None:
    call = await all_kept(studio, providers)
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: call.session.agent_state == "speaking")
    await asyncio.sleep(0.5)
    call.end(EndingReason.MODEL_UNAVAILABLE, words=NO_MODEL)
    await studio.over()
    (tents,) = [turn for turn in studio.store.turns if turn.text.startswith("We")]
    assert tents.interrupted and not tents.text.endswith("ten minutes.")
    assert ("agent", NO_MODEL) in studio.store.said


@EVERY_CHAIN_IN_FULL
async def test_the_log_of_a_call_holds_no_word_of_it(
    studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:

    caplog.handler.addFilter(PersonalDataFilter())
    caplog.set_level(logging.DEBUG)
    quieten()
    await studio.start()
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.agent_turns(2)
    await studio.finish()
    logged = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    assert caplog.records
    for word in ("Of course", "Wait a moment", "+15550199", "Hello."):
        assert word.lower() not in logged.lower()


def test_an_error_of_a_library_that_quotes_speech_is_logged_without_it() -> None:
    quoted = "my card is 4111"
    try:
        raise ValueError(f"no audio frames were pushed for text: {quoted}")
    except ValueError as error:
        record = logging.LogRecord(
            "livekit.agents",
            logging.ERROR,
            __file__,
            1,
            "broke: %s",
            (error,),
            (ValueError, error, error.__traceback__),
        )
    PersonalDataFilter().filter(record)
    text = logging.Formatter().format(record)
    assert "4111" not in text
    assert "ValueError" in text
    assert "test_failures.py" in text
