"""The cold transfer: the caller's own telephone is asked to call the human (REFER, RFC 3515).

Nobody is briefed, and the call is over for us once the human answered. A refusal leads to the warm
way. Whatever else comes back, or nothing, means unknown: the caller's telephone may be calling the
human. The room is looked at, and the REFER is never sent again.
"""

from __future__ import annotations

import asyncio
import logging

from agents.transfer.board import BoardError
from agents.transfer.scene import Scene
from telephony.contracts import HumanOffer, HumanSpec
from telephony.enums import TransferMode, TransferState

logger = logging.getLogger(__name__)

# A telephone that was transferred leaves within a second.
LEAVES_WITHIN_S = 3.0
# Without a SIP status, these alone say that no telephone is calling (Twirp's codes).
_REFUSED = frozenset(
    {
        "bad_route",
        "canceled",  # the caller's call ended, and nobody says that it was for the human
        "failed_precondition",
        "invalid_argument",
        "malformed",
        "not_found",
        "permission_denied",
        "resource_exhausted",
        "unauthenticated",
        "unimplemented",
    }
)


class Refer:
    """One REFER of one caller. ``done`` is set once it is known how it went."""

    def __init__(self, scene: Scene, offer: HumanOffer) -> None:
        self._scene = scene
        self._human = offer.human
        self.done = asyncio.Event()
        self.succeeded = False

    async def run(self) -> bool:
        """True when the caller talks to the human now, or will. Else the step says why not."""
        scene = self._scene
        scene.steps.human_id, scene.steps.mode = self._human.id, TransferMode.COLD
        scene.steps.tell(TransferState.DIALLING)
        try:
            await scene.board.refer(target(self._human), self._human.ring_s)
            self.succeeded = True
        except BoardError as error:
            if error.sip_status is None and str(error) not in _REFUSED:
                self.succeeded = await self._has_left()
            if not self.succeeded:
                scene.steps.tell(
                    TransferState.UNREACHABLE, sip_status=error.sip_status, detail=f"refer: {error}"
                )
        finally:
            self.done.set()
            if not self.succeeded:
                scene.steps.mode = TransferMode.WARM
        return self.succeeded

    async def _has_left(self) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + LEAVES_WITHIN_S
        while loop.time() < until:
            if not self._scene.board.tracks_of_caller():
                return True
            await asyncio.sleep(0.1)
        logger.warning("nobody knows how a REFER went; the caller is still here")
        return False


def target(human: HumanSpec) -> str:
    """The human's address, as a telephone can call it."""
    if human.host:
        return f"sip:{human.user}@{human.host}"
    return f"tel:{human.user}"
