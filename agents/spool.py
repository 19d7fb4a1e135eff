"""One call's records on disk: appended before the database is asked, gone when it has them all.

A process killed between two records loses neither: what was appended is in the kernel's hands. The
lock lives as long as the process, and tells whoever looks for left files that this one has an
owner. The lines are the facade's; this file knows only bytes.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from pathlib import Path
from uuid import uuid4

logger = logging.getLogger(__name__)


class SpoolFile:
    """``append`` never raises: a full or missing disk must not end a call that the database takes.

    ``complete`` tells whether everything appended is in the file.
    """

    def __init__(self, folder: Path, name: str) -> None:
        # A name of its own: a second worker of the same call has a file of its own.
        self.path = folder / f"{time.time_ns()}-{name}-{uuid4().hex[:8]}.jsonl"
        self.complete = True
        self._descriptor: int | None = None

    def append(self, line: bytes) -> None:
        try:
            if self._descriptor is None:
                self._descriptor = self._create()
            if os.write(self._descriptor, line) != len(line):
                raise OSError("the line was cut")
        except OSError as error:
            if self.complete:
                logger.error("records cannot be spooled: %s", error.strerror or error)
            self.complete = False

    def sync(self) -> None:
        """Onto the disk itself: called when the database is away and this is the only copy."""
        if self._descriptor is not None:
            try:
                os.fdatasync(self._descriptor)
            except OSError as error:
                logger.error("the spool cannot be written: %s", error.strerror)

    def close(self, *, keep: bool) -> None:
        """Leave the file to be stored by another, or remove it: the database has it all."""
        if self._descriptor is None:
            return
        if not keep:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None

    def _create(self) -> int:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Locked before it has its name: nobody finds it and takes it for a dead worker's.
        hidden = self.path.with_suffix(".new")
        descriptor = os.open(hidden, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        hidden.rename(self.path)
        return descriptor
