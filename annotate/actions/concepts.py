"""Keep a project's vocabulary, so that its entries are found by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from annotate import models
from annotate.finding import search_value

BATCH = 2000


@dataclass(frozen=True, slots=True)
class NewConcept:
    """An entry: names by language, aliases by language, and what it means."""

    key: str
    names: Mapping[str, str]
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    description: str = ""


@transaction.atomic
def save_concepts(project: models.Project, *, rows: Sequence[NewConcept]) -> int:
    """Store entries, those with a known key in place of the old ones; return how many.

    Raises ValueError for an entry without key or name, or for a key that comes twice.
    """
    keys = [row.key for row in rows]
    for row in rows:
        if not row.key or not any(row.names.values()):
            raise ValueError(f"concept {row.key!r}: give it a key and at least one name")
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"concept {twice!r} comes twice")
    models.Concept.objects.bulk_create(
        [
            models.Concept(
                project=project,
                key=row.key,
                names=dict(row.names),
                aliases={tag: list(names) for tag, names in row.aliases.items()},
                description=row.description,
                search=search_value(row.names, row.aliases),
            )
            for row in rows
        ],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["project", "key"],
        update_fields=["names", "aliases", "description", "search"],
    )
    return len(rows)
