"""Passages: each text of a project stored once per language, found by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from annotate import models
from annotate.copying import copy_rows, reserve_ids

PASSAGE_COLUMNS = ("id", "project_id", "language", "text", "sha256", "aids", "aids_version")


def sha256(text: str) -> bytes:
    """The 32 bytes under which a passage is found."""
    return hashlib.sha256(text.encode()).digest()


def store_passages(
    project: models.Project, wanted: Mapping[tuple[str, bytes], str]
) -> dict[tuple[str, bytes], int]:
    """Passage rows by (language, sha256), written where they were lacking. Call in a transaction."""
    found = _find_passages(wanted)
    lacking = [key for key in wanted if key not in found]
    if lacking:
        ids = reserve_ids(models.Passage, len(lacking))
        rows = [
            (pk, project.pk, key[0], wanted[key], key[1], None, 0)
            for pk, key in zip(ids, lacking, strict=True)
        ]
        copy_rows(models.Passage, PASSAGE_COLUMNS, rows, skip_conflicts=True)
        found |= _find_passages(dict.fromkeys(lacking, ""))
    return found


def _find_passages(wanted: Mapping[tuple[str, bytes], str]) -> dict[tuple[str, bytes], int]:
    found: dict[tuple[str, bytes], int] = {}
    for language in {language for language, _ in wanted}:
        digests = [digest for tag, digest in wanted if tag == language]
        rows = models.Passage.objects.filter(language=language, sha256__in=digests)
        found |= {(language, bytes(d)): pk for d, pk in rows.values_list("sha256", "id")}
    return found
