"""Bench: the report on quality over many judgements: measured by a run, then its pages opened.

    .venv/bin/python bench/report.py --judgements 100000 --json

Half as many texts, each read by three machines and judged by two of twenty people; the second of two
who differ was settled by an adjudicator. Digests are those of the stored marks, so all that the report
compares is real. First the parts of the run, in seconds, with the statements that took longest; then
each page over loopback HTTP, gunicorn, production settings: milliseconds, the limit beside them.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import filling
import scratch

LIMIT_MS = 1000.0
PAGES = ("quality", "agreement", "raters", "simulator", "certificates", "cases")
RIGHT, SHORT, OTHER, LESS = range(4)
PEOPLE = 20
# What each says of text n.
SAID = {
    "links": f"CASE WHEN n %% 4 = 0 THEN {SHORT} ELSE {RIGHT} END",
    "candidates": f"CASE WHEN n %% 10 = 4 THEN {OTHER} ELSE {RIGHT} END",
    "labeller": f"CASE WHEN n %% 2 = 1 THEN {LESS} WHEN n %% 8 = 0 THEN {SHORT} ELSE {RIGHT} END",
}
PERSON = f"CASE WHEN (n * 7 + %(seat)s * 13) %% 29 = 0 THEN {SHORT} ELSE {RIGHT} END"


def digests() -> dict[int, bytes]:
    """The digest of each thing that can be said: the marks stand at the same places in all texts."""
    from annotate.readings import Reading
    from annotate.spans import Span

    made = {}
    for what in (RIGHT, SHORT, OTHER, LESS):
        spans = []
        for number, (label, _source, surface) in enumerate(filling.SPANS):
            if what == LESS and number == 0:
                continue
            start = filling.NUMBER_WIDTH + filling.TARGET.index(surface)
            end = start + len(surface) - (what == SHORT and number == 0)
            label = "ORG" if what == OTHER and number == 2 else label
            spans.append(Span(label, start, end))
        made[what] = Reading(spans=tuple(spans)).digest()
    return made


class _Said:
    """Writes what machines and people say of the texts of a filled project."""

    def __init__(self, cursor: Any, filled: filling.Filled, labels: dict[str, int]) -> None:
        self.cursor, self.labels = cursor, labels
        self.items = filled.last - filled.first + 1
        self.values = {"project": filled.project.pk, "first": filled.first, "items": self.items}
        self.digests = digests()
        self._do("CREATE TEMP TABLE said (reading bigint, n int, what int, kind text, who int)")

    def _do(self, statement: str, **more: Any) -> None:
        self.cursor.execute(statement, self.values | more)

    def say(self, kind: str, who: int, what: str, **more: Any) -> None:
        """Note that somebody says something of each text."""
        self.cursor.execute(
            "SELECT setval(pg_get_serial_sequence('annotate_reading', 'id'), "
            "nextval(pg_get_serial_sequence('annotate_reading', 'id')) + %s)",
            [self.items],
        )
        base = int(self.cursor.fetchone()[0]) - self.items
        self._do(
            f"INSERT INTO said SELECT %(base)s + n, n, {what}, %(kind)s, %(who)s "
            "FROM generate_series(0, %(items)s - 1) n",
            base=base, kind=kind, who=who, **more,
        )  # fmt: skip

    def write(self) -> None:
        """Readings and marks of all that was said."""
        cases = " ".join(f"WHEN {k} THEN '\\x{v.hex()}'::bytea" for k, v in self.digests.items())
        self._do(
            f"""INSERT INTO annotate_reading (id, project_id, rendition_id, basis_id, answers,
            digest, made_at)
            SELECT s.reading, %(project)s, %(first)s + s.n, r.basis_id, '[]',
                CASE s.what {cases} END, now()
            FROM said s JOIN annotate_reading r ON r.rendition_id = %(first)s + s.n
                AND r.id NOT IN (SELECT reading FROM said)"""
        )
        for number, (label, _source, surface) in enumerate(filling.SPANS):
            start = filling.NUMBER_WIDTH + filling.TARGET.index(surface)
            self._do(
                """INSERT INTO annotate_span (project_id, reading_id, key, label_id, field_id,
                start, "end", surface, anchor, attributes, source_id, method, score, rank)
                SELECT %(project)s, s.reading, 's' || %(number)s,
                    CASE WHEN s.what = 2 AND %(number)s = 2 THEN %(org)s ELSE %(label)s END, f.id,
                    %(start)s, CASE WHEN s.what = 1 AND %(number)s = 0 THEN %(end)s - 1
                                    ELSE %(end)s END,
                    CASE WHEN s.what = 1 AND %(number)s = 0 THEN left(%(surface)s, -1)
                         ELSE %(surface)s END, 'text', '{}', NULL, '', NULL, 1
                FROM said s JOIN annotate_field f ON f.rendition_id = %(first)s + s.n
                WHERE NOT (s.what = 3 AND %(number)s = 0)""",
                number=number, label=self.labels[label], org=self.labels["ORG"], start=start,
                end=start + len(surface), surface=surface,
            )  # fmt: skip

    def machines(self, versions: dict[str, int]) -> None:
        """Candidates, and what they add up to: the first machine's reading is proposed."""
        for number, version in enumerate(versions.values()):
            self._do(
                """INSERT INTO annotate_candidate (project_id, rendition_id, version_id, basis_id,
                ballot, reading_id, state, reason, prompt_hash, raw_reply, cost, made_at)
                SELECT %(project)s, %(first)s + s.n, %(version)s, r.basis_id, 1, s.reading, 'ok', '',
                    '', '', 0.001, now()
                FROM said s JOIN annotate_reading r ON r.id = s.reading
                WHERE s.kind = 'machine' AND s.who = %(number)s""",
                version=version, number=number,
            )  # fmt: skip
        self._do(
            """UPDATE annotate_consensus c SET reading_id = s.reading, entropy = t.entropy,
                route = CASE WHEN t.entropy = 0 THEN 'accept' ELSE 'person' END
            FROM said s JOIN (SELECT n, CASE count(DISTINCT what) WHEN 1 THEN 0 WHEN 2 THEN 0.918
                              ELSE 1.585 END AS entropy
                              FROM said WHERE kind = 'machine' GROUP BY n) t ON t.n = s.n
            WHERE c.rendition_id = %(first)s + s.n AND c.of = 'machines' AND s.kind = 'machine'
              AND s.who = 0"""
        )

    def people(self, raters: list[int]) -> None:
        """Every seat done; a decision on each text."""
        self._do(
            """UPDATE verify_assignment a SET state = 'done', claimed_at = now(), closed_at = now(),
                rater_id = (%(raters)s::bigint[])[1 + (a.rendition_id + a.seat * 7) %% %(people)s],
                shown = jsonb_build_object('mode', 'assisted', 'basis', NULL,
                                           'readings', jsonb_build_array(c.reading_id))
            FROM annotate_consensus c
            WHERE a.project_id = %(project)s AND c.rendition_id = a.rendition_id""",
            raters=raters,
            people=len(raters),
        )
        self._do(
            """INSERT INTO verify_judgement (project_id, assignment_id, rendition_id, rater_id,
            reading_id, outcome, client_id, shown_at, first_input_at, submitted_at, hidden_seconds,
            comment, fault)
            SELECT %(project)s, a.id, a.rendition_id, a.rater_id, s.reading, 'answered',
                gen_random_uuid(), at, at, at + interval '1 second' * (8 + (s.n * 31 + a.seat) %% 40),
                0, '', ''
            FROM said s JOIN verify_assignment a ON a.rendition_id = %(first)s + s.n
                AND a.seat = s.who
            CROSS JOIN LATERAL (SELECT now() - interval '90 days'
                                       + interval '50 seconds' * s.n AS at) times
            WHERE s.kind = 'person'"""
        )
        self._do(
            """INSERT INTO verify_decision (project_id, rendition_id, reading_id, origin, gold,
            is_current, made_at, ended_because)
            SELECT %(project)s, %(first)s + n, (array_agg(reading ORDER BY what, reading))[1],
                CASE count(DISTINCT what) WHEN 1 THEN 'agreed' ELSE 'adjudicated' END, false, true,
                now(), ''
            FROM said WHERE kind = 'person' GROUP BY n"""
        )


