"""What a changed decision makes stale: certificates whose frame covers it, and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

from verify.models import Certificate

# A frame names a language and origins; what it leaves out it does not restrict. Gold is outside
# every frame.
COVERS = """
    c.project_id = %(project)s AND NOT c.is_stale AND s.id = c.sample_id
    AND COALESCE(NULLIF(s.frame ->> 'language', ''), %(language)s) = %(language)s
    AND (s.frame -> 'origins' IS NULL OR s.frame -> 'origins' ?| %(origins)s::text[])
"""

# Correcting an error that the sample itself found changes nothing about what the sample says.
STALE = f"""
UPDATE verify_certificate c SET is_stale = true, stale_because = %(because)s
FROM verify_sample s
WHERE {COVERS} AND (SELECT count(*) FROM unnest(%(renditions)s::bigint[]) AS changed(id)
    WHERE NOT EXISTS (SELECT 1 FROM verify_assignment a
                      WHERE a.rendition_id = changed.id AND a.sample_id = s.id)) > 0
"""

COVERING = f"""
SELECT c.id FROM verify_certificate c, verify_sample s
WHERE {COVERS} AND c.state = 'issued' LIMIT 1
"""


REPORTS = """
UPDATE verify_report SET is_stale = true
WHERE project_id = %(project)s AND language IN ('', %(language)s) AND NOT is_stale
"""


def stale_values(
    *, project: int, language: str, renditions: Sequence[int], origins: Sequence[str], because: str
) -> dict[str, Any]:
    """The values of the statements ``STALE`` and ``REPORTS``.

    ``origins`` are the origins of the decisions that ended and began.
    """
    return {
        "project": project, "language": language, "renditions": list(renditions),
        "origins": list(origins), "because": because[:200],
    }  # fmt: skip


def make_stale(
    *, project: int, language: str, renditions: Sequence[int], origins: Sequence[str], because: str
) -> None:
    """Mark the certificates whose frame covers these decisions, and the language's reports, stale."""
    values = stale_values(project=project, language=language, renditions=renditions,
                          origins=origins, because=because)  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"{STALE}; {REPORTS}", values)


def make_reports_stale(*, project: int, language: str) -> None:
    """Mark the reports stale that count judgements or decisions of this language."""
    with connection.cursor() as cursor:
        cursor.execute(REPORTS, {"project": project, "language": language})


def certificate_over(*, project: int, language: str, origin: str) -> Certificate | None:
    """A certificate in force whose frame covers decisions of this language and origin."""
    with connection.cursor() as cursor:
        cursor.execute(COVERING, {"project": project, "language": language, "origins": [origin]})
        row = cursor.fetchone()
    return Certificate.objects.get(pk=row[0]) if row else None
