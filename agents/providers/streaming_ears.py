"""Hears words while they are said: a transcription session of OpenAI's Realtime protocol.

Not by the plugin's STT, which tells interim words twice a second at most, ends an utterance by a
voice detector of its own only, and does not say whether it is connected.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from livekit.agents.utils import http_context

from agents.config import WorkerConfig
from agents.providers.openai_http import Server, server
from agents.providers.utterance import Utterance
from agents.turn_taking.line_audio import SESSION_RATE, Samples
from telephony.contracts import PersonaSpec
from telephony.enums import RealtimeProvider

logger = logging.getLogger(__name__)

CONNECT_S = 5.0
# An utterance that was ended has its words within this, or the session is given up.
WORDS_WITHIN_S = 1.5
# OpenAI ends a session after 60 minutes: it is renewed long before.
RENEW_S = 1_200.0
LONGEST_WAIT_S = 30.0
# A session that lived so long worked; the next one need not wait.
_LIVED_S = 10.0
_LEAST_COMMIT_S = 0.12  # OpenAI refuses to commit less than 100 ms
_HINTS_LANGUAGES = ("gpt-transcribe", "gpt-live-transcribe")
_WORDS = "conversation.item.input_audio_transcription"


class EarsLost(Exception):
    """The session is of no use any more; the message is a code, never a provider's text."""


