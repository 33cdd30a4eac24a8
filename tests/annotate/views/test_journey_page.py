"""The project page: stations, figures, what is stuck, and what a reviewer sees."""

from __future__ import annotations

import time

import pytest
from django.core.cache import cache
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scope

from annotate import journey
from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.consensus import NewConsensus, mark_routed, save_consensus
from annotate.actions.versions import make_version
from annotate.models import Annotator, Rendition, Run, RunError
from annotate.readings import Reading
from annotate.spans import Span
from annotate.stations import line, row
from pipeline.tasks import sweep

PAGE = "/p/news/"
MARK = Reading(spans=(Span("PER", 0, 5, key="1"),))


def stations(project):
    return {station.key: station for station in line(journey.standing(project))}


def spanish():
    return list(Rendition.objects.filter(language="es").order_by("id"))


@pytest.fixture
def projected(inside, items):
    """One Spanish text carried, one without a place for its label."""
    version = make_version(Annotator.objects.get(project=inside, name="links"), language="es")
    first, second = spanish()
    save_candidates(
        inside,
        [
            NewCandidate(first.pk, version.pk, reading=MARK),
            NewCandidate(second.pk, version.pk, state="manual", reason="no place"),
        ],
    )
    return inside


def test_an_empty_project_says_what_to_do(project, manager):
    page = manager.get(PAGE).content.decode()
    assert "Nothing here yet" in page
    assert 'href="/p/news/import/"' in page


def test_figures_of_each_station(projected):
    found = stations(projected)
    assert (found["imported"].done, found["imported"].state) == (3, "done")
    # Two targets, three items each; two Spanish texts are there.
    assert (found["translated"].done, found["translated"].waiting) == (2, 4)
    assert found["translated"].step.to == "annotators"
    carried = found["projected"]
    assert (carried.done, carried.waiting, carried.failed, carried.manual) == (1, 0, 0, 1)
    assert carried.state == "done"
    assert (found["labelled"].done, found["labelled"].waiting) == (0, 2)
    assert found["labelled"].step.stage == "label"
    assert (found["routed"].done, found["routed"].waiting) == (0, 2)
    assert found["judged"].done is None


def test_rows_that_failed_make_a_station_stuck(projected):
    for number, rendition in enumerate(Rendition.objects.filter(language="es")):
        run = Run.objects.create(project=projected, stage="label", state="done")
        RunError.objects.create(
            project=projected, run=run, stage="label", row=rendition.pk, message=str(number)
        )
    station = stations(projected)["labelled"]
    assert (station.waiting, station.failed, station.state) == (0, 2, "stuck")
    assert station.step.run == run.pk


def test_figures_of_a_language(projected):
    standing = journey.standing(projected)
    arabic, spanish_ = sorted(standing.targets, key=lambda figures: figures.tag)
    assert [station.done for station in row(standing, spanish_)][:4] == [3, 2, 1, 0]
    assert [station.done for station in row(standing, arabic)][:4] == [3, 0, 0, 0]


def test_routed_counts_what_routing_has_seen(projected):
    first, second = spanish()
    rows = [NewConsensus(r.pk, MARK, [], 2, 0.0, "accept") for r in (first, second)]
    save_consensus(projected, rows)
    mark_routed([first.pk])
    assert (stations(projected)["routed"].done, stations(projected)["routed"].waiting) == (1, 1)


def test_counting_stops_at_the_most(projected, monkeypatch, manager):
    monkeypatch.setattr(journey, "MOST", 1)
    standing = journey.standing(projected)
    assert (standing.items, standing.most, standing.is_capped) == (2, 1, True)
    by_tag = {figures.tag: figures for figures in standing.targets}
    assert by_tag["es"].translated == 2
    # How many lack a Spanish text is beyond what was counted; that Arabic lacks some is not.
    assert (standing.lacking(by_tag["es"]), standing.lacking(by_tag["ar"])) == (0, 2)
    assert "2+</b>" in manager.get(PAGE).content.decode()


