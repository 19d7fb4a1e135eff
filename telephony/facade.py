"""The one module that agents may call: contract in, contract out, never a model.

Synchronous: it talks to the database. An async caller runs it in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import close_old_connections, connection

from telephony.contracts import CallArrival, CallPlan, CallRecord
from telephony.services.calls import admit_call
from telephony.services.records import store_call_records


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

    The same key again replaces a turn or a metric, and leaves an event or a tool call as it is.
    The first CallEnded wins. Records may come after the end.
    """
    _fresh_connection()
    store_call_records(call_id=call_id, records=records)


def _fresh_connection() -> None:
    # A worker has no requests, at whose ends Django would drop connections that died or aged.
    if not connection.in_atomic_block:
        close_old_connections()
