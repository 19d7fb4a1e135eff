"""The input audio buffer of a realtime session: append, commit, server VAD, transcripts."""

from __future__ import annotations

import asyncio
import base64
import binascii
import math
from collections.abc import Awaitable, Callable
from typing import Any

from deploy.local.providers.audio_formats import InputDecoder
from deploy.local.providers.conversation import Conversation, Item, ProtocolError, new_id
from deploy.local.providers.ears import BYTES_PER_SECOND, Ears, EarsError
from deploy.local.providers.journal import SessionRecord
from deploy.local.providers.live_transcription import LiveWords
from deploy.local.providers.phrases import Heard
from deploy.local.providers.session_config import SessionConfig
from deploy.local.providers.settings import Settings
from deploy.local.providers.vad import Vad

_MIN_COMMIT_MS = 100
TRANSCRIPTION = "conversation.item.input_audio_transcription"
_LOGPROBS = "item.input_audio_transcription.logprobs"
_MAX_BUFFER_S = 15 * 60
_BYTES_PER_MS = BYTES_PER_SECOND // 1000


class InputAudio:
    """One session's caller audio. ``on_turn`` and ``on_speech`` are what server VAD sets off."""

    def __init__(
        self,
        *,
        config: SessionConfig,
        conversation: Conversation,
        ears: Ears,
        settings: Settings,
        record: SessionRecord,
        send: Callable[..., Awaitable[None]],
        on_speech: Callable[[], Awaitable[None]],
        on_turn: Callable[[], Awaitable[None]],
    ) -> None:
        self._config = config
        self._conversation = conversation
        self._ears = ears
        self._settings = settings
        self._record = record
        self._send = send
        self._on_speech = on_speech
        self._on_turn = on_turn
        self._buffer = bytearray()
        self._total_bytes = 0  # of the whole session; times of speech edges count from its start
        self._turn_item_id = new_id("item")
        self._vad: Vad | None = None
        self._decoder = InputDecoder("audio/pcm")
        self._tasks: set[asyncio.Task[None]] = set()
        self._confidence: dict[str, float] = {}
        self._live: LiveWords | None = None
        self.heard_audio_s = 0.0

    def configure(self) -> None:
        """Take over the session's format and turn detection after a session.update."""
        self._decoder = InputDecoder(str(self._config.input["format"]["type"]))
        detection = self._config.input["turn_detection"]
        start_ms = self._total_bytes // _BYTES_PER_MS
        self._vad = Vad(detection, start_ms=start_ms) if detection is not None else None
        self._listen_live()

    async def append(self, audio: object) -> None:
        """Add base64 audio. Raises ProtocolError when it is not base64."""
        try:
            data = base64.b64decode(audio if isinstance(audio, str) else b"\0", validate=True)
        except (binascii.Error, ValueError) as error:
            raise ProtocolError(
                "Invalid 'audio'. Expected base64-encoded audio bytes.",
                code="invalid_value",
                param="audio",
            ) from error
        pcm = self._decoder.decode(data)
        self._total_bytes += len(pcm)
        self._buffer += pcm
        if self._vad is None:
            excess = len(self._buffer) - _MAX_BUFFER_S * BYTES_PER_SECOND
            if excess > 0:
                del self._buffer[:excess]
            if self._live is not None:
                self._live.grew(self._buffer)
            return
        for edge in self._vad.feed(pcm):
            if edge.kind == "started":
                await self._send(
                    "input_audio_buffer.speech_started",
                    audio_start_ms=edge.at_ms,
                    item_id=self._turn_item_id,
                )
                self._keep_last(self._total_bytes // _BYTES_PER_MS - edge.at_ms)
                await self._on_speech()
            else:
                await self._send(
                    "input_audio_buffer.speech_stopped",
                    audio_end_ms=edge.at_ms,
                    item_id=self._turn_item_id,
                )
                await self._commit()
                await self._on_turn()
        if not self._vad.speaking:
            self._keep_last(self._vad.prefix_ms + 200)

    async def commit(self) -> None:
        """The client's commit. Raises ProtocolError when there is less than 100 ms."""
        held_ms = len(self._buffer) / _BYTES_PER_MS
        if held_ms < _MIN_COMMIT_MS:
            raise ProtocolError(
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{_MIN_COMMIT_MS}ms of audio, but buffer only has {held_ms:.2f}ms of audio.",
                code="input_audio_buffer_commit_empty",
            )
        await self._commit()

    async def clear(self) -> None:
        """Drop what was not committed."""
        self._buffer.clear()
        self._listen_live()
        await self._send("input_audio_buffer.cleared")

    def close(self) -> None:
        """Stop the transcripts that are still to come."""
        if self._live is not None:
            self._live.close()
        for task in self._tasks:
            task.cancel()

    def _keep_last(self, milliseconds: int) -> None:
        excess = len(self._buffer) - max(0, milliseconds) * _BYTES_PER_MS
        if excess > 0:
            del self._buffer[:excess]

    def _listen_live(self) -> None:
        """The buffer is a new one; a live model tells its words while it fills."""
        if self._live is not None:
            self._live.close()
        self._live = None
        if self._config.is_live:
            item_id = self._turn_item_id

            async def tell(delta: str) -> None:
                await self._send(
                    f"{TRANSCRIPTION}.delta", item_id=item_id, content_index=0, delta=delta
                )

            def delay_s() -> float:
                return self._settings.seconds("transcription_delay_ms")

            self._live = LiveWords(self._ears, delay_s, tell)

    async def _commit(self) -> None:
        pcm = bytes(self._buffer)
        self._buffer.clear()
        self.heard_audio_s += len(pcm) / BYTES_PER_SECOND
        wire: dict[str, Any] = {
            "id": self._turn_item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": "user",
            "content": [{"type": "input_audio", "transcript": None}],
        }
        self._turn_item_id = new_id("item")
        live = self._live
        self._listen_live()
        item = Item(wire, asyncio.create_task(self._hear(pcm, wire["id"])))
        previous = self._conversation.append(item)
        await self._send("input_audio_buffer.committed", previous_item_id=previous, item_id=item.id)
        await self._send("conversation.item.added", previous_item_id=previous, item=wire)
        await self._send("conversation.item.done", previous_item_id=previous, item=wire)
        if self._config.input["transcription"] is not None:
            due_at = asyncio.get_running_loop().time() + self._settings.seconds(
                "transcription_delay_ms"
            )
            task = asyncio.create_task(self._transcribe(item, len(pcm), due_at, live))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hear(self, pcm: bytes, item_id: str) -> str:
        try:
            heard = await self._ears.listen(pcm)
        except EarsError as error:
            self._record.errors.append(str(error))
            heard = Heard("", 0.0)
        self._record.heard.append(heard.words)
        if self._config.input["transcription"] is not None:
            self._confidence[item_id] = heard.confidence
        return heard.words

    async def _transcribe(
        self, item: Item, audio_bytes: int, due_at: float, live: LiveWords | None
    ) -> None:
        transcript = self._ears.transcript(await item.text())
        await asyncio.sleep(due_at - asyncio.get_running_loop().time())
        if self._settings.strikes("transcription_fail"):
            await self._send(
                f"{TRANSCRIPTION}.failed",
                item_id=item.id,
                content_index=0,
                error={
                    "type": "transcription_error",
                    "code": "audio_unintelligible",
                    "message": "The audio could not be transcribed.",
                    "param": None,
                },
            )
            return
        item.wire["content"][0]["transcript"] = transcript
        words = [f" {word}" if index else word for index, word in enumerate(transcript.split())]
        for delta in words if live is None else live.rest(transcript):
            await self._send(
                f"{TRANSCRIPTION}.delta", item_id=item.id, content_index=0, delta=delta
            )
        audio_tokens = max(1, audio_bytes * 10 // BYTES_PER_SECOND)
        text_tokens = max(1, len(transcript) // 4)
        await self._send(
            f"{TRANSCRIPTION}.completed",
            item_id=item.id,
            content_index=0,
            transcript=transcript,
            **self._logprobs(transcript, self._confidence.pop(item.id, 0.0)),
            usage={
                "type": "tokens",
                "total_tokens": audio_tokens + text_tokens,
                "input_tokens": audio_tokens,
                "input_token_details": {"text_tokens": 0, "audio_tokens": audio_tokens},
                "output_tokens": text_tokens,
            },
        )

    def _logprobs(self, transcript: str, confidence: float) -> dict[str, Any]:
        """One for each word, all the same: the ears are sure of a phrase, not of its words."""
        if _LOGPROBS not in (self._config.wire.get("include") or ()):
            return {}
        logprob = math.log(max(confidence, 0.01))
        tokens = [f" {word}" if index else word for index, word in enumerate(transcript.split())]
        return {
            "logprobs": [
                {"token": token, "logprob": logprob, "bytes": list(token.encode())}
                for token in tokens
            ]
        }
