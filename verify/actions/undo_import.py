"""Undo an import: remove what it brought as long as nobody has said anything about it."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.models import Run
from verify.errors import ImportStays

from .stale import make_stale

# What the import brought, and what follows from it: texts of its items, texts that machines made from
# its texts, and readings that stand on its readings or mark its texts.
GATHER = """
CREATE TEMP TABLE undone_item ON COMMIT DROP AS
SELECT i.id FROM annotate_item i, jsonb_array_elements(%(items)s::jsonb) r
WHERE i.project_id = %(project)s AND i.id BETWEEN (r ->> 0)::bigint AND (r ->> 1)::bigint;
CREATE TEMP TABLE undone_rendition ON COMMIT DROP AS
WITH RECURSIVE found AS (
    SELECT r.id FROM annotate_rendition r JOIN undone_item i ON r.item_id = i.id
    UNION
    SELECT r.id FROM annotate_rendition r, jsonb_array_elements(%(renditions)s::jsonb) b
    WHERE r.project_id = %(project)s AND r.id BETWEEN (b ->> 0)::bigint AND (b ->> 1)::bigint
    UNION
    SELECT r.id FROM annotate_rendition r JOIN found f ON r.made_from_id = f.id
    WHERE r.version_id IS NOT NULL OR r.origin = 'planted'
) SELECT id FROM found;
CREATE TEMP TABLE undone_reading ON COMMIT DROP AS
WITH RECURSIVE found AS (
    SELECT g.id FROM annotate_reading g JOIN undone_rendition r ON g.rendition_id = r.id
    UNION
    SELECT s.reading_id FROM annotate_span s JOIN annotate_field f ON s.field_id = f.id
    JOIN undone_rendition r ON f.rendition_id = r.id
    UNION
    SELECT g.id FROM annotate_reading g JOIN found f ON g.basis_id = f.id
) SELECT id FROM found;
CREATE UNIQUE INDEX ON undone_item (id);
CREATE UNIQUE INDEX ON undone_rendition (id);
CREATE UNIQUE INDEX ON undone_reading (id);
ANALYZE undone_item, undone_rendition, undone_reading;
"""

# Seats are locked first: a claim passes locked ones over, so nobody sits down meanwhile.
LOCK = """
SELECT a.id FROM verify_assignment a JOIN undone_rendition r ON a.rendition_id = r.id FOR UPDATE OF a
"""

STANDS = {
    "judgements": """
        SELECT count(DISTINCT j.id) FROM verify_judgement j
        WHERE j.rendition_id IN (SELECT id FROM undone_rendition)
           OR j.reading_id IN (SELECT id FROM undone_reading)""",
    "desks": """
        SELECT count(*) FROM verify_assignment a JOIN undone_rendition r ON a.rendition_id = r.id
        WHERE a.state = 'leased' AND a.lease_until > now()""",
    "threads": """
        SELECT count(*) FROM verify_thread t JOIN undone_rendition r ON t.rendition_id = r.id""",
    "decisions": """
        SELECT count(*) FROM verify_decision d
        WHERE (d.rendition_id IN (SELECT id FROM undone_rendition)
               OR d.reading_id IN (SELECT id FROM undone_reading))
          AND (d.gold OR d.origin NOT IN ('imported', 'accepted'))""",
    "later": """
        SELECT count(DISTINCT r.item_id) FROM annotate_rendition r
        JOIN undone_item i ON r.item_id = i.id
        WHERE r.version_id IS NULL AND r.origin <> 'planted' AND NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(%(renditions)s::jsonb) b
            WHERE r.id BETWEEN (b ->> 0)::bigint AND (b ->> 1)::bigint)""",
}

LANGUAGES = """
SELECT r.language, array_agg(DISTINCT d.origin), (array_agg(r.id))[1:1000]
FROM verify_decision d JOIN annotate_rendition r ON d.rendition_id = r.id
JOIN undone_rendition u ON r.id = u.id WHERE d.is_current GROUP BY r.language
"""

# Texts that stay and lose a reading: they are added up again from what they still have.
MEND = """
UPDATE annotate_rendition r SET standing_id = NULL FROM undone_reading g
WHERE r.standing_id = g.id AND r.id NOT IN (SELECT id FROM undone_rendition);
UPDATE annotate_rendition r SET aggregate_due = true
WHERE r.id IN (SELECT g.rendition_id FROM annotate_reading g JOIN undone_reading u ON g.id = u.id)
  AND r.id NOT IN (SELECT id FROM undone_rendition);
