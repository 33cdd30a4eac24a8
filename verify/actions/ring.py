"""The statements of claiming: seats on a ring, read along their index."""

from __future__ import annotations

from annotate.prepared import PROBES, Prepared

# In the order of the model's own columns.
COLUMNS = (
    "id", "project_id", "rendition_id", "kind", "round", "seat", "mode", "pool", "band", "shuffle",
    "state", "rater_id", "lease_until", "claimed_at", "closed_at", "shown",
    "skip_reason", "sample_id",
)  # fmt: skip
RETURNED = ", ".join(f"seat.{column}" for column in COLUMNS)

CURSOR = Prepared(
    "cursor",
    "SELECT cursor FROM verify_rater WHERE id = %(rater)s FOR NO KEY UPDATE",
    {"rater": "bigint"},
)
LEASED = Prepared(
    "leased",
    f"""SELECT {RETURNED} FROM verify_assignment seat
WHERE state = 'leased' AND lease_until > %(now)s AND rater_id = %(rater)s
  AND pool = ANY(%(pools)s) AND project_id = %(project)s
ORDER BY claimed_at, id LIMIT %(most)s""",
    {"now": "timestamptz", "rater": "bigint", "pools": "text[]", "project": "bigint",
     "most": "bigint"},
)  # fmt: skip
# Which of the queues have an open seat.
FULL = Prepared(
    "full",
    """SELECT pool FROM unnest(%(pools)s) WITH ORDINALITY AS asked(pool, number)
WHERE EXISTS (SELECT 1 FROM verify_assignment a WHERE a.project_id = %(project)s
              AND a.pool = asked.pool AND a.state = 'open')
ORDER BY number""",
    {"pools": "text[]", "project": "bigint"},
)

# One round trip. The first of the three serialises the claims of one person, who may have
# several pages open; what another page leased meanwhile is seen by the ones after it. A lease that
# a power cut undoes does no harm, so nobody waits for the disk. The ring must be walked along its
# index however old the statistics are.
HELD = f"""
SET LOCAL synchronous_commit = off;
SET LOCAL enable_sort = off;
{PROBES};
{CURSOR.call};
{LEASED.call};
{FULL.call}
"""

# The options of a question `q`: the item's own and the question's. Keys as annotate.questions.as_option
# has them.
OFFERED = """
SELECT CASE jsonb_typeof(o) WHEN 'object' THEN COALESCE(o ->> 'key', n::text) ELSE o #>> '{}' END AS key,
       COALESCE((o ->> 'fixed')::boolean, false) AS fixed, place * 1000000 + n AS n
FROM (
    SELECT o, n, 1 AS place FROM jsonb_array_elements((
        SELECT CASE jsonb_typeof(i.inputs -> (q.settings ->> 'from'))
               WHEN 'array' THEN i.inputs -> (q.settings ->> 'from') ELSE '[]'::jsonb END
        FROM annotate_item i JOIN annotate_rendition own ON own.item_id = i.id
        WHERE own.id = seat.rendition_id)) WITH ORDINALITY AS given(o, n)
    UNION ALL
    SELECT o, n, 2 FROM jsonb_array_elements(q.options) WITH ORDINALITY AS of_question(o, n)
) offered
"""

# What a seat shows is frozen by the statement that takes it: ids of readings, and the order of the
# options of what is picked from, or of all options where the project wants them rotated.
SHOWN = f"""
jsonb_build_object(
    'mode', CASE WHEN seat.mode IN ('blind', 'audit') THEN 'blind' ELSE 'assisted' END,
    'readings', COALESCE(
        (SELECT jsonb_build_array(c.reading_id) FROM annotate_consensus c
         WHERE c.rendition_id = seat.rendition_id AND c.of = 'machines'
           AND c.reading_id IS NOT NULL),
        (SELECT jsonb_build_array(own.standing_id) FROM annotate_rendition own
         WHERE own.id = seat.rendition_id AND own.made_from_id IS NULL
           AND own.standing_id IS NOT NULL),
        '[]'::jsonb),
    'basis', (SELECT origin.standing_id FROM annotate_rendition own
              JOIN annotate_rendition origin ON origin.id = own.made_from_id
              WHERE own.id = seat.rendition_id),
    'options', (
        SELECT jsonb_object_agg(q.key, (
            SELECT jsonb_agg(o.key ORDER BY o.fixed, CASE WHEN o.fixed THEN o.n END,
                             md5(seat.id || '/' || o.key), o.n)
            FROM ({OFFERED}) o))
        FROM annotate_question q
        WHERE q.project_id = seat.project_id
          AND (q.kind = 'pick' OR %(rotate)s AND q.kind IN ('choice', 'choices', 'checklist', 'ranking'))
    )
) || COALESCE(seat.shown -> 'preset', '{{}}'::jsonb)
  || CASE WHEN seat.shown ? 'preset' THEN jsonb_build_object('preset', seat.shown -> 'preset')
          ELSE '{{}}'::jsonb END
"""

