"""SIPp, a SIP stack that is not ours, run on one scenario file of tests/interop/scenarios.

Every run has a folder of its own with all messages, and Call-IDs known beforehand.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiortp.codecs.g711 import PcmuCodec

from deploy.local.phone.audio import speech
from tests.support.programs import program
from tests.support.stack import ROOT, Json

SCENARIOS = ROOT / "tests" / "interop" / "scenarios"
_STOP_WITHIN_S = 3.0


@dataclass
class SippRun:
    """One run of SIPp; ``call_ids`` are the SIP Call-IDs of its calls, in order."""

    scenario: str
    folder: Path
    process: asyncio.subprocess.Process
    call_ids: list[str] = field(default_factory=list)

    @property
    def call_id(self) -> str:
        return self.call_ids[0]

    async def finished(self, timeout_s: float = 30.0) -> None:
        """Wait for the end; raises AssertionError with SIPp's own account when a call failed."""
        try:
            async with asyncio.timeout(timeout_s):
                status = await self.process.wait()
        except TimeoutError:
            late = f"SIPp's {self.scenario} still ran after {timeout_s} s\n{self.story()}"
            raise AssertionError(late) from None
        assert status == 0, f"SIPp's {self.scenario} failed (exit {status})\n{self.story()}"

    def received(self) -> list[str]:
        """The messages SIPp received, first line to body, in order."""
        return [text for way, text in self._messages() if way == "received"]

    def statuses(self) -> list[int]:
        """The status of each response SIPp received, in order."""
        lines = (text.split(maxsplit=2) for text in self.received())
        return [int(words[1]) for words in lines if words and words[0] == "SIP/2.0"]

    def story(self) -> str:
        """What SIPp complained about, and the first lines of what went to and fro."""
        errors = self._text("errors.log")[-2000:]
        lines = [f"{way} {text.splitlines()[0] if text else ''}" for way, text in self._messages()]
        return "\n".join([errors, *lines[-40:], self._text("output.log")[-600:]])

    def _text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def _messages(self) -> list[tuple[str, str]]:
        parts = re.split(r"^-{10,}.*$\n", self._text("messages.log"), flags=re.MULTILINE)
        found = []
        for part in parts:
            head, _, text = part.partition("\n")
            way = "received" if "received" in head else "sent"
            if "message" in head:
                found.append((way, text.strip()))
        return found

    async def stop(self) -> None:
        """End the process, whatever it is doing."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


@dataclass(frozen=True)
class Sipp:
    """Starts SIPp against the stack's SIP service."""

    stack: Json
    folder: Path

    @contextlib.asynccontextmanager
    async def running(
        self,
        scenario: str,
        *,
        caller: str,
        called: str = "shop",
        calls: int = 1,
        at_once: int = 1,
        say: str = "",
        credentials: tuple[str, str] | None = None,
        injected: Sequence[bytes] = (),
        keys: Mapping[str, str] | None = None,
    ) -> AsyncIterator[SippRun]:
        """Run ``scenarios/{scenario}.xml`` as ``caller``; ended when the block ends.

        ``say`` is spoken where the scenario plays ``speech.ulaw``; ``injected`` are the fields of
        one line, as [field0] and so on; ``keys`` are further words in brackets.
        """
        token = secrets.token_hex(4)
        folder = self.folder / f"{scenario}-{token}"
        folder.mkdir(parents=True)
        (folder / "speech.ulaw").write_bytes(_ulaw(say))
        given = {"caller": caller, "called": self.stack["numbers"].get(called, called)}
        words = [
            program("sipp", "sip-tester"),
            f"{self.stack['sip']['host']}:{self.stack['sip']['port']}",
            *("-sf", str(SCENARIOS / f"{scenario}.xml"), "-nostdin"),
            *("-i", "127.0.0.1", "-mi", "127.0.0.1"),
            *("-mp", str(_rtp_port()), "-cid_str", f"%u-{token}@interop"),
            *("-m", str(calls), "-l", str(at_once), "-r", str(at_once), "-timeout", "100"),
            *("-trace_msg", "-message_file", "messages.log"),
            *("-trace_err", "-error_file", "errors.log"),
        ]
        for name, value in {**given, **(keys or {})}.items():
            words += ["-key", name, value]
        if credentials:
            words += ["-au", credentials[0], "-ap", credentials[1]]
        if injected:
            (folder / "fields.csv").write_bytes(b"SEQUENTIAL\n" + b";".join(injected) + b"\n")
            words += ["-inf", "fields.csv"]
        with (folder / "output.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *words, cwd=folder, stdout=output, stderr=output, stdin=asyncio.subprocess.DEVNULL
            )
        run = SippRun(scenario, folder, process)
        run.call_ids = [f"{number}-{token}@interop" for number in range(1, calls + 1)]
        try:
            yield run
        finally:
            await run.stop()

    async def run(self, scenario: str, *, timeout_s: float = 30.0, **options: object) -> SippRun:
        """The whole of one run; raises AssertionError when SIPp says that a call failed."""
        async with self.running(scenario, **options) as run:  # type: ignore[arg-type]
            await run.finished(timeout_s)
        return run


def _rtp_port() -> int:
    # Beside the stack's own ports (20000-32000) and Linux's ephemeral ones (from 32768).
    return 10_000 + 4 * secrets.randbelow(2_000)


def _ulaw(text: str) -> bytes:
    """One second of silence before and after ``text``, as raw mu-law."""
    silence = bytes(2 * 8000)
    pcm = silence + speech(text) + silence if text else silence
    return PcmuCodec().encode(pcm[: len(pcm) // 320 * 320])
