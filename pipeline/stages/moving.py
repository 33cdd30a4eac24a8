"""Import and export: files in and files out, each as one run."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from annotate.actions import runs
from annotate.actions.items import Added, ImportRefused, add_items
from annotate.formats import catalog
from annotate.models import Item, Project, Run
from pipeline.beating import report_progress
from pipeline.export import ExportScope, records
from pipeline.facts import facts
from pipeline.intake import records_of, unit_of
from pipeline.sensors import Door
from verify.actions.decide import import_decisions


class NotWritten(Exception):
    """There is no room for a file, or no right to write it."""


def is_due(run: Run) -> bool:
    """Files are moved when someone asks, never by themselves."""
    return False


def take_in(run: Run) -> dict[str, Any]:
    """Read the run's upload into items; every bad row is noted with its line and cause.

    Every text passes the sensors on its way. What the run brought is kept with it, in the same
    transaction, so that the import can be undone.
    """
    added, notes, door = Added(), Counter[str](), Door()
    unit, found = unit_of(run)
    try:
        with transaction.atomic():
            for added in add_items(
                run.project,
                door.through(records_of(run, unit, notes)),
                all_or_nothing=bool(run.scope.get("all_or_nothing", True)),
                create_labels=bool(run.scope.get("create_labels", False)),
            ):
                _progress(run, added)
            decided = import_decisions(project=run.project)
            Run.objects.filter(pk=run.pk).update(brought=added.brought)
    except ImportRefused as refused:
        _note_errors(run, refused.added)
        raise
    _note_errors(run, added)
    return {
        "items": added.items,
        "extended": added.extended,
        "unchanged": added.unchanged,
        "renditions": added.renditions,
        "candidates": added.candidates,
        "spans": added.spans,
        "errors": len(added.errors),
        "decided": decided,
        "notes": dict(notes),
        "sensors": linked(run.project, door.report()),
        **({"unit": found} if found else {}),
    }


def linked(project: Project, findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sensors' findings, each example with the id of its item's row where there is one."""
    names = {shown["item"] for row in findings for shown in row["examples"]}
    rows = Item.objects.filter(project=project, external_id__in=names)
    ids = dict(rows.values_list("external_id", "pk"))
    for row in findings:
        for shown in row["examples"]:
            shown["pk"] = ids.get(shown["item"])
    return findings


def _progress(run: Run, added: Added) -> None:
    done = added.items + added.extended + added.unchanged + len(added.errors)
    # Beside the import's transaction, which would hold the run's row until the end.
    report_progress(run, done)


def _note_errors(run: Run, added: Added) -> None:
    runs.record_errors(run, [(e.line, e.column[:200], str(e), "") for e in added.errors])


def give_out(run: Run) -> dict[str, Any]:
    """Write the run's scope in its format, zipped with its loss report, and attach the file."""
    chosen = catalog.FORMATS[run.scope["format"]]
    scope = ExportScope.from_mapping(run.scope)
    folder = Path(tempfile.mkdtemp(prefix="export-"))
    name = ""
    try:
        counted = _Counter()
        if chosen.write is None:
            raise ValueError(f"{chosen.title} can be imported but not exported")
        losses = chosen.write(
            counted.through(records(run.project, scope)), folder, facts(run.project)
        )
        with tempfile.TemporaryFile() as packed:
            _zip(folder, packed)
            packed.seek(0)
            name = f"exports/{run.project.slug}-{run.scope['format']}-{run.pk}.zip"
            name = default_storage.get_available_name(name)
            name = default_storage.save(name, File(packed))
    except OSError as error:
        # Half a file must not be taken for one, nor hold the room that is lacking.
        if name:
            default_storage.delete(name)
        raise NotWritten(
            f"The export could not be written on the worker's machine ({error.strerror}): make room "
            "there or see to its permissions, then export again. Nothing was kept of this one."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    Run.objects.filter(pk=run.pk).update(result=name)
    return {"records": counted.count, "losses": [asdict(loss) for loss in losses]}


class _Counter:
    """Counts what passes through."""

    def __init__(self) -> None:
        self.count = 0

    def through(self, rows: Iterator[Any]) -> Iterator[Any]:
        for row in rows:
            self.count += 1
            yield row


def _zip(folder: Path, stream: Any) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
