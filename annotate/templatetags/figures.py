"""Numbers, bars and languages as people read them."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate import languages
from annotate.journey import MOST, Station
from annotate.models import Run
from annotate.stages import TITLES
from annotate.wording import worded

register = template.Library()


@register.filter
def said(value: Any) -> str:
    """An answer as people read it: lists with commas, yes and no for truth."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(" = ".join(row) if isinstance(row, list) else str(row) for row in value)
    return str(value)


@register.filter
def number(value: Any) -> str:
    """A count with its thousands marked; ``–`` for none."""
    return "–" if value is None or value == "" else number_format(value, force_grouping=True)


@register.filter
def capped(value: int | None) -> str:
    """A count that was stopped at the most we count: ``10,000+`` beyond it."""
    if value is None:
        return "–"
    return f"{number(MOST)}+" if value > MOST else number(value)


@register.filter
def count(station: Station) -> str:
    """What has passed a station; a lower bound ends in ``+``, what is not known yet is ``…``."""
    if station.done is None:
        return "…"
    if station.is_capped and station.done:
        return f"{number(station.done // 1000 * 1000 or station.done)}+"
    return number(station.done)


@register.simple_tag
def bar(done: int, waiting: int = 0, failed: int = 0) -> SafeString:
    """A thin bar of done, waiting and failed, read out as words."""
    total = max(done + waiting + failed, 1)
    shares = [100 * part / total for part in (done, waiting, failed)]
    words = _("%(done)s done, %(waiting)s waiting, %(failed)s failed") % {
        "done": capped(done), "waiting": capped(waiting), "failed": capped(failed),
    }  # fmt: skip
    return format_html(
        '<svg class="bar" role="img" aria-label="{}">'
        '<rect class="done" height="6" width="{}%"/>'
        '<rect class="wait" height="6" x="{}%" width="{}%"/>'
        '<rect class="bad" height="6" x="{}%" width="{}%"/></svg>',
        words, *(f"{share:.2f}" for share in (
            shares[0], shares[0], shares[1], shares[0] + shares[1], shares[2]
        )),
    )  # fmt: skip


@register.filter
def language(tag: str) -> str:
    """The language's name."""
    return languages.name(tag, get_language() or "en") if tag else ""


@register.filter
def direction(tag: str) -> str:
    """``rtl`` or ``ltr``."""
    return languages.direction(tag)


@register.filter
def script(tag: str) -> str:
    """The script that a language is most likely written in, by its ISO 15924 code."""
    return languages.script(tag)


@register.filter
def stage(key: str) -> str:
    """What a stage is called on screen."""
    return str(TITLES.get(key, key))


@register.filter
def took(run: Run) -> str:
    """How long a run has been at work, or was: seconds below two minutes, else minutes and hours."""
    if run.started_at is None:
        return "–"
    seconds = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    if seconds < 120:
        return _("%s s") % number(round(seconds, 1))
    minutes = round(seconds / 60)
    if minutes < 120:
        return _("%d min") % minutes
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.filter
def is_rows(value: Any) -> bool:
    """Whether a value of a report is a table: a list of mappings."""
    return bool(value) and isinstance(value, list) and all(isinstance(row, dict) for row in value)


@register.filter
def is_mapping(value: Any) -> bool:
    """Whether a value of a report has names of its own."""
    return isinstance(value, dict)


@register.filter
def pairs(mapping: dict[str, Any]) -> list[tuple[str, Any]]:
    """Keys and values; unlike ``.items`` in a template, also of a mapping with a key "items"."""
    return list(mapping.items())


@register.filter
def measures(metrics: dict[str, Any]) -> list[tuple[str, str]]:
    """How well a version does: those of F1, precision and recall that were measured."""
    names = (("f1", "F1"), ("precision", _("precision")), ("recall", _("recall")))
    return [(name, f"{metrics[key]:.2f}") for key, name in names if metrics.get(key) is not None]


@register.filter
def columns(rows: list[dict[str, Any]]) -> list[str]:
    """The names that occur in a report's rows, in the order they are met."""
    return list(dict.fromkeys(key for row in rows for key in row))


@register.filter
def cell(row: dict[str, Any], key: str) -> Any:
    """One value of a mapping; floats to four places."""
    value = row.get(key, "")
    return f"{value:.4g}" if isinstance(value, float) else value


@register.filter
def words(key: str) -> str:
    """A key of stored data as words: ``some_key`` becomes ``some key``, in the reader's language."""
    return worded(key)


@register.filter
def total(rows: list[dict[str, Any]], key: str) -> int:
    """The sum of one figure over languages."""
    return sum(row.get(key) or 0 for row in rows)


@register.filter
def added(counts: dict[str, int]) -> int:
    """The sum of a mapping's counts."""
    return sum(counts.values())


@register.filter
def decided(rows: list[dict[str, Any]]) -> int:
    """How many renditions are decided in all languages, by whatever origin."""
    return sum(added(row.get("decided_by_origin") or {}) for row in rows)
