"""Runs: starting, watching, cancelling, retrying, their errors and results."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from annotate.models import Annotator, Run, RunError

RUNS = "/p/news/runs/"


def start(client, stage):
    return client.post(f"{RUNS}start/", {"stage": stage})


def make(project, **fields):
    return Run.objects.create(project=project, **{"stage": "label", **fields})


def test_starting_a_stage_of_the_project(inside, manager, people):
    answer = start(manager, "aggregate")
    run = Run.objects.get()
    assert answer.url == f"{RUNS}{run.pk}/"
    assert (run.stage, run.annotator, run.made_by) == ("aggregate", None, people.manager)


def test_a_stage_of_annotators_is_a_run_for_each_that_is_on(inside, manager):
    Annotator.objects.filter(project=inside, name="similarity").update(is_enabled=False)
    assert start(manager, "projection").url == RUNS
    assert {run.annotator.name for run in Run.objects.all()} == {"links", "candidates"}


def test_fitting_is_one_run_for_projectors_and_one_for_each_labeller_that_learns(inside, manager):
    Annotator.objects.create(project=inside, name="llm", kind="labeller", backend="llm")
    start(manager, "fit")
    names = {run.annotator.name if run.annotator else None for run in Run.objects.all()}
    assert names == {None, "gazetteer", "classifier"}


def test_a_live_stage_is_not_started_twice(inside, manager):
    start(manager, "route")
    again = manager.post(f"{RUNS}start/", {"stage": "route"}, follow=True)
    assert "already running" in again.content.decode()
    assert Run.objects.count() == 1


@pytest.mark.parametrize("stage", ["translate", "import", "nonsense", ""])
def test_what_cannot_be_started_says_why(inside, manager, stage):
    answer = manager.post(f"{RUNS}start/", {"stage": stage}, follow=True)
    assert 'class="notice warning"' in answer.content.decode()
    assert not Run.objects.exists()


def test_progress_asks_again_only_while_it_lives(inside, manager):
    run = make(inside, state="running", total=10, remaining=4, tokens_in=1200, cost="0.5")
    page = manager.get(f"{RUNS}{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<section id="progress"')
    assert 'hx-trigger="every 2s"' in page
    assert 'max="10" value="6"' in page
    assert "1,200" in page
    Run.objects.update(state="done", remaining=0)
    assert (
        "hx-trigger"
        not in manager.get(f"{RUNS}{run.pk}/", headers={"HX-Request": "true"}).content.decode()
    )


def test_cancelling(inside, manager):
    run = make(inside, state="running")
    manager.post(f"{RUNS}{run.pk}/cancel/")
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert "over already" in manager.post(f"{RUNS}{run.pk}/cancel/", follow=True).content.decode()


def test_errors_are_paged_and_retried_in_a_new_run(inside, manager):
    annotator = Annotator.objects.get(project=inside, name="gazetteer")
    run = make(inside, state="done", annotator=annotator)
    RunError.objects.bulk_create(
        RunError(project=inside, run=run, stage="label", row=n, message=f"fault {n}", raw="<b>")
        for n in range(1, 61)
    )
    page = manager.get(f"{RUNS}{run.pk}/").content.decode()
    assert "fault 60" in page
    assert "fault 10<" not in page
    assert "&lt;b&gt;" in page
    older = page.split("?before=")[1].split('"')[0]
    assert "fault 10<" in manager.get(f"{RUNS}{run.pk}/?before={older}").content.decode()
    answer = manager.post(f"{RUNS}{run.pk}/retry/")
    assert not run.errors.filter(is_resolved=False).exists()
    new = Run.objects.latest("id")
    assert answer.url == f"{RUNS}{new.pk}/"
    assert (new.stage, new.annotator) == ("label", annotator)


def test_an_import_is_not_retried(inside, manager):
    run = make(inside, stage="import", state="failed")
    assert manager.post(f"{RUNS}{run.pk}/retry/").status_code == 404


def test_asking_for_an_export(inside, manager):
    answer = manager.post(
        "/p/news/export/", {"format": "parquet", "languages": ["es"], "decided_only": "no"}
    )
    run = Run.objects.get()
    assert answer.url == f"{RUNS}{run.pk}/"
    assert run.stage == "export"
    assert run.scope == {
        "format": "parquet", "languages": ["es"], "decided_only": False, "judgements": False,
        "candidates": False,
    }  # fmt: skip


def test_the_result_is_a_download_for_managers(inside, manager, reviewer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    run = make(
        inside, stage="export", state="done", finished_at=timezone.now(),
        report={"records": 3, "losses": [{"what": "relations", "count": 4, "example": "news-1"}]},
    )  # fmt: skip
    address = f"{RUNS}{run.pk}/result/"
    assert manager.get(address).status_code == 404
    run.result.save("news.zip", ContentFile(b"PK"))
    answer = manager.get(address)
    assert b"".join(answer.streaming_content) == b"PK"
    assert answer["Content-Disposition"].startswith("attachment")
    assert reviewer.get(address).status_code == 403
    page = manager.get(f"{RUNS}{run.pk}/").content.decode()
    assert "could not carry" in page
    assert "relations" in page


def test_a_report_with_awkward_keys_is_shown(inside, manager):
    run = make(inside, state="done", report={"items": 7, "notes": {"items": 2}, "odd": [1, [2]]})
    page = manager.get(f"{RUNS}{run.pk}/").content.decode()
    assert "<dd>7</dd>" in page


def test_the_list_is_paged_by_key(inside, manager):
    Run.objects.bulk_create(Run(project=inside, stage="label", state="done") for _ in range(60))
    page = manager.get(RUNS).content.decode()
    older = page.split("?before=")[1].split('"')[0]
    rest = manager.get(f"{RUNS}?before={older}").content.decode()
    assert rest.count('<th scope="row">') == 10
    assert manager.get(f"{RUNS}?before=nonsense").status_code == 200
