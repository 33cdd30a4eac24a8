"""Label: have each labeller read the renditions it has not read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.models import AnnotatorVersion, Candidate, Field, Rendition, Run
from annotate.prices import Usage, cost_of
from annotate.usefulness import wanted
from pipeline.label.contract import Labelled, LabelTask
from pipeline.machines import label_choices, labeller, question_choices
from verify.models import Decision

from .contract import Done
from .shots import shots, without
from .texts import texts_of


def pending(run: Run) -> QuerySet[Any]:
    """Written renditions that the labeller's version for their language has not read.

    In the source language only unlabelled ones count. A rendition that is decided is not read again
    for a new version's sake.
    """
    assert run.annotator is not None
    versions = dict(
        AnnotatorVersion.objects.filter(annotator=run.annotator, is_current=True).values_list(
            "language", "pk"
        )
    )
    lacks = Q(pk__in=[])
    for language in run.project.languages.values_list("tag", flat=True):
        version = versions.get(language, versions.get(""))
        if version is None:
            continue
        read = Candidate.objects.filter(
            rendition=OuterRef("pk"), version_id=version, ballot=run.annotator.ballots
        )
        lacks |= Q(language=language) & Q(~Exists(read))
    earlier = Candidate.objects.filter(rendition=OuterRef("pk"), version__annotator=run.annotator)
    decided = Decision.objects.filter(rendition=OuterRef("pk"), is_current=True)
    return (
        Rendition.objects.ready()
        .filter(lacks, wanted(run.project, "item"), project_id=run.project_id)
        .exclude(language=run.project.source_language, standing__isnull=False)
        .exclude(Exists(earlier) & Exists(decided))
    )


def do(run: Run, ids: list[int]) -> Done:
    """Read a batch in every ballot; what the machine could not do is a candidate saying why."""
    annotator = run.annotator
    assert annotator is not None
    renditions = list(Rendition.objects.filter(pk__in=ids).select_related("item"))
    texts = texts_of(ids, role=Field.Role.LABELLED)
    versions = {
        version.language: version
        for version in AnnotatorVersion.objects.filter(annotator=annotator, is_current=True)
    }
    rows: list[NewCandidate] = []
    used = [0, 0]
    for language in {rendition.language for rendition in renditions}:
        version = versions.get(language) or versions[""]
        chosen = [r for r in renditions if r.language == language]
        labels, questions = (
            label_choices(run.project, language),
            question_choices(run.project, language),
        )
        count = int(version.settings.get("shots") or 0)
        found = shots(run.project, language, count) if count else []
        tasks = [
            LabelTask(
                r.item.external_id, language, texts.get(r.pk, {}), labels, questions,
                without(found, r.item.external_id, count),
            )
            for r in chosen
        ]  # fmt: skip
        machine = labeller(version)
        for ballot in range(1, annotator.ballots + 1):
            for rendition, labelled in zip(
                chosen, machine.label(tasks, ballot=ballot), strict=True
            ):
                used[0] += labelled.tokens_in
                used[1] += labelled.tokens_out
                rows.append(_candidate(rendition, version, ballot, labelled))
    saved = save_candidates(run.project, rows)
    cost = sum((row.cost for row in rows), Decimal(0))
    return Done(saved=saved, tokens_in=used[0], tokens_out=used[1], cost=cost)


def _candidate(
    rendition: Rendition, version: AnnotatorVersion, ballot: int, labelled: Labelled
) -> NewCandidate:
    return NewCandidate(
        rendition=rendition.pk,
        version=version.pk,
        state=labelled.state,
        reading=labelled.reading if labelled.state == "ok" else None,
        ballot=ballot,
        reason=labelled.reason,
        prompt_hash=labelled.prompt_hash,
        option_order=labelled.option_order,
        seed=labelled.seed,
        raw_reply=labelled.raw_reply,
        cost=price_of(version, labelled.tokens_in, labelled.tokens_out),
    )


def price_of(version: AnnotatorVersion, tokens_in: int, tokens_out: int) -> Decimal:
    """What so many tokens cost by the annotator's price list, in the budget's currency."""
    return cost_of(version.annotator.price, Usage(tokens_in, tokens_out))
