"""Cards fetched ahead: the seats a person holds, the next ones leased with them, and their cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from annotate.models import Project

from .access import Holder
from .actions.claim import LEASE, claim_ahead
from .card import cards_of
from .errors import SubmissionError

# What counts where a project's policy says nothing; the form of the policy shows the same.
AHEAD = 3
PACK_HOURS = 12
# Seats a person may be given at a time, the one on screen included.
MOST = 20
MOST_KNOWN = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What a desk asks for: ``wanted`` seats held in all, and the cards of those it does not have.

    A ``pack`` is taken along without network, so its leases run for hours.
    """

    wanted: int
    have: frozenset[int] = frozenset()
    pack: bool = False


def read_ahead(data: Mapping[str, Any]) -> Asked | None:
    """What a request says under ``ahead``; None without it. Raises SubmissionError."""
    value = data.get("ahead")
    if value is None:
        return None
    rows = value if isinstance(value, dict) else {}
    wanted, have = rows.get("wanted"), rows.get("have", [])
    if not _is_count(wanted) or wanted > MOST:
        raise SubmissionError([f"ahead: wanted is a number from 0 to {MOST}."])
    if not isinstance(have, list) or len(have) > MOST_KNOWN or not all(map(_is_count, have)):
        raise SubmissionError([f"ahead: have lists at most {MOST_KNOWN} numbers of seats."])
    return Asked(wanted, frozenset(have), rows.get("pack") is True)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def cards_ahead(project: Project, holder: Holder, asked: Asked, now: datetime) -> dict[str, Any]:
    """Lease and show: ``seats`` in the order of asking, and ``cards`` of those that are new.

    A seat that the desk has and that is not among ``seats`` is lost to it. ``lease_seconds`` is when
    the first of the leases runs out.
    """
    lease = LEASE
    most = project.policy.get("ahead", AHEAD) + 1
    if asked.pack:
        lease, most = timedelta(hours=project.policy.get("pack_hours", PACK_HOURS)), MOST
    seats = claim_ahead(
        project, holder.rater, holder.pools,
        wanted=min(asked.wanted, most, MOST), now=now, lease=lease,
    )  # fmt: skip
    new = [seat.pk for seat in seats if seat.pk not in asked.have]
    first = min((seat.lease_until or now for seat in seats), default=now + lease)
    return {
        "seats": [seat.pk for seat in seats],
        "cards": cards_of(project, new),
        "lease_seconds": int((first - now).total_seconds()),
    }
