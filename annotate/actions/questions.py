"""Set what a project asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from annotate import models
from annotate.question_checks import question_faults

# A question's parts and what they are where they are left out.
USUAL: Mapping[str, Any] = {
    "kind": "choice", "scope": "rendition", "wording": {}, "options": [], "condition": None,
    "required": True, "settings": {},
}  # fmt: skip


class QuestionError(ValueError):
    """Questions that cannot be asked; ``faults`` are sentences."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__(" ".join(faults))


@transaction.atomic
def set_questions(
    project: models.Project, *, rows: Sequence[Mapping[str, Any]]
) -> list[models.Question]:
    """Make these the project's questions, in this order, and return them.

    Answers that were given stay as they are, also those to a question that is no longer asked.
    Raises QuestionError listing every fault.
    """
    faults = question_faults(rows)
    if faults:
        raise QuestionError(faults)
    models.Question.objects.filter(project=project).exclude(
        key__in=[row["key"] for row in rows]
    ).delete()
    return [
        models.Question.objects.update_or_create(
            project=project,
            key=row["key"],
            defaults={**USUAL, **{k: row[k] for k in USUAL if k in row}, "position": position},
        )[0]
        for position, row in enumerate(rows)
    ]


def questions_of(project: models.Project) -> list[dict[str, Any]]:
    """The questions as they are written, without the parts that are as usual."""
    rows = models.Question.objects.filter(project=project).order_by("position", "id")
    return [
        {"key": row.key, "kind": row.kind, "wording": row.wording}
        | {part: getattr(row, part) for part, usual in USUAL.items()
           if part not in ("kind", "wording") and getattr(row, part) != usual}
        for row in rows
    ]  # fmt: skip
