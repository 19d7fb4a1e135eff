"""Side-effect module: lazy one-time work, done once in the forkserver and inherited by each job.

Left undone, each costs the first call of a process 20 to 200 ms on the event loop, while the caller
waits for the greeting. Nothing here may start a thread or a loop, as forks follow.
"""

from __future__ import annotations

import anyio._backends._asyncio  # noqa: F401 - httpx2 imports it at its first request
import openai.types.realtime
import pydantic
from livekit.agents.utils import http_context

import agents.assembly
from agents.tools.checked_http import tls

# The wire models build their validators at first use.
for _model in vars(openai.types.realtime).values():
    if isinstance(_model, type) and issubclass(_model, pydantic.BaseModel):
        _model.model_rebuild()

tls()
http_context._create_ssl_context()  # cached; the same for the sessions of models and LiveKit's API
__all__ = ["agents"]
