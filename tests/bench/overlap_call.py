"""One call of the overlap bench: get the agent into its long sentence and play a sound over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deploy.local.phone import CallFailed, NotAnswered, Phone, PhoneCall
from tests.bench.overlap_cases import Case, LineEcho
from tests.bench.overlap_verdict import LISTEN_MS
from tests.support.stack import Api, Json

QUESTION = "Tell me about your tents."
SPEAKING_MS = 2_000
SENTENCE_AT_LEAST_MS = 8_000
_REPLY_WITHIN_S = 8.0
_FRAME_BYTES = 320


class CaseFailed(Exception):
    """The call did not come as far as the agent's sentence."""


@dataclass(frozen=True)
class Overlap:
    """What one call gave; times are ms on the tape."""

    call: PhoneCall
    sentence_ms: int
    sound_start_ms: int
    sound_end_ms: int


async def hear_whole(uri: str) -> bytes:
    """The sentence undisturbed, from its first sound to its last, s16le at 8 kHz.

    Raises CaseFailed.
    """
    async with await Phone.start(user="+15550180") as phone:
        call = await _ask(phone, uri, None)
        start_ms = await _sentence(call)
        end_ms = await call.wait_for_silence(1_200)
        await call.hangup()
    if end_ms - start_ms < SENTENCE_AT_LEAST_MS:
        raise CaseFailed(
            f"the answer to {QUESTION!r} took {end_ms - start_ms} ms: too short to speak over"
        )
    return call.tape.heard[start_ms * 16 : end_ms * 16]


async def overlap(uri: str, case: Case, sound: bytes, user: str) -> Overlap:
    """Play ``sound`` once the agent has spoken for 2 s, and listen on. Raises CaseFailed."""
    async with await Phone.start(user=user) as phone:
        call = await _ask(phone, uri, case.echo)
        sentence_ms = await _sentence(call)
        await call.sleep((sentence_ms + SPEAKING_MS - call.now_ms) / 1000)
        try:
            start_ms, end_ms = await call.play(sound)
            await call.sleep(LISTEN_MS / 1000)
        except NotAnswered as error:
            raise CaseFailed(f"the call ended during the sound: {error}") from error
        await call.hangup()
    return Overlap(call, sentence_ms, start_ms, end_ms)


async def _ask(phone: Phone, uri: str, echo: LineEcho | None) -> PhoneCall:
    try:
        call = await phone.dial(uri, ringing_timeout_s=20)
    except CallFailed as error:
        raise CaseFailed(f"not answered: {error}") from error
    if echo is not None:
        give_back(call, echo)
    try:
        await call.wait_for_speech(_REPLY_WITHIN_S)
        await call.wait_for_silence(600)
        await call.say(QUESTION)
    except (TimeoutError, NotAnswered) as error:
        raise CaseFailed(f"no greeting was heard: {error}") from error
    return call


async def _sentence(call: PhoneCall) -> int:
    try:
        return await call.wait_for_speech(_REPLY_WITHIN_S)
    except (TimeoutError, NotAnswered) as error:
        raise CaseFailed(f"the question was not answered: {error}") from error


def give_back(call: PhoneCall, echo: LineEcho) -> None:
    """From now on the line returns what the phone hears, quieter and later."""
    own_frame = call._next_frame
    gain = 10 ** (-echo.loss_db / 20)
    late = echo.delay_ms * 16

    def with_echo(frame_number: int) -> bytes:
        own = own_frame(frame_number)
        # What was heard up to this tick is on the tape: the newest frame ends where this begins.
        start = frame_number * _FRAME_BYTES - late
        heard = call.tape._heard[max(0, start) : max(0, start + _FRAME_BYTES)]
        back = np.zeros(_FRAME_BYTES // 2, np.float32)
        back[: len(heard) // 2] = np.frombuffer(bytes(heard), np.int16)
        mixed = np.frombuffer(own, np.int16) + back * np.float32(gain)
        return np.clip(mixed, -32768, 32767).astype(np.int16).tobytes()

    call._next_frame = with_echo  # type: ignore[method-assign]


async def stored_call(api: Api, sip_call_id: str) -> tuple[list[Json], list[Json]]:
    """Transcript and events as the product keeps them; empty when it stored none in time."""
    try:
        call: Json = await api.ended(sip_call_id)
    except AssertionError:
        return [], []
    return call["transcript"], call["events"]
