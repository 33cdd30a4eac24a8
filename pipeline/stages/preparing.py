"""Prepare: derive reading helps of passages, a romanised line and the language it looks like."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from annotate.actions.texts import save_aids
from annotate.languages import script
from annotate.models import Passage, Run
from pipeline.romanise import romanised
from pipeline.translate.spoken import identifier

from .contract import Done

AIDS_VERSION = 1


def pending(run: Run) -> QuerySet[Any]:
    """Passages without current aids."""
    return Passage.objects.filter(project_id=run.project_id, aids_version__lt=AIDS_VERSION)


def do(run: Run, ids: list[int]) -> Done:
    """Make the aids of a batch; a Latin text needs no romanised line."""
    rows = Passage.objects.filter(pk__in=ids).values_list("pk", "language", "text")
    aids = {pk: _aids(language, text) for pk, language, text in rows}
    save_aids(aids, AIDS_VERSION)
    return Done(saved=len(aids))


def _aids(language: str, text: str) -> dict[str, Any]:
    found, score = identifier().classify(text)
    aids: dict[str, Any] = {"detected": found, "detected_score": round(float(score), 3)}
    if script(language) not in ("Latn", ""):
        aids["romanised"] = romanised(text)
    return aids
