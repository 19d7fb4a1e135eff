"""Two phones talk to each other over loopback."""

from __future__ import annotations

import asyncio
import wave

import numpy as np
import pytest

from deploy.local.phone import CallFailed, EndCause, NotAnswered, Phone, Tape, speech
from deploy.local.sipkit import FailureCause


async def test_each_hears_the_other_where_it_was_said(connected, tmp_path):
    mine, theirs = connected
    await mine.sleep(0.1)
    said = await mine.say("Where is my order?")
    assert await theirs.wait_for_silence(quiet_ms=400, timeout_s=3) > 0
    answered = await theirs.say("It is on its way.")
    await mine.wait_for_silence(quiet_ms=300, timeout_s=3)
    # The tapes begin with each side's answer; what A sent at a, B heard at b, so all of B's
    # times are A's plus one offset, and it is the same for both directions up to the delay.
    heard_by_theirs = theirs.tape.heard_segments(hangover_ms=700)
    heard_by_mine = mine.tape.heard_segments(hangover_ms=700)
    assert len(heard_by_theirs) == len(heard_by_mine) == 1
    offset_there = heard_by_theirs[0][0] - said[0]
    offset_back = heard_by_mine[0][0] - answered[0]
    assert abs((heard_by_theirs[0][1] - said[1]) - offset_there) <= 40
    assert 0 <= offset_there + offset_back <= 120  # two trips: jitter buffers and ticks, no more
    path = mine.tape.save(tmp_path / "new" / "tape.wav")
    with wave.open(str(path)) as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
    assert shape == (2, 2, 8000)
    (turn,) = Tape.load(path).turns()
    assert abs(turn.said_start_ms - said[0]) <= 20
    assert abs(turn.said_end_ms - said[1]) <= 20
    assert turn.heard_start_ms == heard_by_mine[0][0]
    assert turn.latency_ms == turn.heard_start_ms - turn.said_end_ms
    assert 400 <= turn.latency_ms <= 1000


async def test_both_channels_of_the_tape_are_on_one_clock(connected):
    mine, theirs = connected
    await asyncio.gather(mine.say("One, two, three."), theirs.say("One, two, three."))
    await mine.sleep(0.2)
    for call in connected:
        assert abs(call.tape.duration_ms - call.now_ms) <= 20
        assert len(call.tape.sent) == len(call.tape.heard)
        started = [call.tape.said_segments()[0][0], call.tape.heard_segments()[0][0]]
        assert abs(started[0] - started[1]) <= 60  # said at the same moment, heard one trip later


async def test_waiting_finds_where_speech_started_and_stopped(connected):
    mine, theirs = connected
    saying = asyncio.create_task(mine.say("Hello there."))
    start_ms = await theirs.wait_for_speech(timeout_s=2)
    end_ms = await theirs.wait_for_silence(quiet_ms=300, timeout_s=5)
    said = await saying
    assert abs((end_ms - start_ms) - (said[1] - said[0])) <= 40
    with pytest.raises(TimeoutError):
        await theirs.wait_for_speech(timeout_s=0.1)
    with pytest.raises(TimeoutError):
        await theirs.wait_for_silence(quiet_ms=60_000, timeout_s=0.1)


async def test_speaking_can_be_stopped_in_the_middle(connected):
    mine, theirs = connected
    saying = asyncio.create_task(mine.say("This sentence is a very long one indeed, my friend."))
    await theirs.wait_for_speech(timeout_s=2)
    mine.stop_playing()
    await asyncio.wait_for(saying, 0.5)
    end_ms = await theirs.wait_for_silence(quiet_ms=300, timeout_s=2)
    assert end_ms < 1000


async def test_a_wav_of_another_rate_is_played(connected, tmp_path):
    mine, theirs = connected
    path = tmp_path / "tone.wav"
    tone = (8000 * np.sin(2 * np.pi * 600 * np.arange(22050) / 44100)).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(np.column_stack((tone, tone)).tobytes())
    start_ms, end_ms = await mine.play(path)
    assert abs((end_ms - start_ms) - 500) <= 20
    await theirs.wait_for_silence(quiet_ms=100, timeout_s=2)
    ((first, last),) = theirs.tape.heard_segments()
    assert abs((last - first) - 500) <= 40


