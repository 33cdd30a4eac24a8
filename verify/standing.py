"""How far people's work is in a project, language by language; no figure goes beyond 10,000."""

from __future__ import annotations

from typing import Any

from django.db import connection

from annotate.models import Project

MOST = 10_000

WORK = """
SELECT l.tag,
  (SELECT count(*) FROM (SELECT 1 FROM verify_assignment
     WHERE project_id = l.project_id AND pool = 'review:' || l.tag AND state = 'open'
     LIMIT %(most)s) x),
  (SELECT count(*) FROM (SELECT 1 FROM verify_assignment
     WHERE project_id = l.project_id AND pool = 'adjudicate:' || l.tag AND state = 'open'
     LIMIT %(most)s) x),
  (SELECT count(*) FROM (SELECT 1 FROM verify_judgement j
     JOIN annotate_rendition r ON r.id = j.rendition_id
     WHERE j.project_id = l.project_id AND r.language = l.tag AND j.outcome <> 'withdrawn'
     LIMIT %(most)s) x),
  (SELECT json_object_agg(origin, n) FROM (SELECT origin, count(*) AS n FROM (
       SELECT d.origin FROM verify_decision d JOIN annotate_rendition r ON r.id = d.rendition_id
       WHERE d.project_id = l.project_id AND d.is_current AND r.language = l.tag
       LIMIT %(most)s) x GROUP BY origin ORDER BY origin) y)
FROM annotate_projectlanguage l
WHERE l.project_id = %(project)s AND l.role = 'target'
ORDER BY l.priority DESC, l.tag
"""


def work_by_language(project: Project) -> list[dict[str, Any]]:
    """Per target language: ``tag, open_seats, adjudicate, judged, decided_by_origin``."""
    with connection.cursor() as cursor:
        cursor.execute(WORK, {"project": project.pk, "most": MOST})
        rows = cursor.fetchall()
    return [
        {
            "tag": tag, "name": tag, "open_seats": open_seats, "adjudicate": adjudicate,
            "judged": judged, "decided_by_origin": decided or {},
        }
        for tag, open_seats, adjudicate, judged, decided in rows
    ]  # fmt: skip
