"""Agree: measure how far people agree with one another, and machines with people."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from annotate.actions.readings import load_readings
from annotate.keyed import share
from annotate.models import Candidate, Project, Rendition, Run
from annotate.readings import Reading
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
# So many judged texts of a language are compared: an interval is then narrower than a hundredth.
MOST = 10_000


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


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of a rendition; ``digest`` is the reading's, as it is stored."""

    item: str
    rater: str
    reading: Reading
    digest: bytes

    @property
    def row(self) -> tuple[str, str, Reading]:
        """As agreement is counted."""
        return self.item, self.rater, self.reading

    def beside(self, asked: frozenset[str]) -> Said:
        """With what machines were asked for."""
        less = comparable(self.reading, asked)
        return self if less is self.reading else Said(self.item, self.rater, less, less.digest())


def whole(run: Run) -> dict[str, Any]:
    """Measure every due language, people alone and people with machines, and each person."""
    done = {}
    asked = asked_of_machines(run.project)
    last = Judgement.objects.filter(project=run.project).aggregate(last=Max("pk"))["last"] or 0
    for language, mark in _due(run).items():
        latest = _latest(run.project, language)
        texts = measured(latest)
        shared = texts if len(texts) < MOST else measured(_shared(latest))
        wanted = texts | shared
        said = _loaded({key: one for key, one in latest.items() if key[0] in wanted})
        people = [one for one in said if int(one.item) in shared]
        beside = [one.beside(asked) for one in said if int(one.item) in texts]
        machines = _machines(run.project, language, texts)
        body = {
            "people": agreement(one.row for one in people).as_dict(),
            "with_machines": agreement(one.row for one in [*beside, *machines]).as_dict(),
            "judgements": len(latest),
            "last": last,
            "texts": len({item for item, _rater in latest}),
            "measured": len(texts),
            "replacement": replacement(beside, machines),
            "differ": differ(run.project, people, [*beside, *machines]),
        }
        save_report(run.project, kind=KIND, language=language, body=body, fingerprint=mark)
        done[language] = len(latest)
    report: dict[str, Any] = {"judgements": done}
    if rating.is_due(run.project):
        report["people"] = rating.save(run.project)
    if quality.is_due(run.project):
        report["texts"] = quality.save(run.project)
    return report


def replacement(people: Sequence[Said], machines: Sequence[Said]) -> dict[str, Any]:
    """Whether each machine could stand in for a person; readings agree when they say the same."""
    said, made = _digests(people), _digests(machines)
    return {name: alternative_annotator(own, said).as_dict() for name, own in sorted(made.items())}


def differ(project: Project, people: Sequence[Said], all_: Sequence[Said]) -> list[dict[str, Any]]:
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


def _digests(rows: Sequence[Said]) -> dict[str, dict[str, bytes]]:
    by_rater: dict[str, dict[str, bytes]] = {}
    for said in rows:
        by_rater.setdefault(said.rater, {})[said.item] = said.digest
    return by_rater


Latest = Mapping[tuple[int, str], tuple[int, bytes]]


def _latest(project: Project, language: str) -> Latest:
    """Reading and digest by (rendition, rater): of a person who judged one twice, the later."""
    rows = (
        judged(project)
        .filter(rendition__language=language)
        .order_by("pk")
        .values_list("rendition_id", "rater__pseudonym", "reading_id", "reading__digest")
    )
    return {(item, rater): (pk, bytes(digest)) for item, rater, pk, digest in rows}


def _shared(latest: Latest) -> Latest:
    """The part that is about renditions which several people judged."""
    times = Counter(item for item, _rater in latest)
    return {key: one for key, one in latest.items() if times[key[0]] > 1}


def measured(latest: Latest) -> set[int]:
    """The renditions that are compared: all, or of more than ``MOST`` so many by keyed hash."""
    texts = {item for item, _rater in latest}
    return set(nsmallest(MOST, texts, key=lambda pk: share(KIND, str(pk))))


def _machines(project: Project, language: str, items: set[int]) -> list[Said]:
    """The first ballot of each annotator on the judged renditions, newest version."""
    rows = (
        Candidate.objects.filter(
            project=project,
            rendition__language=language,
            rendition_id__in=items,
            version__annotator__kind__in=VOTING,
            state="ok",
            ballot=1,
        )
        .order_by("version__number", "pk")
        .values_list(
            "rendition_id", "version__annotator__name", "reading_id", "reading__digest"
        )
    )  # fmt: skip
    return _loaded({(item, name): (pk, bytes(digest)) for item, name, pk, digest in rows})


def _loaded(found: Latest) -> list[Said]:
    readings = load_readings(pk for pk, _digest in found.values())
    return [
        Said(str(item), rater, readings[pk], digest)
        for (item, rater), (pk, digest) in found.items()
    ]
