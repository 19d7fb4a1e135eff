"""``var/stack.json``: what scripts may know of a healthy stack (present only while it is one)."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class StackRunsError(Exception):
    """Another stack holds this folder."""


def write_json(path: Path, content: Any, *, mode: int = 0o644) -> None:
    """Write whole or not at all: a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    # The mode is set as the file is made: it may hold secrets from its first byte on.
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    temporary.replace(path)


def read_stack(var: Path) -> dict[str, Any] | None:
    """The description of the healthy stack that runs in this folder, or None."""
    if running_pid(var) is None:
        return None  # a stack.json may be left by a stack that was killed
    try:
        content: dict[str, Any] = json.loads((var / "stack.json").read_text())
    except FileNotFoundError:
        return None
    return content


@contextlib.contextmanager
def only_stack_in(var: Path) -> Iterator[None]:
    """Hold the folder for one stack. Raises StackRunsError when another process holds it.

    A lock, not a pid file alone: the lock goes with the process, however that ends.
    """
    with (var / "stack.pid").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackRunsError from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        (var / "stack.json").unlink(missing_ok=True)
        try:
            yield
        finally:
            file.truncate(0)


def running_pid(var: Path) -> int | None:
    """The pid of the stack that holds this folder, healthy or not; None when none does."""
    try:
        with (var / "stack.pid").open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0) or None
    except FileNotFoundError:
        pass
    return None
