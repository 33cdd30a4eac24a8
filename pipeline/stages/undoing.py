"""Undo an import: remove what that run brought, and what machines made of it."""

from __future__ import annotations

from typing import Any

from annotate.models import Run
from verify.actions.undo_import import undo_import


def is_due(run: Run) -> bool:
    """Imports are undone when someone asks."""
    return False


def whole(run: Run) -> dict[str, Any]:
    """Undo the import that the run's scope names; the report counts what went. Raises ImportStays."""
    found = Run.objects.filter(project=run.project, stage="import", pk=run.scope.get("run")).first()
    if found is None:
        raise ValueError("there is no such import in this project")
    return undo_import(found, undone_by=run)
