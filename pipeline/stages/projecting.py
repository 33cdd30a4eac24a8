"""Projection: carry the source's labels onto each rendition, by each projector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.readings import load_readings
from annotate.models import AnnotatorVersion, Candidate, Question, Rendition, Run
from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span
from annotate.usefulness import wanted
from pipeline.machines import projector
from pipeline.projection import pivots
from pipeline.projection.contract import Example, Projection
from verify.models import Decision

from .contract import Done
from .labelling import price_of
from .several import Others, others_of, pivots_in
from .texts import texts_of


def pending(run: Run) -> QuerySet[Any]:
    """Written renditions whose source has labels that this projector has not carried.

    A new version carries again only where nothing is decided; a new source reading everywhere.
    """
    assert run.annotator is not None
    versions = AnnotatorVersion.objects.filter(annotator=run.annotator, is_current=True)
    lacks = Q(pk__in=[])
    basis = OuterRef("made_from__standing")
    for pk, language in versions.values_list("pk", "language"):
        carried = Candidate.objects.filter(rendition=OuterRef("pk"), version_id=pk, basis=basis)
        fits = Q(language=language) if language else Q()
        lacks |= fits & Q(~Exists(carried))
    earlier = Candidate.objects.filter(
        rendition=OuterRef("pk"), version__annotator=run.annotator, basis=basis
    )
    decided = Decision.objects.filter(rendition=OuterRef("pk"), is_current=True)
    return (
        Rendition.objects.ready()
        .filter(lacks, wanted(run.project, "item"), project_id=run.project_id)
        .filter(made_from__standing__isnull=False)
        .exclude(language=F("project__source_language"))
        .exclude(Exists(earlier) & Exists(decided))
    )


def do(run: Run, ids: list[int]) -> Done:
    """Carry a batch; a rendition on which something found no place is a manual candidate."""
    rows, tokens_in, tokens_out = carried(run, ids)
    saved = save_candidates(run.project, rows)
    cost = sum((row.cost for row in rows), Decimal(0))
    return Done(saved=saved, tokens_in=tokens_in, tokens_out=tokens_out, cost=cost)


def carried(run: Run, ids: list[int]) -> tuple[list[NewCandidate], int, int]:
    """The candidates that the run's projector makes of renditions, and the tokens read and written."""
    renditions = list(Rendition.objects.filter(pk__in=ids).select_related("made_from"))
    # A rendition whose source reading was withdrawn in between is pending no more.
    origins = {
        r.pk: (r.made_from.pk, r.made_from.standing_id)
        for r in renditions
        if r.made_from is not None and r.made_from.standing_id is not None
    }
    renditions = [r for r in renditions if r.pk in origins]
    readings = load_readings({basis for _, basis in origins.values()})
    texts = texts_of([*origins, *(source for source, _ in origins.values())])
    kept = set(
        Question.objects.filter(project_id=run.project_id)
        .exclude(kind__in=["text"])
        .values_list("key", flat=True)
    )
    versions = {
        version.language: version
        for version in AnnotatorVersion.objects.filter(annotator=run.annotator, is_current=True)
    }
    rows: list[NewCandidate] = []
    tokens = [0, 0]
    for language in sorted({rendition.language for rendition in renditions}):
        version = versions.get(language) or versions[""]
        chosen = [(r.pk, *origins[r.pk]) for r in renditions if r.language == language]
        others: Others = {}
        if run.annotator is not None and run.annotator.backend == pivots.NAME:
            others = others_of(run.annotator, {pk: basis for pk, _, basis in chosen}, language)
        sheets = [
            _Sheet(readings[basis], texts[source], texts[pk], others.get(pk, ()))
            for pk, source, basis in chosen
        ]
        machine = projector(version, run.project.source_language, language)
        found = iter(machine.project_all([e for s in sheets for e in s.examples]))
        for (pk, _, basis), sheet in zip(chosen, sheets, strict=True):
            results = [next(found) for _ in sheet.examples]
            reading, failures = sheet.carried(results, kept)
            rows.append(_candidate(version, pk, basis, reading, failures, results))
            used = [a for a in (result.asked for result in results) if a is not None]
            tokens[0] += sum(a.tokens_in for a in used)
            tokens[1] += sum(a.tokens_out for a in used)
    return rows, tokens[0], tokens[1]


