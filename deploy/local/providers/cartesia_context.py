"""One context of the text-to-speech stand-in: transcripts in, paced frames out."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from deploy.local.providers.journal import SessionRecord
from deploy.local.providers.mouth import Mouth, Utterance
from deploy.local.providers.settings import Settings
from deploy.local.voice import VoiceError

_SAMPLE_RATES = (8000, 16000, 22050, 24000, 44100, 48000)
_CHUNK_S = 0.1
_DEFAULT_BUFFER_DELAY_MS = 3000
_SENTENCE_ENDS = (".", "?", "!")


class RequestError(ValueError):
    """A request that the real service would refuse; the message names the field."""


@dataclass(frozen=True)
class Speech:
    """One validated request. ``buffer_delay_s`` is how long text may wait for its sentence."""

    transcript: str
    voice_id: str
    sample_rate: int
    speed: float
    more_follows: bool
    wants_timestamps: bool
    flush: bool
    buffer_delay_s: float

    async def say(self, mouth: Mouth, text: str | None = None) -> Utterance:
        """Speak ``text`` (the transcript when None) in this request's voice."""
        return await mouth.say(
            self.transcript if text is None else text,
            voice_id=self.voice_id,
            sample_rate=self.sample_rate,
            speed=self.speed,
        )


def speech_of(frame: object) -> Speech:
    """Validate a generation request of the websocket or of /tts/bytes.

    Raises RequestError naming the first field that is missing or not supported.
    """
    if not isinstance(frame, dict):
        raise RequestError("the body must be a JSON object")
    if not isinstance(frame.get("model_id"), str) or not frame["model_id"]:
        raise RequestError("model_id is required")
    transcript = frame.get("transcript")
    if not isinstance(transcript, str):
        raise RequestError("transcript is required")
    output = frame.get("output_format")
    if not isinstance(output, dict):
        raise RequestError("output_format is required")
    if output.get("encoding") != "pcm_s16le" or output.get("container") != "raw":
        raise RequestError("output_format must be raw pcm_s16le (the stand-in has no other)")
    if output.get("sample_rate") not in _SAMPLE_RATES:
        raise RequestError(f"output_format.sample_rate must be one of {_SAMPLE_RATES}")
    return Speech(
        transcript=transcript,
        voice_id=_voice_id(frame.get("voice")),
        sample_rate=int(output["sample_rate"]),
        speed=_speed(frame.get("generation_config")),
        more_follows=frame.get("continue") is True,
        wants_timestamps=frame.get("add_timestamps") is True,
        flush=frame.get("flush") is True,
        buffer_delay_s=_buffer_delay_s(frame.get("max_buffer_delay_ms")),
    )


