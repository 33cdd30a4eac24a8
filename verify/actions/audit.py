"""The standing audit: the random share of accepted renditions that people judge all the same."""

from __future__ import annotations

from annotate.models import Project
from verify.models import Sample


def audit_sample(*, project: Project, probability: float, seed: str) -> Sample:
    """The project's audit sample of this probability and seed, made when first needed.

    Membership is not stored: it follows from the seed and the rendition's name.
    """
    found = Sample.objects.filter(
        project=project, purpose=Sample.Purpose.AUDIT, probability=probability, seed=seed
    ).first()
    return found or Sample.objects.create(
        project=project,
        purpose=Sample.Purpose.AUDIT,
        probability=probability,
        seed=seed,
        frame={"origins": ["accepted"]},
    )
