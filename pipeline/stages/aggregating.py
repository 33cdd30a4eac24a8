"""Aggregate: add up the machines' candidates of each rendition and say where it should go."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.actions.consensus import NewConsensus, save_consensus
from annotate.actions.readings import load_readings, relation_rows_by_reading, span_rows_by_reading
from annotate.models import Annotator, Candidate, Consensus, Project, Rendition, Run
from annotate.readings import Reading
from annotate.usefulness import wanted
from pipeline.aggregate import Vote, aggregate, families
from pipeline.aggregate.votes import OK
from pipeline.projection.catalog import FITTED
from pipeline.route import RoutingPolicy, route

from . import history
from .contract import Done

VOTING = ("imported", "projector", "labeller")


def pending(run: Run) -> QuerySet[Any]:
    """Current renditions that got a candidate since they were last aggregated.

    Under the policy ``unaided`` no machine proposes anything: then all of them that nothing was
    added up for yet, so that they go to people as they are.
    """
    current = Rendition.objects.filter(
        wanted(run.project, "item"), project_id=run.project_id, is_current=True
    )
    if not run.project.policy.get("unaided"):
        return current.filter(aggregate_due=True)
    known = Consensus.objects.filter(rendition=OuterRef("pk"), of=Consensus.Of.MACHINES)
    waiting = ~Exists(known) & ~Q(language=run.project.source_language)
    return current.filter(Q(aggregate_due=True) | waiting)


def do(run: Run, ids: list[int]) -> Done:
    """Add up a batch: six queries to load, then pure work, then one save."""
    policy = RoutingPolicy.from_mapping(routing_settings(run.project.policy))
    renditions = Rendition.objects.filter(pk__in=ids).select_related("made_from")
    rows = list(
        renditions.values_list("pk", "item__external_id", "language", "made_from__standing_id")
    )
    standing: dict[int, int | None] = {pk: basis for pk, _, _, basis in rows}
    votes = votes_on(standing)
    spans = span_rows_by_reading(standing.values())
    relations = relation_rows_by_reading(standing.values())
    family_of = families_of(run.project)
    doubted = history.doubted(run.project, policy)
    made = []
    for pk, external_id, language, basis in rows:
        tally = aggregate(votes[pk])
        believed = [v for v in votes[pk] if v.annotator not in doubted.get(language, ())]
        witnesses = families(believed, tally.reading, family_of)
        heard = {v.annotator for v in votes[pk] if v.state == OK and v.weight > 0}
        way = route(
            tally, policy.of(language), f"{external_id}/{language}", families=len(witnesses),
            trusted=tally.voters - len(heard.intersection(doubted.get(language, ()))),
        )  # fmt: skip
        made.append(
            NewConsensus(
                rendition=pk,
                reading=tally.reading,
                votes=tally.votes,
                voters=tally.voters,
                entropy=tally.entropy,
                route=way.route,
                reason=way.sentence[:200],
                routing={
                    "code": way.reason, "audit": way.audit, "mode": way.mode, "band": way.band,
                    "seats": way.seats, "probability": way.audit_probability,
                    "families": witnesses,
                },
                basis=basis,
                basis_spans=spans.get(basis or 0),
                basis_relations=relations.get(basis or 0),
            )
        )  # fmt: skip
    return Done(saved=save_consensus(run.project, made))


def routing_settings(policy: dict[str, Any]) -> dict[str, Any]:
    """The part of a project's policy that routing reads."""
    known = RoutingPolicy().as_dict()
    return {key: value for key, value in policy.items() if key in known}


def votes_on(standing: dict[int, int | None]) -> dict[int, list[Vote]]:
    """The votes on each rendition, by the source reading its projections must be made from.

    Counted are enabled annotators; of each, the newest version that has a candidate here. Those
    whose version may not vote come with weight 0: they only confirm. Candidates on an older source
    reading are stale and stay out.
    """
    found = (
        Candidate.objects.filter(
            rendition_id__in=standing,
            version__annotator__is_enabled=True,
            version__annotator__kind__in=VOTING,
        )
        .order_by("version__annotator__position", "version__annotator_id", "ballot")
        .values_list(
            "rendition_id", "basis_id", "ballot", "state", "reading_id", "reading__digest",
            "version__annotator_id", "version__annotator__name", "version__annotator__weight",
            "version__may_vote", "version__number",
            named=True,
        )
    )  # fmt: skip
    fresh = [row for row in found if row.basis_id in (None, standing[row.rendition_id])]
    newest: dict[tuple[int, int], int] = defaultdict(int)
    for row in fresh:
        key = (row.rendition_id, row.version__annotator_id)
        newest[key] = max(newest[key], row.version__number)
    kept = [
        row
        for row in fresh
        if row.version__number == newest[row.rendition_id, row.version__annotator_id]
    ]
    readings = load_readings([row.reading_id for row in kept if row.reading_id is not None])
    votes: dict[int, list[Vote]] = defaultdict(list)
    for row in kept:
        votes[row.rendition_id].append(_vote(row, readings.get(row.reading_id)))
    return votes


def _vote(row: Any, reading: Reading | None) -> Vote:
    return Vote(
        annotator=row.version__annotator__name,
        ballot=row.ballot,
        state=row.state,
        reading=reading,
        weight=row.version__annotator__weight if row.version__may_vote else 0.0,
        digest=bytes(row.reading__digest) if row.reading__digest is not None else None,
    )


def families_of(project: Project) -> dict[str, str]:
    """The family of each annotator of a project by name; projectors that align share one."""
    found = {}
    for annotator in Annotator.objects.filter(project=project):
        shares = annotator.kind == Annotator.Kind.PROJECTOR and annotator.backend in FITTED
        found[annotator.name] = annotator.family or ("aligner" if shares else annotator.name)
    return found
