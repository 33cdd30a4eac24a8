"""Who changed what of a project's set-up, and when: its settings, languages, people, machines, questions.

The database writes each change beside the row itself; here they are read together, newest first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from annotate.models import Annotator, Label, Membership, Project, ProjectLanguage, Question

PAGE = 50
LONGEST = 300
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tracked:
    """A noun whose changes are kept: its words, and the field that says which one it is."""

    words: Any
    named_by: str
    model: Any

    @property
    def events(self) -> Any:
        """The rows that the database writes of it."""
        return self.model.pgh_event_model._default_manager


TRACKED = {
    "project": Tracked(_("Settings"), "name", Project),
    "language": Tracked(_("Language"), "tag", ProjectLanguage),
    "person": Tracked(_("Person"), "user_id", Membership),
    "annotator": Tracked(_("Annotator"), "name", Annotator),
    "label": Tracked(_("Label"), "key", Label),
    "question": Tracked(_("Question"), "key", Question),
}
DEEDS = {"insert": _("added"), "update": _("changed"), "delete": _("removed")}
# Of these only that they changed is told: links and places of secrets, and long texts.
WITHHELD = frozenset({"invite_key", "secret_reference", "guidelines", "consent"})
# What says nothing, or is said beside the change already.
LEFT_OUT = frozenset({"id", "project", "user", "created_at", "joined_at", "template"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A field before and after; both are '' where only the fact is told."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change: when, of what, the deed, by whom ('' for nobody known), and field by field."""

    at: datetime
    kind: Any
    name: str
    deed: Any
    by: str
    differences: Sequence[Difference]


def changes(
    project: Project, *, kind: str = "", by: int | None = None, before: str = ""
) -> tuple[list[Change], str]:
    """The newest changes of one kind or all, by one person or anybody, and where the older begin.

    ``before`` is what an earlier call gave as that place; '' begins with the newest, and is given
    where nothing is older. It costs two queries for each kind, whatever the history's length.
    """
    found = []
    for place, (key, tracked) in enumerate(TRACKED.items()):
        if kind in ("", key):
            rows = _events(tracked, project, by, place, _read(before))
            found += [(row.pgh_created_at, place, row) for row in rows[: PAGE + 1]]
    found.sort(key=lambda one: (one[0], -one[1], one[2].pgh_id), reverse=True)
    shown = found[:PAGE]
    older = _written(*shown[-1]) if len(found) > PAGE else ""
    return _told([(list(TRACKED)[place], row) for _at, place, row in shown]), older


def _events(
    tracked: Tracked, project: Project, by: int | None, place: int,
    before: tuple[datetime, int, int] | None,
) -> QuerySet[Any]:  # fmt: skip
    own = "pgh_obj_id" if tracked.model is Project else "project"
    rows = tracked.events.filter(**{own: project.pk}).select_related("pgh_context")
    if by is not None:
        rows = rows.filter(pgh_context__metadata__user=by)
    if before is not None:
        at, last, key = before
        same = Q() if place > last else Q(pgh_id__lt=key) if place == last else Q(pk__in=[])
        rows = rows.filter(Q(pgh_created_at__lt=at) | Q(same, pgh_created_at=at))
    earlier = tracked.events.filter(
        pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id")
    )
    previous = Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])
    return rows.annotate(previous=previous).order_by("-pgh_created_at", "-pgh_id")


def _told(rows: Sequence[tuple[str, Any]]) -> list[Change]:
    """The changes as they are shown; names of people are looked up once for all of them."""
    people = {_by(row) for _, row in rows}
    people |= {row.user_id for key, row in rows if key == "person"}
    names = {
        user.pk: user.get_username() for user in get_user_model().objects.filter(pk__in=people)
    }
    befores = _before(rows)
    told = []
    for key, row in rows:
        tracked = TRACKED[key]
        called = getattr(row, tracked.named_by)
        told.append(Change(
            at=row.pgh_created_at, kind=tracked.words, deed=DEEDS[row.pgh_label],
            name=names.get(called, "–") if key == "person" else str(called),
            by=names.get(_by(row), ""), differences=_differences(befores.get((key, row.previous)), row),
        ))  # fmt: skip
    return told


def _by(row: Any) -> int:
    """Whose deed it was; 0 where nobody was noted."""
    return (row.pgh_context.metadata if row.pgh_context else {}).get("user") or 0


def _before(rows: Sequence[tuple[str, Any]]) -> dict[tuple[str, int], Any]:
    """What stood before each change, by kind and number of the earlier event."""
    found = {}
    for key in {key for key, _row in rows}:
        wanted = {row.previous for kind, row in rows if kind == key and row.previous}
        for number, row in TRACKED[key].events.in_bulk(wanted).items():
            found[key, number] = row
    return found


def _differences(before: Any, after: Any) -> list[Difference]:
    """Field by field what changed; nothing for what was added or removed as a whole."""
    if before is None or after.pgh_label != "update":
        return []
    found = []
    for field in _fields(after):
        old, new = getattr(before, field.attname), getattr(after, field.attname)
        if old == new:
            continue
        words = field.name.replace("_", " ")
        if field.name in WITHHELD:
            found.append(Difference(words, "", ""))
        elif isinstance(old, dict) and isinstance(new, dict):
            found += _keys(words, old, new)
        else:
            found.append(Difference(words, _short(old), _short(new)))
    return found


def _keys(words: str, old: dict[str, Any], new: dict[str, Any]) -> Iterable[Difference]:
    """The keys that differ: a policy has dozens, and one change should not show them all."""
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            name = f"{words}: {key.replace('_', ' ')}"
            yield Difference(name, _short(old.get(key)), _short(new.get(key)))


def _fields(row: Any) -> Iterable[Any]:
    return (
        field for field in row._meta.concrete_fields
        if not field.name.startswith("pgh_") and field.name not in LEFT_OUT
    )  # fmt: skip


def _short(value: Any) -> str:
    """A value in a line: nothing as ``–``, structures as JSON, long texts cut."""
    if value is None or value == "":
        return "–"
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value) if plain else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _written(at: datetime, place: int, row: Any) -> str:
    return f"{(at - EPOCH) // timedelta(microseconds=1)}-{place}-{row.pgh_id}"


def _read(text: str) -> tuple[datetime, int, int] | None:
    """The place that an address names; None for none, or for what is no place."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 19 for part in parts):
        return None
    moment, place, key = map(int, parts)
    try:
        return EPOCH + timedelta(microseconds=moment), place, key
    except OverflowError:
        return None