class StreamingEars:
    """One call's. ``on_words`` is told the words of the utterance so far, and whether they are all;
    ``on_state`` whether it hears, when that changes, with a code of what went wrong.

    Nothing is sent, and so paid for, but what ``hear`` is given.
    """

    def __init__(
        self,
        at: Server,
        *,
        model: str,
        language: str,
        http: aiohttp.ClientSession | None = None,
    ) -> None:
        self.on_words: Callable[[str, bool], None] = lambda text, whole: None
        self.on_state: Callable[[bool, str], None] = lambda hears, code: None
        self._at = at
        self._model = model
        self._language = language
        self._http = http
        self._outbox: asyncio.Queue[dict[str, Any]] | None = None  # None: not connected
        self._utterance: Utterance | None = None
        self._owners: dict[str, Utterance] = {}  # of items that were committed
        self._filling: tuple[str, Utterance | None] | None = None  # the item that is not yet
        self._asked: deque[Utterance] = deque()  # commits and clears, not acknowledged
        self._unsent_s = 0.0
        self._awaited = 0  # commits whose words did not come yet
        self._deaf = False  # to the rest of an utterance of which something was not heard
        self._late: asyncio.TimerHandle | None = None
        self._lost: asyncio.Future[None] | None = None
        self._hears = True  # as far as was told

    # --- what the turn taker does ---------------------------------------------------------------

    def hear(self, audio: list[Samples]) -> None:
        """24 kHz audio of an utterance, which begins with the first. Not connected: not heard."""
        self._deaf = self._deaf or self._outbox is None
        if self._deaf or self._outbox is None:
            return
        if self._utterance is None:
            self._utterance = Utterance()
        self._utterance.uncommitted = True
        for samples in audio:
            encoded = base64.b64encode(samples.tobytes()).decode()
            self._outbox.put_nowait({"type": "input_audio_buffer.append", "audio": encoded})
            self._unsent_s += len(samples) / SESSION_RATE

    def pause(self) -> None:
        """It paused: all its words are wanted."""
        utterance = self._utterance
        if utterance is None or self._outbox is None or self._unsent_s < _LEAST_COMMIT_S:
            return
        self._unsent_s = 0.0
        utterance.uncommitted = False
        utterance.awaited += 1
        self._awaited += 1
        self._asked.append(utterance)
        self._outbox.put_nowait({"type": "input_audio_buffer.commit"})
        self._stop_waiting()
        loop = asyncio.get_running_loop()
        self._late = loop.call_later(WORDS_WITHIN_S, self._give_up, "late")

    def stop(self) -> None:
        """The utterance is of no interest any more."""
        utterance, self._utterance, self._deaf = self._utterance, None, False
        if utterance is not None and self._outbox is not None and self._unsent_s:
            self._asked.append(utterance)
            self._outbox.put_nowait({"type": "input_audio_buffer.clear"})
        self._unsent_s = 0.0

    # --- the connection -------------------------------------------------------------------------

    async def run(self) -> None:
        """Connect, and again whenever that is lost, until cancelled. Never fails."""
        loop = asyncio.get_running_loop()
        failed = 0
        while True:
            began = loop.time()
            code = ""
            try:
                await self._session()
            except EarsLost as error:
                code = str(error)
            except aiohttp.WSServerHandshakeError as error:
                code = f"http_{error.status}"
            except Exception as error:
                code = type(error).__name__
            # One that is closed while nobody speaks was none that was missed.
            missed = self._outbox is None or self._utterance is not None or self._awaited
            self._forget_session()
            if code and missed:
                self._tell(hears=False, code=code)
            failed = 0 if loop.time() - began >= _LIVED_S else failed + 1
            if failed:
                logger.warning("the streaming ears are lost: %s", code or "closed")
                await asyncio.sleep(min(LONGEST_WAIT_S, 2.0 ** (failed - 1)))

    async def _session(self) -> None:
        http = self._http or http_context.http_session()
        headers = {"Authorization": f"Bearer {self._at.key}"}
        async with asyncio.timeout(CONNECT_S):
            socket = await http.ws_connect(
                self._url(),
                headers=headers,
                heartbeat=20,
                timeout=aiohttp.ClientWSTimeout(ws_close=1.0),
            )
        loop = asyncio.get_running_loop()
        self._lost = loop.create_future()
        outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        outbox.put_nowait({"type": "session.update", "session": self._wanted()})
        opened = loop.call_later(CONNECT_S, self._must_be_open, outbox)
        work = [
            asyncio.ensure_future(part)
            for part in (self._read(socket, outbox), _write(socket, outbox), self._lost)
        ]
        try:
            done, _ = await asyncio.wait(work, timeout=RENEW_S, return_when=asyncio.FIRST_COMPLETED)
            for part in done:
                part.result()
        finally:
            opened.cancel()
            for part in work:
                part.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            await socket.close()

    def _must_be_open(self, outbox: asyncio.Queue[dict[str, Any]]) -> None:
        if self._outbox is not outbox:  # a server that does not know this protocol says nothing
            self._give_up("not_opened")

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, outbox: asyncio.Queue[dict[str, Any]]
    ) -> None:
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            event = json.loads(message.data)
            kind = event.get("type")
            if kind == "session.updated":
                self._outbox = outbox
                self._tell(hears=True)
            elif kind == "input_audio_buffer.committed" and self._asked:
                self._owners[event.get("item_id", "")] = self._asked.popleft()
                self._filling = None
            elif kind == "input_audio_buffer.cleared" and self._asked:
                self._asked.popleft()
                self._filling = None
            elif kind == f"{_WORDS}.delta":
                self._heard(event, whole=False)
            elif kind == f"{_WORDS}.completed":
                self._heard(event, whole=True)
            elif kind == f"{_WORDS}.failed" or kind == "error":
                error = event.get("error") or {}
                raise EarsLost(str(error.get("code") or error.get("type") or "error")[:64])
        raise EarsLost("closed")

    def _heard(self, event: dict[str, Any], *, whole: bool) -> None:
        item_id = event.get("item_id", "")
        owner = self._owners.get(item_id) or self._filled_by(item_id)
        if owner is None:
            return
        if whole:
            owner.heard(item_id, event.get("transcript") or "")
            self._awaited -= 1
            if self._awaited == 0:
                self._stop_waiting()
        else:
            owner.more(item_id, event.get("delta") or "")
        if owner is self._utterance:
            self.on_words(owner.text, owner.whole)

    def _filled_by(self, item_id: str) -> Utterance | None:
        """Whose item that is, which was not committed yet. Everything comes in order: a new one
        is of what was asked for and not acknowledged, if there is any."""
        if self._filling is None or self._filling[0] != item_id:
            self._filling = (item_id, self._asked[0] if self._asked else self._utterance)
        return self._filling[1]

    def _wanted(self) -> dict[str, Any]:
        transcription: dict[str, Any] = {"model": self._model}
        if self._model.startswith(_HINTS_LANGUAGES):
            transcription["languages"] = [self._language]
        else:
            transcription["language"] = self._language
        audio = {
            "format": {"type": "audio/pcm", "rate": SESSION_RATE},
            "transcription": transcription,
            "turn_detection": None,  # we say where an utterance ends
        }
        return {"type": "transcription", "audio": {"input": audio}}

    def _url(self) -> str:
        asked = {"intent": "transcription"}
        if urlsplit(self._at.base_url).hostname != "api.openai.com":
            asked["model"] = self._model  # gateways want it; OpenAI itself refuses it here
        base = self._at.base_url.rstrip("/").replace("http", "ws", 1)
        return f"{base}/realtime?{urlencode(asked)}"

    def _give_up(self, code: str) -> None:
        if self._lost is not None and not self._lost.done():
            self._lost.set_exception(EarsLost(code))

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = None

    def _forget_session(self) -> None:
        self._stop_waiting()
        self._outbox = self._utterance = self._lost = None
        self._owners, self._filling, self._unsent_s = {}, None, 0.0
        self._awaited, self._deaf = 0, True
        self._asked.clear()

    def _tell(self, *, hears: bool, code: str = "") -> None:
        if hears is not self._hears:
            self._hears = hears
            self.on_state(hears, code)


async def _write(
    socket: aiohttp.ClientWebSocketResponse, outbox: asyncio.Queue[dict[str, Any]]
) -> None:
    while True:
        await socket.send_json(await outbox.get())


def build(
    persona: PersonaSpec, config: WorkerConfig, http: aiohttp.ClientSession | None = None
) -> StreamingEars:
    """At the server that hears for the persona, which may not speak this protocol: see ``run``."""
    cascade = persona.realtime_provider is RealtimeProvider.OPENAI_CASCADE
    address = (config.cascade_stt_base_url, config.cascade_stt_api_key) if cascade else ("", "")
    return StreamingEars(
        server(config, *address),
        model=config.overlap_stt_model,
        language=persona.language.split("-")[0],
        http=http,
    )
