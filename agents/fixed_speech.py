"""Says the product's fixed sentences, in the call's language: from the cache, else by the voice.

``say`` takes its turn behind what is being said. ``say_beside`` does not wait for a reply that does
not come: the reply, should it come, waits for the end of the sentence.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import math
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents import NOT_GIVEN
from livekit.agents.voice import SpeechHandle

from agents.call import LiveCall
from agents.fixed_phrases import FixedText
from agents.phrase_cache import FRAME_MS, SAMPLE_RATE
from telephony.enums import TurnDetection

# Heard when a sentence is needed beside a reply and none is ready yet: two short, soft beeps.
BEEP_HZ = 440
BEEP_S = 0.15
BEEPS = 2
BEEP_LEVEL = 0.08
LONGEST_S = 8.0


def say(
    call: LiveCall, text: str, *, in_context: bool = True, interruptible: bool | None = None
) -> SpeechHandle:
    """Begin to say ``text``. Raises RuntimeError when the session is gone.

    ``in_context``: the model is told that it was said, and it is stored as a turn.
    ``interruptible``: as the persona wants its greeting and notices, unless told otherwise.
    """
    text = call.language.say(text)
    frames = call.phrases.frames(text)
    # With the model's server in charge everything can be interrupted.
    spec = call.plan.persona.turn_taking
    by_server = spec.turn_detection is TurnDetection.REALTIME_LLM
    if interruptible is None:
        interruptible = spec.interruptible_greeting
    return call.session.say(
        FixedText(text),
        audio=call.agent.aloud(frames) if frames is not None else NOT_GIVEN,
        allow_interruptions=NOT_GIVEN if interruptible or by_server else False,
        add_to_chat_ctx=in_context,
    )


def say_beside(call: LiveCall, text: str) -> SpeechHandle:
    """Say ``text`` now, outside the model's context, although a reply may be on its way."""
    text = call.language.say(text)
    frames = call.phrases.frames(text)
    handle = call.session.say(
        text if frames is not None else "",
        audio=frames if frames is not None else _beeps(),
        add_to_chat_ctx=False,
    )
    call.agent.mouth_free.clear()
    # The reply that does not come has the floor, and would keep it until it came.
    if call.session.current_speech is not handle:
        handle._authorize_generation()
    call.spawn(_free_mouth(call, handle), "mouth")
    return handle


async def _free_mouth(call: LiveCall, handle: SpeechHandle) -> None:
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(handle.wait_for_playout(), LONGEST_S)
    finally:
        call.agent.mouth_free.set()


async def _beeps() -> AsyncIterator[rtc.AudioFrame]:
    size = SAMPLE_RATE * FRAME_MS // 1000
    burst = round(BEEP_S * SAMPLE_RATE)
    for start in range(0, (2 * BEEPS - 1) * burst, size):
        samples = array.array("h", (_beep_at(start + i, burst) for i in range(size)))
        yield rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, size)


def _beep_at(index: int, burst: int) -> int:
    if (index // burst) % 2:
        return 0
    return round(math.sin(2 * math.pi * BEEP_HZ * index / SAMPLE_RATE) * BEEP_LEVEL * 32767)