async def test_keys_are_heard_once_each(connected):
    mine, theirs = connected
    await asyncio.gather(mine.dtmf("12#", tone_ms=80, gap_ms=40), theirs.dtmf("9*", 80, 40))
    assert await theirs.wait_for_keys(3, timeout_s=1) == "12#"
    assert await mine.wait_for_keys(2, timeout_s=1) == "9*"


async def test_rtp_flows_while_nobody_speaks(connected):
    mine, theirs = connected
    before, started_ms = theirs.media.stats.packets_received, theirs.now_ms
    await mine.sleep(0.5)
    frames = (theirs.now_ms - started_ms) // 20
    assert abs(theirs.media.stats.packets_received - before - frames) <= 2
    assert frames >= 20


async def test_the_end_of_the_call_ends_what_waits(connected):
    mine, theirs = connected
    saying = asyncio.create_task(mine.say("This is a long sentence that nobody will hear."))
    listening = asyncio.create_task(mine.wait_for_keys(1, timeout_s=5))
    await theirs.wait_for_speech(timeout_s=2)
    await theirs.hangup()
    await asyncio.wait_for(mine.ended.wait(), 1)
    for task in (saying, listening):
        with pytest.raises(NotAnswered):
            await asyncio.wait_for(task, 1)
    assert (mine.end_cause, theirs.end_cause) == (EndCause.REMOTE_BYE, EndCause.LOCAL)
    with pytest.raises(NotAnswered):
        await mine.say("too late")
    await mine.wait_for_silence(timeout_s=1)
    await mine.hangup()


async def test_a_busy_phone_is_heard_as_busy(phones):
    caller, called = phones
    dialling = asyncio.create_task(caller.dial(called.uri, headers={"X-Order": "7"}))
    theirs = await called.wait_for_call(2)
    assert theirs.headers["x-order"] == "7"
    assert theirs.incoming is not None
    assert theirs.incoming.from_display == "Ann"
    with pytest.raises(NotAnswered):
        await theirs.say("not yet")
    await theirs.refuse(486)
    with pytest.raises(CallFailed) as failure:
        await dialling
    assert failure.value.status == 486


async def test_giving_up_while_it_rings_is_a_cancel(phones):
    caller, called = phones
    dialling = asyncio.create_task(caller.dial(called.uri))
    theirs = await called.wait_for_call(2)
    theirs.ring()
    dialling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialling
    assert theirs.incoming is not None
    await asyncio.wait_for(theirs.incoming.cancelled.wait(), 1)
    with pytest.raises(CallFailed):
        await caller.dial(called.uri, ringing_timeout_s=0.1)


async def test_a_password_is_used_when_asked_for(phones):
    caller, called = phones
    dialling = asyncio.create_task(caller.dial(called.uri, credentials=("ann", "secret")))
    first = await called.wait_for_call(2)
    assert first.incoming is not None
    first.incoming.challenge("home")
    second = await called.wait_for_call(2)
    assert second.incoming is not None
    assert second.incoming.verify({"ann": "secret"}.get, "home") == "ok"
    await second.answer()
    assert (await dialling).sip_call_id == second.sip_call_id


async def test_nobody_calls(phones):
    with pytest.raises(TimeoutError):
        await phones[0].wait_for_call(timeout_s=0.05)


async def test_a_number_where_no_phone_is_fails_with_a_cause(phones):
    caller, called = phones
    port = called.address[1]
    await called.close()
    with pytest.raises(CallFailed) as failure:
        await caller.dial(f"sip:x@127.0.0.1:{port}", ringing_timeout_s=0.3)
    assert failure.value.cause is FailureCause.RINGING_TIMEOUT


async def test_two_phones_cannot_have_one_port(phones):
    with pytest.raises(OSError):
        await Phone.start(port=phones[0].address[1])


def test_a_sentence_is_spoken_at_a_telephone_pace():
    pcm = speech("the quick brown fox jumps over the lazy dog and runs away from the cat again")
    words_per_minute = 16 / (len(pcm) / 16000) * 60
    assert 130 <= words_per_minute <= 230
    assert speech("hello") is speech("hello")  # rendered once
