"""The phone's command, run as a person would."""

from __future__ import annotations

import asyncio
import sys

from deploy.local.phone import Tape
from deploy.local.ports import udp

PHONE = (sys.executable, "-m", "deploy.local.phone")


async def run(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *PHONE, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return process.returncode or 0, out.decode(), err.decode()


async def test_help_shows_the_steps_and_an_example():
    (code, out, _), (call_code, call_out, _) = await asyncio.gather(
        run("--help"), run("call", "--help")
    )
    assert code == call_code == 0
    assert "sip:+15550001@127.0.0.1:5060" in out
    for option in ("--say", "--play", "--dtmf", "--wait-speech", "--wait-silence", "--tape"):
        assert option in call_out


async def test_two_commands_talk_in_the_order_given(tmp_path):
    port, tape = udp(), tmp_path / "out.wav"
    answering = asyncio.create_task(
        run("answer", "--port", str(port), "--say", "Hello?", "--wait-end", "10")
    )
    code, out, err = await run(
        "call", f"sip:+15550001@127.0.0.1:{port}", "--wait-speech", "5", "--wait-silence", "5",
        "--say", "Good bye.", "--dtmf", "12", "--tape", str(tape),
    )  # fmt: skip
    assert code == 0, err
    order = ["answered", "hears speech", "heard speech stop", "says", "pressed 12", "hung up"]
    positions = [out.index(text) for text in order]
    assert positions == sorted(positions)
    answer_code, answer_out, answer_err = await answering
    assert answer_code == 0, answer_err
    assert "keys heard: 12" in answer_out
    assert "was ended: remote_bye" in answer_out
    loaded = Tape.load(tape)
    assert len(loaded.said_segments()) == len(loaded.heard_segments(hangover_ms=700)) == 1


FAILURES = (
    (("call", "nonsense"), "sip:user@host:port"),
    (("call", "sip:x@127.0.0.1:1", "--auth-user", "ann"), "PHONE_PASSWORD"),
    (("call", "sip:x@127.0.0.1:1", "--header", "bad"), "Name: value"),
    (("call", "sip:x@127.0.0.1:1", "--ringing-timeout", "0.1"), "not answered: 408"),
    (("answer", "--host", "192.0.2.1"), "cannot listen"),
    (("answer", "--wait-for-call", "0.1"), "nobody called"),
)


async def test_what_fails_says_what_to_do():
    results = await asyncio.gather(*(run(*arguments) for arguments, _ in FAILURES))
    for (_, hint), (code, _, err) in zip(FAILURES, results, strict=True):
        assert code == 1
        assert hint in err
        assert "Traceback" not in err
