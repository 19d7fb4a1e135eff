"""Speaks one utterance whatever its voice does: a voice that fails, stalls or sends nothing but
silence is left, in mid-sentence too, and the next one goes on with the words not yet heard.

livekit-agents' tts.FallbackAdapter cannot carry this: once any audio was sent it returns as if all
had been said, it knows no deadline of its own, and audio with nothing in it is audio to it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, APIError, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString

from agents.loudness import samples_before_sound
from agents.providers.phrases import PhraseTokenizer
from agents.spoken_words import Script, WordTimes, words_before
from agents.voice_watch import PlayClock, VoiceFailedError, Watch, deadlined

logger = logging.getLogger(__name__)

# A voice that failed is asked again by the next utterance only after this, if there is another.
REST_S = 30.0
_UNSPOKEN = "unspoken"
_ONCE = APIConnectOptions(max_retry=0, timeout=10.0)  # the deadlines are ours

Failure = Callable[[str, str], None]


class SteadyVoice:
    """``voices`` in the order of preference; a single one is given a second chance.

    ``on_failure(voice, code)`` is told each failure, ``on_switch(voice)`` which voice takes over,
    ``on_spoken()`` that one has said all it had to.
    What no voice would speak rides on the last frame, see ``unspoken``.
    """

    def __init__(self, voices: Sequence[tts.TTS[Any]]) -> None:
        self._voices = list(voices)
        self._rests_until = [0.0] * len(self._voices)
        self.on_failure: Failure | None = None
        self.on_switch: Callable[[str], None] | None = None
        self.on_spoken: Callable[[], None] | None = None

    async def speak(self, text: AsyncIterable[str]) -> AsyncGenerator[rtc.AudioFrame]:
        """Yield frames with the words that begin in them; ends early when no voice works."""
        script = Script()
        reading = asyncio.create_task(script.read(text), name="voice-script")
        heard, spoken_s = 0, 0.0
        playing = PlayClock()
        try:
            order = self._order()
            for attempt, index in enumerate(order):
                words = WordTimes(
                    script,
                    first=heard,
                    base_s=spoken_s,
                    aligned=self._voices[index].capabilities.aligned_transcript,
                )
                try:
                    async with contextlib.aclosing(
                        _spoken(
                            self._voices[index],
                            script,
                            words,
                            playing,
                            strict=not attempt and len(order) > 1,
                        )
                    ) as frames:
                        async for frame in frames:
                            playing.passed_on(frame)
                            yield frame
                except VoiceFailedError as failure:
                    self._failed(index, str(failure))
                    heard, spoken_s = words.heard, words.base_s + words.audio_s
                    continue
                self._rests_until[index] = 0.0
                if self.on_spoken is not None:
                    self.on_spoken()
                return
            await _ended(script)
            if rest := script.rest(heard).strip():
                yield _unspoken(rest)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def aclose(self) -> None:
        for voice in self._voices:
            await voice.aclose()

    def _order(self) -> list[int]:
        now = time.monotonic()
        order = sorted(range(len(self._voices)), key=lambda i: self._rests_until[i] > now)
        # A voice that has just failed twice is not waited for twice again.
        return order if len(order) > 1 or self._rests_until[0] > now else order * 2

    def _failed(self, index: int, code: str) -> None:
        label = self._voices[index].provider
        logger.warning("a voice failed: %s", code)
        self._rests_until[index] = time.monotonic() + REST_S
        if self.on_failure is not None:
            self.on_failure(label, code)
        other = next((v for i, v in enumerate(self._voices) if i != index), None)
        if other is not None and self.on_switch is not None:
            self.on_switch(other.provider)


async def _spoken(
    voice: tts.TTS[Any], script: Script, words: WordTimes, playing: PlayClock, *, strict: bool
) -> AsyncGenerator[rtc.AudioFrame]:
    """One voice's try. Raises VoiceFailedError; what was yielded until then was heard.

    ``strict``: a beginning whose words make no sound is a failure.
    """
    adapter = None
    if not voice.capabilities.streaming:
        adapter = tts.StreamAdapter(tts=voice, sentence_tokenizer=PhraseTokenizer())
    stream = (adapter or voice).stream(conn_options=_ONCE)
    pushing = asyncio.create_task(_push(stream, script, words.heard), name="voice-push")
    watch = Watch(script, words, playing)
    held: list[rtc.AudioFrame] = []  # an end is kept, as the last frame takes all words left
    whole = False
    try:
        async for frame in deadlined(stream, watch):
            sounded = watch.audible
            watch.got(frame)
            held += _split(frame)
            if watch.audible and not sounded:
                held = _from_first_sound(held, words, strict=strict)
            if watch.audible:
                for ready in held[:-1]:
                    words.attach(ready)
                    yield ready
                del held[:-1]
        if script.rest(words.heard).strip() and not watch.audible:
            raise VoiceFailedError("silent" if held else "no_audio")
        for index, ready in enumerate(held):
            words.attach(ready, last=index == len(held) - 1)
            yield ready
        whole = True
    except APIError as error:
        raise VoiceFailedError(_code(error)) from error
    finally:
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)
        await stream.aclose()
        if adapter is not None:
            await adapter.aclose()
        if not whole:  # its connection is gone as well; the next sentence shall find another
            voice.prewarm()


def _from_first_sound(
    frames: list[rtc.AudioFrame], words: WordTimes, *, strict: bool
) -> list[rtc.AudioFrame]:
    """Without the silence that a voice begins with: it would only be waited for."""
    riding = [word for one in frames for word in one.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    whole = rtc.combine_audio_frames(frames)
    before = samples_before_sound(whole)
    if strict and words_before(riding, before / whole.sample_rate):
        raise VoiceFailedError("silent")
    words.skip(before / whole.sample_rate)
    rest = rtc.AudioFrame(
        whole.data[before:],
        whole.sample_rate,
        whole.num_channels,
        whole.samples_per_channel - before,
        userdata={USERDATA_TIMED_TRANSCRIPT: riding},
    )
    return _split(rest)


def _split(frame: rtc.AudioFrame) -> list[rtc.AudioFrame]:
    """The frame and its last 10 ms: to keep a whole one would delay the first by the next."""
    tail = frame.sample_rate // 100
    if (head := frame.samples_per_channel - tail) <= 0:
        return [frame]
    cut = head * frame.num_channels
    return [
        rtc.AudioFrame(
            frame.data[:cut], frame.sample_rate, frame.num_channels, head, userdata=frame.userdata
        ),
        rtc.AudioFrame(frame.data[cut:], frame.sample_rate, frame.num_channels, tail),
    ]


async def _push(stream: tts.SynthesizeStream, script: Script, heard: int) -> None:
    """Give the voice the text from word ``heard`` on, as it comes."""
    given = len(script.text) - len(script.rest(heard))
    while True:
        script.changed.clear()
        if len(script.text) > given:
            stream.push_text(script.text[given:])
            given = len(script.text)
        if script.ended:
            stream.end_input()
            return
        await script.changed.wait()


async def _ended(script: Script) -> None:
    while not script.ended:
        script.changed.clear()
        await script.changed.wait()


def unspoken(frame: rtc.AudioFrame) -> str:
    """The words that no voice would speak; empty on all frames but the last of a failure."""
    return str(frame.userdata.get(_UNSPOKEN, ""))


def _unspoken(text: str) -> rtc.AudioFrame:
    """A hundredth of a second of silence. Its empty word tells the framework that words have times:
    it would take a voice without any for one that said everything."""
    samples = 240
    frame = rtc.AudioFrame(bytes(samples * 2), 24_000, 1, samples)
    frame.userdata[USERDATA_TIMED_TRANSCRIPT] = [TimedString("", start_time=0.0, end_time=0.0)]
    frame.userdata[_UNSPOKEN] = text
    return frame


def _code(error: APIError) -> str:
    status = getattr(error, "status_code", -1)
    return f"http_{status}" if isinstance(status, int) and status > 0 else type(error).__name__
