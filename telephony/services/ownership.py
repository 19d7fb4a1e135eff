"""What LiveKit holds of one kind, and which of it is this installation's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from telephony.models import SipTrunk
from telephony.services.livekit_specs import MANAGED_BY


class Existing:
    """``site``: ours. ``known``: the trunks (by key) whose LiveKit ids of this kind are stored.

    What is marked without a site was made by a version that marked none: it is ours when its id is
    stored, and marked anew by the next comparison. Another installation's is not.
    """

    def __init__(
        self, infos: Sequence[Any], id_name: str, *, site: str, known: Mapping[str, int]
    ) -> None:
        self._id_name = id_name
        self._ours: list[tuple[int, Any]] = []
        self.foreign: list[Any] = []
        for info in infos:
            owner = _owner(info.metadata, site, known.get(getattr(info, id_name)))
            if owner is None:
                self.foreign.append(info)
            else:
                self._ours.append((owner, info))

    def of(self, trunk: SipTrunk, id_field: str) -> Any | None:
        """The one whose id is stored, else one that names the trunk (its id was never stored)."""
        mine = [info for owner, info in self._ours if owner == trunk.pk]
        stored = getattr(trunk, id_field)
        for info in mine:
            if getattr(info, self._id_name) == stored:
                return info
        return mine[0] if mine else None

    def not_of(self, trunks: Sequence[SipTrunk], id_field: str) -> list[Any]:
        """Ours that belong to none of the trunks, second copies included."""
        kept = [id(info) for trunk in trunks if (info := self.of(trunk, id_field)) is not None]
        return [info for _, info in self._ours if id(info) not in kept]


def _owner(metadata: str, site: str, known: int | None) -> int | None:
    """The key of the trunk it was made for; None where it is not ours."""
    try:
        parsed = json.loads(metadata) if metadata else None
    except (ValueError, RecursionError):  # somebody else's: anything at all
        return None
    if not isinstance(parsed, dict) or parsed.get("managed_by") != MANAGED_BY:
        return None
    trunk = parsed.get("trunk")
    if not isinstance(trunk, int) or trunk is True:
        return None
    ours = parsed["site"] == site if "site" in parsed else trunk == known
    return trunk if ours else None
