"""The worker's settings, read once from the environment, typed, and loud when wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from environs import Env, EnvError

LOOPBACK = "127.0.0.1"
_VAR = Path(__file__).resolve().parent.parent / "var"
PHRASES, RECORDINGS = _VAR / "phrases", _VAR / "recordings"
# A minute more than a persona's longest call, unless that is set longer.
DRAIN_TIMEOUT_S = 1_860
VOICE_MODEL = "sonic-3"
STT_MODEL = "gpt-4o-mini-transcribe"
# Tells words while they are said.
LIVE_STT_MODEL = "gpt-live-transcribe"
# Half an hour of talk is some 12,000 tokens, nearly all of them cached, and is kept whole. Beyond
# it the oldest third goes at once: dropped turn by turn, each reply would pay for all of it anew.
MOST_TOKENS = 14_000


class ConfigError(Exception):
    """The worker must not start; the message names each setting that is missing or wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerConfig:
    """``*_base_url`` empty means the provider's own address. ``max_calls`` counts calls at once.

    ``livekit_sip_api_url``: where humans are dialled; LiveKit's own unless told otherwise.
    Of the cascade (speech to text, chat model, text to speech), an empty address means OpenAI's as
    it is set here, with its key; one of its own goes with a key of its own, which may be empty.
    """

    livekit_url: str
    livekit_api_key: str
    livekit_api_secret: str = field(repr=False)
    agent_name: str
    openai_api_key: str = field(repr=False)
    cartesia_api_key: str = field(repr=False)
    openai_base_url: str = ""
    fallback_openai_api_key: str = field(default="", repr=False)
    fallback_openai_base_url: str = ""
    cartesia_base_url: str = ""
    fallback_cartesia_api_key: str = field(default="", repr=False)
    fallback_cartesia_base_url: str = ""
    fallback_voice_id: str = ""
    fallback_voice_model: str = VOICE_MODEL
    cascade_stt_base_url: str = ""
    cascade_stt_api_key: str = field(default="", repr=False)
    cascade_stt_model: str = STT_MODEL
    overlap_stt_model: str = LIVE_STT_MODEL
    cascade_llm_base_url: str = ""
    cascade_llm_api_key: str = field(default="", repr=False)
    cascade_llm_most_tokens: int = MOST_TOKENS
    cascade_tts_base_url: str = ""
    cascade_tts_api_key: str = field(default="", repr=False)
    webhook_allowed_http_hosts: frozenset[str] = frozenset()
    max_calls: int = 8
    idle_processes: int = 2
    http_port: int = 8081
    drain_timeout_s: int = DRAIN_TIMEOUT_S
    phrase_cache_dir: Path = PHRASES
    otlp_endpoint: str = ""
    recordings_dir: Path = RECORDINGS
    livekit_sip_api_url: str = ""
    hold_music_file: Path | None = None

    @classmethod
    def from_env(cls) -> WorkerConfig:
        """Read the environment. Raises ConfigError with every problem found, not only the first."""
        return _Reader().read()


