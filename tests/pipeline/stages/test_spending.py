"""Money: limits hold whatever is called at once, stops are heard, and nothing is paid for twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections
from django.db.models import Sum
from django.utils import timezone
from django_scopes import scope

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.spending import (
    Pace,
    SpendingRefused,
    pause_endpoint,
    release_call,
    reserve_call,
    settle_call,
    stop_calls,
)
from annotate.models import Annotator, Call, Endpoint, Spending
from annotate.prices import Usage
from config.services.paths import ROOT
from pipeline.backends.base import BackendRefused
from pipeline.metering import pace_of
from tests import factories

HOST = "models.example"
ASK = [{"role": "user", "content": "What is it?"}]


def make_annotator(project, **fields):
    return add_annotator(
        project, name="payer", kind="labeller", backend="llm",
        settings={"base_url": f"https://{HOST}/v1", "model": "tiny"}, **fields,
    )  # fmt: skip


def reserve(annotator, most="1", run=None, seconds=60.0, pace=None):
    return reserve_call(
        annotator.pk, host=HOST, run_id=run.pk if run else None, most=Decimal(most),
        seconds=seconds, pace=pace or Pace(),
    )  # fmt: skip


def spend_all(annotator_id, cost, most):
    """Call until refused, as a worker does; how many calls were let through."""
    calls = 0
    while True:
        try:
            found = reserve_call(
                annotator_id, host=HOST, run_id=None, most=most, seconds=60.0, pace=Pace()
            )
        except SpendingRefused:
            return calls
        if found.call is None:
            time.sleep(0.002)
            continue
        calls += 1
        settle_call(found.call, cost=cost, usage=Usage())


def spent(annotator):
    found = Spending.objects.filter(annotator=annotator).aggregate(total=Sum("cost"))
    return found["total"] or Decimal(0)


@pytest.mark.django_db(transaction=True)
def test_threads_at_once_never_overrun_a_limit():
    annotator = make_annotator(factories.make_project(), budget=Decimal(10))

    def work(_):
        try:
            return spend_all(annotator.pk, Decimal("0.4"), Decimal("0.5"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        calls = sum(pool.map(work, range(8)))
    assert spent(annotator) == Decimal("0.4") * calls
    # What could still be spent is less than a call may cost: nobody was sent away too early.
    assert Decimal("9.5") < spent(annotator) <= 10
    assert not Call.objects.exists()


# What a process does: spends all it may, and tells how many calls it was let through.
PROCESS = """
import django
django.setup()
from decimal import Decimal
from tests.pipeline.stages.test_spending import spend_all
print(spend_all({annotator}, Decimal("0.3"), Decimal("0.3")))
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_processes_at_once_never_overrun_a_limit():
    annotator = make_annotator(factories.make_project(), budget_per_day=Decimal(6))
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.worker_settings",
        "VOUCH_TEST_DATABASE": connection.settings_dict["NAME"],
    }
    argv = [sys.executable, "-c", PROCESS.format(annotator=annotator.pk)]
    workers = [
        subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [worker.communicate(timeout=120)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert (sum(map(int, told)), spent(annotator)) == (20, Decimal(6))


@pytest.mark.django_db
def test_limits_in_all_by_day_and_by_run_are_apart():
    project = factories.make_project()
    with scope(project=project):
        one, two = (runs.queue_run(project, stage) for stage in ("label", "translate"))
    annotator = make_annotator(
        project, budget=Decimal(5), budget_per_day=Decimal(3), budget_per_run=Decimal(2)
    )
    for _ in range(2):
        call = reserve(annotator, "1", one).call
        settle_call(call, cost=Decimal(1), usage=Usage(10, 5, 30, 12))
    with pytest.raises(SpendingRefused, match="a run"):
        reserve(annotator, "1", one)
    settle_call(reserve(annotator, "1", two).call, cost=Decimal(1), usage=Usage())
    with pytest.raises(SpendingRefused, match="a day"):
        reserve(annotator, "1", two)
    Spending.objects.update(day=timezone.now().date() - timedelta(days=1))
    for _ in range(2):
        settle_call(reserve(annotator).call, cost=Decimal(1), usage=Usage())
    with pytest.raises(SpendingRefused, match="its budget"):
        reserve(annotator, "0.5")
    row = Spending.objects.get(run=one)
    assert (row.calls, row.tokens_in, row.tokens_out, row.cost) == (2, 20, 10, 2)
    assert (row.characters_in, row.characters_out) == (60, 24)


@pytest.mark.django_db
def test_what_is_set_aside_is_waited_for_and_what_is_spent_refused():
    annotator = make_annotator(factories.make_project(), budget=Decimal(2))
    first = reserve(annotator, "1.5").call
    assert reserve(annotator, "1").call is None
    settle_call(first, cost=Decimal("0.2"), usage=Usage())
    second = reserve(annotator, "1").call
    assert second is not None
    release_call(second)
    assert spent(annotator) == Decimal("0.2")


@pytest.mark.django_db
def test_the_call_of_a_dead_worker_counts_as_spent():
    annotator = make_annotator(factories.make_project(), budget=Decimal(2))
    lost = reserve(annotator, "1.5", seconds=-1.0).call
    with pytest.raises(SpendingRefused):
        reserve(annotator, "1")
    # The refusal took the counting back with it; a call that is let through keeps it.
    assert reserve(annotator, "0.5").call is not None
    assert spent(annotator) == Decimal("1.5")
    settle_call(lost, cost=Decimal(1), usage=Usage())
    assert spent(annotator) == Decimal("1.5")


@pytest.mark.django_db
def test_stops_of_project_site_and_template_are_told_apart():
    project = factories.make_project()
    annotator = make_annotator(project)
    stop_calls(project, stopped=True)
    with pytest.raises(SpendingRefused, match="in this project"):
        reserve(annotator)
    stop_calls(project, stopped=False)
    assert reserve(annotator).call is not None
    stop_calls(None, stopped=True)
    with pytest.raises(SpendingRefused, match="admins"):
        reserve(annotator)
    stop_calls(None, stopped=False)
    template = Annotator.objects.create(name="shared", kind="labeller", is_enabled=False)
    Annotator.objects.filter(pk=annotator.pk).update(template=template)
    with pytest.raises(SpendingRefused, match="whole site"):
        reserve(annotator)


@pytest.mark.django_db
def test_a_rate_gives_turns_that_lie_apart_and_a_pause_holds_all():
    annotator = make_annotator(factories.make_project())
    pace = Pace(per_minute=60.0)
    admitted = [reserve(annotator, "0", pace=pace) for _ in range(8)]
    # A tenth of a minute's turns may be taken ahead, the next comes a second later.
    assert [found.call is not None for found in admitted] == [True] * 6 + [False] * 2
    assert 0.5 < admitted[-1].wait <= 1.0
    Endpoint.objects.filter(host=HOST).update(next_at=None)
    pause_endpoint(HOST, 30)
    pause_endpoint(HOST, 5)
    assert 29 < reserve(annotator, "0").wait <= 30


@pytest.mark.django_db(transaction=True)
def test_no_more_than_so_many_calls_are_under_way_at_once():
    annotator = make_annotator(factories.make_project())
    under_way, most, lock = 0, 0, threading.Lock()
    two = threading.Event()

    def work(_):
        nonlocal under_way, most
        try:
            while True:
                found = reserve(annotator, "0", pace=Pace(at_once=2))
                if found.call is not None:
                    break
                time.sleep(0.002)
            with lock:
                under_way += 1
                most = max(most, under_way)
                if under_way == 2:
                    two.set()
            two.wait(30)  # the first stays until a second is let in, however slow the machine
            time.sleep(0.01)
            with lock:
                under_way -= 1
            release_call(found.call)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(18)))
    assert most == 2


def test_the_pace_of_a_host_is_its_own_or_that_of_all():
    limits = {"*": "60/4", "b.example": "/1", "c.example:8080": "6"}
    assert pace_of("b.example:443", limits) == Pace(None, 1)
    assert pace_of("c.example:8080", limits) == Pace(6.0, None)
    assert pace_of("else.example", {}) == Pace(None, None)
    for wrong in ("fast", "0/1", "5/0", "-1"):
        with pytest.raises(BackendRefused, match="ENDPOINT_LIMITS"):
            pace_of("a", {"*": wrong})
