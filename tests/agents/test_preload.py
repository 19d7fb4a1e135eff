"""What the forkserver loads must not start what a fork would break."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

LOOK = """
import os, livekit.agents.ipc._preload, livekit.plugins.silero, agents.worker
threads = len(os.listdir("/proc/self/task"))
import agents.preload, asyncio
from django.apps import apps
from django.db import connections
assert apps.ready
assert len(os.listdir("/proc/self/task")) == threads, "a thread was started"
assert not any(one.connection for one in connections.all(initialized_only=True))
assert type(asyncio.new_event_loop()).__module__ == "uvloop"
"""


def test_preloading_starts_no_thread_and_opens_no_connection(tmp_path: Path) -> None:
    music = tmp_path / "music.wav"  # at a rate that livekit's resampler, which has threads, takes
    with wave.open(str(music), "wb") as file:
        file.setparams((1, 2, 44_100, 0, "NONE", ""))
        file.writeframes(bytes(88_200))
    keys = {
        "DEBUG": "true",
        "LIVEKIT_API_KEY": "key",
        "LIVEKIT_API_SECRET": "s" * 32,
        "OPENAI_API_KEY": "key",
    }
    env = os.environ | keys | {"LIVEKIT_URL": "ws://127.0.0.1:9", "CARTESIA_API_KEY": "key"}
    env["HOLD_MUSIC_FILE"] = str(music)
    subprocess.run([sys.executable, "-c", LOOK], env=env, check=True, timeout=60)
