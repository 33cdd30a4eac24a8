"""Gather what there is and what people said into export records, in keyset pages.

Memory is flat in the number of items; each page is a short transaction of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from django.db.models import Q, QuerySet

from annotate.actions.readings import load_readings
from annotate.models import Candidate, Field, Item, Project, Rendition
from annotate.readings import Reading as ReadingValue
from annotate.records import (
    CandidateRecord,
    ExportRecord,
    FieldRecord,
    JudgementRecord,
    Role,
)
from verify.models import Decision, Judgement, SpanVerdict

PAGE = 200


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What to export: languages (none means all), only decided renditions, and how much beside."""

    languages: tuple[str, ...] = ()
    decided_only: bool = True
    candidates: bool = False
    judgements: bool = True
    # What was decided at a moment that is past, by these origins only, in all target languages.
    at: datetime | None = None
    origins: tuple[str, ...] = ()
    everywhere: bool = False

    @classmethod
    def from_mapping(cls, scope: dict[str, Any]) -> ExportScope:
        """The scope as a run stores it."""
        return cls(
            tuple(scope.get("languages", ())),
            bool(scope.get("decided_only", True)),
            bool(scope.get("candidates", False)),
            bool(scope.get("judgements", True)),
        )


def records(project: Project, scope: ExportScope) -> Iterator[ExportRecord]:
    """Current renditions with everything known of them: item by item, the source language first.

    About ten queries for a page of 200 items.
    """
    tags = scope.languages or tuple(project.languages.values_list("tag", flat=True))
    after = 0
    while True:
        items = list(
            Item.objects.filter(project=project, pk__gt=after)
            .order_by("pk")
            .values_list("pk", flat=True)[:PAGE]
        )
        if not items:
            return
        after = items[-1]
        page = _decided_then(project, scope, items, tags) if scope.at else list(
            Rendition.objects.ready()
            .filter(item_id__in=items, language__in=tags)
            .select_related("item")
        )  # fmt: skip
        page.sort(key=lambda r: (r.item_id, r.language != project.source_language, r.language))
        yield from _Page(scope, page).records()


def _decided_then(
    project: Project, scope: ExportScope, items: list[int], tags: tuple[str, ...]
) -> list[Rendition]:
    """The renditions of these items that were decided at the scope's moment, current now or not."""
    rows = list(
        _standing_then(scope)
        .filter(rendition__item_id__in=items, rendition__language__in=tags)
        .select_related("rendition__item")
    )
    page = [decision.rendition for decision in rows]
    if not scope.everywhere:
        return page
    wanted = set(project.languages.filter(role="target").values_list("tag", flat=True))
    there: dict[int, set[str]] = defaultdict(set)
    for rendition in page:
        there[rendition.item_id].add(rendition.language)
    wanted &= set(tags)
    return [rendition for rendition in page if wanted <= there[rendition.item_id]]


def _standing_then(scope: ExportScope) -> QuerySet[Decision]:
    rows = Decision.objects.filter(made_at__lte=scope.at).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=scope.at)
    )
    return rows.filter(origin__in=scope.origins) if scope.origins else rows


