"""Where a project stands: what has passed each station, what waits, what is stuck and why.

Nothing here counts more than ``MOST`` rows of a language, less where there are many languages:
beyond it a figure is a lower bound and reads "10,000+".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import QuerySet

from annotate.models import Annotator, AnnotatorVersion, Item, Membership, Project, Run
from annotate.usefulness import set_aside

MOST = 10_000
# So many languages are counted to the full; more of them share the same effort.
FULL_LANGUAGES = 4
# Lower bounds of a large project change slowly next to what they cost.
REMEMBERED_SECONDS = 30
RECENT_RUNS = 50

# One window of current renditions per language, walked by index; everything is asked of its rows.
FIGURES = """
WITH size AS (
    SELECT least(%(most)s, %(most)s * %(full)s / greatest(count(*) - 1, 1))::int AS most
    FROM annotate_projectlanguage WHERE project_id = %(project)s
)
SELECT (SELECT most FROM size), l.tag, l.role, l.direction,
       coalesce(w.translated, 0), coalesce(w.projected, 0), coalesce(w.manual, 0),
       coalesce(w.labelled, 0), coalesce(w.proposed, 0), coalesce(w.routed, 0)
FROM annotate_projectlanguage l
LEFT JOIN LATERAL (
    SELECT count(*) AS translated,
           count(*) FILTER (WHERE c.projected) AS projected,
           count(*) FILTER (WHERE c.manual AND NOT c.projected) AS manual,
           count(*) FILTER (WHERE c.labelled) AS labelled,
           count(*) FILTER (WHERE c.projected IS NOT NULL) AS proposed,
           count(*) FILTER (WHERE s.is_routed) AS routed
    FROM (
        SELECT id FROM annotate_rendition
        WHERE project_id = l.project_id AND language = l.tag AND is_current AND state = 'ready'
        ORDER BY id LIMIT (SELECT most + 1 FROM size)
    ) r
    LEFT JOIN LATERAL (
        SELECT bool_or(version_id = ANY(%(projectors)s) AND state = 'ok') AS projected,
               bool_or(version_id = ANY(%(projectors)s) AND state <> 'ok') AS manual,
               bool_or(version_id = ANY(%(labellers)s)) AS labelled
        FROM annotate_candidate WHERE rendition_id = r.id
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT NOT route_due AS is_routed FROM annotate_consensus
        WHERE rendition_id = r.id AND "of" = 'machines'
    ) s ON true
) w ON true
WHERE l.project_id = %(project)s
ORDER BY l.role, l.priority DESC, l.tag
"""

ITEMS = """
SELECT count(*) FROM (SELECT 1 FROM annotate_item WHERE project_id = %(project)s LIMIT %(window)s) i
"""

ERRORS = """
SELECT stage, count(*), max(run_id) FROM (
    SELECT stage, run_id FROM annotate_runerror
    WHERE project_id = %(project)s AND NOT is_resolved LIMIT %(window)s
) e GROUP BY stage ORDER BY stage
"""


@dataclass(frozen=True, slots=True)
class LanguageFigures:
    """How many of a language's current renditions have passed each station.

    ``manual`` are those that no projector could carry every label to; people do them by hand.
    """

    tag: str
    role: str
    direction: str
    translated: int
    projected: int
    manual: int
    labelled: int
    proposed: int
    routed: int


@dataclass(frozen=True, slots=True)
class Errors:
    """Rows of a stage that failed and were not let try again, and the last run that met them."""

    stage: str
    count: int
    run: int


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the project page says about a project, read in about eight queries."""

    items: int
    source: LanguageFigures | None
    targets: tuple[LanguageFigures, ...]
    live: tuple[Run, ...] = ()
    recent: tuple[Run, ...] = ()
    errors: tuple[Errors, ...] = ()
    kinds: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    exported: Run | None = None
    # What a language's figures stop at.
    most: int = MOST
    # Items that a judge found not worth labelling.
    aside: int = 0

    @property
    def is_capped(self) -> bool:
        """Whether some figure is only a lower bound."""
        return any(figures.translated > self.most for figures in self.targets)

    def lacking(self, figures: LanguageFigures) -> int:
        """Items without a text in a language; 0 where there are too many to tell."""
        return (
            0
            if figures.translated > self.most
            else max(self.items - self.aside - figures.translated, 0)
        )

    @property
    def is_busy(self) -> bool:
        """Whether a run is live."""
        return bool(self.live)

    def live_run(self, *stages: str) -> Run | None:
        """The live run of one of these stages, if any."""
        return next((run for run in self.live if run.stage in stages), None)

    def errors_of(self, *stages: str) -> int:
        """Rows that failed in these stages."""
        return sum(found.count for found in self.errors if found.stage in stages)

    def failed_runs(self) -> list[Run]:
        """Runs that failed and were not followed by another of the same stage and annotator."""
        newest: dict[tuple[str, int | None], Run] = {}
        for run in self.recent:
            newest.setdefault((run.stage, run.annotator_id), run)
        return [run for run in newest.values() if run.state == Run.State.FAILED]


