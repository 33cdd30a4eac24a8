"""A project in which three machines read forty texts, routing ran, and people judged what it asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Consensus, Project, Run
from annotate.readings import Reading
from pipeline.stages import aggregating, routing
from tests import factories as make
from verify.actions import record_judgement
from verify.submission import Submission, SubmittedSpan

RIGHT = make.TARGET_SPANS
SHORT = (replace(RIGHT[0], end=5), RIGHT[1])
OTHER = (RIGHT[0], replace(RIGHT[1], label="PER"))
LESS = (RIGHT[1],)


def read_by_machines(project: Project, count: int = 40) -> list[Any]:
    """``links`` is right on three of four texts, ``candidates`` on nine of ten, ``likeness`` on fewer,
    and wrong together with ``links`` on one in eight."""
    versions = {
        name: make_version(add_annotator(project, name=name, kind="projector", backend=backend))
        for name, backend in
        (("links", "links"), ("candidates", "candidates"), ("likeness", "similarity"))
    }  # fmt: skip
    made = [make.make_rendition(project) for _ in range(count)]
    rows = []
    for number, rendition in enumerate(made):
        said = {
            "links": SHORT if number % 4 == 0 else RIGHT,
            "candidates": OTHER if number % 10 == 4 else RIGHT,
            "likeness": LESS if number % 2 else SHORT if number % 8 == 0 else RIGHT,
        }
        for name, spans in said.items():
            basis = rendition.made_from.standing_id
            reading = Reading(spans=spans)
            cost = Decimal("0.002") if name == "candidates" else Decimal("0.001")
            row = NewCandidate(
                rendition.pk, versions[name].pk, reading=reading, basis=basis, cost=cost
            )
            rows.append(row)
    save_candidates(project, rows)
    return made


def route(project: Project, made: list[Any]) -> None:
    """Add up the votes and route."""
    aggregating.do(Run(project=project, stage="aggregate"), [r.pk for r in made])
    ids = Consensus.objects.filter(of="machines").values_list("pk", flat=True)
    routing.do(Run(project=project, stage="route"), list(ids))


def said_blind(**fields: Any) -> Submission:
    """The right marks, by somebody who saw none."""
    rows = [
        SubmittedSpan(f"n{number}", None, "added", "", s.label, s.field, s.start, s.end, s.surface)
        for number, s in enumerate(RIGHT)
    ]
    return make.submission(*rows, **fields)


def judge_all(project: Project, rater: Any, *, seconds: float = 12.0) -> int:
    """One person says what is right in every seat, each text for some seconds."""
    count = 0
    while seat := make.claim(project, rater):
        spent = {"shown_at": timezone.now() - timedelta(seconds=seconds + count % 5)}
        shown = seat.rendition.consensus.filter(of="machines").first()
        is_blind = (seat.shown or {}).get("mode") == "blind"
        if is_blind or shown is None or shown.reading_id is None:
            answer = said_blind(**spent)
        else:
            answer = corrected(shown.reading, **spent)
        record_judgement(seat, rater=rater, submission=answer)
        count += 1
    return count


def corrected(reading: Any, **fields: Any) -> Submission:
    """The shown marks put right, and those added that are lacking."""
    left, rows = list(RIGHT), []
    for span in reading.spans.filter(rank=1).order_by("start"):
        near = [s for s in left if s.start == span.start]
        if not near:
            rows.append(SubmittedSpan(span.key, span.key, "should_not_be"))
            continue
        good = near[0]
        left.remove(good)
        same = (good.end, good.label) == (span.end, span.label.key)
        verdict = "right" if same else "boundary" if good.end != span.end else "label"
        rows.append(
            SubmittedSpan(span.key, span.key, verdict, "", good.label, good.field, good.start,
                          good.end, good.surface, good.source)
        )  # fmt: skip
    rows += [
        SubmittedSpan(f"n{n}", None, "added", "", s.label, s.field, s.start, s.end, s.surface)
        for n, s in enumerate(left)
    ]
    return make.submission(*rows, **fields)
