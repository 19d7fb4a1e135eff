"""Secrets of the environment are in no output of a process that cannot start with them."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.stack import ROOT

CANARY = "c4nary-at-start"
GOOD = {
    "DEBUG": "false",
    "LOG_FORMAT": "json",
    "SECRET_KEY": f"{CANARY}-django-0123456789-0123456789-0123456789-0123456789",
    "FIELD_ENCRYPTION_KEYS": "aW5zZWN1cmUtZGV2ZWxvcG1lbnQtb25seS1rZXkhISE=",
    "LIVEKIT_URL": "ws://127.0.0.1:9",
    "LIVEKIT_API_KEY": f"{CANARY}-key",
    "LIVEKIT_API_SECRET": f"{CANARY}-livekit-0123456789-0123456789",
    "DATABASE_URL": f"postgres://me:{CANARY}-db@127.0.0.1:9/x",
    "REDIS_URL": f"redis://me:{CANARY}-redis@127.0.0.1:9/0",
    "OPENAI_API_KEY": f"{CANARY}-openai",
    "CARTESIA_API_KEY": f"{CANARY}-cartesia",
    "FALLBACK_OPENAI_API_KEY": f"{CANARY}-openai-2",
    "FALLBACK_CARTESIA_API_KEY": f"{CANARY}-cartesia-2",
    **{f"CASCADE_{part}_API_KEY": f"{CANARY}-{part}" for part in ("STT", "LLM", "TTS")},
    "METRICS_TOKEN": f"{CANARY}-metrics",
    "PUBLIC_URL": "https://calls.example.com",
}
MANAGE = (sys.executable, "manage.py")
WORKER = (sys.executable, "-m", "agents.worker")


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        ((*MANAGE, "migrate"), {}),
        ((*MANAGE, "sync_livekit"), {}),
        ((*MANAGE, "check", "--deploy"), {"DATABASE_URL": f"postgres://me:{CANARY}@h:port/x"}),
        ((*MANAGE, "check"), {"FIELD_ENCRYPTION_KEYS": f"{CANARY}-no-fernet-key"}),
        ((*MANAGE, "check"), {"REDIS_URL": f"http://me:{CANARY}@127.0.0.1/0"}),
        ((*MANAGE, "check"), {"SECRET_KEY_FILE": "/nowhere"}),
        (WORKER, {"MAX_CALLS_PER_WORKER": "many"}),
    ],
    ids=lambda value: " ".join(value[1:]) if isinstance(value, tuple) else ",".join(value),
)
def test_a_start_that_fails_says_why_and_shows_no_secret(
    command: tuple[str, ...], changes: dict[str, str]
) -> None:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | GOOD | changes
    ended = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0
    assert len(said.strip()) > 20, "it says why"
    assert CANARY not in said
