"""The measure of people as its page shows it: shares in words, with interval and number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

# Under so many answers a share says little about a person.
FEW = 10


@dataclass(frozen=True, slots=True)
class Share:
    """A share in words, such as ``7 of 9`` with ``78 %`` and ``45–94 %``; empty where nothing was asked."""

    counts: str = ""
    percent: str = ""
    interval: str = ""
    is_few: bool = False

    @property
    def is_defined(self) -> bool:
        """Whether anything was asked."""
        return bool(self.counts)


@dataclass(frozen=True, slots=True)
class Twins:
    """How often a person scored a spoilt twin lower, by how much on average, and whether luck does it."""

    share: Share
    drop: str
    p: str


@dataclass(frozen=True, slots=True)
class Person:
    """A person's line, under their pseudonym."""

    rater: str
    judgements: int
    gold: Share
    planted: Share
    repeat: Share
    assisted: Share
    blind: Share
    seconds: str
    timed: int
    against: str = ""
    twins: Twins | None = None
    # Whose checks lie below the floor, whatever luck explains: what they are called, and the share.
    concerns: tuple[tuple[str, Share], ...] = ()


def share(rate: Mapping[str, Any] | None) -> Share:
    """A stored rate in words."""
    if not rate:
        return Share()
    hits, n = (number_format(rate[key], force_grouping=True) for key in ("hits", "n"))
    return Share(
        _("%(hits)s of %(n)s") % {"hits": hits, "n": n},
        _("%s %%") % round(100 * rate["value"]),
        _("%(low)s–%(high)s %%")
        % {"low": round(100 * rate["low"]), "high": round(100 * rate["high"])},
        rate["n"] < FEW,
    )


def people_of(body: Mapping[str, Any]) -> list[Person]:
    """All people of a stored report, in the order of their pseudonyms."""
    return [_person(row) for row in body.get("raters", ())]


def _person(row: Mapping[str, Any]) -> Person:
    seconds = row.get("seconds")
    return Person(
        rater=row["rater"],
        judgements=row.get("judgements", 0),
        gold=share(row.get("gold")),
        planted=share(row.get("planted")),
        repeat=share(row.get("repeat")),
        assisted=share(row.get("unchanged_assisted")),
        blind=share(row.get("unchanged_blind")),
        seconds=number_format(round(seconds, 1), 1) if seconds is not None else "",
        timed=row.get("timed", 0),
        against=_against(row.get("against")),
        twins=_twins(row.get("twins")),
        concerns=tuple(
            (_check_name(kind), _checked(row, kind)) for kind in row.get("concerns", ())
        ),
    )


def _checked(row: Mapping[str, Any], kind: str) -> Share:
    found = _twins(row["twins"]) if kind == "twins" else None
    return found.share if found else share(row[kind])


def _twins(found: Mapping[str, Any] | None) -> Twins | None:
    """A stored test on twins in words; None where there were none."""
    if not found or not found["pairs"]:
        return None
    lower, n = found["lower"], found["pairs"]
    told = {"value": lower["rate"], "low": lower["low"], "high": lower["high"], "n": n,
            "hits": round(lower["rate"] * n)}  # fmt: skip
    drop, p = number_format(found["drop"], 1), number_format(found["p"], 3)
    return Twins(share(told), drop, p)


def sureness_of(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the model says of people who judged the same, by what they were asked; skills in per cent,
    empty where they are withheld."""
    return [
        {
            **found,
            "people": [
                {**row, "shown": "" if found["withheld"] else _percent(row["skill"])}
                for row in found["people"]
            ],
        }
        for found in body.get("sureness", ())
    ]


def _against(ratio: float | None) -> str:
    """A pace against all people's, in words; empty where it is unknown."""
    if ratio is None:
        return ""
    shown = number_format(round(ratio, 1), decimal_pos=1)
    return _("%s × the usual") % shown


def sway_of(body: Mapping[str, Any]) -> str:
    """What the sight of a proposal does to people's answers, in a sentence; empty where unknown."""
    found = body.get("sway")
    if not found:
        return ""
    shares = {
        "shown": _percent(found["shown"]["rate"]), "unseen": _percent(found["unseen"]["rate"]),
        "n": found["shown_n"], "m": found["unseen_n"],
        "by": number_format(round(100 * found["by"])), "low": number_format(round(100 * found["low"])),
        "high": number_format(round(100 * found["high"])),
    }  # fmt: skip
    if found["low"] > 0:
        return (
            _(
                "Shown a proposal, people say just that on %(shown)s of %(n)s texts; where they do not "
                "see it on %(unseen)s of %(m)s. The sight of it moves them: by %(by)s points, %(low)s "
                "to %(high)s. Have a larger share judged blind."
            )
            % shares
        )
    return (
        _(
            "Shown a proposal, people say just that on %(shown)s of %(n)s texts; where they do not see "
            "it on %(unseen)s of %(m)s. The difference of %(by)s points, %(low)s to %(high)s, may be luck."
        )
        % shares
    )


def _percent(share: float) -> str:
    return _("%s %%") % round(100 * share)


def _check_name(kind: str) -> str:
    return {
        "gold": _("known answers right"),
        "planted": _("planted errors found"),
        "repeat": _("the same when asked again"),
        "twins": _("spoilt twins scored lower"),
    }[kind]


def concerned(body: Mapping[str, Any]) -> list[Person]:
    """The people of a stored report of whom something should be asked."""
    return [one for one in people_of(body) if one.concerns]
