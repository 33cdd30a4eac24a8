"""Make versions of annotators: a change of settings or a new fit is a new version."""

from __future__ import annotations

import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from annotate import models


@transaction.atomic
def make_version(
    annotator: models.Annotator,
    *,
    language: str = "",
    settings: dict[str, Any] | None = None,
    artifact: bytes | None = None,
    suffix: str = "npz",
    fitted_on: int = 0,
    metrics: dict[str, Any] | None = None,
    may_vote: bool = True,
) -> models.AnnotatorVersion:
    """Store a version and make it the current one of its annotator and language.

    Artifacts are stored once by content. An unchanged version (same settings and artifact) stays,
    with what is known of it by now.
    """
    models.Annotator.objects.select_for_update().get(pk=annotator.pk)
    earlier = models.AnnotatorVersion.objects.filter(annotator=annotator, language=language)
    digest = hashlib.sha256(artifact).hexdigest() if artifact is not None else ""
    current = earlier.filter(is_current=True).first()
    frozen = settings if settings is not None else dict(annotator.settings)
    if current and (current.settings, current.sha256) == (frozen, digest):
        if fitted_on:
            current.fitted_on, current.metrics = fitted_on, metrics or {}
            current.save(update_fields=["fitted_on", "metrics"])
        return current
    number = max(earlier.values_list("number", flat=True), default=0) + 1
    earlier.filter(is_current=True).update(is_current=False)
    return models.AnnotatorVersion.objects.create(
        annotator=annotator,
        project=annotator.project,
        language=language,
        number=number,
        settings=frozen,
        artifact=_stored(artifact, digest, suffix) if artifact is not None else "",
        sha256=digest,
        fitted_on=fitted_on,
        metrics=metrics or {},
        may_vote=may_vote,
    )


def note_challenge(
    version: models.AnnotatorVersion, *, fitted_on: int, metrics: dict[str, Any]
) -> None:
    """Keep with a version that one fitted on so many readings did no better, and how it did."""
    version.metrics = {**version.metrics, "challenge": {"fitted_on": fitted_on, **metrics}}
    version.save(update_fields=["metrics"])


def _stored(artifact: bytes, digest: str, suffix: str) -> str:
    name = f"artifacts/{digest}.{suffix}"
    if not default_storage.exists(name):
        name = default_storage.save(name, ContentFile(artifact))
    return name