class Context:
    """Speaks its transcripts in order. ``finished`` is done after the last frame or a cancel."""

    def __init__(
        self,
        context_id: str,
        send: Callable[[dict[str, Any]], Awaitable[None]],
        drop: Callable[[], None],
        mouth: Mouth,
        settings: Settings,
        record: SessionRecord,
    ) -> None:
        self._id = context_id
        self._send = send
        self._drop = drop
        self._mouth = mouth
        self._settings = settings
        self._record = record
        self._queue: asyncio.Queue[Speech] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        # The next chunk's due time on the loop's clock; None until the first text arrives.
        self._due_at: float | None = None
        self._spoken_s = 0.0
        self._flushes = 0
        self.finished = asyncio.create_task(self._run())

    def add(self, speech: Speech) -> None:
        """Queue one request."""
        if self._due_at is None and speech.transcript.strip():
            self._due_at = self._loop.time() + self._settings.seconds("tts_first_chunk_delay_ms")
        self._queue.put_nowait(speech)

    async def cancel(self) -> None:
        """Stop speaking; no further frame is sent."""
        self.finished.cancel()
        await asyncio.wait({self.finished})

    async def _run(self) -> None:
        waiting = ""
        speech = await self._queue.get()
        first = True
        while True:
            try:
                if not first:
                    speech = await asyncio.wait_for(
                        self._queue.get(), speech.buffer_delay_s if waiting.strip() else None
                    )
                first = False
            except TimeoutError:
                if not await self._speak(speech, waiting):
                    return
                waiting = ""
                continue
            waiting += speech.transcript
            ends = not speech.more_follows or speech.flush or speech.buffer_delay_s == 0
            if waiting.strip() and (ends or waiting.rstrip().endswith(_SENTENCE_ENDS)):
                if not await self._speak(speech, waiting):
                    return
                waiting = ""
            if speech.flush:
                self._flushes += 1
                await self._frame("flush_done", flush_done=True, flush_id=self._flushes)
            if not speech.more_follows and not speech.flush:
                await self._frame("done", done=True)
                return

    async def _speak(self, speech: Speech, text: str) -> bool:
        """Send the audio of one text. False when a fault ended the context."""
        settings = self._settings
        if settings.strikes("tts_stall"):
            await asyncio.Event().wait()  # until cancelled: the client has to give up
        if settings.strikes("tts_error"):
            await self._fail("stand-in fault: tts_error")
            return False
        try:
            utterance = await speech.say(self._mouth, text)
        except VoiceError as error:
            await self._fail(str(error))
            return False
        self._record.spoken.append(text.strip())
        pcm = utterance.pcm
        if settings.strikes("tts_silence"):
            pcm = bytes(len(pcm))
        drop = settings.strikes("tts_drop_socket")
        times_words = speech.wants_timestamps and settings.text("tts_word_times") == "on"
        step = int(speech.sample_rate * _CHUNK_S) * 2
        for index, offset in enumerate(range(0, len(pcm), step)):
            now = self._loop.time()
            # A late chunk moves the schedule: text that came late is never sent in a burst.
            due_at = self._due_at = max(self._due_at or now, now)
            await asyncio.sleep(due_at - now)
            chunk = pcm[offset : offset + step]
            data = base64.b64encode(chunk).decode()
            await self._frame("chunk", data=data, step_time=1000 * _CHUNK_S)
            if drop:
                self._drop()
                return False
            if index == 0 and times_words:
                await self._frame("timestamps", word_timestamps=self._times_of(utterance))
            chunk_s = len(chunk) / 2 / speech.sample_rate
            self._due_at = due_at + chunk_s / settings.number("tts_realtime_factor")
        self._spoken_s += utterance.duration_s
        return True

    def _times_of(self, utterance: Utterance) -> dict[str, list[Any]]:
        begin = self._spoken_s  # times run through the whole context, not per transcript
        return {
            "words": [word.text for word in utterance.words],
            "start": [round(begin + word.start_s, 3) for word in utterance.words],
            "end": [round(begin + word.end_s, 3) for word in utterance.words],
        }

    async def _frame(self, kind: str, *, done: bool = False, **fields: Any) -> None:
        await self._send(
            {"type": kind, **fields, "done": done, "status_code": 206, "context_id": self._id}
        )

    async def _fail(self, reason: str) -> None:
        self._record.errors.append(reason)
        await self._send(
            {
                "type": "error",
                "done": True,
                "error": reason,
                "status_code": 500,
                "context_id": self._id,
            }
        )


def _voice_id(voice: object) -> str:
    if isinstance(voice, dict):
        if voice.get("mode") == "id" and isinstance(voice.get("id"), str) and voice["id"]:
            return str(voice["id"])
        if voice.get("mode") == "embedding" and isinstance(voice.get("embedding"), list):
            return repr(voice["embedding"])
    raise RequestError("voice must be {mode: id, id} or {mode: embedding, embedding}")


def _speed(config: object) -> float:
    speed = config.get("speed", 1.0) if isinstance(config, dict) else 1.0
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.6 <= speed <= 2.0:
        raise RequestError("generation_config.speed must be a number from 0.6 to 2.0")
    return float(speed)


def _buffer_delay_s(delay_ms: object) -> float:
    if delay_ms is None:
        delay_ms = _DEFAULT_BUFFER_DELAY_MS
    if isinstance(delay_ms, bool) or not isinstance(delay_ms, int | float):
        raise RequestError("max_buffer_delay_ms must be a number")
    if not 0 <= delay_ms <= 5000:
        raise RequestError("max_buffer_delay_ms must be from 0 to 5000")
    return float(delay_ms) / 1000
