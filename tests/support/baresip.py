"""baresip, a soft phone that is not ours: dials once, plays a WAV, records what it hears."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from deploy.local.phone.audio import load_wav, speech
from deploy.local.ports import rtp, udp
from tests.support.programs import program

_STOP_WITHIN_S = 5.0
# Debian's baresip-core brings every one of these modules.
_CONFIG = """\
poll_method epoll
sip_listen 127.0.0.1:{port}
call_local_timeout 120
call_max_calls 1
audio_source aufile,{folder}/microphone.wav
audio_player aufile,{folder}/speaker.wav
audio_alert aufile,{folder}/alert.wav
audio_level no
ausrc_srate 8000
auplay_srate 8000
audio_buffer 20-160
rtp_tos 184
rtp_ports {rtp_first}-{rtp_last}
rtcp_mux no
jitter_buffer_delay 2-10
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
snd_path {folder}
module_app account.so
module_app menu.so
"""


@dataclass
class Baresip:
    """A running baresip; its words are in ``folder/output.log``, its recordings beside them."""

    folder: Path
    process: asyncio.subprocess.Process

    def output(self) -> str:
        return (self.folder / "output.log").read_text(errors="replace")

    async def says(self, words: str, timeout_s: float) -> None:
        """Wait until it printed ``words``; raises AssertionError with all it printed."""
        try:
            async with asyncio.timeout(timeout_s):
                while words not in self.output():
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = f"baresip did not say {words!r} within {timeout_s} s:\n{self.output()}"
            raise AssertionError(said) from None

    async def stop(self) -> None:
        """End it; it hangs up first."""
        if self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(_STOP_WITHIN_S):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    def heard(self) -> bytes:
        """What it recorded of the other side, 8 kHz s16le."""
        recordings = sorted(self.folder.glob("*-dec.wav"))
        assert len(recordings) == 1, f"recordings: {recordings}\n{self.output()}"
        return load_wav(recordings[0])


@contextlib.asynccontextmanager
async def baresip(
    folder: Path,
    *,
    user: str,
    dial: str = "",
    say: str = "",
    say_for_s: float = 0.0,
    credentials: tuple[str, str] | None = None,
) -> AsyncIterator[Baresip]:
    """Start baresip as ``user``, dialling ``dial``; ended when the block ends.

    ``say`` is spoken one second after the answer. The call is hung up when the microphone's file
    ends, which is ``say_for_s`` long at least.
    """
    _write_folder(folder, user, credentials)
    _write_microphone(folder / "microphone.wav", say, say_for_s)
    words = [program("baresip", "baresip-core"), "-4", "-f", str(folder)]
    if dial:
        words += ["-e", f"/dial {dial}"]
    with (folder / "output.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *words, cwd=folder, stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
        )
    phone = Baresip(folder, process)
    try:
        yield phone
    finally:
        await phone.stop()


def _write_folder(folder: Path, user: str, credentials: tuple[str, str] | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    media = _media_ports()
    config = _CONFIG.format(
        port=udp(), folder=folder, rtp_first=media.start, rtp_last=media.stop - 1
    )
    (folder / "config").write_text(config)
    account = f"<sip:{user}@127.0.0.1>;regint=0;audio_codecs=PCMU,PCMA"
    if credentials:
        account += f';auth_user={credentials[0]};auth_pass="{credentials[1]}"'
    (folder / "accounts").write_text(account + "\n")
    (folder / "contacts").write_text("")


@functools.cache
def _media_ports() -> range:
    """All of them share these: baresip tries one after the other."""
    return rtp()


def _write_microphone(path: Path, say: str, at_least_s: float) -> None:
    pcm = bytes(16_000) + speech(say) if say else b""
    pcm += bytes(max(0, int(at_least_s * 16_000) - len(pcm)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(pcm)
