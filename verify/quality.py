"""The stored report on quality as its page shows it: answers first, figures under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate import languages
from annotate.templatetags.quality import method_words

from .measured import figure

# Fewer audited texts than this say little about what was accepted.
FEW = 20
# What stays wrong is called much from here on.
MUCH = 0.05
# A label is called weak when this share of its proposals was changed, of so many.
WEAK, LEAST = 0.15, 10
NOTHING, BORDER = "–", "border"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: in words, and where (the name of an address and its query)."""

    text: str
    to: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the confusion matrix."""

    was: str
    now: str
    n: int
    share: float
    is_right: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """Proposed labels by rows, decided ones by columns; ``rows`` are (label, cells)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    weak: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's line in the table of what to pay for."""

    name: str
    accuracy: Mapping[str, Any]
    marginal: float | None
    cost: float
    per_right: float | None
    texts: str


@dataclass(frozen=True, slots=True)
class Panel:
    """The machines of a language: what each and each way of combining them is worth.

    ``pairs`` are the rows of a square table of how errors correlate, as ``together`` gives them.
    """

    machines: tuple[Machine, ...]
    aggregates: tuple[tuple[str, Mapping[str, Any]], ...]
    marks: int
    verdict: str
    effective: float | None
    withheld: str
    pairs: tuple[tuple[str, tuple[float | str | None, ...]], ...]


def matrix(cells: Sequence[Mapping[str, Any]]) -> Matrix | None:
    """The stored cells as a table; None where nothing was marked."""
    counts = {(cell["was"], cell["is"]): cell["n"] for cell in cells}
    if not counts:
        return None
    labels = sorted({name for pair in counts for name in pair} - {NOTHING, BORDER})
    columns = [*labels, *(name for name in (BORDER, NOTHING) if any(b == name for _a, b in counts))]
    rows, weak = [], []
    for was in [*labels, *([NOTHING] if any(a == NOTHING for a, _b in counts) else [])]:
        whole = sum(counts.get((was, now), 0) for now in columns)
        if not whole:
            continue
        row = []
        for now in columns:
            n = counts.get((was, now), 0)
            row.append(Cell(was, now, n, n / whole, was == now) if n else None)
        rows.append((was, tuple(row)))
        changed = whole - counts.get((was, was), 0)
        if was != NOTHING and whole >= LEAST and changed / whole >= WEAK:
            weak.append((was, changed, whole))
    weak.sort(key=lambda one: -one[1] / one[2])
    return Matrix(tuple(columns), tuple(rows), tuple(weak))


