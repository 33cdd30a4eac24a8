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

from annotate.actions import runs
from annotate.actions.items import Added, ImportRefused, add_items
from annotate.formats import catalog
from annotate.formats.contract import ReadOptions
from annotate.models import Label, Run
from annotate.records import IMPORTED, ItemRecord, RowError
from pipeline.beating import report_progress
from pipeline.export import ExportScope, records
from pipeline.facts import facts
from verify.actions.decide import import_decisions


class NotWritten(Exception):
    """There is no room for a file, or no right to write it."""


def is_due(run: Run) -> bool:
    """Files are moved when someone asks, never by themselves."""
    return False


def take_in(run: Run) -> dict[str, Any]:
    """Read the run's upload into items; every bad row is noted with its line and cause."""
    added = Added()
    notes: Counter[str] = Counter()
    try:
        with run.upload.open("rb") as stream:
            pair = run.upload_pair.open("rb") if run.upload_pair else None
            rows = _rows(run, stream, pair, notes)
            for added in add_items(
                run.project,
                rows,
                all_or_nothing=bool(run.scope.get("all_or_nothing", True)),
                create_labels=bool(run.scope.get("create_labels", False)),
            ):
                _progress(run, added)
    except ImportRefused as refused:
        _note_errors(run, refused.added)
        raise
    _note_errors(run, added)
    decided = import_decisions(project=run.project)
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
    }


def _rows(run: Run, stream: Any, pair: Any, notes: Counter[str]) -> Iterator[ItemRecord | RowError]:
    scope = run.scope
    chosen = catalog.FORMATS[scope["format"]]
    known = _known_labels(run) if not scope.get("create_labels") else {}
    options = ReadOptions(
        language=scope.get("language") or run.project.source_language,
        target_language=scope.get("target_language") or None,
        unit=scope.get("unit") or chosen.offsets,
        labels=known.get("span"),
        relation_labels=known.get("relation"),
        annotator=scope.get("annotator") or IMPORTED,
        target_labels=scope.get("target_labels") or "keep",
        id_prefix=scope.get("id_prefix") or "",
        split=scope.get("split") or "",
        token_ends=scope.get("token_ends") or "inclusive",
        columns=scope.get("columns") or {},
        notes=notes,
    )
    if pair is not None:
        if chosen.read_pair is None:
            raise ValueError(f"{chosen.title} is not read as a pair of files")
        return chosen.read_pair(stream, pair, options)
    if chosen.read is None:
        raise ValueError(f"{chosen.title} can be exported but not imported")
    return chosen.read(stream, options)


def _known_labels(run: Run) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {"span": set(), "relation": set()}
    for kind, key in Label.objects.filter(project=run.project).values_list("kind", "key"):
        found.setdefault(kind, set()).add(key)
    return {kind: frozenset(keys) for kind, keys in found.items()}


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
