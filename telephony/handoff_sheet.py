"""What a human who takes a call over should know: read on the transcript page and the call's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from telephony.enums import EventKind
from telephony.models import Call, CallEvent, Transfer
from telephony.queries import handoff_details
from telephony.timeline import Entry, clock, said_and_done


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """One reason of a frustration score, with the turn that it came from."""

    reason: str
    weight: str
    clock: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frustration:
    """The highest score so far; ``score`` is a share such as 72%."""

    score: str
    contributions: tuple[Contribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    clock: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """A hand-over and its steps, to be read. ``why`` and ``briefing`` are people's words."""

    transfer: Transfer
    team: str
    human: str
    steps: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffSheet:
    """``transfer`` is the newest; None before there is one."""

    call: Call
    entries: tuple[Entry, ...]
    transfer: Transfer | None
    frustration: Frustration | None

    @property
    def live(self) -> bool:
        return self.call.ended_at is None


def handoff_sheet(call_id: UUID) -> HandoffSheet | None:
    """All that is shown, in a fixed number of queries; None for a call that does not exist."""
    call = handoff_details().filter(pk=call_id).first()
    if call is None:
        return None
    return HandoffSheet(
        call=call,
        entries=tuple(said_and_done(call)),
        transfer=next(iter(call.transfers.all()), None),
        frustration=frustration_of(call),
    )


def transfer_lines(call: Call) -> list[TransferLine]:
    """Newest first; of a call whose transfers and steps are loaded."""
    return [
        TransferLine(
            transfer=transfer,
            team=str(transfer.team or ""),
            human=str(transfer.human or ""),
            steps=tuple(
                StepLine(
                    clock=clock(step.at_ms) if step.at_ms is not None else "",
                    state=step.get_state_display(),
                    detail=", ".join(
                        _step_facts(step.sip_status, str(step.human or ""), step.detail)
                    ),
                )
                for step in transfer.steps.all()
            ),
        )
        for transfer in call.transfers.all()
    ]


def _step_facts(sip_status: int | None, human: str, detail: str) -> list[str]:
    return [fact for fact in (human, f"SIP {sip_status}" if sip_status else "", detail) if fact]


def frustration_of(call: Call) -> Frustration | None:
    """The highest score of a call and every reason that was told, in the order of the clock; None
    when nothing was scored."""
    events = [event for event in call.events.all() if event.kind == EventKind.FRUSTRATION.value]
    if not events:
        return None
    turns = {turn.key: turn for turn in call.turns.all()}
    found: dict[tuple[str, str], Contribution] = {}
    for event in events:
        for reason, key, weight in _reasons(event.detail):
            turn = turns.get(key)
            found[reason, key] = Contribution(
                reason=reason.replace("_", " "),
                weight=f"{weight:+.2f}" if isinstance(weight, int | float) else "",
                clock=clock(turn.start_ms) if turn is not None else "",
                words=turn.text if turn is not None else "",
            )
    score = max(_score(event) for event in events)
    return Frustration(score=f"{score:.0%}", contributions=tuple(found.values()))


def _score(event: CallEvent) -> float:
    value = event.detail.get("score") if isinstance(event.detail, dict) else None
    return float(value) if isinstance(value, int | float) else 0.0


def _reasons(detail: Any) -> Iterator[tuple[str, str, Any]]:
    """Name, turn's key and weight of each; a reason without a turn is of the event's."""
    reasons = detail.get("reasons") if isinstance(detail, dict) else None
    for reason in reasons if isinstance(reasons, list) else []:
        named: Mapping[str, Any] = reason if isinstance(reason, dict) else {"reason": reason}
        turn = named.get("turn") or detail.get("turn") or ""
        yield str(named.get("reason", "")), str(turn), named.get("weight")