def judges(stored: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each judge beside people, its coefficients as figures to print."""
    return [
        {**row, "linear": figure(row["linear"]), "pearson": figure(row["pearson"])}
        for row in stored
    ]


def panel(stored: Mapping[str, Any]) -> Panel | None:
    """The machines of a language; None where none answered what people judged."""
    found, health = stored.get("worth"), stored.get("health")
    if not found or not health:
        return None
    whole = stored.get("whole", {})
    machines = [
        Machine(
            row["rater"], row["accuracy"], row["marginal"], row["cost"], row["cost_per_right"],
            _of(whole.get(row["rater"])),
        )
        for row in found["members"]
    ]  # fmt: skip
    machines.sort(key=lambda one: -(one.accuracy["value"] or 0))
    aggregates = sorted(found["aggregates"].items(), key=lambda pair: -(pair[1]["value"] or 0))
    return Panel(
        tuple(machines), tuple(aggregates), found["known"], _verdict(found), health["effective"],
        _withheld(health), together(health["correlation"]),
    )  # fmt: skip


def together(
    pairs: Iterable[Sequence[Any]],
) -> tuple[tuple[str, tuple[float | str | None, ...]], ...]:
    """Pairs (one, two, correlation of errors) as the rows of a square table: (name, cells).

    The cell of a machine with itself is ``"self"``, one that is not known None.

    >>> together([("a", "b", 0.5), ("a", "c", None), ("b", "c", -0.1)])[1]
    ('b', (0.5, 'self', -0.1))
    """
    known: dict[tuple[str, str], float | None] = {}
    for one, two, rho in pairs:
        known[one, two] = known[two, one] = rho
    names = sorted({name for pair in known for name in pair})
    return tuple(
        (one, tuple("self" if one == two else known.get((one, two)) for two in names))
        for one in names
    )


def _of(counts: Mapping[str, int] | None) -> str:
    if not counts:
        return ""
    return _("%(right)s of %(n)s") % {
        "right": number_format(counts["right"], force_grouping=True),
        "n": number_format(counts["n"], force_grouping=True),
    }


def _verdict(found: Mapping[str, Any]) -> str:
    """Which machines to pay for, in a sentence."""
    method, top = max(found["aggregates"].items(), key=lambda pair: pair[1]["value"] or 0)
    alone = found["best_fair"]
    shares = {"best": found["best"], "method": method_words(method), "n": len(found["members"])}
    if alone is None or top["value"] is None:
        return _("Too few marks are known to say which panel is worth its price.")
    shares |= {"alone": _share(alone), "top": _share(top["value"])}
    if len(found["members"]) == 1:
        return _("Only %(best)s answered: there is nothing to compare it with.") % shares
    if top["value"] <= alone:
        return (
            _(
                "Pay for %(best)s alone: a machine picked on other texts is right on %(alone)s of "
                "the marks, and no way of combining all %(n)s does better (%(method)s: %(top)s)."
            )
            % shares
        )
    return (
        _(
            "Pay for all %(n)s: combined by %(method)s they are right on %(top)s of the marks, "
            "against %(alone)s for one machine picked on other texts."
        )
        % shares
    )


def _withheld(health: Mapping[str, Any]) -> str:
    """Why a certainty that a model of the panel states is not shown; empty where it could be."""
    if not health["withheld"]:
        return ""
    rho = health["mean_correlation"]
    if rho is None:
        return _("Too little is known of their errors to believe a model's certainty about them.")
    return _(
        "Their errors correlate by %(rho)s, so %(n)s machines are worth %(worth)s independent ones. "
        "How certain a model of them is, is not shown."
    ) % {
        "rho": number_format(round(rho, 2), decimal_pos=2), "n": len(health["raters"]),
        "worth": number_format(round(health["effective"] or 1, 1), decimal_pos=1),
    }  # fmt: skip


def _share(value: float) -> str:
    return _("%s %%") % number_format(round(100 * value, 1), decimal_pos=1)


def steps(
    body: Mapping[str, Any], concerns: Iterable[str], certified: set[str], lang: str
) -> list[Step]:
    """What to do next, the most useful first, each with where to do it."""
    made: list[Step] = []
    for row in body["errors"]:
        tag = row["language"]
        if row["judged"] or row["accepted"]:
            made += _language_steps(row, body, certified, tag, languages.name(tag, lang))
    for name in concerns:
        made.append(
            Step(_("Talk with %s: what their checks found is below the floor.") % name, "raters")
        )
    cost = body["cost"].get("pay")
    if cost and not cost["is_met"]:
        shares = {"price": cost["fair_price"], "currency": body["cost"]["currency"]}
        made.append(
            Step(
                _("Raise the pay for a text to %(price)s %(currency)s: it misses the floor.")
                % shares,
                "pay",
            )
        )
    return made


def _language_steps(
    row: Mapping[str, Any], body: Mapping[str, Any], certified: set[str], tag: str, name: str
) -> list[Step]:
    made = []
    audited, accepted, left = row["audited"], row["accepted"], row["left"]
    if accepted and audited < min(FEW, accepted):
        text = ngettext(
            "%(language)s: only %(n)s accepted text was looked at. Judge the audit first.",
            "%(language)s: only %(n)s accepted texts were looked at. Judge the audit first.",
            audited,
        ) % {"language": name, "n": audited}
        made.append(Step(text, "review"))
    elif left and left["rate"] > MUCH:
        text = _("%(language)s: about %(share)s stays wrong. Send more to people.")
        made.append(
            Step(text % {"language": name, "share": _share(left["rate"])}, "simulator", tag)
        )
    table = matrix(body["confusion"].get(tag, ()))
    for label, changed, whole in (table.weak if table else ())[:2]:
        text = _(
            "%(language)s: people changed %(changed)s of %(n)s marks proposed as %(label)s. Look at "
            "them, and let the guidelines say what to do."
        )
        shares = {"language": name, "changed": changed, "n": whole, "label": label}
        made.append(Step(text % shares, "weak", tag))
    if left and left["rate"] <= MUCH and tag not in certified and audited >= min(FEW, accepted):
        made.append(Step(_("%s: plan a certificate.") % name, "certificates", tag))
    return made
