"""The one module that agents may call: contract in, contract out, never a model.

Synchronous: it talks to the database. An async caller runs it in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from django.db import close_old_connections, connection

from telephony.contracts import (
    AnsweringPersona,
    CallArrival,
    CallPlan,
    CallRecord,
    HumanOffer,
    HumansFree,
    KnowledgePassage,
    NobodyOffer,
)
from telephony.services import humans, knowledge, spool
from telephony.services.calls import admit_call
from telephony.services.personas import personas_of_numbers
from telephony.services.record_lines import RefusedArrival, record_line, refusal_line
from telephony.services.records import store_call_records

__all__ = [
    "RefusedArrival",
    "answering_personas",
    "humans_free",
    "open_call",
    "record_line",
    "refusal_line",
    "reserve_human",
    "search_knowledge",
    "store_records",
    "store_spool",
]


def open_call(arrival: CallArrival) -> CallPlan:
    """Creates or finds the call, and claims it for the arrival's job by a conditional UPDATE.

    The same job may ask again. Raises CallRefusedError (unknown or inactive number, no published
    persona; the call is stored and ended with that reason) and CallAlreadyClaimedError (another
    job has it, or it has ended).
    """
    _fresh_connection()
    return admit_call(arrival=arrival)


def store_records(call_id: UUID, records: Sequence[CallRecord]) -> None:
    """Stores the records in one transaction; harmless when repeated. LookupError: unknown call.

    The same key again replaces a turn, a metric, a recording or what came of a tool, and leaves an
    event, a tool's beginning or a step of a transfer as it is. The first CallEnded wins. Records
    may come after the end.
    """
    _fresh_connection()
    store_call_records(call_id=call_id, records=records)


def answering_personas() -> list[AnsweringPersona]:
    """What is published of the personas of active numbers, each once, without its tools."""
    _fresh_connection()
    return personas_of_numbers()


def reserve_human(
    call_id: UUID, transfer_key: str, team_key: str, tried: Sequence[int]
) -> HumanOffer | NobodyOffer:
    """The next free human of the team that is not in ``tried``, reserved for this transfer.

    A team that the call's persona may not use, and one that does not exist, have nobody. A caller
    who waits keeps the place in the line while this is asked every 15 s or more often; every few
    seconds is best. Reservations end with the transfer, with a step that ``frees_human``, with the
    next question of the same transfer, and with the call. LookupError: unknown call.
    """
    _fresh_connection()
    return humans.reserve_human(
        call_id=call_id, transfer_key=transfer_key, team_key=team_key, tried=tried
    )


def humans_free(call_id: UUID, team_key: str) -> HumansFree:
    """Who could be rung for this call now, reserving nobody and taking no place in the line.

    Those who wait for the team are counted as served first. A team that the call's persona may not
    use has nobody, as ``reserve_human`` says it. LookupError: unknown call.
    """
    _fresh_connection()
    return humans.humans_free(call_id=call_id, team_key=team_key)


def search_knowledge(call_id: UUID, question: str, limit: int) -> list[KnowledgePassage]:
    """The best passages of the documents that the call's persona may use; none is an answer."""
    _fresh_connection()
    return knowledge.search(call_id=call_id, question=question, limit=limit)


def store_spool(folder: Path) -> int:
    """Stores what workers left in the spool; how many files. Raises OperationalError when away."""
    _fresh_connection()
    return spool.store_spool(folder=folder)


def _fresh_connection() -> None:
    # A worker has no requests, at whose ends Django would drop connections that died or aged.
    if not connection.in_atomic_block:
        close_old_connections()
