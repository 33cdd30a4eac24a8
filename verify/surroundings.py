"""What helps to read a seat's text: in Latin letters, translated back, its neighbours, and the terms."""

from __future__ import annotations

from typing import Any

from django.db import connection

from annotate.models import Annotator, Concept, Project
from verify.models import Rater

# Neighbours shown on either side, and terms given to a page.
NEAR = 3
MOST_TERMS = 2000

AIDS = """
SELECT CASE WHEN f.rendition_id = r.id THEN 'target' ELSE 'source' END, f.name,
       p.aids ->> 'romanised'
FROM verify_assignment a
JOIN annotate_rendition r ON r.id = a.rendition_id
JOIN annotate_field f ON f.rendition_id IN (r.id, r.made_from_id)
JOIN annotate_passage p ON p.id = f.passage_id
WHERE a.id = %(seat)s AND a.project_id = %(project)s AND a.rater_id = %(rater)s
  AND p.aids ->> 'romanised' IS NOT NULL
ORDER BY f.position, f.id
"""

RETURNED = """
SELECT DISTINCT ON (f.name) f.name, p.text
FROM verify_assignment a
JOIN annotate_field f ON f.rendition_id = a.rendition_id
JOIN annotate_translation t ON t.source_id = f.passage_id AND t.language = %(language)s
     AND t.state = 'ok' AND t.marked_id IS NULL
JOIN annotate_passage p ON p.id = t.target_id
WHERE a.id = %(seat)s AND a.project_id = %(project)s AND a.rater_id = %(rater)s
ORDER BY f.name, t.id DESC
"""

# Passages that the item itself shows are left out: questions on one paragraph all hold it.
NEIGHBOURS = """
WITH here AS (
    SELECT i.id, i.project_id, i."group", i.position, r.id AS rendition, r.made_from_id AS origin,
           r.language, source.language AS source_language
    FROM verify_assignment a
    JOIN annotate_rendition r ON r.id = a.rendition_id
    JOIN annotate_item i ON i.id = r.item_id
    LEFT JOIN annotate_rendition source ON source.id = r.made_from_id
    WHERE a.id = %(seat)s AND a.project_id = %(project)s AND a.rater_id = %(rater)s
      AND i."group" <> ''
), near AS (
    (SELECT n.id, n.external_id, n.position, false AS is_after FROM here, annotate_item n
     WHERE n.project_id = here.project_id AND n."group" = here."group" AND n."group" <> ''
       AND (n.position, n.id) < (here.position, here.id)
     ORDER BY n.position DESC, n.id DESC LIMIT %(near)s)
    UNION ALL
    (SELECT n.id, n.external_id, n.position, true FROM here, annotate_item n
     WHERE n.project_id = here.project_id AND n."group" = here."group" AND n."group" <> ''
       AND (n.position, n.id) > (here.position, here.id)
     ORDER BY n.position, n.id LIMIT %(near)s)
)
SELECT near.id, near.external_id, near.is_after,
       CASE WHEN r.language = here.language THEN 'target' ELSE 'source' END,
       json_agg(p.text ORDER BY f.position, f.id)
FROM here, near
JOIN annotate_rendition r ON r.item_id = near.id AND r.is_current
JOIN annotate_field f ON f.rendition_id = r.id
JOIN annotate_passage p ON p.id = f.passage_id
WHERE r.language IN (here.language, here.source_language)
  AND NOT EXISTS (SELECT 1 FROM annotate_field own WHERE own.passage_id = p.id
                  AND own.rendition_id IN (here.rendition, here.origin))
GROUP BY near.id, near.external_id, near.position, near.is_after, 4
ORDER BY near.position, near.id
"""


def romanised(*, project: Project, seat: int, rater: Rater) -> dict[str, dict[str, str]]:
    """The texts of a person's seat in Latin letters, by side and field: one query.

    Only for reading: offsets stay on the text itself. Empty where none was prepared.
    """
    values = {"seat": seat, "project": project.pk, "rater": rater.pk}
    found: dict[str, dict[str, str]] = {"source": {}, "target": {}}
    with connection.cursor() as cursor:
        cursor.execute(AIDS, values)
        for side, field, line in cursor.fetchall():
            found[side][field] = line
    return found


def returned(*, project: Project, seat: int, rater: Rater) -> dict[str, str]:
    """The texts of a person's seat as a machine translated them back, by field: one query."""
    values = {"seat": seat, "project": project.pk, "rater": rater.pk}
    with connection.cursor() as cursor:
        cursor.execute(RETURNED, {**values, "language": project.source_language})
        return dict(cursor.fetchall())


def goes_back(project: Project) -> bool:
    """Whether some translator of the project translates texts back."""
    rows = Annotator.objects.filter(project=project, kind=Annotator.Kind.TRANSLATOR)
    return rows.filter(settings__direction="back").exists()


def neighbours(*, project: Project, seat: int, rater: Rater) -> list[dict[str, Any]]:
    """The items before and after a person's seat in its group, at most three either way: one query.

    Each has ``id``, ``is_after``, and its texts on the ``source`` and ``target`` side.
    """
    values = {"seat": seat, "project": project.pk, "rater": rater.pk, "near": NEAR}
    found: dict[int, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(NEIGHBOURS, values)
        for pk, external_id, is_after, side, texts in cursor.fetchall():
            row = {"id": external_id, "is_after": is_after, "source": [], "target": []}
            found.setdefault(pk, row)[side] = texts
    return list(found.values())


def terms(project: Project) -> list[dict[str, Any]]:
    """The project's glossary, at most 2,000 entries: names by language, aliases among them."""
    rows = Concept.objects.filter(project=project, names__has_key=project.source_language)
    found = rows.order_by("key").values_list("key", "names", "aliases", "description")[:MOST_TERMS]
    return [
        {
            "key": key,
            "description": description,
            "names": {
                tag: [name for name in (names.get(tag), *_listed((aliases or {}).get(tag))) if name]
                for tag in {*names, *(aliases or {})}
            },
        }
        for key, names, aliases, description in found
    ]


def has_terms(project: Project) -> bool:
    """Whether the project has a glossary in its source language."""
    rows = Concept.objects.filter(project=project, names__has_key=project.source_language)
    return rows.exists()


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])