def test_many_languages_share_the_effort(projected, monkeypatch):
    monkeypatch.setattr(journey, "MOST", 8)
    monkeypatch.setattr(journey, "FULL_LANGUAGES", 1)
    assert journey.standing(projected).most == 4


def test_figures_of_a_large_project_are_remembered_a_while(
    projected, monkeypatch, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as small:
        journey.standing(projected)
    monkeypatch.setattr(journey, "MOST", 1)
    first = journey.standing(projected)
    with django_assert_num_queries(len(small) - 2):
        assert journey.standing(projected) == first


def test_a_live_run_is_watched(projected, manager):
    run = Run.objects.create(project=projected, stage="label", state="running", total=9)
    station = stations(projected)["labelled"]
    assert (station.state, station.step.run) == ("busy", run.pk)
    assert 'hx-trigger="every 5s"' in manager.get(PAGE).content.decode()


def test_what_is_stuck_is_said(projected, manager):
    Run.objects.create(project=projected, stage="fit", state="failed", message="Too few pairs.")
    run = Run.objects.create(project=projected, stage="label", state="done")
    RunError.objects.create(project=projected, run=run, stage="label", row=1, message="odd")
    page = manager.get(PAGE).content.decode()
    assert "Too few pairs." in page
    assert "Label: 1 row failed" in page
    assert f'href="/p/news/runs/{run.pk}/"' in page
    assert "Nobody is asked to judge Arabic" in page
    # A later run of the same stage that went well takes the complaint away.
    Run.objects.create(project=projected, stage="fit", state="done")
    assert "Too few pairs." not in manager.get(PAGE).content.decode()


def test_the_banner_of_silent_workers(project, manager, reviewer):
    assert b"No worker is alive" in manager.get(PAGE).content
    assert b"No worker is alive" not in reviewer.get(PAGE).content
    sweep()
    assert b"No worker is alive" not in manager.get(PAGE).content
    cache.set("worker-heartbeat", time.time() - 130)
    assert b"No worker is alive" in manager.get(PAGE).content


def test_htmx_gets_the_journey_alone(project, items, manager):
    part = manager.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="journey"')
    assert "<html" not in part
    whole = manager.get(PAGE, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert b"<html" in whole.content
    assert "HX-Request" in whole["Vary"]


def test_a_reviewer_sees_their_part_and_no_switches(project, items, reviewer):
    project.guidelines = "Take <b>whole</b> names."
    project.save()
    page = reviewer.get(PAGE).content.decode()
    assert "You are asked to judge:" in page
    assert "Take &lt;b&gt;whole&lt;/b&gt; names." in page
    assert "run-start" not in page
    assert "/p/news/import/" not in page


def test_the_page_costs_the_same_with_more_rows(
    project, items, manager, django_assert_max_num_queries
):
    with scope(project=project):
        for number in range(6):
            Run.objects.create(project=project, stage="label", state="done", total=number)
    with django_assert_max_num_queries(15):
        manager.get(PAGE)


def test_what_people_did_is_swapped_into_the_page(project, items, manager):
    page = manager.get(PAGE).content.decode()
    part = manager.get(reverse("verify:progress", args=["news"])).content.decode()
    for place in ("station-judged", "station-decided", "judged-es", "decided-es", "seats-ar"):
        assert f'id="{place}"' in page
        assert f'id="{place}" hx-swap-oob="true"' in part


def test_decided_is_shown_beside_what_is_still_asked(project):
    figures = {
        "tag": "es", "name": "Spanish", "open_seats": 3, "judged": 2,
        "decided_by_origin": {"accepted": 4, "agreed": 2}, "adjudicate": 1,
    }  # fmt: skip
    context = {"project": project, "languages": [figures]}
    part = render_to_string("verify/_progress.html", context)
    assert 'aria-label="6 done, 4 waiting, 0 failed"' in part
    assert "3 seats open" in part
    assert "1 to adjudicate" in part
