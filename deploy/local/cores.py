"""Who goes first when the cores are short."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

MEDIA_NICE = -10
# Linux shares the cores among sessions first (autogroups): nice alone counts inside one only.
_AUTOGROUP = Path("/proc/self/autogroup")


def go_first() -> None:
    """This process, and its session as a whole, go before the others where that is allowed.

    For the first process of a session of its own (sched(7), "The autogroup feature"). A packet that
    waits for a core makes every jitter buffer behind it longer, for a minute.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, MEDIA_NICE)
    _set_session(MEDIA_NICE)


@contextlib.contextmanager
def going_first() -> Iterator[None]:
    """The same for a time, for a process in somebody else's session."""
    before, session = os.getpriority(os.PRIO_PROCESS, 0), _session()
    go_first()
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, before)
        if session is not None:
            _set_session(session)


def _session() -> int | None:
    """The nice of this session's group; None in no group.

    The file is missing in a kernel without autogroups, and empty where no ``setsid`` was called
    since the first process: what an init without a session of its own runs directly.
    """
    with contextlib.suppress(OSError, IndexError):
        return int(_AUTOGROUP.read_text().split()[-1])
    return None


def _set_session(nice: int) -> None:
    with contextlib.suppress(OSError):  # no group (see above), or not allowed
        _AUTOGROUP.write_text(str(nice))
