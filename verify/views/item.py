"""What people said of one item: decisions, judgements with their spans, and the seats they sat in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from annotate.access import Role, project_view
from annotate.models import Item, Project, Rendition
from annotate.views.readings import shown
from annotate.views.shell import page
from verify.models import Assignment, Decision, Judgement, Rater, SpanVerdict

# Of each kind of row; beyond it the oldest are left out, and the page says so.
MOST = 200

# Decisions that stand on judgements without anybody naming them.
BY_JUDGING = (Decision.Origin.SINGLE, Decision.Origin.AGREED)


@dataclass(frozen=True, slots=True)
class Said:
    """A judgement with how long it took, in seconds without hidden time, and how it ended, if it did.

    ``by`` is the adjudicator who sent it back, ``why`` their reason.
    """

    judgement: Judgement
    seconds: float | None
    ended: str
    by: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One rendition, and all that people said of it."""

    rendition: Rendition
    decisions: tuple[tuple[Decision, str], ...]
    judgements: tuple[Said, ...]
    seats: tuple[Assignment, ...]


@require_GET
@project_view(Role.ADJUDICATOR)
def detail(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The fragment for an item's page; people appear under their pseudonyms."""
    item: Item = get_object_or_404(Item.objects, pk=pk)
    decisions, judgements, seats = _decisions(item), _judgements(item), _seats(item)
    names = _pseudonyms(project, decisions)
    parts = [
        Part(
            row,
            tuple((d, _who(d, names, judgements)) for d in decisions if d.rendition_id == row.pk),
            tuple(_said(j) for j in judgements if j.rendition_id == row.pk),
            tuple(s for s in seats if s.rendition_id == row.pk),
        )
        for row in Rendition.objects.filter(item=item).order_by("-is_current", "language", "-pk")
    ]
    told = [part for part in parts if part.decisions or part.judgements or part.seats]
    told.sort(key=lambda part: (not part.judgements, not part.decisions))
    context: dict[str, Any] = {
        "item": item,
        "parts": told,
        "is_cut": MOST in (len(decisions), len(judgements), len(seats)),
        "most": MOST,
    }
    return page(request, project, "verify/_item.html", **context)


def _seats(item: Item) -> list[Assignment]:
    rows = Assignment.objects.filter(rendition__item=item).select_related("rater")
    return list(rows.order_by("-round", "seat", "-pk")[:MOST])


def _decisions(item: Item) -> list[Decision]:
    found = Decision.objects.filter(rendition__item=item).select_related("made_by", "reading")
    return list(found.prefetch_related(*shown("reading")).order_by("-is_current", "-pk")[:MOST])


def _judgements(item: Item) -> list[Judgement]:
    """Newest first; a withdrawal is told of at the judgement that it took back."""
    verdicts = SpanVerdict.objects.select_related("span", "span__label").order_by("pk")
    found = (
        Judgement.objects.filter(rendition__item=item)
        .exclude(outcome=Judgement.Outcome.WITHDRAWN)
        .select_related("rater", "assignment", "reading", "successor__rater")
    )
    return list(
        found.prefetch_related(*shown("reading"), Prefetch("verdicts", queryset=verdicts)).order_by(
            "-pk"
        )[:MOST]
    )


def _said(judgement: Judgement) -> Said:
    seconds = None
    if judgement.shown_at:
        whole = (judgement.submitted_at - judgement.shown_at).total_seconds()
        seconds = max(whole - judgement.hidden_seconds, 0.0)
    later = getattr(judgement, "successor", None)
    ended = ""
    if later is not None:
        is_undone = later.outcome == Judgement.Outcome.WITHDRAWN
        if is_undone and later.rater_id != judgement.rater_id:
            return Said(judgement, seconds, "sent back", later.rater.pseudonym, later.comment)
        ended = "taken back" if is_undone else "replaced"
    return Said(judgement, seconds, ended)


def _pseudonyms(project: Project, decisions: list[Decision]) -> dict[int, str]:
    people = {row.made_by_id for row in decisions if row.made_by_id}
    return dict(
        Rater.objects.filter(project=project, user__in=people).values_list("user_id", "pseudonym")
    )


def _who(decision: Decision, names: dict[int, str], judgements: list[Judgement]) -> str:
    """Who decided: the person named with it, else those whose readings it stands on."""
    if decision.made_by is not None:
        return names.get(decision.made_by.pk, decision.made_by.get_username())
    if decision.origin not in BY_JUDGING:
        return ""
    digest = bytes(decision.reading.digest)
    same = {
        row.rater.pseudonym
        for row in judgements
        if row.rendition_id == decision.rendition_id
        and row.reading is not None
        and bytes(row.reading.digest) == digest
    }
    return ", ".join(sorted(same))
