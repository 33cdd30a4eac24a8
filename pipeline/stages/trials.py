"""Trials: judged texts summed up by all that routing sees of them, for trying policies on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from annotate.models import Candidate, Consensus, Project
from pipeline.route import labels_in

from .aggregating import VOTING, families_of
from .judged import Row, Stratum
from .panels import chosen

# Limits of entropy that the simulator offers: at most so many, where the judged texts lie.
STEPS = 12
MOST_VOTERS = 8
# Reasons of routing that no policy changes.
FIXED = ("no_reading", "no_annotator", "problem", "tied")


def trials(
    project: Project, rows: Sequence[Row], strata: Mapping[Stratum, int]
) -> dict[str, Any] | None:
    """What policies are tried on, by language; None without judged texts. Gold is left out.

    Of each language at most 1,500 texts, by keyed hash; four queries for all.
    """
    own: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if not row.is_gold and row.proposed:
            own[row.language].append(row)
    known = {tag: chosen(some) for tag, some in sorted(own.items())}
    every = [row for some in known.values() for row in some]
    if not every:
        return None
    usual = [row.seconds for row in every if row.seconds is not None]
    seen = _seen(project, [row.rendition for row in every])
    sizes: dict[str, int] = defaultdict(int)
    for (language, _route, _entropy), count in strata.items():
        sizes[language] += count
    typical = median(usual) if usual else 0.0
    return {
        "limits": limits([row.entropy for row in every]),
        "voters": list(range(1, 1 + min(MOST_VOTERS, max(max(r.voters for r in every), 1)))),
        "kinds": list(
            range(1, 1 + max(2, *(len({k for _n, k in own.witnesses}) for own in seen.values())))
        ),
        "labels": sorted({label for own in seen.values() for label in own.labels}),
        "judged": len(every),
        "languages": {tag: _groups(some, seen, sizes[tag], typical) for tag, some in known.items()},
    }


@dataclass(frozen=True, slots=True)
class Seen:
    """What routing sees of a text besides its entropy: see ``verify.simulate.Group``."""

    machines: frozenset[str]
    witnesses: frozenset[tuple[str, str]]
    labels: frozenset[str]
    always: bool


def _seen(project: Project, ids: Sequence[int]) -> dict[int, Seen]:
    added = Consensus.objects.filter(project=project, of="machines", rendition_id__in=ids)
    proposed = dict(added.values_list("rendition_id", "reading__digest"))
    family_of = families_of(project)
    voted: dict[int, set[str]] = defaultdict(set)
    confirmed: dict[int, set[tuple[str, str]]] = defaultdict(set)
    found = Candidate.objects.filter(
        project=project, rendition_id__in=ids, state="ok",
        version__annotator__is_enabled=True, version__annotator__kind__in=VOTING,
    )  # fmt: skip
    for rendition, name, votes, digest in found.values_list(
        "rendition_id", "version__annotator__name", "version__may_vote", "reading__digest"
    ):
        if votes:
            voted[rendition].add(name)
        if digest is not None and bytes(digest) == bytes(proposed[rendition] or b""):
            confirmed[rendition].add((name, family_of.get(name) or name))
    return {
        pk: Seen(
            frozenset(voted[pk]), frozenset(confirmed[pk]), labels_in(votes),
            routing.get("code") in FIXED,
        )
        for pk, votes, routing in added.values_list("rendition_id", "votes", "routing")
    }  # fmt: skip


def _groups(
    rows: Sequence[Row], seen: Mapping[int, Seen], size: int, typical: float
) -> list[dict[str, Any]]:
    """The rows summed up by what routing sees, their weights scaled to ``size`` texts."""
    scale = size / sum(1 / row.chance for row in rows)
    sums: dict[Any, list[float]] = defaultdict(lambda: [0, 0.0, 0.0, 0.0, 0.0])
    for row in rows:
        key = (round(row.entropy, 3), row.voters, seen[row.rendition])
        weight = scale / row.chance
        seconds = typical if row.seconds is None else row.seconds
        wrong = 0.0 if row.is_right else weight
        for place, value in enumerate((1, weight, weight * weight, wrong, weight * seconds)):
            sums[key][place] += value
    return [
        {
            "entropy": entropy, "voters": voters, "machines": sorted(own.machines),
            "witnesses": sorted(own.witnesses), "labels": sorted(own.labels),
            "always": own.always, "n": int(n), "weight": weight, "squares": squares,
            "wrong": wrong, "seconds": seconds,
        }
        for (entropy, voters, own), (n, weight, squares, wrong, seconds) in sums.items()
    ]  # fmt: skip


def limits(entropies: Iterable[float]) -> list[float]:
    """The limits worth trying: those of judged texts, thinned out; a text at a limit is accepted."""
    distinct = sorted({0.0, *(round(value, 3) for value in entropies)})
    if len(distinct) <= STEPS:
        return distinct
    return sorted({distinct[round(n * (len(distinct) - 1) / (STEPS - 1))] for n in range(STEPS)})
