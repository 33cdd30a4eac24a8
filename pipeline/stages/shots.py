"""Shots: which decided texts a language model is shown before the ones that it is to label."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from annotate.actions.readings import load_readings
from annotate.models import Field, Project, Rendition
from pipeline.label.contract import Example
from verify.models import Decision

from .texts import texts_of

MOST = 20
# The first so many decided are drawn from, so that the choice stands while work goes on.
_DRAWN_FROM = 200
_BY_PEOPLE = (Decision.Origin.SINGLE, Decision.Origin.AGREED, Decision.Origin.ADJUDICATED)


def shots(project: Project, language: str, count: int) -> list[Example]:
    """Up to ``count`` + 1 decided texts, in the language first, then in the source language.

    The one more stands in for the text at hand, which is never among its own. What is known right is
    left out, for machines are measured on it. Six queries, whatever the count.
    """
    wanted = min(count, MOST) + 1
    found = _examples(_decided(project, language))[:wanted]
    if len(found) < wanted and language != project.source_language:
        found += _examples(_given(project))[: wanted - len(found)]
    return found


def without(found: Sequence[Example], key: str, count: int) -> tuple[Example, ...]:
    """The shots of one item: those of other items, ``count`` at most."""
    return tuple(example for example in found if example.key != key)[: min(count, MOST)]


def _decided(project: Project, language: str) -> list[tuple[str, str, int, int]]:
    rows = Decision.objects.filter(
        project=project, is_current=True, gold=False, origin__in=_BY_PEOPLE,
        rendition__language=language, rendition__is_current=True,
    )  # fmt: skip
    return list(
        rows.order_by("pk").values_list(
            "rendition__item__external_id", "rendition__language", "rendition_id", "reading_id"
        )[:_DRAWN_FROM]
    )


def _given(project: Project) -> list[tuple[str, str, int, int]]:
    rows = Rendition.objects.current().filter(
        project=project, language=project.source_language, standing__isnull=False
    )
    return [
        (key, language, pk, reading)
        for key, language, pk, reading in rows.order_by("pk").values_list(
            "item__external_id", "language", "pk", "standing_id"
        )[:_DRAWN_FROM]
    ]


def _examples(rows: Sequence[tuple[str, str, int, int]]) -> list[Example]:
    """In an order of chance that stays the same."""
    rows = sorted(rows, key=lambda row: hashlib.sha256(row[0].encode()).digest())[: MOST + 1]
    texts = texts_of([row[2] for row in rows], role=Field.Role.LABELLED)
    readings = load_readings({row[3] for row in rows})
    return [
        Example(key, language, texts[rendition], readings[reading])
        for key, language, rendition, reading in rows
        if rendition in texts
    ]
