"""What is known of a call: the caller's leg as the SIP service describes it, and the call's clock.

Attribute names are livekit-sip's (``sip.*`` on the participant).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from agents.ports import Clock
from telephony.contracts import CallArrival

CALL_STATUS = "sip.callStatus"
ACTIVE = "active"
MAX_ATTRIBUTE_CHARS = 255


class WallClock:
    """The real ``Clock``."""

    def now(self) -> float:
        return time.time()


class CallClock:
    """Milliseconds since the answer; negative before it. Until the answer, zero is the arrival."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or WallClock()
        self.zero = self._clock.now()

    def now(self) -> float:
        return self._clock.now()

    def answered(self) -> None:
        """Set zero to now."""
        self.zero = self._clock.now()

    def ms(self, at: float | None = None) -> int:
        """Return ``at`` (seconds since the epoch, now by default) on the call's clock."""
        return round(((self._clock.now() if at is None else at) - self.zero) * 1000)

    @staticmethod
    def moment(at: float) -> datetime:
        return datetime.fromtimestamp(at, tz=UTC)


def arrival_from_attributes(
    attributes: Mapping[str, str],
    *,
    room_name: str,
    job_id: str,
    worker_id: str,
    identity: str,
    metadata: str = "",
) -> CallArrival:
    """Read the caller's leg and the dispatch's metadata.

    Everything in the leg comes from outside, so each value is cut and kept.
    """

    def attribute(name: str) -> str:
        printable = "".join(c for c in attributes.get(name, "") if c.isprintable())
        return printable.strip()[:MAX_ATTRIBUTE_CHARS]

    return CallArrival(
        room_name=room_name,
        job_id=job_id,
        worker_id=worker_id,
        participant_identity=identity,
        called_number=attribute("sip.trunkPhoneNumber"),
        caller_number=attribute("sip.phoneNumber"),
        livekit_trunk_id=attribute("sip.trunkID"),
        livekit_rule_id=attribute("sip.ruleID"),
        livekit_call_id=attribute("sip.callID"),
        sip_call_id=attribute("sip.callIDFull"),
        asked=_asked(metadata),
    )


def _asked(metadata: str) -> str:
    """The watchdog's mark; a first dispatch has none, and another's may be anything."""
    try:
        content = json.loads(metadata)
    except ValueError:
        return ""
    return str(content.get("asked") or "") if isinstance(content, dict) else ""
