"""What the phone's command can do in a call: actions, run in the order given."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.local.phone.call import PhoneCall

Report = Callable[[str], None]


@dataclass(frozen=True)
class Voice:
    """How the phone speaks."""

    name: str
    words_per_minute: int


@dataclass(frozen=True)
class Action:
    """One step: its option's name and value."""

    name: str
    value: str


class _Append(argparse.Action):
    """Collects steps of several options into one list, so that their order is kept."""

    def __call__(
        self,
        _parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        name = (option_string or "").lstrip("-")
        value = self.const if values is None else values
        namespace.actions = [*namespace.actions, Action(name, str(value))]


def add_actions(parser: argparse.ArgumentParser) -> None:
    """Add the options of all steps to a parser; they land in ``actions``."""
    group = parser.add_argument_group("in the call, in the order given")
    group.add_argument("--say", action=_Append, metavar="TEXT", help="speak TEXT (espeak-ng)")
    group.add_argument("--play", action=_Append, metavar="WAV", help="play a PCM WAV file")
    group.add_argument("--dtmf", action=_Append, metavar="KEYS", help="press 0-9 * # A-D")
    group.add_argument(
        "--wait-speech", action=_Append, nargs="?", const="10", type=_seconds, metavar="SECONDS",
        help="wait until the other side speaks, at most SECONDS (10)",
    )  # fmt: skip
    group.add_argument(
        "--wait-silence", action=_Append, nargs="?", const="30", type=_seconds, metavar="SECONDS",
        help="wait until the other side has been silent for 0.8 s, at most SECONDS (30)",
    )  # fmt: skip
    group.add_argument(
        "--wait-end", action=_Append, nargs="?", const="60", type=_seconds, metavar="SECONDS",
        help="wait until the other side hangs up, at most SECONDS (60)",
    )  # fmt: skip
    group.add_argument(
        "--sleep", action=_Append, type=_seconds, metavar="SECONDS", help="let time pass"
    )
    parser.set_defaults(actions=[])


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError("give 0 to 3600 seconds")
    return value


async def run(call: PhoneCall, actions: Sequence[Action], voice: Voice, report: Report) -> None:
    """Run the steps. Raises what the step raises (TimeoutError, AudioError, NotAnswered ...)."""

    async def say(text: str) -> None:
        report(f"says {text!r}")
        start_ms, end_ms = await call.say(
            text, voice=voice.name, words_per_minute=voice.words_per_minute
        )
        report(f"said it from {start_ms} to {end_ms} ms")

    async def play(path: str) -> None:
        report(f"plays {path}")
        start_ms, end_ms = await call.play(path)
        report(f"played it from {start_ms} to {end_ms} ms")

    async def dtmf(keys: str) -> None:
        await call.dtmf(keys)
        report(f"pressed {keys}")

    async def wait_speech(seconds: str) -> None:
        report(f"hears speech from {await call.wait_for_speech(float(seconds))} ms")

    async def wait_silence(seconds: str) -> None:
        end_ms = await call.wait_for_silence(timeout_s=float(seconds))
        report(f"heard speech stop at {end_ms} ms")

    async def wait_end(seconds: str) -> None:
        await call.sleep(float(seconds))
        if not call.ended.is_set():
            raise TimeoutError

    async def sleep(seconds: str) -> None:
        await call.sleep(float(seconds))

    steps: dict[str, Callable[[str], Awaitable[None]]] = {
        "say": say,
        "play": play,
        "dtmf": dtmf,
        "wait-speech": wait_speech,
        "wait-silence": wait_silence,
        "wait-end": wait_end,
        "sleep": sleep,
    }
    for action in actions:
        try:
            await steps[action.name](action.value)
        except TimeoutError as error:
            raise TimeoutError(f"--{action.name} waited {action.value} s in vain") from error
