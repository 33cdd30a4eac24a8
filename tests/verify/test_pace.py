"""The pace of people's work: judgements a day, when a language is done, hours and pay."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from annotate.models import Run
from tests import factories as make
from verify import pace
from verify.actions import record_judgement
from verify.models import Judgement
from verify.pace import Judged, bill_of, loads_of, pace_of, paces

NOW = timezone.now()


def seen(
    language: str, rater: int | None, count: int, days: float, seconds: float | None = 30.0
) -> Judged:
    return Judged(language, rater, count, NOW - timedelta(days=days), seconds)


def test_people_of_a_language_add_up() -> None:
    rows = [seen("es", 1, 14, 7), seen("es", 2, 7, 2), seen("es", None, 21, 7, 36.0)]
    (found,) = paces([("es", 10)], rows, NOW, wage=12.0)
    assert found.a_day == pytest.approx(3.0)
    assert found.people == 2
    assert found.days_left == 4
    assert found.finish(date(2026, 3, 1)) == date(2026, 3, 5)
    assert found.hours_left == pytest.approx(0.1)
    assert found.pay_left == pytest.approx(1.2)


def test_a_project_that_began_today_is_not_spread_over_a_week() -> None:
    (found,) = paces([("es", 100)], [seen("es", 1, 40, 0.1), seen("es", None, 40, 0.1)], NOW)
    assert found.a_day == pytest.approx(40.0)
    assert found.days_left == 3


def test_who_made_more_than_is_looked_at_is_as_fast_as_in_those() -> None:
    rows = [seen("es", 1, pace.MOST, 2), seen("es", 2, 70, 7), seen("es", None, 1070, 7)]
    (found,) = paces([("es", 5)], rows, NOW)
    assert found.a_day == pytest.approx(pace.MOST / 2 + 10)


def test_without_anybody_there_is_no_day_and_without_seats_nothing_is_left() -> None:
    idle, done = paces([("es", 5), ("sw", 0)], [], NOW, wage=10.0)
    assert (idle.days_left, idle.hours_left, idle.pay_left, idle.finish(NOW.date())) == (None,) * 4
    assert done.days_left == 0


@pytest.mark.django_db
def test_it_is_read_from_judgements_and_shown_to_managers_alone() -> None:
    project = make.make_project(slug="news", targets=("es", "sw"))
    project.policy = {**project.policy, "wage_floor": 10.0, "currency": "EUR"}
    project.save()
    with scope(project=project):
        for _ in range(5):
            make.make_task(project)
        rater = make.make_rater(project)
        for _ in range(3):
            record_judgement(make.claim(project, rater), rater=rater, submission=make.accepted())
        rows = list(Judgement.objects.order_by("id"))
        old, rest = rows[0], rows[1:]
        move(old, days=8, seconds=20)
        move(rest[0], days=4, seconds=5)
        move(rest[1], days=1, seconds=5000)
        Run.objects.create(project=project, stage="label", state="done", cost=2)
        Run.objects.create(project=project, stage="label", state="done", cost=1,
                           queued_at=NOW - timedelta(days=9))  # fmt: skip
        make.claim(project, rater)
        es, sw = pace_of(project, NOW)
        (load,) = loads_of(project, NOW)
        bill = bill_of(project, NOW)
    assert (es.tag, es.open_seats, es.people, sw.people) == ("es", 1, 1, 0)
    assert es.a_day == pytest.approx(2 / 4)
    assert es.seconds == pytest.approx((5 + pace.PAUSE) / 2)
    assert (bill.total, bill.week) == (3.0, 2.0)
    assert (load.user, load.languages, load.held) == (rater.user_id, (("es", 2),), 1)
    assert load.last == NOW - timedelta(days=1)
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    page = client.get(reverse("verify:pace", args=["news"])).content.decode()
    assert "nothing is open" in page
    assert "3.00 EUR" in page
    assert "2 days" in page
    work = client.get(reverse("verify:workload", args=["news"])).content.decode()
    assert rater.user.username in work
    assert "never judged" in work
    reviewer = Client()
    reviewer.force_login(make.make_member(project))
    assert reviewer.get(reverse("verify:pace", args=["news"])).status_code == 403
    assert "/pace/" not in reviewer.get(reverse("annotate:project", args=["news"])).content.decode()


def move(row: Any, *, days: float, seconds: float) -> None:
    """Have a judgement been made so many days ago, in so many seconds."""
    at = NOW - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE verify_judgement SET submitted_at = %s, shown_at = %s, hidden_seconds = 0 "
            "WHERE id = %s", [at, at - timedelta(seconds=seconds), row.pk],
        )  # fmt: skip
        cursor.execute("SET LOCAL session_replication_role = origin")
