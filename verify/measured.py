"""A stored agreement report as the page shows it: figures in words, tables, a map of pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

# How far up the scale a cell of the map is coloured: from 0 (at most none of it) to 5.
STEPS = (0.0, 0.4, 0.6, 0.8, 0.9)

# Krippendorff, Content Analysis, 4th edition, chapter 12: what is asked for, and for tentative use.
RELIABLE, TENTATIVE = 0.8, 2 / 3

# Below so many items an interval says little: it is drawn from the same few texts again and again.
FEW = 10

MEASURES = ("exact", "overlap", "border", "label_given_border")


@dataclass(frozen=True, slots=True)
class Figure:
    """A coefficient to print: its value with interval and n, or the reason why there is none."""

    value: float | None
    text: str
    interval: str
    reason: str
    items: int
    low: float | None = None

    @property
    def is_defined(self) -> bool:
        """Whether there is a value."""
        return self.value is not None

    @property
    def step(self) -> int:
        """How strongly a cell with this value is coloured, 0 to 5."""
        return sum(self.value > bound for bound in STEPS) if self.value is not None else 0

    @property
    def basis(self) -> str:
        """The number of items it rests on, in words."""
        shown = number_format(self.items, force_grouping=True)
        return ngettext("%s item", "%s items", self.items) % shown


def figure(coefficient: Mapping[str, Any] | None, absent: str = "") -> Figure:
    """A stored coefficient as a figure; None gives one that is undefined because of ``absent``."""
    if coefficient is None:
        return Figure(None, "", "", absent, 0)
    value, low, high = (coefficient.get(key) for key in ("value", "low", "high"))
    reason = str(coefficient.get("reason") or "") if value is None else ""
    interval = f"{_two(low)}–{_two(high)}" if low is not None and high is not None else ""
    text = _two(value) if value is not None else ""
    return Figure(value, text, interval, reason, int(coefficient.get("items") or 0), low)


def _two(value: float) -> str:
    # Adding 0 turns a rounded -0.0 into 0.0.
    return number_format(round(value, 2) + 0.0, decimal_pos=2)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, and its figures."""

    name: str
    figures: tuple[Figure, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A pair of raters in the map; None for a rater beside themselves or a pair that shares nothing."""

    figure: Figure | None
    shared: int = 0
    is_self: bool = False
    other: str = ""


@dataclass(frozen=True, slots=True)
class RaterRow:
    """A rater's line of the map."""

    name: str
    is_machine: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything the page shows of one set of raters in one language."""

    items: int
    readings: int
    raters: int
    alpha: Figure
    scores: tuple[Row, ...]
    questions: tuple[Row, ...]
    labels: tuple[Row, ...]
    pairs: tuple[RaterRow, ...]
    verdict: str


def measured(body: Mapping[str, Any], people: Iterable[str], measure: str = "exact") -> Measured:
    """One report (``people`` alone or ``with_machines``); ``measure`` colours the map of pairs."""
    part = body["slices"][0]
    alpha = figure(part["span_alpha"], why_undefined(body["items"]))
    pooled = part["pooled"] or {}
    return Measured(
        items=body["items"],
        readings=body["readings"],
        raters=part["raters"],
        alpha=alpha,
        scores=tuple(
            Row(name, (figure(pooled.get(key), alpha.reason),), note)
            for key, name, note in _score_names()
        )
        if pooled
        else (),
        questions=tuple(
            Row(row["question"], (figure(row["alpha"]),), row["level"]) for row in part["questions"]
        ),
        labels=tuple(
            Row(row["label"], tuple(figure(row[key]) for key in ("alpha", "exact", "overlap")))
            for row in part["labels"]
        ),
        pairs=_pairs(part["pairs"], frozenset(people), measure),
        verdict=_verdict(alpha),
    )


def why_undefined(shared: int) -> str:
    """Why there is no figure over spans at all, where so many items were read by two."""
    if not shared:
        return _("no item has been read by two")
    return _("nobody marked a span in the items that two have read")


def _score_names() -> tuple[tuple[str, str, str], ...]:
    return (
        ("exact", _("Exact"), _("the same place and the same label")),
        ("overlap", _("Overlap"), _("the same label on some of the same text")),
        ("border", _("Borders"), _("the same place, whatever the label")),
        (
            "label_given_border",
            _("Label, where borders agree"),
            _("of the places both marked, how many have the same label"),
        ),
    )


def measure_names() -> tuple[tuple[str, str], ...]:
    """The measures by which pairs can be shown, and what they are called."""
    return tuple((key, name) for key, name, _note in _score_names())


def _pairs(
    pairs: Sequence[Mapping[str, Any]], people: frozenset[str], measure: str
) -> tuple[RaterRow, ...]:
    found = {}
    for pair in pairs:
        one, two = pair["one"], pair["two"]
        shown, shared = figure(pair["spans"][measure]), pair["shared_items"]
        found[one, two] = Cell(shown, shared, other=two)
        found[two, one] = Cell(shown, shared, other=one)
    names = sorted({name for pair in found for name in pair}, key=lambda n: (n not in people, n))
    nothing = Cell(None)
    return tuple(
        RaterRow(
            one,
            one not in people,
            tuple(
                Cell(None, is_self=True) if one == two else found.get((one, two), nothing)
                for two in names
            ),
        )
        for one in names
    )


def _verdict(alpha: Figure) -> str:
    """What an alpha over spans means: by the low end of its interval, so that luck does not count."""
    if alpha.value is None:
        return ""
    if alpha.low is None or alpha.items < FEW:
        return _("That rests on very few items: take it as a first hint only.")
    if alpha.low >= RELIABLE:
        return _(
            "Even the low end of the interval reaches 0.80, which is commonly asked for before "
            "labels are relied on."
        )
    if alpha.value >= RELIABLE:
        return _(
            "The figure reaches 0.80, which is commonly asked for, but its interval does not: with "
            "more texts read by two people you will know."
        )
    if alpha.value >= TENTATIVE:
        return _("Between 0.67 and 0.80: good enough for tentative conclusions only.")
    return _(
        "Below 0.67: the task is read in different ways. Look at the label and the pair with the "
        "lowest figures, and let the guidelines say what to do there."
    )
