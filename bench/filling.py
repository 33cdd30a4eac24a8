"""Fill a database with a synthetic project of any size, by statements that write whole tables.

Texts are sentences with numbers of their own, labelled with four spans on both sides. Foreign keys
are not checked while filling, as in a restore.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

SOURCE = ": Amina Diallo of the European Parliament came from Dakar to Strasbourg in May."
TARGET = ": Amina Diallo del Parlamento Europeo llegó de Dakar a Estrasburgo en mayo."
SPANS = (("PER", "Amina Diallo", "Amina Diallo"),
         ("ORG", "European Parliament", "Parlamento Europeo"),
         ("LOC", "Dakar", "Dakar"), ("LOC", "Strasbourg", "Estrasburgo"))  # fmt: skip
NUMBER_WIDTH = 9
PASSAGES = 200_000


@dataclass(frozen=True, slots=True)
class Filled:
    """What was filled: the project and the ids of the renditions in the target language."""

    project: Any
    first: int
    last: int


def fill(items: int, *, overlap: int = 1, texts: bool = True) -> Filled:
    """A project with so many items, English to Spanish, and ``overlap`` open seats on each.

    Without ``texts`` there are renditions and seats alone, which is all that claiming touches.
    """
    from django.db import connection, transaction
    from django_scopes import scope

    from annotate.actions.labels import add_label
    from annotate.actions.projects import add_language
    from annotate.models import Project

    slug = f"bench{Project.objects.count() or ''}"
    project = Project.objects.create(slug=slug, name="bench", source_language="en")
    with scope(project=project):
        add_language(project, "en", role="source")
        add_language(project, "es")
        for key in ("PER", "ORG", "LOC"):
            add_label(project, key=key)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        first = _Filler(cursor, project, items).run(overlap, texts)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Filled(project, first, first + items - 1)


class _Filler:
    """Writes the tables, one statement for each. Row n of each has the id base + n."""

    def __init__(self, cursor: Any, project: Any, items: int) -> None:
        self.cursor, self.items = cursor, items
        self.values: dict[str, Any] = {"project": project.pk, "items": items}
        cursor.execute("SELECT key, id FROM annotate_label WHERE project_id = %s", [project.pk])
        labels = dict(cursor.fetchall())
        self.labels = [labels[label] for label, _, _ in SPANS]

    def run(self, overlap: int, texts: bool) -> int:
        """Fill all; return the id of the first target rendition."""
        for table, count in (("item", 1), ("passage", 2), ("rendition", 2), ("field", 2),
                             ("reading", 2), ("span", 2 * len(SPANS))):  # fmt: skip
            self.values[table] = self._reserve(f"annotate_{table}", count * self.items)
        self._do("""INSERT INTO annotate_item (id, project_id, external_id, split, variety, "group",
            position, metadata, inputs, translate_due, created_at)
            SELECT %(item)s + n, %(project)s, 'item-' || n, '', '', '', 0, '{}', '{}', false, now()
            FROM generate_series(0, %(items)s - 1) n""")
        for side, language in enumerate(("en", "es")):
            self._renditions(side, language, texts)
            if texts:
                self._texts(side, language)
        if texts:
            self._do("""INSERT INTO annotate_consensus (project_id, rendition_id, of, method,
                reading_id, votes, voters, entropy, route, reason, routing, route_due, made_at)
                SELECT %(project)s, %(rendition)s + %(items)s + n, 'machines', 'majority',
                    %(reading)s + %(items)s + n, '[]', 3, 0.9, 'person', 'split', '{}', false, now()
                FROM generate_series(0, %(items)s - 1) n""")
        self._seats(overlap)
        return int(self.values["rendition"]) + self.items

    def _reserve(self, table: str, count: int) -> int:
        self.cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), "
            "nextval(pg_get_serial_sequence(%s, 'id')) + %s)",
            [table, table, count],
        )
        return int(self.cursor.fetchone()[0]) - count

    def _do(self, statement: str, **more: Any) -> None:
        self.cursor.execute(statement, self.values | more)

    def _renditions(self, side: int, language: str, texts: bool) -> None:
        self._do(
            """INSERT INTO annotate_rendition (id, project_id, item_id, language, origin, state,
            made_from_id, version_id, is_current, standing_id, aggregate_due, created_at)
            SELECT %(rendition)s + %(side)s * %(items)s + n, %(project)s, %(item)s + n, %(language)s,
                'original', 'ready', CASE WHEN %(side)s = 1 THEN %(rendition)s + n END, NULL, true,
                CASE WHEN %(side)s = 0 AND %(texts)s THEN %(reading)s + n END, false, now()
            FROM generate_series(0, %(items)s - 1) n""",
            side=side, language=language, texts=texts,
        )  # fmt: skip

    def _texts(self, side: int, language: str) -> None:
        more = {"side": side, "language": language, "passages": min(self.items, PASSAGES),
                "body": TARGET if side else SOURCE, "width": NUMBER_WIDTH}  # fmt: skip
        self._do(
            """INSERT INTO annotate_passage (id, project_id, language, text, sha256, aids,
            aids_version)
            SELECT %(passage)s + %(side)s * %(items)s + n, %(project)s, %(language)s, text,
                sha256(text::bytea), NULL, 0
            FROM (SELECT n, lpad(n::text, %(width)s, '0') || %(body)s AS text
                  FROM generate_series(0, %(passages)s - 1) n) t""",
            **more,
        )
        self._do(
            """INSERT INTO annotate_field (id, project_id, rendition_id, name, role, position,
            speaker, language, passage_id)
            SELECT %(field)s + %(side)s * %(items)s + n, %(project)s,
                %(rendition)s + %(side)s * %(items)s + n, 'text', 'labelled', 0, '', '',
                %(passage)s + %(side)s * %(items)s + n %% %(passages)s
            FROM generate_series(0, %(items)s - 1) n""",
            **more,
        )
        self._do(
            """INSERT INTO annotate_reading (id, project_id, rendition_id, basis_id, answers,
            digest, made_at)
            SELECT %(reading)s + %(side)s * %(items)s + n, %(project)s,
                %(rendition)s + %(side)s * %(items)s + n,
                CASE WHEN %(side)s = 1 THEN %(reading)s + n END, '[]', '\\x00', now()
            FROM generate_series(0, %(items)s - 1) n""",
            **more,
        )
        for number, label in enumerate(self.labels):
            self._spans(number, label, more)

    def _spans(self, number: int, label: int, more: dict[str, Any]) -> None:
        body = more["body"]
        surface = SPANS[number][1 + more["side"]]
        start = NUMBER_WIDTH + body.index(surface)
        self._do(
            """INSERT INTO annotate_span (id, project_id, reading_id, key, label_id, field_id,
            start, "end", surface, anchor, attributes, source_id, method, score, rank)
            SELECT %(span)s + (%(side)s * 4 + %(number)s)::bigint * %(items)s + n, %(project)s,
                %(reading)s + %(side)s * %(items)s + n, 's' || %(number)s, %(label)s,
                %(field)s + %(side)s * %(items)s + n, %(start)s, %(end)s, %(surface)s, 'text', '{}',
                CASE WHEN %(side)s = 1 THEN %(span)s + %(number)s::bigint * %(items)s + n END,
                '', NULL, 1
            FROM generate_series(0, %(items)s - 1) n""",
            **more, number=number, label=label, start=start, end=start + len(surface),
            surface=surface,
        )  # fmt: skip

    def _seats(self, overlap: int) -> None:
        self._do(
            """INSERT INTO verify_assignment (project_id, rendition_id, kind, round, seat, mode,
            pool, band, shuffle, state, skip_reason)
            SELECT %(project)s, %(rendition)s + %(items)s + n, 'review', 1, seat, 'assisted',
                'review:es', 1,
                ('x' || substr(md5(n::text), 1, 13))::bit(52)::bigint / 4503599627370496.0,
                'open', ''
            FROM generate_series(0, %(items)s - 1) n, generate_series(1, %(overlap)s) seat""",
            overlap=overlap,
        )


def people(filled: Filled, count: int) -> list[Any]:
    """So many reviewers of the project, with their raters."""
    from django.contrib.auth import get_user_model
    from django_scopes import scope

    from annotate.actions.projects import join
    from verify.actions import rater_for

    users = []
    for number in range(count):
        user = get_user_model().objects.create(username=f"{filled.project.slug}-{number}")
        join(filled.project, user, role="reviewer", languages=["es"])
        with scope(project=filled.project):
            rater_for(project=filled.project, user=user)
        users.append(user)
    return users


def judged_before(filled: Filled, rater: Any, count: int) -> None:
    """Let a reviewer have done the first so many seats ahead of them on the ring, and stand behind them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """WITH ahead AS (
                SELECT id, shuffle FROM verify_assignment
                WHERE project_id = %(project)s AND pool = 'review:es' AND state = 'open' AND seat = 1
                ORDER BY band, (shuffle <= %(place)s), shuffle LIMIT %(count)s),
            taken AS (
                UPDATE verify_assignment SET state = 'done', rater_id = %(rater)s,
                    claimed_at = now(), closed_at = now()
                FROM ahead WHERE verify_assignment.id = ahead.id RETURNING 1)
            UPDATE verify_rater SET cursor = (
                SELECT shuffle FROM ahead ORDER BY (shuffle <= %(place)s) DESC, shuffle DESC LIMIT 1)
            WHERE id = %(rater)s""",
            {"project": filled.project.pk, "place": rater.cursor, "rater": rater.pk,
             "count": count},
        )  # fmt: skip
        cursor.execute("VACUUM ANALYZE verify_assignment")


def sign_in(user: Any) -> str:
    """A session of the user, as the sign-in page would make it; return the cookie's value."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies, in milliseconds, from seconds."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)
