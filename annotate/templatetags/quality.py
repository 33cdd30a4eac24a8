"""Shares, hours and seconds of the pages about quality, as people read them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """A share in per cent: two places below one per cent, one below ten, else none; ``–`` for none."""
    if share is None:
        return "–"
    value = 100 * float(share)
    places = 0 if value >= 10 or value == round(value) else 1 if value >= 1 else 2
    return _("%s %%") % number_format(round(value, places), decimal_pos=places)


@register.filter
def hours(value: float | None) -> str:
    """Hours of work: minutes below two hours."""
    if value is None:
        return "–"
    if value < 2:
        return _("%s min") % number_format(round(60 * value))
    places = 1 if value < 100 else 0
    return _("%s h") % number_format(round(value, places), decimal_pos=places)


@register.filter
def points(value: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    return "–" if value is None else f"{100 * value:+.1f}"


@register.filter
def step(share: float | None, most: Any = 1) -> int:
    """How strongly a cell is coloured, 0 to 5, by its share of the most."""
    top = float(most or 0)
    return max(0, min(5, int(6 * (share or 0) / top))) if top else 0


WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 240, 56, 12, 36


@register.simple_tag
def trade_off(points: list[tuple[float, float, bool]], x: str, y: str) -> SafeString:
    """A curve of two figures against each other, one point marked; the page has a table of it.

    ``points`` are (hours, share wrong, is chosen); ``x`` and ``y`` name the axes.
    """
    most_x = max((a for a, _b, _is in points), default=0) or 1.0
    most_y = max((b for _a, b, _is in points), default=0) or 0.01
    places = [
        (LEFT + (WIDTH - LEFT - 12) * a / most_x, TOP + (HEIGHT - TOP - BOTTOM) * (1 - b / most_y))
        for a, b, _is in points
    ]
    floor = HEIGHT - BOTTOM
    dots = format_html_join(
        "", '<circle class="{}" cx="{}" cy="{}" r="{}"/>',
        [("here" if is_it else "dot", f"{a:.1f}", f"{b:.1f}", 7 if is_it else 3.5)
         for (a, b), (_a, _b, is_it) in zip(places, points, strict=True)],
    )  # fmt: skip
    return format_html(
        '<svg class="curve" viewBox="0 0 {w} {h}" role="img" aria-label="{x} – {y}">'
        '<path class="axis" d="M{l} {t}V{f}H{r}"/><polyline class="line" points="{points}"/>{dots}'
        '<text x="{l}" y="{bottom}">0</text><text class="end" x="{r}" y="{bottom}">{most} · {x}</text>'
        '<text class="end" x="{side}" y="{high}">{top}</text><text x="{near}" y="{high}">{y}</text></svg>',
        w=WIDTH, h=HEIGHT, l=LEFT, t=TOP, f=floor, r=WIDTH - 12, x=x, y=y,
        points=" ".join(f"{a:.1f},{b:.1f}" for a, b in places), dots=dots, bottom=HEIGHT - 14,
        most=hours(most_x), top=percent(most_y), side=LEFT - 6, near=LEFT + 10, high=TOP + 12,
    )  # fmt: skip


@register.filter
def plotted(rows: list[Any], chosen: int) -> list[tuple[float, float, bool]]:
    """Hours, share wrong and whether it is the chosen one, of (limit, tried) whose error is known."""
    known = [(n, row.found) for n, (_limit, row) in enumerate(rows) if row.found.error is not None]
    return [(found.hours, found.error, n == chosen) for n, found in known]


@register.filter
def stored(cell: dict[str, Any]) -> list[list[Any]]:
    """The texts kept behind a cell; in a template ``cell.items`` would mean the mapping's own."""
    return list(cell.get("items", []))


@register.filter
def label_words(key: str) -> str:
    """A label's key, or words for what stands where there is none."""
    return {"–": _("nothing"), "border": _("another border")}.get(key, key)


METHODS = {"dawid_skene": "Dawid–Skene", "one_coin": "One-coin", "mace": "MACE"}


@register.filter
def method_words(key: str) -> str:
    """What a way of combining machines is called; the names of papers stay as they are."""
    named = {"plurality": _("plurality"), "weighted": _("weights from gold")}
    return named.get(key) or METHODS.get(key, key)


@register.filter
def tired(found: dict[str, Any]) -> str:
    """What happens within people's sessions, in a sentence."""
    first, last, p = (found.get(key) for key in ("first", "last", "p"))
    if first is None or last is None:
        return _("No session is long enough to tell whether people tire.")
    shown = {"first": number_format(round(first, 1), 1), "last": number_format(round(last, 1), 1)}
    if p is None or p >= 0.01:
        return _("Within a session people's pace does not change beyond luck.")
    if last > first:
        return (
            _(
                "People get slower within a session (%(first)s to %(last)s s a text): suggest breaks "
                "and shorter batches."
            )
            % shown
        )
    return _("People get faster within a session (%(first)s to %(last)s s a text).") % shown