def standing(project: Project) -> Standing:
    """Read where the project stands. Runs inside the project's scope."""
    values: dict[str, Any] = {"project": project.pk, "window": MOST + 1}
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, values)
        items = cursor.fetchone()[0]
        cursor.execute(ERRORS, values)
        errors = tuple(Errors(*row) for row in cursor.fetchall())
    figures, most = _figures(project)
    targets = tuple(row for row in figures if row.role == "target")
    recent = tuple(_recent(project)[:RECENT_RUNS])
    return Standing(
        items=items,
        source=next((row for row in figures if row.role == "source"), None),
        targets=targets,
        live=tuple(run for run in recent if run.is_live),
        recent=recent,
        errors=errors,
        kinds=frozenset(_kinds(project)),
        unread=tuple(_unread(project, [row.tag for row in targets])),
        exported=next((r for r in recent if r.stage == "export" and r.state == "done"), None),
        most=most,
        aside=Item.objects.filter(set_aside(project))[: MOST + 1].count(),
    )


def _figures(project: Project) -> tuple[list[LanguageFigures], int]:
    """The figures of each language and what they stop at; of a large project, 30 seconds old."""
    key = f"journey:{project.pk}"
    known = cache.get(key)
    if known is not None:
        return [LanguageFigures(*row) for row in known["rows"]], known["most"]
    values: dict[str, Any] = {
        "project": project.pk,
        "most": MOST,
        "full": FULL_LANGUAGES,
        **_versions(project),
    }
    with connection.cursor() as cursor:
        cursor.execute(FIGURES, values)
        found = cursor.fetchall()
    most, rows = found[0][0] if found else MOST, [row[1:] for row in found]
    figures = [LanguageFigures(*row) for row in rows]
    if any(row.translated > most for row in figures):
        cache.set(key, {"rows": rows, "most": most}, REMEMBERED_SECONDS)
    return figures, most


def _recent(project: Project) -> QuerySet[Run]:
    runs = Run.objects.filter(project=project, is_trial=False)
    return runs.select_related("annotator").order_by("-id")


def _versions(project: Project) -> dict[str, list[int]]:
    rows = AnnotatorVersion.objects.filter(annotator__project=project)
    found: dict[str, list[int]] = {"projectors": [], "labellers": []}
    for pk, kind in rows.values_list("pk", "annotator__kind"):
        if f"{kind}s" in found:
            found[f"{kind}s"].append(pk)
    return found


def _kinds(project: Project) -> list[str]:
    enabled = Annotator.objects.filter(project=project, is_enabled=True)
    return list(enabled.order_by().values_list("kind", flat=True).distinct())


def _unread(project: Project, tags: Sequence[str]) -> list[str]:
    """Target languages that no member judges; a manager who names no language judges all."""
    read: set[str] = set()
    for role, chosen in Membership.objects.filter(project=project).values_list("role", "languages"):
        if role != Membership.Role.MANAGER:
            read |= set(chosen)
    return [tag for tag in tags if tag not in read]


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to do at a station now: a link, or a stage to start."""

    text: str
    to: str = ""
    run: int | None = None
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the journey with its figures; ``done`` is None where verify fills it in."""

    key: str
    name: str
    done: int | None = None
    waiting: int = 0
    failed: int = 0
    run: Run | None = None
    step: Step | None = None
    # Whether the figures are only lower bounds.
    is_capped: bool = False
    # What machines could not do and people do by hand.
    manual: int = 0

    @property
    def state(self) -> str:
        """``busy``, ``stuck``, ``done`` or ``idle``."""
        if self.run is not None:
            return "busy"
        if self.failed and not self.waiting:
            return "stuck"
        return "done" if self.done and not self.waiting else "idle"