def _candidate(
    version: AnnotatorVersion, rendition: int, basis: int, reading: Reading, failures: list[str],
    results: list[Projection],
) -> NewCandidate:  # fmt: skip
    """What becomes of a rendition: the reading, and how a model's replies came about if one was asked.

    Whatever found no place makes it manual, unless the reply itself was no good.
    """
    asked = [result.asked for result in results if result.asked is not None]
    bad = next((a.state for a in asked if a.state != "ok"), None)
    log = [line for result in results for line in result.log]
    return NewCandidate(
        rendition=rendition,
        version=version.pk,
        state=bad or ("manual" if failures else "ok"),
        reading=reading,
        basis=basis,
        reason="; ".join(failures or log),
        prompt_hash=asked[0].prompt_hash if asked else "",
        raw_reply="\n\n".join(a.raw_reply for a in asked),
        cost=sum((price_of(version, a.tokens_in, a.tokens_out) for a in asked), Decimal(0)),
    )


class _Sheet:
    """One rendition's source reading and texts, on the way through a projector."""

    def __init__(
        self,
        basis: Reading,
        source: dict[str, str],
        target: dict[str, str],
        others: Sequence[tuple[str, dict[str, str], Reading]] = (),
    ) -> None:
        self.basis = basis
        named = sorted({span.field for span in basis.voted()})
        self.fields = [name for name in named if name in source and name in target]
        self.lacking = [name for name in named if name not in self.fields]
        self.examples = [
            Example(
                source[name],
                target[name],
                tuple(span for span in basis.voted() if span.field == name),
                pivots_in(others, name),
            )
            for name in self.fields
        ]

    def carried(self, results: list[Projection], kept: set[str]) -> tuple[Reading, list[str]]:
        """The target reading that the basis becomes, and what found no place."""
        failures = [f"the field {name!r} is not in the translation" for name in self.lacking]
        surfaces = {span.key: span.surface for span in self.basis.spans}
        spans: list[Span] = []
        placed: dict[str, str] = {}
        for name, result in zip(self.fields, results, strict=True):
            taken: dict[tuple[str, int | None, int | None], str] = {}
            for span in result.spans:
                place = (span.label, span.start, span.end)
                if span.rank == 1 and span.source and place in taken:
                    other = surfaces.get(taken[place], taken[place])
                    failures.append(
                        f"{surfaces.get(span.source, span.source)}: its place is that of {other}"
                    )
                    continue
                if span.rank == 1 and span.source:
                    taken[place] = span.source
                spans.append(replace(span, field=name, key=str(len(spans) + 1), side="target"))
                if span.rank == 1 and span.source:
                    placed[span.source] = spans[-1].key
            failures += [f"{surfaces.get(f.source, f.source)}: {f.reason}" for f in result.failures]
        reading = Reading(
            _answers(self.basis, placed, kept), tuple(spans), _relations(self.basis, placed)
        )
        return reading, failures


def _answers(basis: Reading, named: dict[str, str], kept: set[str]) -> tuple[Answer, ...]:
    """Answers that hold in any language; those about a span follow it."""
    made = []
    for answer in basis.answers:
        kind, _, key = answer.target.partition(":")
        if answer.question not in kept or (kind in ("span", "relation") and key not in named):
            continue
        made.append(replace(answer, target=f"{kind}:{named[key]}") if kind == "span" else answer)
    return tuple(made)


def _relations(basis: Reading, named: dict[str, str]) -> tuple[Relation, ...]:
    return tuple(
        Relation(r.label, named[r.head], named[r.tail], r.key, r.key)
        for r in basis.relations
        if r.head in named and r.tail in named
    )
