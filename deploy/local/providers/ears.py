"""The ears of the realtime stand-in: audio in, words out, several calls at once.

Decoding takes 20 to 100 ms of a core and holds Python's lock, so it runs in worker processes.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from deploy.local.providers.phrases import Heard, Phrase, parse, write_transcript

BYTES_PER_SECOND = 48_000  # PCM s16le 24 kHz mono
_MAX_HEARD_S = 30
_ANSWER_TIMEOUT_S = 20
_LOAD_TIMEOUT_S = 120  # hundreds of new phrases are rendered in many voices
_REPOSITORY = Path(__file__).resolve().parents[3]


class EarsError(Exception):
    """Phrases that cannot be heard (the message names the word), or ears that do not answer."""


class Ears:
    """A few worker processes; ``start`` before use and ``close`` after."""

    def __init__(self, phrases: list[Phrase], *, workers: int = 2) -> None:
        self._given = list(phrases)
        self._phrases = list(phrases)
        self._count = workers
        self._workers: list[_Worker] = []
        self._idle: asyncio.Queue[_Worker] = asyncio.Queue()
        self._loading = asyncio.Lock()

    async def start(self) -> None:
        """Start the workers. Raises EarsError when the phrases cannot be heard."""
        self._workers = [_Worker() for _ in range(self._count)]
        try:
            # One after the other: what the first renders, the next finds on disk.
            for worker in self._workers:
                await worker.load(self._phrases)
        except BaseException:
            await self.close()
            raise
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def close(self) -> None:
        """End the workers."""
        await asyncio.gather(*(worker.close() for worker in self._workers))

    @property
    def phrases(self) -> list[str]:
        """What may be heard, as written."""
        return [phrase.written for phrase in self._phrases]

    async def add(self, written: list[str]) -> None:
        """Hear these phrases too. Raises PhraseError or EarsError; then nothing has changed."""
        known = {phrase.tokens: phrase for phrase in self._phrases}
        known.update({phrase.tokens: phrase for phrase in map(parse, written)})
        await self._load(list(known.values()))

    async def reset(self) -> None:
        """Forget what was added."""
        await self._load(self._given)

    async def hear(self, pcm: bytes) -> str:
        """The words in PCM s16le 24 kHz mono: lower case, digits as words, "" when none."""
        return (await self.listen(pcm)).words

    async def listen(self, pcm: bytes) -> Heard:
        """The words and how sure they are. Raises EarsError."""
        worker = await self._idle.get()
        try:
            return await worker.hear(pcm[-_MAX_HEARD_S * BYTES_PER_SECOND :], self._phrases)
        finally:
            self._idle.put_nowait(worker)

    def transcript(self, heard: str) -> str:
        """Heard words as a person would write them."""
        return write_transcript(heard, self._phrases)

    async def _load(self, phrases: list[Phrase]) -> None:
        async with self._loading:
            workers = [await self._idle.get() for _ in range(self._count)]
            try:
                for worker in workers:
                    await worker.load(phrases)
                self._phrases = phrases
            finally:
                for worker in workers:
                    self._idle.put_nowait(worker)


class _Worker:
    """One process of ears_worker; started when needed, and again when it has died."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._loaded: list[Phrase] | None = None

    async def load(self, phrases: list[Phrase]) -> None:
        request = {"do": "load", "phrases": [phrase.written for phrase in phrases]}
        answer = await self._ask(request, timeout_s=_LOAD_TIMEOUT_S)
        if "error" in answer:
            raise EarsError(answer["error"])
        self._loaded = phrases

    async def hear(self, pcm: bytes, phrases: list[Phrase]) -> Heard:
        dead = self._process is None or self._process.returncode is not None
        if dead or self._loaded is not phrases:
            await self.load(phrases)
        answer = await self._ask({"do": "hear", "bytes": len(pcm)}, pcm)
        return Heard(str(answer["heard"]), float(answer["confidence"]))

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101 - opened with PIPE
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 2)
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _ask(
        self, request: dict[str, Any], payload: bytes = b"", timeout_s: float = _ANSWER_TIMEOUT_S
    ) -> dict[str, Any]:
        process = await self._running()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n" + payload)
            async with asyncio.timeout(timeout_s):
                await process.stdin.drain()
                line = await process.stdout.readline()
            answer: dict[str, Any] = json.loads(line)
        except BaseException as error:
            # Whatever broke the exchange (a dead worker, a cancelled call) left the pipe out of
            # step: an answer to this question must never be taken for the next one's.
            self._process = self._loaded = None
            if process.returncode is None:
                process.kill()
            if isinstance(error, ConnectionError | TimeoutError | ValueError):
                raise EarsError("the ears' process did not answer") from error
            raise
        return answer

    async def _running(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._loaded = None
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "deploy.local.providers.ears_worker",
                stdin=PIPE,
                stdout=PIPE,
                cwd=_REPOSITORY,
                # Small matrices: a second thread would only spin on another call's core.
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        return self._process
