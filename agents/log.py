"""Keeps callers' words out of the log, whichever library writes it, and the log out of the call.

livekit-agents marks personal data with keys that begin ``lk.pii.``, and logs it at debug level too.
"""

from __future__ import annotations

import logging
import os
import re
import traceback

from livekit import rtc
from livekit.rtc import _ffi_client as native

PERSONAL_PREFIX = "lk.pii."
FOREIGN = frozenset(
    {"asyncio", "livekit", "openai", "httpx", "httpx2", "httpcore", "httpcore2", "mcp", "aiohttp"}
)
_QUOTED_SPEECH = re.compile(r"(for text: ).*", re.DOTALL)
# Their debug records quote transcripts, addresses and headers with keys in them.
LOUD = (
    "livekit",
    "livekit.agents",
    "livekit.plugins",
    "openai",
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "mcp",
    "websockets",
)


class PersonalDataFilter(logging.Filter):
    """Removes marked fields and quoted speech from a record; the record itself stays."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name in [name for name in vars(record) if name.startswith(PERSONAL_PREFIX)]:
            delattr(record, name)
        if record.name.split(".")[0] in FOREIGN:
            _scrub(record)
        return True


def _scrub(record: logging.LogRecord) -> None:
    """Keep where a library failed and with what type, not the text: it may quote a sentence."""
    message = record.getMessage()
    if record.name == "asyncio":
        message = message.partition("\n")[0]  # the rest is the repr of a task and its exception
    message = _QUOTED_SPEECH.sub(r"\1[withheld]", message)
    if record.exc_info and (error := record.exc_info[1]) is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        message = f"{message}: {type(error).__name__}\n{frames}"
    record.msg, record.args = message, ()
    record.exc_info = record.exc_text = None


def quieten() -> None:
    """Apply to every handler there is; call it after logging was configured."""
    for name in LOUD:
        library = logging.getLogger(name)
        library.setLevel(max(library.level, logging.INFO))
    for name in ("httpx", "httpx2", "mcp", "aiohttp.access"):  # whole addresses; health checks
        logging.getLogger(name).setLevel(logging.WARNING)
    for handler in logging.getLogger().handlers:
        if not any(isinstance(f, PersonalDataFilter) for f in handler.filters):
            handler.addFilter(PersonalDataFilter())


def let_livekit_write() -> None:
    """Let livekit's native part write its own log, to stderr, of the level that RUST_LOG says.

    It hands every record there is to Python instead, 4,000 while a room is joined, which decodes
    them and drops nearly all: two thirds of what a join costs, taken from the calls that go on. The
    switch for it (``capture_logs``) is private, and may be set again (livekit 1.1.21).
    """
    os.environ.setdefault("RUST_LOG", "warn")
    library = native.FfiClient.instance._ffi_lib
    library.livekit_ffi_initialize(
        native.ffi_event_callback, False, b"python", rtc.__version__.encode()
    )