def judged(judgements: int) -> filling.Filled:
    """A project with so many judgements, all settled."""
    from django.db import connection, transaction
    from django_scopes import scope

    from annotate.actions.projects import add_annotator
    from annotate.actions.versions import make_version
    from annotate.models import Label
    from verify.models import Rater

    filled = filling.fill(judgements // 2, overlap=2)
    filling.people(filled, PEOPLE)
    project = filled.project
    with scope(project=project):
        made = {
            name: add_annotator(
                project, name=name, kind="labeller" if name == "labeller" else "projector",
                backend="gazetteer" if name == "labeller" else name,
            )
            for name in SAID
        }  # fmt: skip
        versions = {name: make_version(annotator).pk for name, annotator in made.items()}
        raters = list(Rater.objects.filter(project=project).values_list("pk", flat=True))
        labels = dict(Label.objects.filter(project=project).values_list("key", "pk"))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        said = _Said(cursor, filled, labels)
        for number, what in enumerate(SAID.values()):
            said.say("machine", number, what)
        for seat in (1, 2):
            said.say("person", seat, PERSON, seat=seat)
        said.write()
        said.machines(versions)
        said.people(raters)
        cursor.execute("DROP TABLE said")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return filled


class Slowest:
    """Adds up the seconds of statements by how they begin."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def __call__(self, execute: Any, sql: Any, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            self.seconds[" ".join(str(sql).split())[:100]] += time.perf_counter() - began

    def worst(self, count: int) -> list[list[Any]]:
        """The statements that took most, with their seconds."""
        rows = sorted(self.seconds.items(), key=lambda row: -row[1])[:count]
        return [[round(seconds, 2), sql] for sql, seconds in rows]


def computed(project: Any, judgements: int) -> list[dict[str, Any]]:
    """Each part of the run, in seconds."""
    from django.db import connection
    from django_scopes import scope

    from annotate.actions.readings import load_readings
    from annotate.models import Reading, Run
    from pipeline.stages import measuring, quality, rating

    run = Run(project=project, stage="agree")
    parts: dict[str, Callable[[], Any]] = {
        "people": lambda: rating.save(project),
        "quality": lambda: quality.save(project),
        "agreement": lambda: measuring.whole(run),
        "nothing due": lambda: measuring.is_due(run),
    }
    rows = []
    with scope(project=project):
        some = Reading.objects.filter(project=project).order_by("-pk")[:50]
        known = {row.pk: bytes(row.digest) for row in some}
        if {pk: row.digest() for pk, row in load_readings(known).items()} != known:
            raise SystemExit("the bench's digests are not those of its marks")
        for name, deed in parts.items():
            slowest = Slowest()
            began = time.perf_counter()
            with connection.execute_wrapper(slowest):
                deed()
            rows.append({
                "part": name, "judgements": judgements,
                "seconds": round(time.perf_counter() - began, 2),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
                "slowest": slowest.worst(3),
            })  # fmt: skip
    return rows


def opened(site: Any, filled: filling.Filled, rounds: int) -> list[dict[str, Any]]:
    """Each page as a manager's browser gets it."""
    from django.contrib.auth import get_user_model

    from annotate.actions.projects import join

    user = get_user_model().objects.create(username="manager")
    join(filled.project, user, role="manager")
    session = filling.sign_in(user)
    rows = []
    for name in PAGES:
        path = {"simulator": "quality/policy"}.get(name, name)
        request = urllib.request.Request(
            f"{site.url}/p/{filled.project.slug}/{path}/",
            headers={"Cookie": f"sessionid={session}"},
        )
        times, size = [], 0
        for _ in range(rounds):
            began = time.perf_counter()
            with urllib.request.urlopen(request) as answer:
                size = len(answer.read())
            times.append(time.perf_counter() - began)
        rows.append({
            "page": name, "first_ms": round(1000 * times[0], 1),
            "p50_ms": filling.percentile(times, 0.5), "p95_ms": filling.percentile(times, 0.95),
            "bytes": size, "limit_ms": LIMIT_MS,
        })  # fmt: skip
    return rows


def main() -> None:
    """Fill, measure and open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--judgements", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with scratch.served() as site:
        site.setup_django()
        from django.db import connections

        filled = judged(chosen.judgements)
        rows = computed(filled.project, chosen.judgements) + opened(site, filled, chosen.rounds)
        connections.close_all()
    for row in rows:
        if chosen.json:
            print(json.dumps(row), flush=True)
        else:
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
