"""Side-effect module: lazy one-time work, done once in the forkserver and inherited by each job.

Left undone, it costs each process 1.2 s of a core before it can take a call, 40 MB, and the first
call 20 to 200 ms on the event loop, while the caller waits for the greeting. Nothing here may start
a thread, a loop or a connection, as forks follow.
"""

from __future__ import annotations

import asyncio

import anyio._backends._asyncio  # noqa: F401 - httpx2 imports it at its first request
import openai.types.realtime
import pydantic
import uvloop
from livekit.agents.utils import http_context

from agents.tools.checked_http import tls
from agents.worker import set_up_django

asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # inherited: a sixth less of Python
set_up_django()

from agents import assembly, line, store  # noqa: E402, F401 - models want Django to be ready
from agents.transfer import music  # noqa: E402
from agents.turn_taking.hearing import vad_session  # noqa: E402

# The wire models build their validators at first use.
for _model in vars(openai.types.realtime).values():
    if isinstance(_model, type) and issubclass(_model, pydantic.BaseModel):
        _model.model_rebuild()

vad_session()
music.chosen(None)  # an operator's file may need livekit's resampler, which starts threads
tls()
http_context._create_ssl_context()  # cached; the same for the sessions of models and LiveKit's API
