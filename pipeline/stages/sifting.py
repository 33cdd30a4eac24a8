"""Sift: have judges rate how much each item is worth labelling, before anything else is paid for.

After the filter of FiNERweb (arXiv 2512.13884), where models rate passages from 1 to 4. A share of all
items goes on whatever its rating, drawn by the item's own number, so that what the filter sets aside can
be looked at.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from decimal import Decimal
from statistics import fmean
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotate.actions.candidates import save_candidates
from annotate.actions.usefulness import save_usefulness
from annotate.models import Annotator, Candidate, Project, Rendition, Run
from annotate.prompts import Scale
from annotate.usefulness import (
    DEFAULT_KEPT,
    HIGHEST,
    LOWEST,
    USEFULNESS,
    rates_usefulness,
    sifters,
)
from pipeline.label.judge import RatingTask
from pipeline.machines import label_choices, question_choices

from .contract import Done, enabled
from .judging import rated
from .texts import texts_of

LEVELS = (
    "nothing to label, or no proper text: a menu, a list of links, broken or empty",
    "little to label, or hard to understand without what is missing",
    "a clear text with something to label",
    "a clear text with much to label, of several kinds",
)
SCALE = Scale(
    USEFULNESS,
    "How useful is this text for a data set in which the things listed under 'to be labelled' are marked?",
    "rendition", LOWEST, HIGHEST, tuple(map(float, range(LOWEST, HIGHEST + 1))), LEVELS,
)  # fmt: skip


def annotators(project: Project) -> list[Annotator | None]:
    """The judges of usefulness that are switched on."""
    return [row for row in enabled("judge")(project) if row and rates_usefulness(row)]


def pending(run: Run) -> QuerySet[Any]:
    """Originals that the judge's present version has not rated."""
    known = Candidate.objects.filter(
        rendition=OuterRef("pk"), version__annotator=run.annotator, version__is_current=True
    )
    rows = Rendition.objects.ready().filter(project_id=run.project_id, origin="original")
    return rows.filter(~Exists(known), made_from__isnull=True)


def do(run: Run, ids: list[int]) -> Done:
    """Rate a batch and store what its items are worth: the mean of all judges' ratings."""
    rows, used = rated(run, tasks_of(run.project, ids), {})
    saved = save_candidates(run.project, rows, votes=False)
    items = set(Rendition.objects.filter(pk__in=ids).values_list("item_id", flat=True))
    ratings = _ratings(run.project, items)
    lost = {item for item, rating in ratings.items() if rating is None}
    share = float(run.project.policy.get("usefulness_kept", DEFAULT_KEPT))
    seed = str(run.project.policy.get("seed", "vouch"))
    chance = {item for item in items if drawn(item, seed) < share}
    save_usefulness(run.project, ratings, kept=lost | chance)
    cost = sum((row.cost for row in rows), Decimal(0))
    return Done(saved=saved, tokens_in=used[0], tokens_out=used[1], cost=cost)


def tasks_of(project: Project, ids: list[int]) -> dict[int, RatingTask]:
    """What is to be rated by rendition. Five queries, and three for each language."""
    texts = texts_of(ids)
    rows = Rendition.objects.filter(pk__in=ids).select_related("item").order_by("pk")
    wanted: dict[str, str] = {}
    found = {}
    for row in rows:
        if row.language not in wanted:
            wanted[row.language] = _to_be_labelled(project, row.language)
        found[row.pk] = RatingTask(
            row.item.external_id, row.language, texts.get(row.pk, {}), (SCALE,),
            inputs={"to be labelled": wanted[row.language]},
        )  # fmt: skip
    return found


def _to_be_labelled(project: Project, language: str) -> str:
    lines = [
        f"{choice.name or choice.key}: {choice.definition}".rstrip(": ")
        for choice in label_choices(project, language)
    ]
    lines += [
        f"{question.wording} {', '.join(o.name or o.key for o in question.options)}"
        for question in question_choices(project, language)
    ]
    return "\n".join(lines) or project.description or project.name


def _ratings(project: Project, items: set[int]) -> dict[int, float | None]:
    """Each item's mean rating over its originals and judges, None where all failed."""
    said: dict[int, list[float]] = defaultdict(list)
    rows = Candidate.objects.filter(
        rendition__item_id__in=items, version__annotator__in=sifters(project),
        version__is_current=True, state="ok",
    )  # fmt: skip
    for item, answers in rows.values_list("rendition__item_id", "reading__answers"):
        said[item] += [float(value) for key, _, value in answers if key == USEFULNESS]
    return {item: fmean(said[item]) if said[item] else None for item in items}


def drawn(item: int, seed: str) -> float:
    """A number in [0, 1) that belongs to an item and a seed.

    >>> drawn(1, "vouch") == drawn(1, "vouch") != drawn(2, "vouch")
    True
    """
    return int.from_bytes(hashlib.sha256(f"{seed}/useful/{item}".encode()).digest()[:7]) / 256**7
