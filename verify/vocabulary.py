"""Concepts as the desk's search shows them: found by name or alias, the nearest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotate.finding import all_names, folded, search_query
from annotate.models import Concept, Project

MOST = 12
# Looked at before the nearest are chosen; a search that finds more is too short to be of use.
LOOKED_AT = 200


def find_concepts(project: Project, text: str, tongues: Sequence[str]) -> list[dict[str, Any]]:
    """Concepts of which a name or alias has all the words, or words that begin so.

    Whole names come first, then names that begin with the text, then short ones. Names are given in
    the first of the ``tongues`` that has one.
    """
    query = search_query(text)
    if not query:
        return []
    rows = Concept.objects.filter(project=project).extra(
        where=["search @@ %s::tsquery"], params=[query]
    )[:LOOKED_AT]
    wanted = folded(text).strip()
    ranked = sorted((_nearness(row, wanted), row.key, row) for row in rows)
    return [_shown(row, tongues, best[-1]) for best, _, row in ranked[:MOST]]


def named_concepts(
    project: Project, keys: Sequence[str], tongues: Sequence[str]
) -> list[dict[str, Any]]:
    """The concepts with these keys, to show what was chosen before."""
    rows = Concept.objects.filter(project=project, key__in=list(keys)[:MOST]).order_by("key")
    return [_shown(row, tongues, "") for row in rows]


def _nearness(row: Concept, wanted: str) -> tuple[int, int, str]:
    """How far the nearest of its names is from the text, and that name."""
    far = [
        (0 if name == wanted else 1 if name.startswith(wanted) else 2, len(name), original)
        for original in all_names(row.names, row.aliases)
        for name in [folded(original)]
    ]
    return min(far, default=(3, 0, ""))


def _shown(row: Concept, tongues: Sequence[str], found: str) -> dict[str, Any]:
    name = next((row.names[tag] for tag in tongues if row.names.get(tag)), "")
    name = name or next(iter(row.names.values()), row.key)
    alias = found if folded(found) != folded(name) else ""
    return {"key": row.key, "name": name, "alias": alias, "description": row.description}
