"""May a machine stand in for a person? The stored alternative annotator test in a manager's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


@dataclass(frozen=True, slots=True)
class StandIn:
    """One machine: the verdict, whether it is a yes (None: not told yet), how many people it
    matched and how often it served as well as a person drawn at random."""

    machine: str
    is_yes: bool | None
    verdict: str
    matched: str
    advantage: str
    note: str = ""


def stand_ins(body: Mapping[str, Any]) -> list[StandIn]:
    """The machines of a stored report, those that pass first; reports made before have none."""
    made = [_stand_in(name, found) for name, found in body.get("replacement", {}).items()]
    return sorted(made, key=lambda one: (not one.is_yes, one.is_yes is None, one.machine))


def _stand_in(name: str, found: Mapping[str, Any]) -> StandIn:
    people = found["people"]
    if not people:
        least = found["least"]
        why = ngettext(
            "Each person needs %s text that another person and this machine have read too.",
            "Each person needs %s texts that another person and this machine have read too.",
            least,
        ) % number_format(least, force_grouping=True)
        return StandIn(name, None, _("not told yet"), "", "", why)
    beaten = sum(one["beaten"] for one in people)
    matched = _("%(beaten)s of %(people)s") % {"beaten": beaten, "people": len(people)}
    advantage = _("%s %%") % number_format(100 * found["advantage"], decimal_pos=0)
    note = _("Two people are few; three or more make the verdict dependable.")
    return StandIn(
        name,
        bool(found["passes"]),
        _("yes, here") if found["passes"] else _("no"),
        matched,
        advantage,
        note if len(people) < 3 else "",
    )
