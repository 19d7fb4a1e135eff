"""Every setting of the web side, read once from the environment, typed, and loud when wrong.

Secrets may come from a file named by NAME_FILE instead (as containers mount them). No secret has a
default unless DEBUG is on. What each variable means is in .env.example; a test keeps it complete.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import schedule
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from contactcenter.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(BASE_DIR / ".env", recurse=False)

DEBUG = env.bool("DEBUG", False)

# Test runs and type checks load the settings but guard nothing, so they need no secrets; neither
# tool is installed where the product serves.
_CHECKED = bool({"pytest", "mypy"} & sys.modules.keys())


def _text(name: str, default: str = "") -> str:
    """The variable, else the content of the file that NAME_FILE names, else the default."""
    path = env.str(f"{name}_FILE", "")
    if path:
        if env.str(name, ""):
            raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one.")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name}_FILE names a file that cannot be read: {error.strerror}: {path}"
            ) from error
    return env.str(name, "") or default


def _secret(name: str, *, in_debug: str, how: str) -> str:
    value = _text(name, in_debug if DEBUG or _CHECKED else "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. {how} It may also come from a file named by {name}_FILE. "
            f"For local development set DEBUG=true instead; .env.example describes every variable."
        )
    return value


def _url(name: str, default: str, schemes: set[str]) -> str:
    value = _text(name, default)
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} must be a URL with one of the schemes {', '.join(sorted(schemes))}, "
            f"such as {default}"
        )
    return value.rstrip("/")


SECRET_KEY = _secret(
    "SECRET_KEY",
    in_debug="insecure-development-only-key-that-no-deployment-may-ever-use",
    how="Make one with: python -c 'import secrets; print(secrets.token_urlsafe(50))'.",
)
FIELD_ENCRYPTION_KEYS = [
    key.strip()
    for key in _secret(
        "FIELD_ENCRYPTION_KEYS",
        in_debug="aW5zZWN1cmUtZGV2ZWxvcG1lbnQtb25seS1rZXkhISE=",
        how="Make one with: python -c 'from cryptography.fernet import Fernet; "
        "print(Fernet.generate_key().decode())'. The first of a comma list encrypts, all decrypt.",
    ).split(",")
    if key.strip()
]
for _key in FIELD_ENCRYPTION_KEYS:
    try:
        Fernet(_key)
    except ValueError as error:
        raise ImproperlyConfigured(
            "FIELD_ENCRYPTION_KEYS holds something that is not a Fernet key (32 bytes, "
            "url-safe base64)."
        ) from error

PUBLIC_URL = _url("PUBLIC_URL", "http://127.0.0.1:8000", {"http", "https"})
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [_public.hostname, "localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [f"{_public.scheme}://{_public.netloc}"])

# --- LiveKit, and what of the agents' side Django must know ------------------------------------
LIVEKIT_URL = _url("LIVEKIT_URL", "ws://127.0.0.1:7880", {"ws", "wss", "http", "https"})
LIVEKIT_SIP_API_URL = _url("LIVEKIT_SIP_API_URL", LIVEKIT_URL, {"ws", "wss", "http", "https"})
LIVEKIT_API_KEY = _secret(
    "LIVEKIT_API_KEY", in_debug="devkey", how="Use a key of livekit.yaml (`keys:`)."
)
LIVEKIT_API_SECRET = _secret(
    "LIVEKIT_API_SECRET",
    in_debug="secret-for-development-only-0123456789",
    how="Use the secret of LIVEKIT_API_KEY in livekit.yaml.",
)
AGENT_NAME = _text("AGENT_NAME", "receptionist")
# Where workers keep records that no database has taken yet, and Celery finds what they left.
SPOOL_DIR = Path(_text("SPOOL_DIR", str(BASE_DIR / "var" / "spool"))).absolute()
WEBHOOK_ALLOWED_HTTP_HOSTS: list[str] = env.list("WEBHOOK_ALLOWED_HTTP_HOSTS", [])

# --- Django -------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "telephony",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "contactcenter.urls"
ASGI_APPLICATION = "contactcenter.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "contactcenter.formats"  # times to the second, as logs write them


def _database() -> dict[str, Any]:
    default = f"sqlite:///{BASE_DIR / 'var' / 'db.sqlite3'}"
    try:
        parsed = dict(dj_database_url.parse(_text("DATABASE_URL", default), conn_max_age=60))
    except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as error:
        raise ImproperlyConfigured(
            "DATABASE_URL is not a database URL, such as "
            "postgres://user:password@host:5432/name or sqlite:////absolute/path.sqlite3"
        ) from error
    if parsed["ENGINE"] == "django.db.backends.sqlite3":
        # A deferred transaction that turns to writing fails at once with "database is locked";
        # an immediate one waits its turn (busy_timeout).
        parsed["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA busy_timeout=10000;",
        }
        # Tests: a file, because threads on a shared in-memory database meet table locks that no
        # timeout waits for; one a process, because suites run side by side.
        test_name = f"contactcenter-test-{os.getpid()}.sqlite3"
        parsed["TEST"] = {"NAME": str(Path(tempfile.gettempdir()) / test_name)}
        if str(parsed["NAME"]) not in (":memory:", ""):
            Path(str(parsed["NAME"])).parent.mkdir(parents=True, exist_ok=True)
    else:
        parsed["CONN_HEALTH_CHECKS"] = True
    return parsed


DATABASES = {"default": _database()}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
WHITENOISE_USE_FINDERS = True  # serves from the packages, so a checkout needs no collectstatic
WHITENOISE_AUTOREFRESH = False
with contextlib.suppress(OSError):  # whitenoise warns of a missing one; an image has it
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# --- Security: everything that plain http would break hangs on the scheme of PUBLIC_URL ---------
_https = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = _https
# Probes, and LiveKit on the same host (its webhooks are signed), come from inside, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^webhooks/livekit$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https

# --- API ----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Contact centre API",
    "DESCRIPTION": "Calls as the contact centre stored them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAdminUser"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
UNFOLD = {
    "SITE_TITLE": "Contact centre",
    "SITE_HEADER": "Contact centre",
    "SITE_SYMBOL": "support_agent",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "/static/telephony/favicon.svg"}
    ],
    "SHOW_VIEW_ON_SITE": False,
    "SITE_URL": None,  # the admin is the site
    "DASHBOARD_CALLBACK": "telephony.admin.dashboard.dashboard",
    "SIDEBAR": {"navigation": "telephony.admin.dashboard.navigation"},
}

# --- Celery -------------------------------------------------------------------------------------
REDIS_URL = _url("REDIS_URL", "redis://127.0.0.1:6379/0", {"redis", "rediss", "unix", "memory"})
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 3, "socket_timeout": 10}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # every task is idempotent; a killed worker's task runs again
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # short intervals: nothing worth a file on disk
CELERY_BEAT_SCHEDULE = {
    # Whatever somebody changed in LiveKit by hand is put right, and what is foreign is found.
    "sync-livekit": {
        "task": "telephony.sync_livekit",
        "schedule": schedule(run_every=120),
        "options": {"expires": 110},
    },
    "close-calls-without-a-room": {
        "task": "telephony.close_calls_without_a_room",
        "schedule": schedule(run_every=30),
        "options": {"expires": 25},
    },
    # Each call that waits is also looked at by a task of its own, at the second it is due.
    "watch-calls": {
        "task": "telephony.watch_calls",
        "schedule": schedule(run_every=5),
        "options": {"expires": 5},
    },
    "reconcile-calls": {
        "task": "telephony.reconcile_calls",
        "schedule": schedule(run_every=60),
        "options": {"expires": 55},
    },
    # A file that nobody holds is also the first sign of a dead worker: its caller waits.
    "store-spool": {
        "task": "telephony.store_spool",
        "schedule": schedule(run_every=3),
        "options": {"expires": 3},
    },
}

# --- Logs ---------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", "console" if DEBUG else "json")
if LOG_FORMAT not in ("json", "console"):
    raise ImproperlyConfigured("LOG_FORMAT must be json or console.")
LOGGING = logging_config(level=LOG_LEVEL, log_format=LOG_FORMAT)
