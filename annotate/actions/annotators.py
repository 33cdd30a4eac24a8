"""Change how a project's machines are configured; a change of settings is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

from annotate import models
from annotate.catalog import backend_of

from .versions import make_version


@transaction.atomic
def configure(
    annotator: models.Annotator,
    *,
    name: str,
    settings: Mapping[str, Any],
    secret_reference: str,
    weight: float,
    ballots: int,
    budget: Decimal | None,
    price: Mapping[str, float],
    output_terms: str,
    budget_per_day: Decimal | None = None,
    budget_per_run: Decimal | None = None,
) -> models.Annotator:
    """Store an annotator's configuration. ``price`` and budgets are in the project's currency."""
    annotator.name, annotator.settings = name, dict(settings)
    annotator.secret_reference, annotator.weight = secret_reference, weight
    annotator.ballots, annotator.budget = ballots, budget
    annotator.budget_per_day, annotator.budget_per_run = budget_per_day, budget_per_run
    annotator.price, annotator.output_terms = dict(price), output_terms
    annotator.save()
    if not backend_of(annotator.kind, annotator.backend).is_fitted:
        make_version(annotator)
    return annotator


def switch(annotator: models.Annotator, *, on: bool) -> models.Annotator:
    """Let an annotator work and vote, or not; what it made is kept."""
    annotator.is_enabled = on
    annotator.save(update_fields=["is_enabled"])
    return annotator
