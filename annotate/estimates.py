"""Estimates: what a stage is going to cost at model servers, told before it is started."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Length
from django.utils import timezone

from annotate.catalog import backend_of
from annotate.models import (
    Annotator,
    AnnotatorVersion,
    Candidate,
    Field,
    Passage,
    Project,
    Question,
    Rendition,
    Spending,
    Translation,
)
from annotate.prices import KNOWN_CALLS, Usage, cost_of, has_price
from annotate.usefulness import rates_usefulness, wanted

# No more rows than this are looked at; beyond, the figure is the mean times what was counted.
MOST = 10_000
# Characters of a prompt beside the text, characters to a token, and tokens of a reply by kind.
AROUND, TO_A_TOKEN, REPLY = 1200, 3, {"labeller": 60, "projector": 80, "judge": 60}
STAGE = {
    "translator": "translate",
    "projector": "projection",
    "labeller": "label",
    "judge": "judge",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """What one annotator's run is going to cost.

    ``calls`` are at least so many where ``is_capped``. ``left`` is the least that its budgets leave, None
    without one; ``is_known`` tells that it rests on what its calls cost so far, not on sizes.
    """

    annotator: Annotator
    stage: str
    calls: int
    is_capped: bool
    cost: Decimal
    left: Decimal | None
    is_known: bool

    @property
    def is_beyond(self) -> bool:
        """Whether the run would reach a budget before its end."""
        return self.left is not None and self.cost > self.left


def estimates(project: Project) -> list[Estimate]:
    """For each enabled annotator that asks a model server at a price and has something to do.

    Call inside the project's scope. Cost: two or three queries for each such annotator.
    """
    rows = Annotator.objects.filter(project=project, kind__in=list(STAGE), is_enabled=True)
    found = []
    for annotator in rows.select_related("template"):
        asks = "base_url" in backend_of(annotator.kind, annotator.backend).settings
        if annotator.is_running and asks and has_price(annotator.price):
            made = _estimate(project, annotator)
            if made.calls:
                found.append(made)
    return found


def _estimate(project: Project, annotator: Annotator) -> Estimate:
    texts = characters = 0
    capped = False
    for rows in _lacking(project, annotator):
        sizes = list(rows.values_list("size", flat=True)[: MOST + 1])
        capped = capped or len(sizes) > MOST
        texts, characters = texts + len(sizes[:MOST]), characters + sum(sizes[:MOST])
    calls = texts * _prompts(project, annotator)
    known = Spending.objects.filter(annotator=annotator).aggregate(n=Sum("calls"), cost=Sum("cost"))
    is_known = (known["n"] or 0) >= KNOWN_CALLS
    cost = (
        Decimal(known["cost"]) / known["n"] * calls
        if is_known
        else cost_of(annotator.price, _usage(annotator, texts, calls, characters))
    )
    return Estimate(annotator, _stage(annotator), calls, capped, cost, _left(annotator), is_known)


def _stage(annotator: Annotator) -> str:
    return "sift" if rates_usefulness(annotator) else STAGE[annotator.kind]


def _usage(annotator: Annotator, texts: int, calls: int, characters: int) -> Usage:
    read = calls * AROUND + (characters * calls // texts if texts else 0)
    written = (
        characters if annotator.kind == "translator" else calls * REPLY[annotator.kind] * TO_A_TOKEN
    )
    return Usage(read // TO_A_TOKEN, written // TO_A_TOKEN, read, written)


def _prompts(project: Project, annotator: Annotator) -> int:
    """Calls for each text."""
    questions = Question.objects.filter(project=project)
    if annotator.kind == "judge" and not rates_usefulness(annotator):
        return questions.filter(kind__in=["rating", "score"]).count()
    if annotator.kind != "labeller":
        return 1
    kinds = list(questions.values_list("kind", flat=True))
    return annotator.ballots * (("spans" in kinds) + kinds.count("choice"))


def _left(annotator: Annotator) -> Decimal | None:
    """The least that the budgets leave for a run begun now."""
    spent = Spending.objects.filter(annotator=annotator)
    today = spent.filter(day=timezone.now().date())
    limits: list[tuple[Decimal | None, Any]] = [
        (annotator.budget, spent), (annotator.budget_per_day, today),
        (annotator.budget_per_run, spent.none()),
    ]  # fmt: skip
    rest = [
        limit - (rows.aggregate(total=Sum("cost"))["total"] or 0)
        for limit, rows in limits
        if limit is not None
    ]
    return max(min(rest), Decimal(0)) if rest else None


def _lacking(project: Project, annotator: Annotator) -> Iterator[QuerySet[Any]]:
    """What the annotator has still to read, each row with its ``size`` in characters."""
    versions = AnnotatorVersion.objects.filter(annotator=annotator, is_current=True)
    if annotator.kind == "translator":
        yield from _untranslated(project, versions)
        return
    size = (
        Field.objects.filter(rendition=OuterRef("pk"), role=Field.Role.LABELLED)
        .order_by()
        .values("rendition")
        .annotate(total=Sum(Length("passage__text")))
        .values("total")
    )
    read = Candidate.objects.filter(rendition=OuterRef("pk"), version__in=versions)
    rows = Rendition.objects.ready().filter(project=project)
    if not rates_usefulness(annotator):
        rows = rows.filter(wanted(project, "item"))
    if annotator.kind == "projector":
        rows = rows.filter(made_from__standing__isnull=False)
        read = read.filter(basis=OuterRef("made_from__standing"))
    elif rates_usefulness(annotator):
        rows = rows.filter(origin="original", made_from__isnull=True)
    elif annotator.kind == "judge":
        rows = rows.exclude(language=project.source_language)
    else:
        rows = rows.exclude(language=project.source_language, standing__isnull=False)
    yield rows.filter(~Exists(read)).annotate(size=Coalesce(Subquery(size), 0)).order_by("pk")


def _untranslated(
    project: Project, versions: QuerySet[AnnotatorVersion]
) -> Iterator[QuerySet[Any]]:
    for tag in project.languages.filter(role="target").values_list("tag", flat=True):
        made = Translation.objects.filter(
            source=OuterRef("pk"), language=tag, version__in=versions, marked__isnull=True, state="ok"
        )  # fmt: skip
        current = Rendition.objects.filter(
            item=OuterRef("rendition__item"), language=tag, is_current=True
        )
        needed = Field.objects.filter(
            wanted(project, "rendition__item"), ~Exists(current), passage=OuterRef("pk"),
            rendition__is_current=True,
            rendition__language=F("passage__language"),
        )  # fmt: skip
        rows = Passage.objects.filter(project=project, language=project.source_language)
        yield (
            rows.filter(~Exists(made), Exists(needed)).annotate(size=Length("text")).order_by("pk")
        )
