"""``python -m deploy.local.sipbridge``: the stand-in for livekit-sip. See README.md."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from .app import serve
from .joining import abandoned_joins
from .settings import Settings, SettingsError
from .store import StateError


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    await serve(settings, stop)


def main() -> int:
    logging.basicConfig(
        level=os.environ.get("LOG_LEVEL", "INFO").upper(),
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # Both write what is somebody's: a room's name holds the caller's number.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("livekit").setLevel(logging.WARNING)
    try:
        asyncio.run(_main(Settings.from_env(os.environ)))
    except (SettingsError, StateError, OSError) as error:
        print(f"sipbridge does not start: {error}", file=sys.stderr)
        return 1
    if abandoned_joins():
        # Everything of ours is closed; livekit would hold the process for up to 15 s more.
        logging.shutdown()
        os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
