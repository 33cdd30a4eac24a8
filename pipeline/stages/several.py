"""Several: what stands in other languages of the same item, for projectors that hear more than one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db.models import Count

from annotate.actions.readings import load_readings
from annotate.models import Annotator, Project, Reading, Rendition
from annotate.readings import Reading as Answers
from pipeline.align.model import AlignmentModel
from pipeline.align.model import fit as fit_aligner
from pipeline.align.tokens import tokenise
from pipeline.projection.contract import Example, Pivot
from pipeline.projection.pivots import SOURCE, PivotsProjector, joined

from .texts import carried_texts, texts_of

# Without a choice of languages, no more than this: each needs an aligner of its own.
MOST_PIVOTS = 4
LEAST_PAIRS = 2
# What stands in other languages: by target rendition, (language, texts by field, reading).
Others = Mapping[int, list[tuple[str, dict[str, str], Answers]]]


def pivot_languages(annotator: Annotator, target: str) -> list[str]:
    """The languages that vote for a target language, beside the source: chosen, else the most labelled."""
    project = annotator.project
    assert project is not None
    barred = {project.source_language, target}
    chosen = [tag for tag in re.split(r"[,\s]+", annotator.settings.get("languages") or "") if tag]
    if chosen:
        return [tag for tag in dict.fromkeys(chosen) if tag not in barred]
    rows = Rendition.objects.ready().filter(project=project, standing__isnull=False)
    counted = rows.order_by().values_list("language").annotate(n=Count("pk"))
    ranked = sorted((-n, tag) for tag, n in counted if tag not in barred)
    return [tag for _, tag in ranked[:MOST_PIVOTS]]


def with_pivots(fitted: PivotsProjector, annotator: Annotator, target: str) -> PivotsProjector:
    """The projector with an aligner fitted for each pivot language that shares texts with the target.

    Raises ValueError where the texts of a pair teach an aligner nothing.
    """
    project = annotator.project
    assert project is not None
    found: dict[str, tuple[AlignmentModel, list[Example]]] = {}
    for language in pivot_languages(annotator, target):
        carried = [example for _, _, example in carried_texts(_pairs(project, language, target))]
        if len(carried) >= LEAST_PAIRS:
            pairs = [(_forms(e.source_text), _forms(e.target_text)) for e in carried]
            found[language] = (fit_aligner(pairs), carried)
    return joined(fitted.parts[SOURCE], found)


def others_of(annotator: Annotator, targets: Mapping[int, int], language: str) -> Others:
    """What stands in the pivot languages, for renditions given with the source reading they carry.

    Spans carried from that very reading keep their link to it; other links mean nothing here and are cut.
    Five queries for all.
    """
    items = dict(Rendition.objects.filter(pk__in=targets).values_list("pk", "item_id"))
    rows = Rendition.objects.ready().filter(
        item_id__in=items.values(), language__in=pivot_languages(annotator, language),
        standing__isnull=False,
    )  # fmt: skip
    standing = list(rows.values_list("pk", "item_id", "language", "standing_id"))
    texts = texts_of({pk for pk, *_ in standing})
    wanted = {reading for *_, reading in standing if reading}
    readings = load_readings(wanted)
    basis = dict(Reading.objects.filter(pk__in=wanted).values_list("pk", "basis_id"))
    by_item: dict[int, list[tuple[int, str, int]]] = defaultdict(list)
    for pk, item, tag, reading in standing:
        if reading in readings:
            by_item[item].append((pk, tag, reading))
    found: dict[int, list[tuple[str, dict[str, str], Answers]]] = {}
    for target, source_reading in targets.items():
        found[target] = [
            (tag, texts[pk], _linked(readings[reading], basis[reading] == source_reading))
            for pk, tag, reading in by_item[items[target]]
        ]
    return found


def pivots_in(
    others: Iterable[tuple[str, dict[str, str], Answers]], field: str
) -> tuple[Pivot, ...]:
    """The pivots of one field of a rendition."""
    return tuple(
        Pivot(tag, texts[field], tuple(s for s in reading.voted() if s.field == field))
        for tag, texts, reading in others
        if field in texts
    )


def _linked(reading: Answers, kept: bool) -> Answers:
    """The reading, its spans without their links unless these are kept."""
    if kept:
        return reading
    return replace(reading, spans=tuple(replace(span, source=None) for span in reading.spans))


def _pairs(project: Project, pivot: str, target: str) -> list[tuple[int, int]]:
    """(target rendition, pivot rendition) of the items that have both."""
    rows = Rendition.objects.ready().filter(project=project, language__in=[pivot, target])
    by: dict[int, dict[str, int]] = defaultdict(dict)
    for pk, item, tag in rows.order_by("pk").values_list("pk", "item_id", "language"):
        by[item][tag] = pk
    return [(both[target], both[pivot]) for both in by.values() if len(both) == 2]


def _forms(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]
