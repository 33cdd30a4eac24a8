"""What people decided, as the machines that are fitted learn from it and are tested on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet

from annotate.actions.readings import load_readings
from annotate.models import Project
from pipeline.learn.correction import Correction
from verify.models import Decision

from .texts import carried_texts

# Fewer judged texts tell a better machine from a lucky one too seldom.
LEAST_JUDGED = 20


def is_taught(project: Project) -> bool:
    """Whether the project's machines learn from its judgements (policy ``learn``, on by default)."""
    return bool(project.policy.get("learn", True))


def decided_by_people(project: Project) -> QuerySet[Decision]:
    """Current decisions that rest on more than the machines' own agreement."""
    rows = Decision.objects.filter(project=project, is_current=True)
    return rows.exclude(origin=Decision.Origin.ACCEPTED)


def judged_counts(project: Project) -> Mapping[str, int]:
    """How many renditions people decided, by language. One query."""
    rows = decided_by_people(project).values_list("rendition__language")
    return dict(rows.annotate(count=Count("pk")).order_by())


def corrections(project: Project, language: str) -> list[Correction]:
    """Each judged rendition's labelled fields with the spans people vouch for, in order of rendition.

    Spans carry the key of the source span they came from. Seven queries.
    """
    rows = decided_by_people(project).filter(
        rendition__language=language, rendition__made_from__standing__isnull=False
    )
    decided: dict[int, Any] = {
        target: (source, reading)
        for target, source, reading in rows.order_by("rendition_id").values_list(
            "rendition_id", "rendition__made_from_id", "reading_id"
        )
    }
    readings = load_readings({reading for _, reading in decided.values()})
    origins = [(target, source) for target, (source, _) in decided.items()]
    found = []
    for target, field, example in carried_texts(origins):
        spans = readings[decided[target][1]].voted()
        kept = tuple(span for span in spans if span.field == field and span.side == "target")
        found.append(Correction(example, kept))
    return found
