"""Calls to model servers: stopped by a click, estimated before a run, limited by budgets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotate.actions.spending import stopped_everywhere
from annotate.estimates import estimates
from annotate.models import Annotator, Question, Spending
from tests import factories

PAGE = "/p/news/annotators/"
RUNS = "/p/news/runs/"


@pytest.fixture
def llm(inside):
    return Annotator.objects.create(
        project=inside, name="Model", kind="labeller", backend="llm", ballots=2,
        settings={"base_url": "https://models.example/v1", "model": "m"},
        price={"input_per_million": 3.0}, budget=Decimal(5),
    )  # fmt: skip


def test_one_click_stops_the_project_and_another_allows_it(inside, manager, llm):
    page = manager.get(PAGE).content.decode()
    assert "Stop all calls" in page
    assert "whole site" not in page
    said = manager.post(f"{PAGE}calls/", {"stop": "1"}, follow=True).content.decode()
    assert "Calls to model servers are stopped in this project" in said
    inside.refresh_from_db()
    assert inside.policy["paid_calls"] == "stopped"
    manager.post(f"{PAGE}calls/", {"stop": "0"})
    inside.refresh_from_db()
    assert inside.policy["paid_calls"] == "on"


def test_the_whole_site_is_stopped_by_its_admins_only(inside, manager, admin, llm):
    assert manager.post(f"{PAGE}calls/", {"stop": "1", "where": "site"}).status_code == 403
    assert not stopped_everywhere()
    assert "Stop calls of the whole site" in admin.get(PAGE).content.decode()
    admin.post(f"{PAGE}calls/", {"stop": "1", "where": "site"})
    assert stopped_everywhere()
    assert "admins have stopped calls" in manager.get(PAGE).content.decode()
    admin.post(f"{PAGE}calls/", {"stop": "0", "where": "site"})
    assert not stopped_everywhere()


def test_by_command(inside, llm):
    Spending.objects.create(
        project=inside, annotator=llm, day=date(2026, 5, 1), calls=3, cost=Decimal("1.25")
    )
    call_command("calls", "stop", "news", stdout=StringIO())
    inside.refresh_from_db()
    assert inside.policy["paid_calls"] == "stopped"
    call_command("calls", "stop", stdout=StringIO())
    assert stopped_everywhere()
    call_command("calls", "allow", stdout=StringIO())
    assert not stopped_everywhere()
    out = StringIO()
    call_command("calls", "show", stdout=out)
    assert out.getvalue() == "2026-05-01  news  Model  3 calls  1.2500\n"
    with pytest.raises(CommandError, match="no project"):
        call_command("calls", "stop", "elsewhere")


def paid(project, kind, **fields):
    return Annotator.objects.create(
        project=project, name=f"paid {kind}", kind=kind, backend="llm",
        price={"output_per_million_characters": 1_000_000}, **fields,
    )  # fmt: skip


def test_an_estimate_counts_what_is_lacking_by_size_then_by_what_calls_cost(inside):
    for n in range(3):
        factories.make_item(inside, texts={"en": f"Text number {n}."}, source_spans=())
    counted = inside.items.count()
    translator = paid(inside, "translator")
    found = {row.annotator.kind: row for row in estimates(inside)}
    row = found["translator"]
    characters = sum(
        len(f.passage.text)
        for f in inside.fields.filter(rendition__language="en", rendition__item__translate_due=True)
    )
    # One unit of money for each character written, as many as are read.
    assert 0 < row.calls <= counted * inside.languages.filter(role="target").count()
    assert row.cost >= characters
    assert (row.is_known, row.left, row.is_beyond) == (False, None, False)
    Spending.objects.create(
        project=inside, annotator=translator, day=date(2026, 5, 1), calls=20, cost=Decimal(40)
    )
    Annotator.objects.filter(pk=translator.pk).update(budget=Decimal(41))
    again = next(row for row in estimates(inside) if row.annotator == translator)
    assert (again.cost, again.is_known) == (2 * row.calls, True)
    assert (again.left, again.is_beyond) == (1, True)


def test_a_labeller_is_asked_once_a_question_and_ballot(inside, llm):
    factories.make_item(inside)
    Question.objects.filter(project=inside).delete()
    assert [row for row in estimates(inside) if row.annotator == llm] == []
    Question.objects.create(project=inside, key="spans", kind="spans", scope="field")
    one = next(row for row in estimates(inside) if row.annotator == llm)
    Question.objects.create(
        project=inside, key="tone", kind="choice", scope="rendition", options=[{"key": "a"}]
    )
    two = next(row for row in estimates(inside) if row.annotator == llm)
    assert two.calls == 2 * one.calls > 0
    assert one.calls % llm.ballots == 0


def test_the_page_that_starts_runs_tells_what_they_cost(inside, manager, llm):
    factories.make_item(inside)
    Question.objects.get_or_create(project=inside, key="spans", kind="spans", scope="field")
    Annotator.objects.filter(pk=llm.pk).update(budget=Decimal("0.0001"))
    page = manager.get(RUNS).content.decode()
    assert "What it is going to cost" in page
    assert "ends before it is done" in page
    Annotator.objects.filter(pk=llm.pk).update(is_enabled=False)
    assert "What it is going to cost" not in manager.get(RUNS).content.decode()


def test_a_budget_needs_a_price(inside, admin, llm):
    form = admin.get(f"{PAGE}{llm.pk}/").context["form"]
    values = {name: form[name].value() or "" for name in form.fields}
    bad = admin.post(f"{PAGE}{llm.pk}/", {**values, "input_per_million": "", "budget": "3"})
    assert bad.status_code == 422
    assert "a budget is counted by it" in bad.content.decode()
    good = {**values, "budget_per_day": "2", "budget_per_run": "1.5",
            "output_per_million_characters": "20"}  # fmt: skip
    assert admin.post(f"{PAGE}{llm.pk}/", good).status_code == 302
    llm.refresh_from_db()
    assert (llm.budget_per_day, llm.budget_per_run) == (2, Decimal("1.5"))
    assert llm.price == {"input_per_million": 3.0, "output_per_million_characters": 20.0}
