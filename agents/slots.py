"""How many calls a worker takes: by counting them, the ones being set up included.

livekit-agents' own limit goes by load. While no call runs it takes one accepted call for a full
load divided by the idle processes, so of twelve callers who come at once it leaves all but two to
a worker that is not there.
"""

from __future__ import annotations

from livekit.agents import AgentServer, JobRequest


class Slots:
    """``most`` calls at once; what is beyond it LiveKit offers to another worker."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._beginning = 0

    def load(self, server: AgentServer) -> float:
        """0 to 1, for LiveKit to choose the emptier of two workers."""
        return min(1.0, (len(server.active_jobs) + self._beginning) / self.most)

    async def take(self, server: AgentServer, request: JobRequest) -> None:
        """Accept the call, or leave it to another worker."""
        if len(server.active_jobs) + self._beginning >= self.most:
            await request.reject(terminate=False)
            return
        self._beginning += 1
        try:
            await request.accept()  # returns once the job has its process
        finally:
            self._beginning -= 1
