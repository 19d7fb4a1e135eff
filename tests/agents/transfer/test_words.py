"""What a human is told and sent, and what of theirs counts as an answer."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pytest

from agents.transfer import music
from agents.transfer.acceptance import Decision, decided
from agents.transfer.headers import MOST_BYTES, headers_for
from agents.transfer.hold_answers import GO_ON, MESSAGE, STOP, key_of
from agents.transfer.leg import is_dialled_by_a_worker
from agents.turn_taking.line_audio import SESSION_RATE
from telephony.contracts import HumanOffer, HumanSpec

CALL = UUID(int=7)


@pytest.mark.parametrize(
    ("said", "decision"),
    [
        ("Yes.", Decision.ACCEPTED),
        ("I'll take it.", Decision.ACCEPTED),
        ("Hello, yes, I will take the call please.", Decision.ACCEPTED),
        ("Okay, put them through.", Decision.ACCEPTED),
        ("No.", Decision.DECLINED),
        ("I can't right now, sorry.", Decision.DECLINED),
        ("Hello?", None),
        ("Please leave a message after the tone.", None),
        ("You have reached the voicemail of Anna, yes, really.", None),
        ("For sales, press one.", None),
        ("", None),
    ],
)
def test_only_plain_short_words_take_or_decline_a_call(
    said: str, decision: Decision | None
) -> None:
    assert decided(said) is decision


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Yes, please.", GO_ON),
        ("I\u2019ll wait.", GO_ON),
        ("No, I will hold.", GO_ON),
        ("Okay, go on waiting.", GO_ON),
        ("I can hold on a bit longer, thanks.", GO_ON),
        ("No.", STOP),
        ("No, thank you.", STOP),
        ("Stop.", STOP),
        ("No, I can't wait any longer.", STOP),
        ("I don't want to wait anymore.", STOP),
        ("Never mind.", STOP),
        ("Can I leave a message?", MESSAGE),
        ("I'd like to leave a message, please.", MESSAGE),
        ("Connect me now!", None),
        ("I don't want to stop.", None),
        ("No idea, ask your mother.", None),
        ("To stop, say no or press 2.", None),
        ("For a message, press three.", None),
        ("Yes " * 12, None),
        ("", None),
    ],
)
def test_only_plain_short_words_of_a_caller_on_hold_are_an_answer(
    said: str, key: str | None
) -> None:
    assert key_of(said) == key


def test_only_legs_that_a_worker_dialled_are_a_workers_to_remove() -> None:
    assert is_dialled_by_a_worker("human_t1_2")
    assert is_dialled_by_a_worker("human_r1t3_1")
    assert not is_dialled_by_a_worker("human_0123456789ab")
    assert not is_dialled_by_a_worker("sip_+15550199")


def offer(*, trusted: bool, url: str = "https://cc.example.org/calls/7/handoff/") -> HumanOffer:
    human = HumanSpec(id=1, name="Anna", user="anna", host="127.0.0.1", trusted=trusted)
    return HumanOffer(human=human, transcript_url=url, access_code="123456")


def test_headers_go_to_trusted_telephones_only_and_without_the_code() -> None:
    assert headers_for(offer(trusted=False), CALL, "A summary of it.") == {}
    headers = headers_for(offer(trusted=True), CALL, "A summary, long enough to send.")
    assert headers["X-Call-ID"] == str(CALL)
    assert headers["X-Transcript-URL"].startswith("https://")
    assert "123456" not in str(headers)


def test_headers_hold_no_line_breaks_and_no_more_than_an_invite_bears() -> None:
    evil = "bad\r\nX-Evil: 1\r\n\r\n" + "word " * 400
    headers = headers_for(offer(trusted=True), CALL, evil)
    sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    assert sent.count("\r\n") == len(headers) == 3
    assert len(sent) <= MOST_BYTES
    long_url = headers_for(
        offer(trusted=True, url="https://x/" + "a" * 400), CALL, "A summary too."
    )
    assert "X-Transcript-URL" not in long_url


def test_hold_music_is_soft_never_silent_and_joins_its_own_beginning() -> None:
    made = music.generated().astype(np.float64)
    frames = made[: len(made) // 2400 * 2400].reshape(-1, 2400)
    dbfs = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) / 32768)
    assert dbfs.min() > -40
    assert -30 < 20 * np.log10(np.sqrt((made**2).mean()) / 32768) < -24
    steps = np.abs(np.diff(made))
    assert abs(made[0] - made[-1]) <= steps.max()
    spectrum = np.abs(np.fft.rfft(made[: SESSION_RATE * 6]))
    hertz = np.fft.rfftfreq(SESSION_RATE * 6, 1 / SESSION_RATE)
    within = (hertz > 300) & (hertz < 3400)
    assert (spectrum[within] ** 2).sum() > 0.99 * (spectrum**2).sum()
