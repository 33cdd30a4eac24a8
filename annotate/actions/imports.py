"""Previews of imports: queue them, read their file otherwise, and begin the imports they show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from annotate.models import Project, Run

from .runs import queue_run


def queue_uploads(
    project: Project, wanted: Sequence[dict[str, Any]], *, is_trial: bool
) -> list[Run]:
    """Queue an import, or a preview, of each data file; an upload that holds several is stored once."""
    made: list[Run] = []
    stored: dict[int, str] = {}
    for fields in wanted:
        upload = fields["upload"]
        again = {**fields, "upload": stored[id(upload)]} if id(upload) in stored else fields
        run = queue_run(project, "import", is_trial=is_trial, **again)
        stored[id(upload)] = run.upload.name or ""
        made.append(run)
    return made


def queue_preview(
    project: Project, *, scope: dict[str, Any], upload: Any, upload_pair: Any = "",
    made_by: Any = None,
) -> Run:  # fmt: skip
    """Queue a trial of an import: a worker reads the first rows and stores them only in its report."""
    return queue_run(
        project, "import", is_trial=True, scope=scope, upload=upload, upload_pair=upload_pair,
        made_by=made_by,
    )  # fmt: skip


def preview_again(run: Run, *, scope: dict[str, Any], made_by: Any = None) -> Run:
    """Queue another preview of the same file, read as the scope says."""
    return queue_preview(
        run.project, scope=scope, upload=run.upload.name, upload_pair=run.upload_pair.name or "",
        made_by=made_by,
    )  # fmt: skip


@transaction.atomic
def import_previewed(
    runs: Sequence[Run], *, keep_good_rows: bool, made_by: Any = None
) -> list[Run]:
    """Queue the imports of files that were previewed, in that order, read as they were shown.

    The unit that a preview found is the unit that the import takes.
    """
    made = []
    for run in runs:
        scope = {**run.scope, "all_or_nothing": not keep_good_rows}
        taken = run.report.get("unit", {}).get("taken")
        if taken:
            scope["unit"] = taken
        made.append(
            queue_run(
                run.project, "import", scope=scope, upload=run.upload.name,
                upload_pair=run.upload_pair.name or "", made_by=made_by,
            )
        )  # fmt: skip
    return made
