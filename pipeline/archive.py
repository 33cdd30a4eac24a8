"""The project archive: everything of a project but its people, as one zip that another instance reads.

Rows are numbered from 1 within their noun, so that two archives of the same project are equal byte
for byte wherever they were made. Raters stay pseudonyms; users, memberships, runs and secrets stay
behind.
"""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import models, transaction
from django.utils.dateparse import parse_datetime
from django_scopes import scopes_disabled

from annotate import models as a
from annotate.copying import copy_rows, reserve_ids
from verify import models as v

VERSION = 1
# Every noun after those it cannot exist without; the two that refer to each other rely on
# constraints being checked at the end of the transaction.
NOUNS: tuple[type[models.Model], ...] = (
    a.ProjectLanguage, a.Label, a.Question, a.Concept, a.Annotator, a.AnnotatorVersion,
    a.Item, a.Passage, a.Rendition, a.Reading, a.Field, a.Span, a.Relation, a.Translation,
    a.Candidate, a.Consensus,
    v.Rater, v.Sample, v.Assignment, v.Judgement, v.SpanVerdict, v.Decision, v.Certificate,
    v.Report, v.Thread,
)  # fmt: skip
# Where a JSON column holds ids of readings, by key.
READING_KEYS = {"readings", "judged", "proposal", "basis", "truth"}
# Columns that stay empty in another instance: people, and templates of the instance.
LEFT_BEHIND = {"user", "made_by", "answered_by", "template"}


class ArchiveError(ValueError):
    """A file that is no archive of this version, or a slug that is taken."""


