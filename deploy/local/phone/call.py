"""A call at the phone: speak, listen, press keys, hang up; everything goes on the tape."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from deploy.local.phone import audio
from deploy.local.phone.detector import SpeechDetector, speech_segments
from deploy.local.phone.tape import Tape
from deploy.local.sipkit import (
    FRAME_BYTES,
    Call,
    EndCause,
    FrameClock,
    IncomingCall,
    IncomingRefer,
    InDialogRequest,
    MediaStream,
)

_SILENCE = bytes(FRAME_BYTES)


class NotAnswered(Exception):
    """The call is not up: not answered yet, or over."""


class _Playback:
    """One sound in the queue: its frames, and the tape position where it began."""

    def __init__(self, pcm: bytes) -> None:
        padding = -len(pcm) % FRAME_BYTES
        self.pcm = pcm + bytes(padding)
        self.offset = 0
        self.start_ms: int | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def next_frame(self) -> bytes:
        frame = self.pcm[self.offset : self.offset + FRAME_BYTES]
        self.offset += FRAME_BYTES
        return frame


class PhoneCall:
    """A call placed (up when ``dial`` returns) or taken (ringing until ``answer``).

    All times in ms are positions on ``tape``, which begins with the answer.
    """

    def __init__(self, clock: FrameClock, incoming: IncomingCall | None = None) -> None:
        self.incoming = incoming
        self.tape = Tape()
        self.keys_received = ""
        self.ended = asyncio.Event()
        self._clock = clock
        self._sip: Call | None = None
        self._playing: deque[_Playback] = deque()
        self._detector = SpeechDetector()
        self._first_tick = 0
        self._heard_frames = 0
        self._ticked = asyncio.Event()
        self._hum: _Playback | None = None
        self._refers: asyncio.Queue[IncomingRefer] = asyncio.Queue()

    # Ringing

    def ring(self) -> None:
        """Send 180."""
        self._ringing().ring()

    async def answer(self, headers: Mapping[str, str] | None = None) -> None:
        """Answer. Raises CallFailed when the caller has given up, PortsExhausted."""
        self.attach(await self._ringing().answer(headers))

    async def refuse(self, status: int = 486, reason: str | None = None) -> None:
        """Refuse, by default as busy."""
        self._ringing().refuse(status, reason)

    def _ringing(self) -> IncomingCall:
        if self.incoming is None or self._sip is not None:
            raise NotAnswered("this call does not ring: it was placed, or answered before")
        return self.incoming

    def attach(self, sip: Call) -> None:
        """Begin the media of an answered call."""
        self._sip = sip
        sip.media.on_dtmf = self._on_key
        sip.on_end = self._on_end
        sip.handlers["REFER"] = self._on_refer
        self._first_tick = self._clock.ticks + 1
        self._clock.add(self._tick)
        if sip.ended.is_set():
            self._on_end(sip)

    # What it is

    @property
    def sip(self) -> Call:
        """The call underneath. Raises NotAnswered while it rings."""
        if self._sip is None:
            raise NotAnswered("the call is not answered yet")
        return self._sip

    @property
    def sip_call_id(self) -> str:
        """The SIP Call-ID."""
        if self._sip is None and self.incoming is not None:
            return self.incoming.call_id
        return self.sip.call_id

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the other side's INVITE or 200, names in lower case."""
        if self.incoming is not None:
            return self.incoming.headers
        return self.sip.remote_headers

    @property
    def end_cause(self) -> EndCause | None:
        """Why it ended; None while it lasts."""
        return None if self._sip is None else self._sip.end_cause

    @property
    def now_ms(self) -> int:
        """The position of now on the tape."""
        return self.tape.duration_ms

    @property
    def media(self) -> MediaStream:
        """The media stream underneath, for its counters."""
        return self.sip.media

    # Speaking

    async def say(
        self,
        text: str,
        *,
        voice: str = "en",
        words_per_minute: int = audio.TELEPHONE_WORDS_PER_MINUTE,
    ) -> tuple[int, int]:
        """Speak and return ``(start_ms, end_ms)`` of the speech on the tape when it is over.

        Raises NotAnswered when the call ends before, VoiceError.
        """
        pcm = await asyncio.to_thread(audio.speech, text, voice, words_per_minute)
        return await self.play(pcm)

    async def play(self, sound: bytes | str | Path) -> tuple[int, int]:
        """Play 8 kHz mono s16le or a WAV file; returns and raises as ``say``, and AudioError.

        The times are those of the speech inside (of the whole sound when there is none).
        """
        pcm = sound if isinstance(sound, bytes) else await asyncio.to_thread(audio.load_wav, sound)
        self._require_up()
        playback = _Playback(pcm)
        self._playing.append(playback)
        await playback.done
        start_ms = playback.start_ms or 0
        inside = await asyncio.to_thread(speech_segments, pcm)
        first, last = (inside[0][0], inside[-1][1]) if inside else (0, len(pcm) // 16)
        return start_ms + first, start_ms + last

    def hum(self, hz: int) -> None:
        """Be a tone of ``hz`` instead of silence whenever nothing is said; 0: silent again."""
        self._hum = _Playback(audio.tone(hz, 1000)) if hz else None

    def stop_playing(self) -> None:
        """Fall silent now; ``say`` and ``play`` in progress return."""
        while self._playing:
            playback = self._playing.popleft()
            if playback.start_ms is None:
                playback.start_ms = self.now_ms
            if not playback.done.done():
                playback.done.set_result(None)

    async def dtmf(self, keys: str, tone_ms: int = 160, gap_ms: int = 80) -> None:
        """Press keys; returns when the last tone is over. Raises DtmfError."""
        self._require_up()
        await self.media.send_dtmf(keys, tone_ms, gap_ms)

    # Listening

    async def wait_for_speech(self, timeout_s: float) -> int:
        """Wait until speech is heard and return its ``start_ms``; at once when it goes on.

        Raises TimeoutError, NotAnswered when the call ends before.
        """
        async with asyncio.timeout(timeout_s):
            while not self._detector.speaking:
                await self._next_tick()
        return self._detector.segments[-1].start_ms

    async def wait_for_silence(self, quiet_ms: int = 800, timeout_s: float = 30.0) -> int:
        """Wait until nothing was heard for ``quiet_ms``; returns when the last speech stopped.

        The end of the call is silence too. Returns 0 when nothing was ever said. Raises
        TimeoutError.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                last_ms = self._detector.last_speech_ms or 0
                if self._detector.now_ms - last_ms >= quiet_ms or self.ended.is_set():
                    return last_ms
                await self._next_tick(until_end=True)

    async def wait_for_keys(self, count: int, timeout_s: float) -> str:
        """Wait until ``count`` keys have come in all and return them. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while len(self.keys_received) < count:
                await self._next_tick()
        return self.keys_received

    async def wait_for_refer(self, timeout_s: float) -> IncomingRefer:
        """The next request to call somebody else; ``Phone.follow`` does it. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            return await self._refers.get()

    async def sleep(self, seconds: float) -> None:
        """Let time pass; ends early with the call."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended.wait()
        except TimeoutError:
            return

    # Ending

    async def hangup(self, headers: Mapping[str, str] | None = None) -> None:
        """Hang up; does nothing when it is over."""
        if self._sip is not None:
            await self._sip.hangup(headers)

    def _require_up(self) -> None:
        if self._sip is None or self.ended.is_set():
            raise NotAnswered("the call is not up")

    async def _next_tick(self, *, until_end: bool = False) -> None:
        if not until_end:
            self._require_up()
        await self._ticked.wait()

    def _on_key(self, key: str) -> None:
        self.keys_received += key

    def _on_refer(self, request: InDialogRequest) -> None:
        self._refers.put_nowait(IncomingRefer(self.sip, request))

    def _on_end(self, _call: Call) -> None:
        self._clock.remove(self._tick)
        for playback in self._playing:
            if not playback.done.done():
                playback.done.set_exception(NotAnswered("the call ended while speaking"))
                playback.done.exception()  # whoever waits gets it; nobody has to
        self._playing.clear()
        self.ended.set()
        self._ticked.set()

    def _tick(self) -> None:
        frame_number = self._clock.ticks - self._first_tick
        if frame_number < 0:
            return
        sent = self._next_frame(frame_number)
        self.media.send(sent)
        heard = self.media.read()
        self.tape.put(frame_number, sent, heard)
        skipped = frame_number - self._heard_frames
        self._heard_frames = frame_number + 1
        self._detector.feed(bytes(skipped * FRAME_BYTES) + heard)
        self._ticked.set()
        self._ticked = asyncio.Event()

    def _next_frame(self, frame_number: int) -> bytes:
        while self._playing:
            playback = self._playing[0]
            if playback.start_ms is None:
                playback.start_ms = frame_number * 20
            frame = playback.next_frame()
            if playback.offset >= len(playback.pcm):
                self._playing.popleft()
                if not playback.done.done():
                    playback.done.set_result(None)
            if frame:
                return frame
        if self._hum is None:
            return _SILENCE
        self._hum.offset %= len(self._hum.pcm)
        return self._hum.next_frame()
