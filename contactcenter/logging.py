"""Structured logs without personal data: an allow-list of keys, and no phone number in any text.

A key that is not in SAFE_KEYS has its value withheld, so a new key must be classified here before
it says anything. Room names and participant identities carry the caller's number (livekit-sip
builds both from the From header); numbers are masked in every text, exceptions and foreign log
messages included.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

WITHHELD = "[withheld]"
NUMBER = "[number]"

# Values of these keys are ids, codes, counts and times: never what a person said, is called or
# can be reached at.
SAFE_KEYS = frozenset(
    {
        "event", "level", "logger", "timestamp", "exception", "stack_info",
        "call_id", "id", "job_id", "worker_id", "room_id", "dispatch_id", "protocol", "agent_name",
        "task_id", "task", "trunk_id", "rule_id",
        "livekit_id", "livekit_call_id", "persona_id", "persona_version", "phone_number_id",
        "room_sid", "participant_sid", "webhook_event", "webhook_id",
        "state", "kind", "key", "reason", "result", "outcome", "action",
        "error_type", "status_code",
        "provider", "model", "tool_name", "name_of_part", "part", "recoverable",
        "count", "created", "updated", "deleted", "attempt", "duration_ms", "elapsed_ms", "at_ms",
        # livekit-agents' own:
        "elapsed_time", "duration", "pushed_duration", "timeout", "threshold", "cpu_time",
        "gc_time", "resuming", "enable_recording", "streamed", "plugin", "region", "deployment",
        "stack", "cartesia_context_id", "exitcode",
        "timeout_ms", "load", "pid", "port", "signal", "version", "method", "url_name",
    }
)  # fmt: skip

# Noise that libraries attach to every record (Celery's task arguments, Django's request object).
_DROPPED = ("data", "request", "color_message")

# E.164 with its plus (or %2B in a query string); a bare run of digits beside sip:, tel:, sip_,
# call_ or number=. Bare digits elsewhere are left alone: they are ids, times and sizes.
_NUMBERS = re.compile(
    r"(?:\+|%2B)\d[\d\s().-]{4,18}\d|(?P<lead>(?:sips?:|tel:|sip_|call_|number=))\d{4,}",
    re.IGNORECASE,
)


def mask_numbers(text: str) -> str:
    return _NUMBERS.sub(lambda match: (match.group("lead") or "") + NUMBER, text)


def redact(
    _logger: Any, _method: str, event_dict: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """The last processor before the renderer: withholds unclassified keys, masks numbers."""
    for key in _DROPPED:
        event_dict.pop(key, None)
    for key, value in list(event_dict.items()):
        if key.startswith("_"):  # structlog's own bookkeeping, removed by its formatter
            continue
        if key not in SAFE_KEYS:
            event_dict[key] = WITHHELD
        elif isinstance(value, str):
            event_dict[key] = mask_numbers(value)
        elif not isinstance(value, int | float | bool | None):
            event_dict[key] = mask_numbers(str(value))
    return event_dict


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def logging_config(*, level: str, log_format: str) -> dict[str, Any]:
    """Sets structlog up and returns the LOGGING dictionary; ``log_format`` is json or console."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [
                    # Before redact, so that a traceback is text whose numbers can be masked.
                    structlog.processors.format_exc_info,
                    redact,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would print the message once more, unmasked.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            # uvicorn's access log would print query strings, numbers and all, past the masking.
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.access": {"handlers": [], "propagate": True},
            # A scanner's every request with another host name: a 400 each, not a traceback.
            "django.security.DisallowedHost": {"handlers": [], "propagate": False},
            # The native client names rooms at INFO, and with them whatever a caller's From held.
            "livekit": {"level": "WARNING"},
            "livekit.agents": {"level": level},
            "axes": {"level": "WARNING"},  # counts its housekeeping in lines at INFO
            "httpx": {"level": "WARNING"},  # prints whole URLs
            "httpx2": {"level": "WARNING"},
        },
    }
