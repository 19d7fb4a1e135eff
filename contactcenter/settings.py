"""Every setting of the web side, read once from the environment, typed, and loud when wrong.

Secrets may come from a file named by NAME_FILE instead (as containers mount them). No secret has a
default unless DEBUG is on. What each variable means is in .env.example; a test keeps it complete.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from contactcenter.environment import BASE_DIR, env
from contactcenter.environment import secret as _secret
from contactcenter.environment import text as _text
from contactcenter.environment import url as _url
from contactcenter.logging import logging_config
from contactcenter.schedule import BEAT_SCHEDULE

DEBUG = env.bool("DEBUG", False)

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
# Tapes of calls to numbers that record: written by workers, played by the web side, and deleted by
# Celery after so many days.
RECORDINGS_DIR = Path(_text("RECORDINGS_DIR", str(BASE_DIR / "var" / "recordings"))).absolute()
RECORDINGS_KEEP_DAYS = env.int("RECORDINGS_KEEP_DAYS", 30)
if RECORDINGS_KEEP_DAYS < 1:
    raise ImproperlyConfigured("RECORDINGS_KEEP_DAYS must be 1 or more.")
WORKER_HTTP_PORT = env.int("WORKER_HTTP_PORT", 8081)  # asked by the set-up check
WORKER_DRAIN_TIMEOUT_S = env.int("WORKER_DRAIN_TIMEOUT_S", 1_860)  # the worker's; compared there
TOOL_TRIAL_COMMAND = [sys.executable, "-m", "agents.tools.trial"]  # for "Test this tool"
WEBHOOK_ALLOWED_HTTP_HOSTS: list[str] = [
    host.strip().lower() for host in env.str("WEBHOOK_ALLOWED_HTTP_HOSTS", "").split(",") if host
]

MAX_BODY_MB = env.int("MAX_BODY_MB", 4)  # of a request: a knowledge document and its form
if MAX_BODY_MB < 1:
    raise ImproperlyConfigured("MAX_BODY_MB must be 1 or more.")

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
    "auditlog",
    "axes",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "telephony",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "contactcenter.security.SecurityHeadersMiddleware",
    "contactcenter.security.RefuseNulMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "contactcenter.security.AuditMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
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
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: a locked name gets no further
    "django.contrib.auth.backends.ModelBackend",
]
# Locked is a name at an address: nobody can lock a colleague out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # who failed to log in, for the auditor
AXES_ENABLE_ADMIN = False  # telephony.admin.audit shows it
AXES_VERBOSE = False
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
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_SSL_REDIRECT = _https
# Probes, Prometheus, and LiveKit on the same host (its webhooks are signed), come from inside,
# without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$", r"^webhooks/livekit$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https

# --- API ----------------------------------------------------------------------------------------
API_RATE = _text("API_RATE", "1200/min")  # of one user, at one web process
if not re.fullmatch(r"[1-9][0-9]*/(sec|min|hour|day)", API_RATE):
    raise ImproperlyConfigured("API_RATE must be such as 1200/min (sec, min, hour or day).")
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
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": API_RATE},
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

# --- Monitoring ---------------------------------------------------------------------------------
METRICS_TOKEN = _text("METRICS_TOKEN")  # of /metrics; without one only this machine may ask
if METRICS_TOKEN and (len(METRICS_TOKEN) < 16 or not METRICS_TOKEN.isascii()):
    raise ImproperlyConfigured("METRICS_TOKEN must be 16 characters or more, plain ASCII.")

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
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# --- Logs ---------------------------------------------------------------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOG_FORMAT = env.str("LOG_FORMAT", "console" if DEBUG else "json")
if LOG_FORMAT not in ("json", "console"):
    raise ImproperlyConfigured("LOG_FORMAT must be json or console.")
LOGGING = logging_config(level=LOG_LEVEL, log_format=LOG_FORMAT)