UPDATE annotate_rendition r SET made_from_id = NULL FROM undone_rendition u
WHERE r.made_from_id = u.id AND r.id NOT IN (SELECT id FROM undone_rendition);
UPDATE annotate_item i SET translate_due = true
FROM annotate_rendition r JOIN undone_rendition u ON r.id = u.id
WHERE r.item_id = i.id AND i.id NOT IN (SELECT id FROM undone_item);
CREATE TEMP TABLE undone_passage ON COMMIT DROP AS
SELECT DISTINCT f.passage_id AS id FROM annotate_field f JOIN undone_rendition r ON f.rendition_id = r.id;
"""

# In an order in which no row is left that points to one that went.
REMOVE = {
    "seats": "DELETE FROM verify_assignment a USING undone_rendition r WHERE a.rendition_id = r.id",
    "decisions": """
        DELETE FROM verify_decision d WHERE d.rendition_id IN (SELECT id FROM undone_rendition)
        OR d.reading_id IN (SELECT id FROM undone_reading)""",
    "candidates": """
        DELETE FROM annotate_candidate c WHERE c.rendition_id IN (SELECT id FROM undone_rendition)
        OR c.reading_id IN (SELECT id FROM undone_reading)
        OR c.basis_id IN (SELECT id FROM undone_reading)""",
    "consensus": """
        DELETE FROM annotate_consensus c WHERE c.rendition_id IN (SELECT id FROM undone_rendition)
        OR c.reading_id IN (SELECT id FROM undone_reading)""",
    "relations": """
        DELETE FROM annotate_relation x USING undone_reading g WHERE x.reading_id = g.id""",
    "spans": "DELETE FROM annotate_span s USING undone_reading g WHERE s.reading_id = g.id",
    "marked": "DELETE FROM annotate_translation t USING undone_reading g WHERE t.marked_id = g.id",
    "readings": "DELETE FROM annotate_reading x USING undone_reading g WHERE x.id = g.id",
    "fields": "DELETE FROM annotate_field f USING undone_rendition r WHERE f.rendition_id = r.id",
    "renditions": "DELETE FROM annotate_rendition x USING undone_rendition r WHERE x.id = r.id",
    "items": "DELETE FROM annotate_item x USING undone_item i WHERE x.id = i.id",
    "translations": """
        DELETE FROM annotate_translation t USING undone_passage p WHERE t.source_id = p.id
        AND NOT EXISTS (SELECT 1 FROM annotate_field f WHERE f.passage_id = p.id)""",
    "passages": """
        DELETE FROM annotate_passage x USING undone_passage p WHERE x.id = p.id
        AND NOT EXISTS (SELECT 1 FROM annotate_field f WHERE f.passage_id = p.id)
        AND NOT EXISTS (SELECT 1 FROM annotate_translation t
                        WHERE t.source_id = p.id OR t.target_id = p.id)""",
}

TOLD = ("items", "renditions", "candidates", "decisions", "seats", "translations")


@transaction.atomic
def undo_import(run: Run, *, undone_by: Run) -> dict[str, int]:
    """Remove what an import brought and what machines made of it; return how much of each went.

    Labels that it made stay. Raises ImportStays, with the reason, while a judgement, a question asked
    at the desk, or a decision by people hangs on any of it, while somebody has one of its texts on
    the desk, when a later import gave its items more languages, and while other runs are under way.
    """
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.state != Run.State.DONE or not held.brought.get("renditions"):
        raise ImportStays(_("This run brought nothing that could be removed."))
    values: dict[str, Any] = {
        "project": held.project_id,
        "items": _json(held.brought.get("items", [])),
        "renditions": _json(held.brought["renditions"]),
    }
    _refuse_while_others_work(held, undone_by)
    with connection.cursor() as cursor:
        cursor.execute(GATHER, values)
        cursor.execute(LOCK)
        _refuse_what_stands(cursor, values)
        cursor.execute(LANGUAGES)
        stale = cursor.fetchall()
        cursor.execute(MEND)
        gone = {}
        for name, statement in REMOVE.items():
            cursor.execute(statement)
            gone[name] = cursor.rowcount
    for language, origins, renditions in stale:
        make_stale(
            project=held.project_id, language=language, renditions=renditions, origins=origins,
            because="an import was undone",
        )  # fmt: skip
    held.errors.update(is_resolved=True)
    Run.objects.filter(pk=held.pk).update(brought={}, message=_("Undone by run %d.") % undone_by.pk)
    return {name: gone[name] for name in TOLD}


def _refuse_while_others_work(held: Run, undone_by: Run) -> None:
    others = Run.objects.unfinished().filter(project=held.project_id, is_trial=False)
    other = others.exclude(pk=undone_by.pk).order_by("pk").first()
    if other is not None:
        raise ImportStays(
            _("Run %(run)d (%(stage)s) is not over yet; wait for it or cancel it first.")
            % {"run": other.pk, "stage": other.stage}
        )


def _refuse_what_stands(cursor: Any, values: dict[str, Any]) -> None:
    counts = {}
    for name, statement in STANDS.items():
        cursor.execute(statement, values)
        counts[name] = cursor.fetchone()[0]
    reasons = [
        ngettext("%d judgement", "%d judgements", counts["judgements"]) % counts["judgements"],
        ngettext("%d decision by people", "%d decisions by people", counts["decisions"])
        % counts["decisions"],
        ngettext("%d question from the desk", "%d questions from the desk", counts["threads"])
        % counts["threads"],
        ngettext("%d text on a desk now", "%d texts on desks now", counts["desks"])
        % counts["desks"],
        ngettext(
            "%d item with languages of a later import",
            "%d items with languages of a later import",
            counts["later"],
        )
        % counts["later"],
    ]
    keys = ("judgements", "decisions", "threads", "desks", "later")
    standing = [reason for key, reason in zip(keys, reasons, strict=True) if counts[key]]
    if standing:
        raise ImportStays(
            _("The import stays, for on what it brought hang: %s.") % ", ".join(standing)
        )


def _json(ranges: list[list[int]]) -> str:
    return "[" + ",".join(f"[{first},{last}]" for first, last in ranges) + "]"
