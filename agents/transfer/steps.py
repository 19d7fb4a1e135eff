"""The steps of one transfer, as records: numbered, timed, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agents.call_context import CallClock
from agents.recorder import Recorder
from telephony.contracts import TeamSpec, TransferRecord
from telephony.enums import TransferCause, TransferMode, TransferState


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody wants a human: ``why`` in the words of the agent or the caller."""

    cause: TransferCause
    team: TeamSpec
    why: str = ""


class Steps:
    """``key`` is unique in its call. ``state`` is the last step told."""

    def __init__(self, recorder: Recorder, clock: CallClock, key: str, request: Request) -> None:
        self.key = key
        self.request = request
        self.state: TransferState | None = None
        self.mode = TransferMode.WARM
        self.human_id: int | None = None
        self._recorder = recorder
        self._clock = clock
        self._count = 0

    @property
    def over(self) -> bool:
        return self.state is not None and self.state.is_final

    def tell(self, state: TransferState, **facts: Any) -> None:
        """``facts`` are fields of TransferRecord. What comes after the final step is dropped."""
        if self.over:
            return
        self.state = state
        self._count += 1
        now = self._clock.now()
        self._recorder.transfer(
            TransferRecord(
                transfer_key=self.key,
                step=self._count,
                state=state,
                at_ms=self._clock.ms(now),
                occurred_at=self._clock.moment(now),
                cause=self.request.cause,
                mode=self.mode,
                team=self.request.team.key,
                human_id=self.human_id,
                why=self.request.why,
                **facts,
            )
        )
