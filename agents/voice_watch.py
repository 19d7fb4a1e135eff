"""When a voice is given up: no sound, no more of it, or nothing but silence.

A voice may be far ahead of what is played (it makes whole sentences, several times faster than
speech), so its frames may be long apart. Only what the caller would notice counts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from livekit import rtc
from livekit.agents import tts

from agents.loudness import is_audible
from agents.spoken_words import Script, WordTimes

FIRST_AUDIO_S = 2.5  # from the first whole phrase to the first sound
STALL_S = 2.0  # with nothing left to play, while words are owed
MAX_LEADING_SILENCE_S = 1.5
MAX_SILENCE_S = 3.0
TICK_S = 0.1


class VoiceFailedError(Exception):
    """The code says how: no_audio, stalled, silent, or what the provider named."""


class PlayClock:
    """Until when what was passed on is playing, if it plays from its first sound on.

    A draft is played later than that: its voice is given up early rather than late.
    """

    def __init__(self) -> None:
        self.until = 0.0  # on the monotonic clock

    def passed_on(self, frame: rtc.AudioFrame) -> None:
        self.until = max(self.until, time.monotonic()) + frame.duration


class Watch:
    """When a voice has had words long enough and made no sound of them."""

    def __init__(self, script: Script, words: WordTimes, playing: PlayClock) -> None:
        self._script = script
        self._words = words
        self._playing = playing
        self._had = words.heard
        self._owes_since: float | None = None
        self._silent_s = 0.0
        self.audible = False

    def got(self, frame: rtc.AudioFrame) -> None:
        if is_audible(frame):
            self.audible, self._silent_s, self._owes_since = True, 0.0, None
            return
        self._silent_s += frame.duration
        most = MAX_SILENCE_S if self.audible else MAX_LEADING_SILENCE_S
        if self._silent_s > most and self._owes():
            raise VoiceFailedError("silent")
        if self.audible:
            self._owes_since = None

    def look(self) -> None:
        if not self._owes():
            self._owes_since = None
            return
        now = time.monotonic()
        if self._owes_since is None:
            self._owes_since = now
        patience_s = STALL_S if self.audible else FIRST_AUDIO_S
        # A voice that takes over is not late either while the one before it is still heard.
        if now > max(self._owes_since + patience_s, self._playing.until + STALL_S):
            raise VoiceFailedError("stalled" if self.audible else "no_audio")

    def _owes(self) -> bool:
        given = self._script.speakable_words()
        if not self.audible:
            return given > self._had
        return self._script.ended or self._words.owes(given)


async def deadlined(stream: tts.SynthesizeStream, watch: Watch) -> AsyncIterator[rtc.AudioFrame]:
    """The stream's frames, unless the watch loses patience."""
    while True:
        coming = asyncio.ensure_future(anext(stream, None))
        try:
            while not coming.done():
                await asyncio.wait({coming}, timeout=TICK_S)
                if not coming.done():
                    watch.look()
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)
        audio = coming.result()
        if audio is None:
            return
        yield audio.frame