def write_archive(project: a.Project, path: Path) -> dict[str, int]:
    """Write the archive to ``path``; return the number of rows per noun. Reads page by page."""
    counts: dict[str, int] = {}
    with scopes_disabled(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        ids = {noun: _ids(noun, project) for noun in NOUNS}
        _add(archive, "project.json", json.dumps(_project_row(project), **_JSON).encode())
        for noun in NOUNS:
            with archive.open(_info(f"{noun._meta.model_name}.jsonl"), "w") as stream:
                counts[noun._meta.model_name or ""] = _write_rows(stream, noun, project, ids)
        artifacts = a.AnnotatorVersion.objects.filter(project=project).exclude(artifact="")
        for name in sorted(set(artifacts.values_list("artifact", flat=True))):
            with default_storage.open(name) as stored:
                _add(archive, name, stored.read())
    return counts


_JSON: dict[str, Any] = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(_info(name), content)


def _ids(noun: type[models.Model], project: a.Project) -> np.ndarray:
    rows = noun._base_manager.filter(project=project).order_by("pk").values_list("pk", flat=True)
    return np.fromiter(rows.iterator(chunk_size=10_000), np.int64)


def _project_row(project: a.Project) -> dict[str, Any]:
    columns = ("name", "slug", "description", "source_language", "preset", "guidelines",
               "consent", "policy", "licence", "created_at")  # fmt: skip
    row = {column: getattr(project, column) for column in columns}
    return {"archive": VERSION, **row, "created_at": project.created_at.isoformat()}


def _columns(noun: type[models.Model]) -> list[models.Field[Any, Any]]:
    skipped = {"id", "project", *LEFT_BEHIND}
    return [field for field in noun._meta.concrete_fields if field.name not in skipped]


def _write_rows(
    stream: IO[bytes], noun: type[models.Model], project: a.Project, ids: dict[Any, np.ndarray]
) -> int:
    fields = _columns(noun)
    stream.write((json.dumps([field.name for field in fields]) + "\n").encode())
    rows = noun._base_manager.filter(project=project).order_by("pk")
    count = 0
    for row in rows.values_list(*(f.attname for f in fields)).iterator(chunk_size=2000):
        values = [_outward(f, value, ids) for f, value in zip(fields, row, strict=True)]
        stream.write((json.dumps(values, **_JSON) + "\n").encode())
        count += 1
    return count


def _outward(field: models.Field[Any, Any], value: Any, ids: dict[Any, np.ndarray]) -> Any:
    if value is None:
        return None
    if field.remote_field is not None:
        return _number(ids[field.related_model], value) if field.related_model in ids else None
    if isinstance(field, models.BinaryField):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(field, models.DateTimeField):
        return value.isoformat()
    if isinstance(field, models.JSONField):
        return _renumbered(value, lambda pk: _number(ids[a.Reading], pk))
    if isinstance(field, models.DecimalField | models.UUIDField):
        return str(value)
    return value


def _number(ids: np.ndarray, pk: int) -> int:
    return int(np.searchsorted(ids, pk)) + 1


def _renumbered(value: Any, number: Any) -> Any:
    """A JSON value with the ids of readings that it holds passed through ``number``."""
    if not isinstance(value, dict):
        return value
    return {
        key: (
            number(held)
            if key in READING_KEYS and isinstance(held, int)
            else [number(pk) for pk in held]
            if key in READING_KEYS and isinstance(held, list)
            and all(isinstance(pk, int) for pk in held)
            else _renumbered(held, number)
        )
        for key, held in value.items()
    }  # fmt: skip


def read_archive(path: Path, *, slug: str = "") -> a.Project:
    """Make a project from an archive, all or nothing. Raises ArchiveError."""
    with scopes_disabled(), transaction.atomic(), zipfile.ZipFile(path) as archive:
        try:
            row = json.loads(archive.read("project.json"))
        except KeyError as error:
            raise ArchiveError("this zip has no project.json; is it a project archive?") from error
        if row.pop("archive") != VERSION:
            raise ArchiveError(f"only archives of version {VERSION} can be read")
        row["created_at"] = parse_datetime(row["created_at"])
        row["slug"] = slug or row["slug"]
        if a.Project.objects.filter(slug=row["slug"]).exists():
            raise ArchiveError(f"a project {row['slug']!r} is there already; give another slug")
        project = a.Project.objects.create(**row)
        _read_nouns(archive, project)
        for name in archive.namelist():
            if name.startswith("artifacts/") and not default_storage.exists(name):
                default_storage.save(name, ContentFile(archive.read(name)))
    return project


def _read_nouns(archive: zipfile.ZipFile, project: a.Project) -> None:
    ids: dict[Any, list[int]] = {}
    for noun in NOUNS:
        with archive.open(f"{noun._meta.model_name}.jsonl") as stream:
            ids[noun] = reserve_ids(noun, sum(1 for _ in stream) - 1)
    for noun in NOUNS:
        with archive.open(f"{noun._meta.model_name}.jsonl") as stream:
            names = json.loads(stream.readline())
            own = {f.name: f for f in noun._meta.concrete_fields}
            fields = [own[name] for name in names]
            empty = [f for f in own.values() if f.name in LEFT_BEHIND]
            columns = [f.column for f in [own["id"], own["project"], *fields, *empty] if f.column]
            copy_rows(noun, columns, _incoming(stream, project, ids, noun, fields, len(empty)))


def _incoming(
    stream: IO[bytes], project: a.Project, ids: dict[Any, list[int]], noun: Any, fields: list[Any],
    empty: int,
) -> Iterator[list[Any]]:  # fmt: skip
    for pk, line in zip(ids[noun], stream, strict=True):
        values = [_inward(f, value, ids) for f, value in zip(fields, json.loads(line), strict=True)]
        yield [pk, project.pk, *values, *[None] * empty]


def _inward(field: models.Field[Any, Any], value: Any, ids: dict[Any, list[int]]) -> Any:
    if value is None:
        return None
    if field.remote_field is not None:
        return ids[field.related_model][value - 1]
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    if isinstance(field, models.JSONField):
        return _renumbered(value, lambda number: ids[a.Reading][number - 1])
    return value
