"""Release: write the files of a version, the same bytes whenever it is written.

The decisions that stood at its moment, texts and labels as they were, with the documentation that was kept
when it was made; splits and metadata of items are those of the day it is written, and a change of them shows
in the checksum.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq
from django.core.files import File
from django.core.files.storage import default_storage

from annotate.formats import parquet
from annotate.formats.contract import CardFacts
from annotate.models import Project, Run
from annotate.records import ExportRecord
from pipeline import croissant
from pipeline.export import ExportScope, records
from pipeline.facts import facts
from verify.actions.releases import fail_release, finish_release
from verify.documenting import documented
from verify.licences import canonical
from verify.models import Release
from verify.releasing import ReleaseScope, languages_of, obstacles, previous, pseudonym

# Zip files carry times; all entries bear the earliest that the format knows.
_TIME = (1980, 1, 1, 0, 0, 0)
CARD, DESCRIPTION, SUMS = "README.md", "croissant.json", "SHA256SUMS"


def is_due(run: Run) -> bool:
    """Releases are made when someone asks."""
    return False


def whole(run: Run) -> dict[str, Any]:
    """Make the files of the run's release and fix it. Raises ValueError where it may not be made."""
    release = Release.objects.get(pk=run.scope["release"])
    if release.state == Release.State.READY:
        return dict(release.body)
    try:
        reasons = obstacles(run.project, ReleaseScope.of(release.scope), release.licence)
        if reasons:
            raise ValueError(" ".join(reasons))
        return _made(run.project, release)
    except Exception:
        fail_release(release=release)
        raise


def _made(project: Project, release: Release) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix="release-"))
    try:
        tags = languages_of(project, ReleaseScope.of(release.scope))
        documentation = documented(project, release, tags, facts(project))
        index = write(project, release, folder, documentation)
        difference = compared(index, previous(release))
        with tempfile.TemporaryFile() as packed, tempfile.TemporaryFile() as listed:
            pack(folder, packed)
            for key, digest in sorted(index.items()):
                listed.write(f"{key[0]}\t{key[1]}\t{digest}\n".encode())
            sha256 = checksum(packed)
            name = f"releases/{project.slug}-{release.version}-{release.pk}"
            body = {
                "items": dict(Counter(language for language, _ in index)),
                "difference": difference, "bytes": packed.seek(0, 2),
                "documentation": documentation,
            }  # fmt: skip
            packed.seek(0)
            listed.seek(0)
            finish_release(
                release=release, file=default_storage.save(f"{name}.zip", File(packed)),
                index=default_storage.save(f"{name}.index", File(listed)), sha256=sha256, body=body,
            )  # fmt: skip
        return body
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write(
    project: Project, release: Release, folder: Path, documentation: Mapping[str, Any]
) -> dict[tuple[str, str], str]:
    """Write all files of a release; a digest of text and labels by language and item.

    ``documentation`` is what ``verify.documenting`` found when it was made.
    """
    scope = ReleaseScope.of(release.scope)
    tags = tuple(documentation["languages"])
    wanted = ExportScope(
        tags, judgements=scope.judgements, at=release.at, origins=scope.origins,
        everywhere=scope.everywhere,
    )  # fmt: skip
    licence = canonical(release.licence)
    card = CardFacts(
        name=documentation["name"], languages=tags, licence=licence,
        licence_link=croissant.licence_link(licence), description=documentation["description"],
        version=release.version, task_categories=tuple(documentation["task_categories"]),
        annotations_creators=tuple(documentation["creators"]), sections=dict(documentation["sections"]),
    )  # fmt: skip
    index: dict[tuple[str, str], str] = {}
    parquet.write(_noted(records(project, wanted), release, index), folder, card)
    files = [
        croissant.DataFile(
            str(path.relative_to(folder)), _sum_of(path), path.stat().st_size, pq.read_schema(path)
        )
        for path in _files(folder)
        if path.suffix == ".parquet"
    ]
    description = croissant.described(
        name=documentation["name"], slug=project.slug, description=documentation["description"],
        version=release.version, licence=licence, published=release.at.date().isoformat(),
        languages=tags, files=files, rai=documentation["rai"],
    )  # fmt: skip
    text = json.dumps(description, ensure_ascii=False, indent=1) + "\n"
    (folder / DESCRIPTION).write_text(text, encoding="utf-8")
    sums = [f"{_sum_of(path)}  {path.relative_to(folder)}\n" for path in _files(folder)]
    (folder / SUMS).write_text("".join(sums), encoding="utf-8")
    return index


def _noted(
    rows: Iterator[ExportRecord], release: Release, index: dict[tuple[str, str], str]
) -> Iterator[ExportRecord]:
    """Rows under the release's own pseudonyms, each noted in the index."""
    for row in rows:
        judgements = tuple(
            replace(one, rater=pseudonym(release.salt, one.rater), comment="")
            for one in row.judgements
        )
        said = row.reading.digest() if row.reading else b""
        texts = "\0".join(f"{field.name}\0{field.text}" for field in row.fields)
        digest = hashlib.sha256(texts.encode() + b"\0" + said).hexdigest()[:32]
        index[row.language, row.external_id] = digest
        yield replace(row, judgements=judgements)


def compared(index: Mapping[tuple[str, str], str], before: Release | None) -> dict[str, Any]:
    """Texts that came, went or changed since the release before, by language."""
    if before is None or not before.index.name:
        return {}
    old: dict[tuple[str, str], str] = {}
    with default_storage.open(before.index.name, "rb") as stream:
        for line in stream:
            language, ident, digest = line.decode().rstrip("\n").rsplit("\t", 2)
            old[language, ident] = digest
    found: dict[str, Counter[str]] = {}
    for key in index.keys() | old.keys():
        counts = found.setdefault(key[0], Counter(added=0, removed=0, changed=0, same=0))
        if key not in old:
            counts["added"] += 1
        elif key not in index:
            counts["removed"] += 1
        else:
            counts["same" if index[key] == old[key] else "changed"] += 1
    return {
        "since": before.version,
        "languages": {tag: dict(c) for tag, c in sorted(found.items())},
    }


def pack(folder: Path, stream: BinaryIO) -> None:
    """Zip the files of a folder so that the same files give the same bytes."""
    with zipfile.ZipFile(stream, "w") as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), _TIME)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w") as target:
                shutil.copyfileobj(source, target)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sum_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def checksum(stream: Any) -> str:
    """SHA-256 of a stream from its beginning, in hex."""
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()