class _Reader:
    def __init__(self) -> None:
        self._env = Env()
        self._problems: list[str] = []

    def read(self) -> WorkerConfig:
        values = WorkerConfig(
            livekit_url=self._url("LIVEKIT_URL", required=True),
            livekit_api_key=self._secret("LIVEKIT_API_KEY"),
            livekit_api_secret=self._secret("LIVEKIT_API_SECRET"),
            agent_name=self._agent_name(),
            openai_api_key=self._secret("OPENAI_API_KEY"),
            cartesia_api_key=self._secret("CARTESIA_API_KEY"),
            openai_base_url=self._url("OPENAI_BASE_URL"),
            fallback_openai_api_key=self._text("FALLBACK_OPENAI_API_KEY"),
            fallback_openai_base_url=self._url("FALLBACK_OPENAI_BASE_URL"),
            cartesia_base_url=self._url("CARTESIA_BASE_URL").rstrip("/"),
            fallback_cartesia_api_key=self._text("FALLBACK_CARTESIA_API_KEY"),
            fallback_cartesia_base_url=self._url("FALLBACK_CARTESIA_BASE_URL").rstrip("/"),
            fallback_voice_id=self._env.str("FALLBACK_VOICE_ID", "").strip(),
            fallback_voice_model=self._env.str("FALLBACK_VOICE_MODEL", "").strip() or VOICE_MODEL,
            cascade_stt_base_url=self._url("CASCADE_STT_BASE_URL").rstrip("/"),
            cascade_stt_api_key=self._text("CASCADE_STT_API_KEY"),
            cascade_stt_model=self._env.str("CASCADE_STT_MODEL", "").strip() or STT_MODEL,
            overlap_stt_model=self._env.str("OVERLAP_STT_MODEL", "").strip() or LIVE_STT_MODEL,
            cascade_llm_base_url=self._url("CASCADE_LLM_BASE_URL").rstrip("/"),
            cascade_llm_api_key=self._text("CASCADE_LLM_API_KEY"),
            cascade_llm_most_tokens=self._int("CASCADE_LLM_MOST_TOKENS", MOST_TOKENS, least=500),
            cascade_tts_base_url=self._url("CASCADE_TTS_BASE_URL").rstrip("/"),
            cascade_tts_api_key=self._text("CASCADE_TTS_API_KEY"),
            webhook_allowed_http_hosts=frozenset(
                host.strip().lower()
                for host in self._env.str("WEBHOOK_ALLOWED_HTTP_HOSTS", "").split(",")
                if host.strip()
            ),
            max_calls=self._int("MAX_CALLS_PER_WORKER", 8, least=1),
            idle_processes=self._int("WORKER_IDLE_PROCESSES", 2, least=0),
            http_port=self._int("WORKER_HTTP_PORT", 8081, least=0),
            drain_timeout_s=self._int("WORKER_DRAIN_TIMEOUT_S", DRAIN_TIMEOUT_S, least=0),
            phrase_cache_dir=Path(self._env.str("PHRASE_CACHE_DIR", "") or PHRASES).absolute(),
            otlp_endpoint=self._url("OTEL_EXPORTER_OTLP_ENDPOINT"),
            recordings_dir=Path(self._env.str("RECORDINGS_DIR", "") or RECORDINGS).absolute(),
            livekit_sip_api_url=self._url("LIVEKIT_SIP_API_URL") or self._url("LIVEKIT_URL"),
            hold_music_file=self._file("HOLD_MUSIC_FILE"),
        )
        if self._problems:
            raise ConfigError("The worker cannot start: " + "; ".join(self._problems) + ".")
        return values

    def _text(self, name: str) -> str:
        path = self._env.str(f"{name}_FILE", "")
        if not path:
            return self._env.str(name, "").strip()
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            self._problems.append(f"{name}_FILE cannot be read ({error.strerror})")
            return ""

    def _secret(self, name: str) -> str:
        value = self._text(name)
        if not value:
            self._problems.append(f"{name} is not set")
        return value

    def _agent_name(self) -> str:
        name = self._env.str("AGENT_NAME", "receptionist").strip()
        if not name:
            # An unnamed worker would be dispatched into every room of the LiveKit server.
            self._problems.append("AGENT_NAME is empty")
        return name

    def _url(self, name: str, *, required: bool = False) -> str:
        value = self._text(name)
        if not value:
            if required:
                self._problems.append(f"{name} is not set")
            return ""
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https", "ws", "wss"} or not parts.hostname:
            self._problems.append(f"{name} is not a http, https, ws or wss URL")
        return value

    def _file(self, name: str) -> Path | None:
        value = self._env.str(name, "").strip()
        if not value:
            return None
        if not Path(value).is_file():
            self._problems.append(f"{name} names no file")
        return Path(value).absolute()

    def _int(self, name: str, default: int, *, least: int) -> int:
        try:
            value = self._env.int(name, default)
        except EnvError:
            self._problems.append(f"{name} is not a whole number")
            return default
        if value < least:
            self._problems.append(f"{name} is less than {least}")
        return value
