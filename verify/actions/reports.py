"""Store computations, random samples, and the certificates that rest on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import nsmallest
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotate.keyed import share
from annotate.models import Project
from verify.certified import decided_readings
from verify.models import Certificate, Report, Sample


@transaction.atomic
def save_report(
    project: Project,
    *,
    kind: str,
    body: Mapping[str, Any],
    language: str = "",
    scope: Mapping[str, Any] | None = None,
    fingerprint: str = "",
) -> Report:
    """Store a computation, in place of the one of the same kind and language."""
    report, _ = Report.objects.update_or_create(
        project=project,
        kind=kind,
        language=language,
        defaults={
            "body": dict(body),
            "scope": dict(scope or {}),
            "fingerprint": fingerprint,
            "is_stale": False,
            "made_at": timezone.now(),
        },
    )
    return report


def frame_of(*, project: Project, frame: Mapping[str, Any]) -> Iterator[int]:
    """The renditions whose decisions make up a frame: current ones that are not gold.

    ``frame`` may name a ``language`` and ``origins``; what it leaves out it does not restrict.
    """
    found = decided_readings(project, frame)
    return found.values_list("rendition_id", flat=True).iterator(chunk_size=5000)


@transaction.atomic
def draw_sample(
    *,
    project: Project,
    purpose: str,
    frame: Mapping[str, Any],
    seed: str,
    size: int | None = None,
    probability: float | None = None,
) -> tuple[Sample, list[int]]:
    """Draw renditions of a frame at random; return the sample and its members.

    Give ``size`` for so many of them, or ``probability`` for each with that chance. Membership is by
    keyed hash of seed and rendition, so it can be recomputed. Raises ValueError where the frame has
    fewer than ``size``.
    """
    if (size is None) == (probability is None):
        raise ValueError("a sample needs either a size or a probability")
    count, members = 0, []
    keyed = ((share(seed, str(pk)), pk) for pk in frame_of(project=project, frame=frame))
    if size is not None:
        ordered = _Counting(keyed)
        members = [pk for _, pk in nsmallest(size, ordered)]
        count = ordered.count
        if count < size:
            raise ValueError(f"the frame has {count} decisions; {size} cannot be drawn from it")
    else:
        for point, pk in keyed:
            count += 1
            if point < (probability or 0):
                members.append(pk)
    sample = Sample.objects.create(
        project=project, purpose=purpose, frame=dict(frame), seed=seed, size=size,
        probability=probability, frame_size=count,
    )  # fmt: skip
    return sample, members


class _Counting:
    """An iterable that knows how many it has given."""

    def __init__(self, rows: Iterable[tuple[float, int]]) -> None:
        self.rows, self.count = rows, 0

    def __iter__(self) -> Iterator[tuple[float, int]]:
        for row in self.rows:
            self.count += 1
            yield row


@transaction.atomic
def save_certificate(
    *,
    sample: Sample,
    judged: int,
    errors: int,
    bound: float,
    method: str,
    confidence: float = 0.95,
    judges: Sequence[str] = (),
) -> Certificate:
    """Store an error-rate statement on a sample: at most ``bound``, with ``confidence``.

    ``judges`` are pseudonyms. It goes stale when a decision of its frame outside the sample changes,
    or when the frame grows.
    """
    return Certificate.objects.create(
        project_id=sample.project_id, sample=sample, frame_size=sample.frame_size or 0,
        judged=judged, errors=errors, bound=bound, method=method, confidence=confidence,
        judges=list(judges),
    )  # fmt: skip
