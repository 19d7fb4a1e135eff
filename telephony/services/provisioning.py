"""Makes LiveKit's trunks and dispatch rules what the admin says; run as often as you like.

Ours carry ``{"managed_by": "contactcenter", "site": ours, "trunk": id}`` as metadata; what does
not is never touched. One dispatch rule for each inbound trunk, bound to it: a rule without
trunk_ids takes any call from anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from django.utils import timezone
from livekit.protocol.sip import (
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
)

from telephony import livekit_client, queue
from telephony.enums import SyncState, TrunkDirection
from telephony.livekit_client import LiveKitError, LiveKitRefusedError
from telephony.models import LiveKitCheck, SipTrunk
from telephony.services.foreign import foreign_findings
from telephony.services.livekit_diff import differences
from telephony.services.livekit_specs import (
    dispatch_rule_info,
    inbound_trunk_info,
    outbound_trunk_info,
)
from telephony.services.ownership import Existing

log = structlog.get_logger(__name__)

QUEUE_IS_AWAY = "The task queue does not answer: run `manage.py sync_livekit`."

Info = TypeVar("Info", SIPInboundTrunkInfo, SIPOutboundTrunkInfo, SIPDispatchRuleInfo)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    action: str  # create, update, delete
    kind: str  # inbound trunk, outbound trunk, dispatch rule
    name: str
    details: tuple[str, ...] = ()  # of an update: what changes

    def __str__(self) -> str:
        return f"{self.action} {self.kind} {self.name!r}"


@dataclass(slots=True)
class SyncReport:
    changes: list[Change] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)  # by the trunk's name
    foreign: list[str] = field(default_factory=list)  # not ours, and could take calls

    @property
    def ok(self) -> bool:
        return not self.errors


def request_sync(*, trunk_ids: Iterable[int] = ()) -> None:
    """Marks the trunks as changed and has a worker synchronise once this transaction commits.

    A broker that does not take it is said on the trunks. Raises as ``queue.enqueue``.
    """
    trunks = SipTrunk.objects.filter(pk__in=list(trunk_ids))
    trunks.update(sync_state=SyncState.PENDING.value, sync_error="")
    queue.enqueue(
        queue.SYNC_LIVEKIT,
        when_refused=lambda: trunks.update(
            sync_state=SyncState.FAILED.value, sync_error=QUEUE_IS_AWAY
        ),
    )


def sync_livekit(*, dry_run: bool = False) -> SyncReport:
    """Reconciles once. LiveKitError when nothing could be read, stored on unsynced trunks too.

    What LiveKit refuses for one trunk is in the report and on that trunk; the others go on.
    """
    try:
        report = _Reconciliation(dry_run=dry_run).run()
        if report.errors:
            # Once more from a fresh look: what a trunk was refused may be free now that another
            # was updated, or may be there already, made by a run beside this one.
            again = _Reconciliation(dry_run=dry_run).run()
            report.changes += [c for c in again.changes if c not in report.changes]
            report.errors = again.errors
        if not dry_run:
            _note_check(foreign=report.foreign)
        return report
    except LiveKitError as error:
        if not dry_run:
            _note_check(error=str(error))
            SipTrunk.objects.exclude(sync_state=SyncState.SYNCED.value).update(
                sync_state=SyncState.FAILED.value, sync_error=str(error)
            )
        raise


def _note_check(*, foreign: Sequence[str] | None = None, error: str = "") -> None:
    """For the pages. What was foreign at the last look stays until a look says otherwise."""
    values: dict[str, Any] = {"checked_at": timezone.now(), "error": error}
    if foreign is not None:
        values["foreign"] = list(foreign)
    LiveKitCheck.objects.update_or_create(pk=1, defaults=values)
    if foreign:
        log.error("foreign_livekit_rules", count=len(foreign))


class _Reconciliation:
    def __init__(self, *, dry_run: bool) -> None:
        self._dry_run = dry_run
        self._report = SyncReport()
        trunks = SipTrunk.objects.prefetch_related("phone_numbers").order_by("pk")
        self._trunks = list(trunks)
        self._site = LiveKitCheck.current(create=not dry_run).site_id.hex
        known = {
            "sip_trunk_id": {t.livekit_trunk_id: t.pk for t in trunks},
            "sip_dispatch_rule_id": {t.livekit_rule_id: t.pk for t in trunks},
        }

        def existing(infos: Sequence[Info], id_name: str) -> Existing:
            return Existing(infos, id_name, site=self._site, known=known[id_name])

        self._inbound = existing(livekit_client.list_inbound_trunks(), "sip_trunk_id")
        self._outbound = existing(livekit_client.list_outbound_trunks(), "sip_trunk_id")
        self._rules = existing(livekit_client.list_dispatch_rules(), "sip_dispatch_rule_id")

    def run(self) -> SyncReport:
        wanted_in = [t for t in self._trunks if _wanted(t, TrunkDirection.INBOUND)]
        wanted_out = [t for t in self._trunks if _wanted(t, TrunkDirection.OUTBOUND)]
        # First away with what is gone: a number may have moved from there to another trunk.
        self._delete("dispatch rule", self._rules.not_of(wanted_in, "livekit_rule_id"))
        self._delete("inbound trunk", self._inbound.not_of(wanted_in, "livekit_trunk_id"))
        self._delete("outbound trunk", self._outbound.not_of(wanted_out, "livekit_trunk_id"))
        for trunk in self._trunks:
            if trunk not in wanted_in and trunk not in wanted_out:
                self._forget(trunk)
        for trunk in wanted_in + wanted_out:
            self._settle(trunk)
        self._report.foreign = foreign_findings(
            trunks=self._inbound.foreign,
            rules=self._rules.foreign,
            our_trunk_ids=[t.livekit_trunk_id for t in wanted_in if t.livekit_trunk_id],
            our_numbers=[n for t in wanted_in for n in inbound_trunk_info(t, self._site).numbers],
        )
        return self._report

    def _settle(self, trunk: SipTrunk) -> None:
        try:
            if trunk.direction == TrunkDirection.INBOUND.value:
                self._settle_inbound(trunk)
            else:
                self._settle_outbound(trunk)
        except LiveKitRefusedError as error:
            self._report.errors[trunk.name] = str(error)
            if not self._dry_run:
                trunk.record_sync(sync_state=SyncState.FAILED.value, sync_error=str(error))
            return
        if not self._dry_run and trunk.sync_state != SyncState.SYNCED.value:
            trunk.record_sync(
                sync_state=SyncState.SYNCED.value, sync_error="", synced_at=timezone.now()
            )

    def _settle_inbound(self, trunk: SipTrunk) -> None:
        trunk_id = self._put(
            "inbound trunk",
            trunk,
            self._inbound.of(trunk, "livekit_trunk_id"),
            inbound_trunk_info(trunk, self._site),
            livekit_client.create_inbound_trunk,
            livekit_client.replace_inbound_trunk,
            "livekit_trunk_id",
        )
        self._put(
            "dispatch rule",
            trunk,
            self._rules.of(trunk, "livekit_rule_id"),
            dispatch_rule_info(trunk, trunk_id, self._site),
            livekit_client.create_dispatch_rule,
            livekit_client.replace_dispatch_rule,
            "livekit_rule_id",
        )

    def _settle_outbound(self, trunk: SipTrunk) -> None:
        self._put(
            "outbound trunk",
            trunk,
            self._outbound.of(trunk, "livekit_trunk_id"),
            outbound_trunk_info(trunk, self._site),
            livekit_client.create_outbound_trunk,
            livekit_client.replace_outbound_trunk,
            "livekit_trunk_id",
        )

    def _put(
        self,
        kind: str,
        trunk: SipTrunk,
        existing: Info | None,
        wanted: Info,
        create: Callable[[Info], str],
        replace: Callable[[str, Info], None],
        id_field: str,
    ) -> str:
        """Creates or replaces where needed; returns (and stores) LiveKit's id."""
        if existing is None:
            self._note("create", kind, trunk.name)
            livekit_id = "" if self._dry_run else create(wanted)
        else:
            livekit_id = _id_of(existing)
            if changes := differences(existing, wanted):
                self._note("update", kind, trunk.name, changes)
                if not self._dry_run:
                    replace(livekit_id, wanted)
        if not self._dry_run and getattr(trunk, id_field) != livekit_id:
            trunk.record_sync(**{id_field: livekit_id})
        return livekit_id

    def _delete(self, kind: str, infos: Iterable[Any]) -> None:
        for info in infos:
            self._note("delete", kind, info.name)
            if self._dry_run:
                continue
            try:
                if isinstance(info, SIPDispatchRuleInfo):
                    livekit_client.delete_dispatch_rule(info.sip_dispatch_rule_id)
                else:
                    livekit_client.delete_trunk(info.sip_trunk_id)
            except LiveKitRefusedError as error:
                if error.code != "not_found":
                    self._report.errors[info.name] = str(error)

    def _forget(self, trunk: SipTrunk) -> None:
        """A trunk that is switched off has nothing in LiveKit."""
        stored = (trunk.livekit_trunk_id, trunk.livekit_rule_id, trunk.sync_state)
        if not self._dry_run and stored != ("", "", SyncState.SYNCED.value):
            trunk.record_sync(
                livekit_trunk_id="",
                livekit_rule_id="",
                sync_state=SyncState.SYNCED.value,
                sync_error="",
                synced_at=timezone.now(),
            )

    def _note(self, action: str, kind: str, name: str, details: Sequence[str] = ()) -> None:
        self._report.changes.append(
            Change(action=action, kind=kind, name=name, details=tuple(details))
        )


def _wanted(trunk: SipTrunk, direction: TrunkDirection) -> bool:
    return trunk.active and trunk.direction == direction.value


def _id_of(info: Any) -> str:
    if isinstance(info, SIPDispatchRuleInfo):
        return info.sip_dispatch_rule_id
    return str(info.sip_trunk_id)
