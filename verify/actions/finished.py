"""Telling when a language has nothing left to judge, and when it has again."""

from __future__ import annotations

from django.db import connection, transaction

from annotate.actions.notices import tell
from annotate.models import Project

OPEN, DONE = "language.open", "language.done"

# One probe of the open seats for each queue, and of the few that are leased.
STATES = """
SELECT l.tag,
       EXISTS (SELECT 1 FROM verify_assignment WHERE project_id = l.project_id
               AND pool = ANY(ARRAY['review:' || l.tag, 'adjudicate:' || l.tag]) AND state = 'open')
       OR EXISTS (SELECT 1 FROM verify_assignment WHERE state = 'leased' AND project_id = l.project_id
                  AND pool = ANY(ARRAY['review:' || l.tag, 'adjudicate:' || l.tag])),
       (SELECT kind FROM annotate_notice n
        WHERE n.project_id = l.project_id AND n.language = l.tag
          AND n.kind IN ('language.open', 'language.done') ORDER BY id DESC LIMIT 1)
FROM annotate_projectlanguage l
WHERE l.project_id = %s AND l.role = 'target'
"""


@transaction.atomic
def tell_languages(project: Project) -> list[str]:
    """Tell of each language whose queues became empty, or full again, since it was last told; which.

    A language that never had anything to judge is not told of.
    """
    with connection.cursor() as cursor:
        cursor.execute(STATES, [project.pk])
        rows = cursor.fetchall()
    changed = []
    for tag, is_open, last in rows:
        kind = OPEN if is_open else DONE
        if kind != last and (is_open or last == OPEN):
            tell(project, kind, language=tag)
            changed.append(tag)
    return changed
