"""A wrong set-up is refused at start, by name, before any caller meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from livekit.plugins import openai

from agents.config import ConfigError, WorkerConfig
from agents.providers.openai_http import server
from agents.providers.registry import check, ensure_half_cascade

ROOT = Path(__file__).parent.parent.parent
GOOD = {
    "LIVEKIT_URL": "ws://127.0.0.1:7880",
    "LIVEKIT_API_KEY": "key",
    "LIVEKIT_API_SECRET": "livekit-secret",
    "OPENAI_API_KEY": "openai-secret",
    "CARTESIA_API_KEY": "cartesia-secret",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*GOOD, "AGENT_NAME", "MAX_CALLS_PER_WORKER", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_a_complete_environment_is_taken_and_hides_its_secrets() -> None:
    config = WorkerConfig.from_env()
    assert config.agent_name == "receptionist"
    assert "-secret" not in repr(config)
    check(config)


def test_everything_missing_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("CARTESIA_API_KEY", " ")
    monkeypatch.setenv("AGENT_NAME", "")
    monkeypatch.setenv("MAX_CALLS_PER_WORKER", "many")
    monkeypatch.setenv("OPENAI_BASE_URL", "localhost:1")
    with pytest.raises(ConfigError) as refused:
        WorkerConfig.from_env()
    for name in (
        "OPENAI_API_KEY",
        "CARTESIA_API_KEY",
        "AGENT_NAME",
        "MAX_CALLS_PER_WORKER",
        "OPENAI_BASE_URL",
    ):
        assert name in str(refused.value)
    assert "-secret" not in str(refused.value)


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "key"))
    assert WorkerConfig.from_env().openai_api_key == "from-a-file"


def test_a_model_that_would_speak_with_its_own_voice_is_refused() -> None:
    model = openai.realtime.RealtimeModel(api_key="x", modalities=["text", "audio"])
    with pytest.raises(ConfigError, match="own voice"):
        ensure_half_cascade(model)


def test_the_worker_does_not_start_without_its_keys() -> None:
    environment = {**os.environ, "DEBUG": "true", "OPENAI_API_KEY": ""}
    started = subprocess.run(
        [sys.executable, "-m", "agents.worker"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 2
    assert "OPENAI_API_KEY is not set" in started.stderr
    assert "Traceback" not in started.stderr


def test_a_cascade_is_openai_itself_unless_a_part_has_an_address_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("of-the-house\n")
    monkeypatch.setenv("CASCADE_STT_BASE_URL", "http://127.0.0.1:8001/v1/")
    monkeypatch.setenv("CASCADE_LLM_BASE_URL", "http://127.0.0.1:8002/v1")
    monkeypatch.setenv("CASCADE_LLM_API_KEY_FILE", str(tmp_path / "key"))
    config = WorkerConfig.from_env()
    ears = server(config, config.cascade_stt_base_url, config.cascade_stt_api_key)
    mind = server(config, config.cascade_llm_base_url, config.cascade_llm_api_key)
    voice = server(config, config.cascade_tts_base_url, config.cascade_tts_api_key)
    # OpenAI's key goes to no other address.
    assert (ears.base_url, ears.key) == ("http://127.0.0.1:8001/v1", "none")
    assert (mind.base_url, mind.key) == ("http://127.0.0.1:8002/v1", "of-the-house")
    assert (voice.base_url, voice.key) == ("https://api.openai.com/v1", "openai-secret")
    assert "of-the-house" not in repr(config) + repr(mind)
    check(config)