BAND = """(SELECT band FROM verify_assignment
    WHERE project_id = %(project)s AND pool = %(pool)s AND state = 'open' AND band >= %(floor)s
    ORDER BY band LIMIT 1)"""

RING = f"""
    SELECT id, rendition_id, round, band, shuffle FROM verify_assignment
    WHERE project_id = %(project)s AND pool = %(pool)s AND state = 'open' AND band = {BAND}
      AND shuffle > %(after)s AND shuffle <= %(upto)s
    ORDER BY shuffle LIMIT %(window)s
"""

# The ring is read entry by entry until one can be locked: a materialised WITH is read lazily.
_TAKE = f"""
WITH ring AS MATERIALIZED ({RING}),
picked AS MATERIALIZED (
    SELECT open_seat.id FROM ring JOIN verify_assignment open_seat ON open_seat.id = ring.id
    WHERE open_seat.state = 'open' AND NOT EXISTS (
        SELECT 1 FROM verify_assignment own
        WHERE own.rendition_id = ring.rendition_id AND own.rater_id = %(rater)s
          AND own.round = ring.round)
    LIMIT 1 FOR NO KEY UPDATE OF open_seat SKIP LOCKED
),
taken AS (
    UPDATE verify_assignment seat
    SET state = 'leased', rater_id = %(rater)s, lease_until = %(until)s, claimed_at = %(now)s,
        shown = {SHOWN}
    FROM picked WHERE seat.id = picked.id
    RETURNING {RETURNED}
),
moved AS (
    UPDATE verify_rater SET cursor = taken.shuffle FROM taken WHERE verify_rater.id = %(rater)s
)
SELECT * FROM taken
"""

TAKE = Prepared(
    "take", _TAKE,
    {"project": "bigint", "pool": "text", "rater": "bigint", "floor": "int", "after": "float8",
     "upto": "float8", "window": "bigint", "rotate": "boolean", "now": "timestamptz",
     "until": "timestamptz"},
)  # fmt: skip

# Several seats by one statement. The seats of a rendition stand at one place of the ring, and one of
# them will do: a second would break the rule of one person once.
_TAKE_SEVERAL = f"""
WITH ring AS MATERIALIZED ({RING}),
picked AS MATERIALIZED (
    SELECT open_seat.id FROM (
        SELECT DISTINCT ON (shuffle, rendition_id, round) id, rendition_id, round
        FROM ring ORDER BY shuffle, rendition_id, round, id
    ) once JOIN verify_assignment open_seat ON open_seat.id = once.id
    WHERE open_seat.state = 'open' AND NOT EXISTS (
        SELECT 1 FROM verify_assignment own
        WHERE own.rendition_id = once.rendition_id AND own.rater_id = %(rater)s
          AND own.round = once.round)
    LIMIT %(wanted)s FOR NO KEY UPDATE OF open_seat SKIP LOCKED
),
ranked AS (SELECT id, row_number() OVER () AS number FROM picked),
taken AS (
    UPDATE verify_assignment seat
    SET state = 'leased', rater_id = %(rater)s, lease_until = %(until)s,
        claimed_at = %(now)s + ranked.number * interval '1 microsecond', shown = {SHOWN}
    FROM ranked WHERE seat.id = ranked.id
    RETURNING {RETURNED}
),
moved AS (
    UPDATE verify_rater SET cursor = (SELECT max(shuffle) FROM taken)
    WHERE id = %(rater)s AND EXISTS (SELECT 1 FROM taken)
)
SELECT * FROM taken ORDER BY claimed_at
"""

TAKE_SEVERAL = Prepared(
    "take_several", _TAKE_SEVERAL,
    {"project": "bigint", "pool": "text", "rater": "bigint", "floor": "int", "after": "float8",
     "upto": "float8", "window": "bigint", "rotate": "boolean", "now": "timestamptz",
     "until": "timestamptz", "wanted": "bigint"},
)  # fmt: skip

LOOKED = f"SELECT {BAND}, count(*), max(shuffle) FROM ({RING}) ring"

# Whether one of the first open seats may be theirs, whoever holds it locked at the moment.
LEFT = """
SELECT EXISTS (SELECT 1 FROM (
    SELECT rendition_id, round FROM verify_assignment
    WHERE project_id = %(project)s AND pool = %(pool)s AND state = 'open'
    ORDER BY band, shuffle LIMIT %(window)s
) near WHERE NOT EXISTS (
    SELECT 1 FROM verify_assignment own
    WHERE own.rendition_id = near.rendition_id AND own.rater_id = %(rater)s AND own.round = near.round))
"""
