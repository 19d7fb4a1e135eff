"""What one stack is made of before anything runs: ports, secrets, folders, environments."""

from __future__ import annotations

import os
import secrets
import sys
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.binaries import ROOT, livekit_sip
from deploy.local.ports import HOST as HOST
from deploy.local.ports import rtp, tcp, udp

SIP_PORT_WISHED = 5060
WEB_PORT_WISHED = 8000
DEMO_USER = "demo"
NUMBERS = {"shop": "+15550100", "dental": "+15550101", "digest": "+15550102"}
DIGEST_USER = "phone"
HUMAN_USER = "maria"


@dataclass(kw_only=True)
class Plan:
    """Ports are chosen once, here; a part that restarts comes back where it was."""

    var: Path
    redis_port: int = field(default_factory=tcp)
    livekit_port: int = field(default_factory=tcp)
    livekit_rtc_tcp: int = field(default_factory=tcp)
    livekit_rtc_udp: int = field(default_factory=udp)
    sip_port: int = field(default_factory=lambda: udp(SIP_PORT_WISHED))
    sip_http_port: int = field(default_factory=tcp)
    rtp: range = field(default_factory=rtp)
    providers_port: int = field(default_factory=tcp)
    orders_port: int = field(default_factory=tcp)
    tests_port: int = field(default_factory=tcp)  # where a test may serve tools; else nobody
    human_port: int = field(
        default_factory=udp
    )  # the demo's human picks up here, when there is one
    web_port: int = field(default_factory=lambda: tcp(WEB_PORT_WISHED))
    worker_port: int = field(default_factory=tcp)
    livekit_key: str = field(default_factory=lambda: f"API{secrets.token_hex(6)}")
    livekit_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(9), repr=False)
    api_token: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)
    provider_key: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    digest_password: str = field(default_factory=lambda: secrets.token_urlsafe(9), repr=False)
    livekit_sip: Path | None = field(default_factory=livekit_sip)

    @property
    def sip_implementation(self) -> str:
        return "livekit-sip" if self.livekit_sip else "sipbridge"

    @property
    def livekit_url(self) -> str:
        return f"ws://{HOST}:{self.livekit_port}"

    @property
    def web_url(self) -> str:
        return f"http://{HOST}:{self.web_port}"

    @property
    def control_url(self) -> str:
        return f"http://{HOST}:{self.providers_port}/control"

    @property
    def redis_url(self) -> str:
        return os.environ.get("REDIS_URL") or f"redis://{HOST}:{self.redis_port}/0"

    @property
    def database_url(self) -> str:
        return os.environ.get("DATABASE_URL") or f"sqlite:///{self.var / 'db.sqlite3'}"

    @property
    def human_uri(self) -> str:
        """Where the demo team's human is rung; nobody listens there but a demo or a test."""
        return f"sip:{HUMAN_USER}@{HOST}:{self.human_port}"

    def secret(self, name: str) -> str:
        """A secret that stays the same for this VAR folder, so that its database stays readable."""
        path = self.var / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            value = urlsafe_b64encode(secrets.token_bytes(32)).decode()
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(value)
        return path.read_text()

    def product_env(self) -> dict[str, str]:
        """The environment of Django, Celery and the worker: settings only, as in production."""
        livekit_http = f"http://{HOST}:{self.livekit_port}"
        sip_api = livekit_http if self.livekit_sip else f"http://{HOST}:{self.sip_http_port}"
        return {
            **base_env(),
            "DJANGO_SETTINGS_MODULE": "contactcenter.settings",
            "DEBUG": "true",
            "LOG_FORMAT": os.environ.get("LOG_FORMAT", "json"),
            "SECRET_KEY": self.secret("django"),
            "FIELD_ENCRYPTION_KEYS": self.secret("fields"),
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "CSRF_TRUSTED_ORIGINS": self.web_url,
            "PUBLIC_URL": self.web_url,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "LIVEKIT_URL": self.livekit_url,
            "LIVEKIT_API_KEY": self.livekit_key,
            "LIVEKIT_API_SECRET": self.livekit_secret,
            "LIVEKIT_SIP_API_URL": sip_api,
            "OPENAI_API_KEY": f"stand-in-{self.provider_key}",
            "OPENAI_BASE_URL": f"http://{HOST}:{self.providers_port}/v1",
            "CARTESIA_API_KEY": f"stand-in-{self.provider_key}",
            "CARTESIA_BASE_URL": f"http://{HOST}:{self.providers_port}",
            "WEBHOOK_ALLOWED_HTTP_HOSTS": f"{HOST}:{self.orders_port},{HOST}:{self.tests_port}",
            "SPOOL_DIR": str(self.var / "spool"),
            "PHRASE_CACHE_DIR": str(self.var / "phrases"),
            "RECORDINGS_DIR": str(self.var / "recordings"),
            "WORKER_HTTP_PORT": str(self.worker_port),
            "MAX_CALLS_PER_WORKER": os.environ.get("MAX_CALLS_PER_WORKER", "16"),
            "WORKER_IDLE_PROCESSES": os.environ.get("WORKER_IDLE_PROCESSES", "2"),
            # Stopping the stack ends its calls; a deploy waits for them.
            "WORKER_DRAIN_TIMEOUT_S": os.environ.get("WORKER_DRAIN_TIMEOUT_S", "2"),
            **({"HOLD_MUSIC_FILE": music} if (music := os.environ.get("HOLD_MUSIC_FILE")) else {}),
            "DEMO_ADMIN_PASSWORD": self.password,
            "DEMO_API_TOKEN": self.api_token,
            "DEMO_HUMAN_SIP_URI": self.human_uri,
        }

    def describe(self, pids: dict[str, int]) -> dict[str, object]:
        """``stack.json``, as contracts.md fixes it."""
        return {
            "version": 1,
            "sip": {"host": HOST, "port": self.sip_port, "implementation": self.sip_implementation},
            "web": {
                "url": self.web_url,
                "user": DEMO_USER,
                "password": self.password,
                "api_token": self.api_token,
            },
            "livekit": {
                "url": self.livekit_url,
                "api_key": self.livekit_key,
                "api_secret": self.livekit_secret,
            },
            "providers": {"control_url": self.control_url},
            "numbers": NUMBERS,
            "human": {"user": HUMAN_USER, "host": HOST, "port": self.human_port},
            "digest": {"user": DIGEST_USER, "password": self.digest_password},
            "pids": pids,
        }


def base_env() -> dict[str, str]:
    """What every part needs of the caller's own environment, and no secret of it."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    return {
        **env,
        "PATH": f"{Path(sys.executable).parent}:{env.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "127.0.0.1,localhost",  # a proxy of the machine has no part in loopback traffic
    }
