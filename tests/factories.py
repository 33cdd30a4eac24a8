"""Plain functions that build rows for tests: projects, labels, items, renditions, readings, seats.

All but the first few must be called inside the project's scope: ``with scope(project=project)``.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django_scopes import scope

from annotate import models
from annotate.actions.consensus import NewConsensus, save_consensus
from annotate.actions.items import add_items
from annotate.actions.labels import add_label
from annotate.actions.projects import add_language, join
from annotate.actions.readings import (
    NewReading,
    relation_rows_of,
    slots_of,
    span_rows_of,
    write_readings,
)
from annotate.readings import Answer, Reading, Relation
from annotate.records import IMPORTED, CandidateRecord, FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Span
from verify.actions import NewSeat, claim_next, open_seats, rater_for
from verify.models import Assignment, Rater
from verify.submission import Submission, SubmittedAnswer, SubmittedSpan

_numbers = itertools.count(1)

SOURCE = "Amina Diallo lives in Dakar."
TARGET = "Amina Diallo vive en Dakar."
SOURCE_SPANS = (Span("PER", 0, 12, key="s1"), Span("LOC", 22, 27, key="s2"))
TARGET_SPANS = (
    Span("PER", 0, 12, key="t1", source="s1", method="links", score=0.9),
    Span("LOC", 21, 26, key="t2", source="s2", method="links", score=0.8),
)


def make_user(name: str = "", **fields: Any) -> Any:
    """A user with the password ``pass``."""
    return get_user_model().objects.create_user(
        username=name or f"person{next(_numbers)}", password="pass", **fields
    )


def make_project(
    *, slug: str = "", source: str = "en", targets: Sequence[str] = ("es",),
    labels: Sequence[str] = ("PER", "LOC"), policy: Mapping[str, Any] | None = None,
) -> models.Project:  # fmt: skip
    """A project with its languages and span labels."""
    name = slug or f"project-{next(_numbers)}"
    project = models.Project.objects.create(
        slug=name, name=name, source_language=source, policy=dict(policy or {"advance": "auto"})
    )
    with scope(project=project):
        add_language(project, source, role="source")
        for tag in targets:
            add_language(project, tag)
        for key in labels:
            add_label(project, key=key)
    return project


def make_member(
    project: models.Project, *, role: str = "reviewer", languages: Sequence[str] = ("es",),
    name: str = "",
) -> Any:  # fmt: skip
    """A new user who is a member of the project."""
    user = make_user(name)
    join(project, user, role=role, languages=languages)
    return user


def make_rater(project: models.Project, **fields: Any) -> Rater:
    """The rater of a new member."""
    return rater_for(project=project, user=make_member(project, **fields))


def make_item(
    project: models.Project, *, external_id: str = "", texts: Mapping[str, str] | None = None,
    source_spans: Sequence[Span] = SOURCE_SPANS, source_relations: Sequence[Relation] = (), **fields: Any,
) -> models.Item:  # fmt: skip
    """An item with one field per language, the source labelled; its source reading stands."""
    texts = texts or {project.source_language: SOURCE, "es": TARGET}
    external_id = external_id or f"item-{next(_numbers)}"
    record = ItemRecord(
        external_id,
        tuple(
            RenditionRecord(
                language,
                (FieldRecord("text", text),),
                (
                    CandidateRecord(
                        IMPORTED, Reading((), tuple(source_spans), tuple(source_relations))
                    ),
                )
                if language == project.source_language
                else (),
            )
            for language, text in texts.items()
        ),
        **fields,
    )
    for added in add_items(project, [record]):
        assert not added.errors, added.errors
    return models.Item.objects.get(project=project, external_id=external_id)


def make_rendition(
    project: models.Project, language: str = "es", **fields: Any
) -> models.Rendition:
    """The rendition of a new item in a language."""
    return make_item(project, **fields).renditions.get(language=language, is_current=True)


@transaction.atomic
def make_reading(
    rendition: models.Rendition, spans: Sequence[Span] = TARGET_SPANS,
    answers: Sequence[Answer] = (), relations: Sequence[Relation] = (),
) -> models.Reading:  # fmt: skip
    """A reading of a rendition, its sources being the spans that stand for its origin."""
    basis = rendition.made_from.standing_id if rendition.made_from else None
    row = NewReading(
        rendition.pk, Reading(tuple(answers), tuple(spans), tuple(relations)),
        slots_of([rendition.pk])[rendition.pk], basis, span_rows_of(basis),
    )  # fmt: skip
    return models.Reading.objects.get(pk=write_readings(rendition.project, [row])[0])


def make_consensus(
    rendition: models.Rendition, spans: Sequence[Span] = TARGET_SPANS, *,
    of: str = "machines", answers: Sequence[Answer] = (), relations: Sequence[Relation] = (),
) -> models.Consensus:  # fmt: skip
    """What machines (or people) say of a rendition: the proposal that its seats show."""
    basis = rendition.made_from.standing_id if rendition.made_from else None
    row = NewConsensus(
        rendition.pk, Reading(tuple(answers), tuple(spans), tuple(relations)), votes=[], voters=2,
        entropy=0.0, basis=basis, basis_spans=span_rows_of(basis),
        basis_relations=relation_rows_of(basis),
    )  # fmt: skip
    save_consensus(rendition.project, [row], of=of)
    return models.Consensus.objects.get(rendition=rendition, of=of)


def make_seats(
    rendition: models.Rendition, count: int = 1, *, round: int = 1, **fields: Any
) -> list[Assignment]:
    """Open seats of one round of a rendition."""
    rows = [
        NewSeat(rendition.pk, rendition.language, round, number, **fields)
        for number in range(1, count + 1)
    ]
    open_seats(rendition.project, rows)
    return list(Assignment.objects.filter(rendition=rendition, round=round).order_by("seat"))


def make_task(project: models.Project, *, overlap: int = 1, **fields: Any) -> models.Rendition:
    """A rendition with a proposal and open review seats."""
    rendition = make_rendition(project)
    make_consensus(rendition)
    make_seats(rendition, overlap, **fields)
    return rendition


def claim(project: models.Project, rater: Rater, *pools: str, now: Any = None) -> Assignment | None:
    """The next seat of a rater, in ``review:es`` unless pools are named."""
    return claim_next(project, rater, pools or ("review:es",), now or timezone.now())


def submission(
    *spans: SubmittedSpan, answers: Sequence[tuple[str, Any]] = (), **fields: Any
) -> Submission:
    """A submission with a client id of its own."""
    fields.setdefault("client_id", uuid.uuid4())
    return Submission(
        spans=spans, answers=tuple(SubmittedAnswer(q, value) for q, value in answers), **fields
    )


def accepted(spans: Sequence[Span] = TARGET_SPANS, **fields: Any) -> Submission:
    """A submission that calls every shown span right."""
    rows = [
        SubmittedSpan(s.key, s.key, "right", "", s.label, s.field, s.start, s.end, s.surface,
                      s.source)
        for s in spans
    ]  # fmt: skip
    return submission(*rows, **fields)


def shortened(spans: Sequence[Span] = TARGET_SPANS, **fields: Any) -> Submission:
    """A submission that moves the end of the first shown span by one and accepts the others."""
    first, *others = accepted(spans).spans
    moved = SubmittedSpan(
        first.key, first.shown, "boundary", "", first.label, first.field, first.start,
        (first.end or 0) - 1, "", first.source,
    )  # fmt: skip
    return submission(moved, *others, **fields)
