"""Agree: measure how far people agree with one another, and machines with people."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from annotate.actions.readings import load_readings
from annotate.models import Candidate, Project, Rendition, Run
from pipeline.agree import agreement
from pipeline.raters.replacement import alternative_annotator
from verify.actions.reports import save_report
from verify.models import Assignment, Judgement, Report

from . import quality, rating
from .aggregating import VOTING
from .comparable import asked_of_machines, comparable

KIND = "agreement"
# Texts kept behind a cell of the map of pairs.
EXAMPLES = 40


def judged(project: Project) -> Any:
    """Judgements that count: answered, standing, by reviewers who had not seen what others said.

    Adjudicators have; planted and repeated seats measure a person, not a text. Where an adjudicator
    sent a text back, what its reviewers said before that counts: afterwards they had been told.
    """
    answered = Judgement.objects.filter(
        project=project,
        outcome=Judgement.Outcome.ANSWERED,
        assignment__kind=Assignment.Kind.REVIEW,
    ).exclude(assignment__mode__in=[Assignment.Mode.PLANTED, Assignment.Mode.REPEAT])
    sent_back = Judgement.objects.filter(
        project=project, outcome=Judgement.Outcome.WITHDRAWN, supersedes__isnull=False
    ).exclude(rater=F("supersedes__rater"))
    told = sent_back.filter(assignment=OuterRef("assignment"), pk__lt=OuterRef("pk"))
    stands = Q(successor__isnull=True) | Exists(sent_back.filter(supersedes=OuterRef("pk")))
    return answered.filter(stands).exclude(Exists(told))


def fingerprints(project: Project) -> dict[str, str]:
    """What the measure of each language would be made from, in short."""
    rows = (
        judged(project)
        .values("rendition__language")
        .annotate(count=Count("pk"), last=Max("pk"))
        .values_list("rendition__language", "count", "last")
    )
    return {
        language: hashlib.sha256(f"{count}/{last}".encode()).hexdigest()
        for language, count, last in rows
    }


def is_due(run: Run) -> bool:
    """Whether there are judgements that the last measure of languages or people did not see."""
    return bool(_due(run)) or rating.is_due(run.project) or quality.is_due(run.project)


def _due(run: Run) -> dict[str, str]:
    known = dict(
        Report.objects.filter(project=run.project, kind=KIND, is_stale=False).values_list(
            "language", "fingerprint"
        )
    )
    return {
        language: mark
        for language, mark in fingerprints(run.project).items()
        if known.get(language) != mark
    }


def whole(run: Run) -> dict[str, Any]:
    """Measure every due language, people alone and people with machines, and each person."""
    done = {}
    asked = asked_of_machines(run.project)
    for language, mark in _due(run).items():
        people = _people(run.project, language)
        machines = _machines(run.project, language, {item for item, _, _ in people})
        beside = [(item, rater, comparable(said, asked)) for item, rater, said in people]
        body = {
            "people": agreement(people).as_dict(),
            "with_machines": agreement([*beside, *machines]).as_dict(),
            "judgements": len(people),
            "replacement": replacement(beside, machines),
            "differ": differ(run.project, people, [*beside, *machines]),
        }
        save_report(run.project, kind=KIND, language=language, body=body, fingerprint=mark)
        done[language] = len(people)
    report: dict[str, Any] = {"judgements": done}
    if rating.is_due(run.project):
        report["people"] = rating.save(run.project)
    if quality.is_due(run.project):
        report["texts"] = quality.save(run.project)
    return report


def replacement(
    people: list[tuple[str, str, Any]], machines: list[tuple[str, str, Any]]
) -> dict[str, Any]:
    """Whether each machine could stand in for a person; readings agree when they say the same."""
    said, made = _digests(people), _digests(machines)
    return {name: alternative_annotator(own, said).as_dict() for name, own in sorted(made.items())}


def differ(
    project: Project, people: list[tuple[str, str, Any]], all_: list[tuple[str, str, Any]]
) -> list[dict[str, Any]]:
    """For each pair of raters the texts on which they say other things: how many, and the first.

    Two people differ in all that they were asked, a person and a machine in what both were.
    """
    among, beside = _digests(people), _digests(all_)
    names = sorted(beside)
    found: list[dict[str, Any]] = []
    for place, one in enumerate(names):
        for two in names[place + 1 :]:
            said = among if one in among and two in among else beside
            shared = sorted(set(said[one]) & set(said[two]), key=int)
            apart = [int(pk) for pk in shared if said[one][pk] != said[two][pk]]
            if shared:
                found.append({"one": one, "two": two, "n": len(apart), "pks": apart[:EXAMPLES]})
    wanted = {pk for row in found for pk in row["pks"]}
    items = Rendition.objects.filter(project=project, pk__in=wanted)
    named = {
        pk: [item, name] for pk, item, name in items.values_list("pk", "item", "item__external_id")
    }
    for row in found:
        row["items"] = [named[pk] for pk in row.pop("pks") if pk in named]
    return found


def _digests(rows: list[tuple[str, str, Any]]) -> dict[str, dict[str, bytes]]:
    by_rater: dict[str, dict[str, bytes]] = {}
    for item, rater, reading in rows:
        by_rater.setdefault(rater, {})[item] = reading.digest()
    return by_rater


def _people(project: Project, language: str) -> list[tuple[str, str, Any]]:
    """(rendition, rater, reading): of a person who judged a rendition twice, the later."""
    rows = (
        judged(project)
        .filter(rendition__language=language)
        .order_by("pk")
        .values_list("rendition_id", "rater__pseudonym", "reading_id")
    )
    latest = {(str(rendition), rater): reading for rendition, rater, reading in rows}
    readings = load_readings(latest.values())
    return [(item, rater, readings[reading]) for (item, rater), reading in latest.items()]


def _machines(project: Project, language: str, items: set[str]) -> list[tuple[str, str, Any]]:
    """The first ballot of each annotator on the judged renditions, newest version."""
    rows = (
        Candidate.objects.filter(
            project=project,
            rendition__language=language,
            rendition_id__in=[int(item) for item in items],
            version__annotator__kind__in=VOTING,
            state="ok",
            ballot=1,
        )
        .order_by("version__number", "pk")
        .values_list("rendition_id", "version__annotator__name", "reading_id")
    )
    newest = {(str(rendition), name): reading for rendition, name, reading in rows}
    readings = load_readings(newest.values())
    return [(item, name, readings[reading]) for (item, name), reading in newest.items()]
