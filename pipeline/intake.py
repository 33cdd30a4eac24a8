"""The file of an import as records: how it is to be read, and which unit its offsets count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from annotate.formats import catalog
from annotate.formats.archives import Archive
from annotate.formats.contract import Fault, Format, ReadOptions
from annotate.formats.units import find_unit
from annotate.models import Label, Run
from annotate.records import IMPORTED, ItemRecord, RowError
from annotate.spans import UNITS, Unit

# What a run's scope says in place of a unit when it is to be found out.
FIND_OUT = "auto"


def format_of(run: Run) -> Format:
    """The format that the run's file is read in. Raises ValueError when it cannot be read."""
    chosen = catalog.FORMATS.get(run.scope.get("format", ""))
    if chosen is None:
        raise ValueError(f"there is no format {run.scope.get('format')!r}")
    if run.upload_pair and chosen.read_pair is None:
        raise ValueError(f"{chosen.title} is not read as a pair of files")
    if not run.upload_pair and chosen.read is None:
        raise ValueError(f"{chosen.title} can be exported but not imported")
    return chosen


def options_of(run: Run, unit: Unit, notes: Counter[str]) -> ReadOptions:
    """How the run's scope says its file is to be read."""
    scope = run.scope
    known = _known_labels(run) if not scope.get("create_labels") else {}
    return ReadOptions(
        language=scope.get("language") or run.project.source_language,
        target_language=scope.get("target_language") or None,
        unit=unit,
        labels=known.get("span"),
        relation_labels=known.get("relation"),
        annotator=scope.get("annotator") or IMPORTED,
        target_labels=scope.get("target_labels") or "keep",
        id_prefix=scope.get("id_prefix") or "",
        split=scope.get("split") or "",
        tag_column=int(scope.get("tag_column") or -1),
        token_ends=scope.get("token_ends") or "inclusive",
        columns=scope.get("columns") or {},
        notes=notes,
    )


def records_of(
    run: Run, unit: Unit, notes: Counter[str] | None = None
) -> Iterator[ItemRecord | RowError]:
    """The rows of the run's file, or of its two files; ``notes`` counts what readers mended."""
    chosen = format_of(run)
    options = options_of(run, unit, Counter() if notes is None else notes)
    with ExitStack() as stack:
        files = _opened(run, stack)
        if chosen.read_pair is not None and len(files) == 2:
            yield from chosen.read_pair(files[0], files[1], options)
        elif chosen.read is not None:
            yield from chosen.read(files[0], options)


def _opened(run: Run, stack: ExitStack) -> list[BinaryIO]:
    """The run's file and, of a pair, the second; of a zip of files the member that the run is of."""
    files = [
        cast(BinaryIO, stack.enter_context(file.storage.open(str(file.name), "rb")))
        for file in (run.upload, run.upload_pair)
        if file
    ]
    member = run.scope.get("member")
    if member:
        try:
            files[0] = stack.enter_context(Archive(files[0]).stream_of(member))
        except Fault as fault:
            raise ValueError(str(fault)) from fault
    return files


def unit_of(run: Run) -> tuple[Unit, dict[str, Any]]:
    """The unit to read the run's offsets in, and how it was found, for the report.

    What the scope names is taken. Asked to find out, the first rows are read in each unit.
    """
    chosen, asked = format_of(run), run.scope.get("unit")
    if asked in UNITS:
        return cast(Unit, asked), {}
    usual = chosen.offsets
    if asked != FIND_OUT or "unit" not in chosen.options:
        return usual, {}
    found = find_unit(lambda unit: records_of(run, unit), usual=usual)
    said = {
        "taken": found.unit, "is_told": found.is_told,
        "tried": [asdict(one) for one in found.tried],
    }  # fmt: skip
    return found.unit, said


def columns_of(run: Run, unit: Unit) -> list[dict[str, str]]:
    """Of a table the columns by name and what each is taken for; of other files none."""
    chosen = format_of(run)
    if chosen.header is None:
        return []
    with ExitStack() as stack:
        found = chosen.header(_opened(run, stack)[0], options_of(run, unit, Counter()))
    return [{"name": name, "meaning": meaning} for name, meaning in found]


def _known_labels(run: Run) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {"span": set(), "relation": set()}
    for kind, key in Label.objects.filter(project=run.project).values_list("kind", "key"):
        found.setdefault(kind, set()).add(key)
    return {kind: frozenset(keys) for kind, keys in found.items()}
