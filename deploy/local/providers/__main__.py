"""``python -m deploy.local.providers``: serve the stand-ins. See README.md for the environment."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from aiohttp import web

from deploy.local.providers.app import DEFAULT_SCENARIO, NAME, create_app
from deploy.local.providers.ears import EarsError
from deploy.local.providers.scenario import ScenarioError


def main() -> int:
    """Run until SIGINT or SIGTERM. Returns the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    host = os.environ.get("PROVIDERS_HOST", "127.0.0.1")
    scenario = Path(os.environ.get("PROVIDERS_SCENARIO") or DEFAULT_SCENARIO)
    try:
        port = int(os.environ["PROVIDERS_PORT"])
    except (KeyError, ValueError):
        print("providers: PROVIDERS_PORT must be a port number", file=sys.stderr)
        return 2
    print(f"{NAME} (not the real services): http://{host}:{port}", flush=True)
    try:
        web.run_app(create_app(scenario), host=host, port=port, print=None, shutdown_timeout=0.5)
    except (ScenarioError, EarsError, OSError) as error:
        print(f"providers: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
