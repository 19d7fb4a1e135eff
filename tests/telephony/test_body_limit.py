"""A body that is too long is refused while it comes, whether it says its length or not."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contactcenter.asgi import application
from deploy.local.ports import tcp

ROOT = Path(__file__).resolve().parents[2]
CHUNK = b"x" * 100_000


def answer_to(chunks: int, *, path: str = "/healthz", length: int | None = None) -> tuple[int, int]:
    """The status, and how many chunks were asked for."""
    asked = 0
    status = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked == chunks:
            await asyncio.Event().wait()  # the caller waits for the answer
        asked += 1
        return {"type": "http.request", "body": CHUNK, "more_body": asked < chunks}

    async def send(event: dict[str, Any]) -> None:
        nonlocal status
        status = event.get("status", status)

    headers = [(b"host", b"localhost")]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 9),
        "server": ("127.0.0.1", 80),
    }
    call: Any = application
    asyncio.run(call(scope, receive, send))
    return status, asked


def test_a_body_in_chunks_is_refused_as_soon_as_it_is_too_long() -> None:
    status, asked = answer_to(100_000)
    assert status == 413
    assert asked == 41, "4 MB and one chunk more"


def test_one_that_says_its_length_is_refused_unread() -> None:
    assert answer_to(1, length=4_000_001) == (413, 0)


def test_a_document_of_a_megabyte_gets_through_to_the_view() -> None:
    status, _ = answer_to(12)
    assert status == 403, "Django itself, of a form without its token"


def test_a_webhook_in_chunks_has_its_own_smaller_most() -> None:
    assert answer_to(4, path="/webhooks/livekit")[0] == 413


@pytest.mark.parametrize("chunked", [True, False])
def test_over_the_wire_the_caller_gets_its_413(chunked: bool) -> None:
    """uvicorn reads on after an answer only as far as it must."""
    port = tcp()
    words = (sys.executable, "-m", "uvicorn", "contactcenter.asgi:application", "--port", str(port))
    environment = os.environ | {"DEBUG": "true", "DATABASE_URL": "sqlite://:memory:"}
    with subprocess.Popen(
        words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if "running on" in line:
                    break
            assert _status(port, chunked=chunked) == 413
        finally:
            server.terminate()


def _status(port: int, *, chunked: bool) -> int:
    head = "POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\n"
    how = "Transfer-Encoding: chunked" if chunked else "Content-Length: 50000000"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as wire:
        wire.sendall(f"{head}{how}\r\n\r\n".encode())
        try:
            for _ in range(60 if chunked else 0):
                wire.sendall(f"{len(CHUNK):x}\r\n".encode() + CHUNK + b"\r\n")
        except OSError:
            pass  # it answered and closed
        answer = wire.makefile("rb").readline()
    return int(answer.split()[1])