class _Page:
    """One page of renditions with all their relatives loaded."""

    def __init__(self, scope: ExportScope, page: list[Rendition]) -> None:
        self.page = page
        ids = [rendition.pk for rendition in page]
        then = _standing_then(scope) if scope.at else Decision.objects.filter(is_current=True)
        rows = then.filter(rendition_id__in=ids).select_related("reading")
        self.decisions = {decision.rendition_id: decision for decision in rows}
        if scope.decided_only:
            self.page = [rendition for rendition in page if rendition.pk in self.decisions]
            ids = [rendition.pk for rendition in self.page]
        origins = [r.made_from_id for r in self.page if r.made_from_id]
        self.standing = dict(
            Rendition.objects.filter(pk__in=origins).values_list("pk", "standing_id")
        )
        self.languages = dict(
            Rendition.objects.filter(pk__in=origins).values_list("pk", "language")
        )
        self.fields = _fields([*ids, *origins])
        self.candidates = _candidates(ids) if scope.candidates else {}
        self.judgements = _judgements(ids, scope.at) if scope.judgements else {}
        if scope.at:
            # A reading keeps what it was carried from; what stands for the source now may be another.
            for r in self.page:
                basis = self.decisions[r.pk].reading.basis_id
                if r.made_from_id and basis:
                    self.standing[r.made_from_id] = basis
        wanted = {d.reading_id for d in self.decisions.values()}
        wanted |= {pk for pk in self.standing.values() if pk}
        wanted |= {row[2] for rows in self.candidates.values() for row in rows}
        wanted |= {j.reading_id for js in self.judgements.values() for j in js if j.reading_id}
        self.readings = load_readings(wanted)
        self.verdicts = _verdicts(
            [j.pk for judgements in self.judgements.values() for j in judgements]
        )

    def records(self) -> Iterator[ExportRecord]:
        """One record per rendition, in order."""
        for rendition in self.page:
            yield self._record(rendition)

    def _record(self, rendition: Rendition) -> ExportRecord:
        decision = self.decisions.get(rendition.pk)
        item, origin = rendition.item, rendition.made_from_id
        return ExportRecord(
            external_id=item.external_id,
            split=item.split,
            language=rendition.language,
            rendition_origin=rendition.origin,
            fields=self.fields.get(rendition.pk, ()),
            source_language=self.languages.get(origin, "") if origin else "",
            source_fields=self.fields.get(origin, ()) if origin else (),
            reading=_final(self.readings[decision.reading_id]) if decision else None,
            origin=decision.origin if decision else "",
            gold=bool(decision and decision.gold),
            source_reading=self._source_reading(origin),
            candidates=tuple(
                CandidateRecord(name, self.readings[reading], ballot)
                for name, ballot, reading in self.candidates.get(rendition.pk, ())
            ),
            judgements=tuple(
                self._judgement(judgement) for judgement in self.judgements.get(rendition.pk, ())
            ),
            group=item.group,
            position=item.position,
            variety=item.variety,
            metadata=item.metadata,
            inputs=item.inputs,
        )

    def _source_reading(self, origin: int | None) -> ReadingValue | None:
        standing = self.standing.get(origin) if origin else None
        return self.readings.get(standing) if standing else None

    def _judgement(self, judgement: Judgement) -> JudgementRecord:
        seconds = None
        if judgement.shown_at:
            seen = (judgement.submitted_at - judgement.shown_at).total_seconds()
            seconds = max(0.0, round(seen - judgement.hidden_seconds, 3))
        return JudgementRecord(
            rater=judgement.rater.pseudonym,
            outcome=judgement.outcome,
            reading=self.readings.get(judgement.reading_id) if judgement.reading_id else None,
            mode=judgement.assignment.mode,
            round=judgement.assignment.round,
            submitted_at=judgement.submitted_at.isoformat(),
            seconds=seconds,
            comment=judgement.comment,
            verdicts=tuple(self.verdicts.get(judgement.pk, ())),
        )


def _final(reading: ReadingValue) -> ReadingValue:
    """What is decided, without the alternatives that a machine's reading keeps."""
    return replace(reading, spans=reading.voted())


def _fields(ids: list[int]) -> dict[int, tuple[FieldRecord, ...]]:
    found: dict[int, list[FieldRecord]] = defaultdict(list)
    rows = Field.objects.filter(rendition_id__in=ids).order_by("position", "id")
    for rendition, name, text, role, position, speaker, language in rows.values_list(
        "rendition_id", "name", "passage__text", "role", "position", "speaker", "language"
    ):
        part = FieldRecord(name, text, cast("Role", role), position, speaker, language or None)
        found[rendition].append(part)
    return {rendition: tuple(parts) for rendition, parts in found.items()}


def _candidates(ids: list[int]) -> dict[int, list[tuple[str, int, int]]]:
    """Per rendition (annotator, ballot, reading); of each annotator the newest version's."""
    found: dict[int, dict[tuple[str, int], int]] = defaultdict(dict)
    rows = (
        Candidate.objects.filter(rendition_id__in=ids, reading__isnull=False)
        .order_by("version__annotator__position", "version__number", "pk")
        .values_list("rendition_id", "version__annotator__name", "ballot", "reading_id")
    )
    for rendition, name, ballot, reading in rows:
        found[rendition][name, ballot] = reading
    return {
        rendition: [(name, ballot, reading) for (name, ballot), reading in rows.items()]
        for rendition, rows in found.items()
    }


def _judgements(ids: list[int], at: datetime | None) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    rows = (
        # Round 0 is who wrote the text, which the rendition's origin tells.
        Judgement.objects.filter(rendition_id__in=ids, assignment__round__gt=0)
        .select_related("rater", "assignment")
        .order_by("pk")
    )
    if at is not None:
        rows = rows.filter(submitted_at__lte=at)
    for judgement in rows:
        found[judgement.rendition_id].append(judgement)
    return found


def _verdicts(ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = SpanVerdict.objects.filter(judgement_id__in=ids).order_by("pk")
    for judgement, span, becomes, verdict, cause in rows.values_list(
        "judgement_id", "span__key", "becomes__key", "verdict", "cause"
    ):
        found[judgement].append(
            {"span": span, "becomes": becomes, "verdict": verdict, "cause": cause}
        )
    return found
