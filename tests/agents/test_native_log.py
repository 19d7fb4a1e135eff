"""livekit's native part writes its own log; none of it passes through Python."""

from __future__ import annotations

import os
import subprocess
import sys

# A room that cannot be joined: livekit says so, and much else. Records come each second.
JOIN = """
import asyncio, sys
from livekit import rtc
from livekit.rtc import _ffi_client as native
from agents.log import let_livekit_write

seen = []
level = native.to_python_level
native.to_python_level = lambda record: seen.append(record) or level(record)
if sys.argv[1] == "quiet":
    let_livekit_write()

async def main():
    try:
        await rtc.Room().connect("ws://127.0.0.1:9", "no token")
    except rtc.ConnectError:
        print("refused")
    await asyncio.sleep(1.5)
    print(len(seen))

asyncio.run(main())
"""


def joining(how: str) -> tuple[list[str], str]:
    done = subprocess.run(
        [sys.executable, "-c", JOIN, how],
        env=os.environ | {"RUST_LOG": "debug"} if how == "quiet" else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.split(), done.stderr


def test_livekits_records_do_not_pass_through_python() -> None:
    (refused, records), written = joining("quiet")
    assert refused == "refused"
    assert int(records) <= 2, "but for those of its beginning, before it is told"
    assert "livekit" in written, "what RUST_LOG asks for is on stderr"

    (_, records), _ = joining("as it comes")
    assert int(records) > 10, "livekit changed: nothing need be switched off"
