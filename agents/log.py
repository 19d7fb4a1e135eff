"""Keeps callers' words out of the log, whichever library writes it.

livekit-agents marks personal data with keys that begin ``lk.pii.``, and logs it at debug level too.
"""

from __future__ import annotations

import logging

PERSONAL_PREFIX = "lk.pii."
# Their debug records quote transcripts, addresses and headers with keys in them.
LOUD = ("livekit", "livekit.agents", "livekit.plugins", "openai", "httpx", "httpcore", "websockets")


class PersonalDataFilter(logging.Filter):
    """Removes marked fields from a record; the record itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in [name for name in vars(record) if name.startswith(PERSONAL_PREFIX)]:
            delattr(record, name)
        return True


def quieten() -> None:
    """Apply to every handler there is; call it after logging was configured."""
    for name in LOUD:
        library = logging.getLogger(name)
        library.setLevel(max(library.level, logging.INFO))
    for name in ("httpx", "aiohttp.access"):  # whole addresses; health checks every second
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(f, PersonalDataFilter) for f in handler.filters):
            handler.addFilter(PersonalDataFilter())
