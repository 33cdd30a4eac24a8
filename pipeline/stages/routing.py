"""Route: accept what the machines agree on, and open seats for the rest and for the audit."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from annotate.actions.consensus import mark_routed
from annotate.models import Candidate, Consensus, Run
from verify.actions.audit import audit_sample
from verify.actions.decide import Accepted, accept, supersede
from verify.actions.seats import NewSeat, open_seats
from verify.models import Assignment, Decision

from .contract import Done

AUDIT_ROUND = 2


def pending(run: Run) -> QuerySet[Any]:
    """The machines' consensus that routing has not seen yet."""
    return Consensus.objects.filter(
        project_id=run.project_id, of=Consensus.Of.MACHINES, route_due=True
    )


@transaction.atomic
def do(run: Run, ids: list[int]) -> Done:
    """Route a batch: decisions that still stand are left, those that no longer do are superseded."""
    rows = list(
        Consensus.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, route_due=True)
        .select_related("rendition", "rendition__made_from", "rendition__item", "reading")
    )
    decided = {
        decision.rendition_id: decision
        for decision in Decision.objects.filter(
            rendition_id__in=[row.rendition_id for row in rows], is_current=True
        ).select_related("reading")
    }
    changed = _carried_differently(rows, decided)
    supersede(
        project=run.project,
        renditions=sorted(changed),
        because="The source labels changed, and what is carried from them with it.",
    )
    open_rows = [
        row for row in rows if row.rendition_id not in decided or row.rendition_id in changed
    ]
    accept(
        project=run.project,
        rows=[
            Accepted(row.rendition_id, row.reading_id)
            for row in open_rows
            if row.route == Consensus.Route.ACCEPT and row.reading_id
        ],
    )
    open_seats(project=run.project, rows=_seats(run, open_rows, changed))
    mark_routed([row.rendition_id for row in rows])
    return Done(saved=len(rows))


def _seats(run: Run, rows: list[Consensus], changed: set[int]) -> list[NewSeat]:
    last = dict(
        Assignment.objects.filter(rendition_id__in=changed)
        .values_list("rendition_id")
        .annotate(last=Max("round"))
    )
    sample = None
    seats: list[NewSeat] = []
    for row in rows:
        plan = row.routing
        audited = row.route == Consensus.Route.ACCEPT
        if audited and not plan.get("audit"):
            continue
        if plan.get("audit") and sample is None:
            sample = audit_sample(
                project=run.project,
                probability=plan["probability"],
                seed=run.project.policy.get("seed", "vouch"),
            )
        first = last.get(row.rendition_id, 0) + 1
        seats += [
            NewSeat(
                rendition=row.rendition_id,
                language=row.rendition.language,
                round=max(AUDIT_ROUND, first) if audited else first,
                seat=seat,
                mode="audit" if audited else plan.get("mode", "assisted"),
                band=plan.get("band", 1),
                sample=sample.pk if sample and plan.get("audit") else None,
            )
            for seat in range(1, max(1, plan.get("seats", 1)) + 1)
        ]
    return seats


def _carried_differently(rows: list[Consensus], decided: dict[int, Decision]) -> set[int]:
    """Renditions whose decision rests on a source reading that changed in a way that shows here.

    It shows when some version's candidate on the new source reading says other things than its
    candidate on the old one. Gold stays.
    """
    moved: dict[int, tuple[int, int | None]] = {}
    for row in rows:
        decision = decided.get(row.rendition_id)
        origin = row.rendition.made_from
        if decision is None or decision.gold or origin is None:
            continue
        basis = decision.reading.basis_id
        if basis is not None and basis != origin.standing_id:
            moved[row.rendition_id] = (basis, origin.standing_id)
    candidates = Candidate.objects.filter(
        rendition_id__in=moved, basis__isnull=False, reading__isnull=False
    ).values_list("rendition_id", "version__annotator_id", "basis_id", "reading__digest")
    said: dict[tuple[int, int, int], bytes] = {
        (rendition, annotator, basis): bytes(digest)
        for rendition, annotator, basis, digest in candidates
    }
    changed = set()
    for (rendition, annotator, basis), digest in said.items():
        old, new = moved[rendition]
        if basis == new and said.get((rendition, annotator, old), digest) != digest:
            changed.add(rendition)
    return changed
