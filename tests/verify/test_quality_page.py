"""The quality page and the simulator: stored, right by hand count, quick, and for managers only."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from annotate.forms.policy import DEFAULTS
from annotate.models import Consensus, Project, Run
from pipeline.route import RoutingPolicy
from pipeline.stages import aggregating, judged, measuring
from pipeline.stages.aggregating import routing_settings
from pipeline.stages.trials import trials
from tests import factories as make
from tests.verify import quality_scene as scene
from verify.models import Assignment, Report
from verify.quality import matrix
from verify.tried import trial_of, tried


@pytest.fixture
def manager(project: Project) -> Client:
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    return client


@pytest.fixture
def measured(project: Project) -> dict[str, Any]:
    project.policy |= {"audit_share": 0.5, "blind_share": 0.0, "single_source": "accept",
                       "pay_per_text": 0.05, "wage_floor": 12.0, "currency": "EUR"}  # fmt: skip
    project.save(update_fields=["policy"])
    scene.route(project, scene.read_by_machines(project))
    scene.judge_all(project, make.make_rater(project))
    measuring.whole(Run(project=project, stage="agree"))
    return dict(Report.objects.get(project=project, kind="quality").body)


def words(client: Client, project: Project, name: str, status: int = 200, **query: Any) -> str:
    response = client.get(reverse(f"verify:{name}", args=[project.slug]), query)
    assert response.status_code == status
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_before_anything_is_measured(project: Project, manager: Client) -> None:
    assert "Nothing is measured yet" in words(manager, project, "quality")
    assert "Nothing to try it on yet" in words(manager, project, "simulator")


def test_figures_are_what_a_count_by_hand_gives(project: Project, measured: dict) -> None:
    (row,) = measured["errors"]
    accepted = Consensus.objects.filter(of="machines", route="accept").count()
    asked = Assignment.objects.filter(mode="audit").count()
    assert (row["texts"], row["accepted"], row["audited"]) == (40, accepted, asked)
    assert 0 < asked < accepted
    assert row["audit_errors"] == 0  # where all three say the same they are right here
    # Every text that was not accepted was judged, so each stands for itself.
    wrong = sum(not one.is_right for one in judged.judged_rows(project)[0] if one.route != "accept")
    assert row["proposals"]["rate"] == pytest.approx(wrong / 40)
    cells = {(cell["was"], cell["is"]): cell["n"] for cell in measured["confusion"]["es"]}
    assert cells["PER", "PER"] > 0
    assert sum(n for (was, now), n in cells.items() if was == "LOC") == measured["judged"]
    cost = measured["cost"]["languages"][0]
    assert cost["items"] == measured["judged"]
    assert 12 <= cost["median"] <= 17
    assert not measured["cost"]["pay"]["is_met"] or measured["cost"]["pay"]["hourly"] >= 12


def test_the_panel_says_which_machine_to_pay_for(measured: dict) -> None:
    found = measured["panels"]["es"]
    members = {row["rater"]: row for row in found["worth"]["members"]}
    assert members["candidates"]["accuracy"]["value"] > members["likeness"]["accuracy"]["value"]
    assert set(found["worth"]["aggregates"]) >= {"plurality", "dawid_skene", "mace"}
    assert members["candidates"]["cost"] > members["links"]["cost"] > 0
    whole = found["whole"]
    assert whole["likeness"]["right"] < whole["candidates"]["right"] <= whole["candidates"]["n"]


def test_the_page_answers_and_its_cells_open(
    project: Project, manager: Client, measured: dict
) -> None:
    page = words(manager, project, "quality")
    for heading in ("What to do next", "How right is it?", "Where is it weak?", "Which panel would",
                    "What does it cost?"):  # fmt: skip
        assert heading in page
    table = matrix(measured["confusion"]["es"])
    assert table is not None
    cell = next(c for _was, cells in table.rows for c in cells if c and not c.is_right)
    found = words(manager, project, "behind", language="es", one=cell.was, two=cell.now)
    assert "Texts behind a figure" in found
    assert "item-" in found
    words(manager, project, "behind", 404, language="es", one="X", two="Y")
    report = Report.objects.get(kind="agreement", language="es")
    pair = next(row for row in report.body["differ"] if row["n"])
    query = {"of": "pair", "language": "es", "one": pair["two"], "two": pair["one"]}
    assert f"say other things on {pair['n']} texts" in words(manager, project, "behind", **query)


def seen(measured: dict[str, Any], **changes: Any) -> Any:
    """The outcome of a policy without an audit, for what is judged."""
    policy = {**DEFAULTS, "min_families": 1, "audit_share": 0.0, **changes}
    return tried(measured["trials"], measured["panels"], policy)[0].found


def test_what_a_policy_would_do_is_what_a_count_gives(measured: dict) -> None:
    strict = seen(measured)
    differing = Consensus.objects.filter(of="machines", entropy__gt=0).count()
    assert strict.seen == pytest.approx(differing)
    assert strict.error == 0.0
    top = measured["trials"]["limits"][-1]
    loose = seen(measured, max_entropy=top)
    assert loose.seen == 0
    assert loose.error == pytest.approx(measured["errors"][0]["proposals"]["rate"])
    half = seen(measured, max_entropy=top, audit_share=0.5)
    assert half.error == pytest.approx(loose.error / 2)
    assert half.seen == pytest.approx(20)
    # Two people for each text cost twice the hours.
    assert seen(measured, overlap=2).hours == pytest.approx(2 * strict.hours)


@pytest.mark.parametrize(
    "changes",
    [
        {"max_entropy": 2.0},
        {"max_entropy": 2.0, "min_families": 2},
        {"max_entropy": 1.0},
        {"max_entropy": 2.0, "person_labels": ["LOC"]},
        {"max_entropy": 2.0, "person_labels": ["ORG"]},
        {"max_entropy": 2.0, "trusted_from": 0.6},
        {"trusted_from": 0.99},
        {"min_voters": 3, "trusted_from": 0.6},
        {"accept_unanimous": False, "max_entropy": 2.0},
        {"by_language": {"es": {"max_entropy": 2.0}}},
    ],
)
def test_routing_sends_what_was_foretold(
    project: Project, measured: dict, changes: dict[str, Any]
) -> None:
    """The simulator and routing are two programs: they must send the same texts."""
    project.policy = {"min_families": 1, "audit_share": 0.0, **changes}
    ids = list(Consensus.objects.filter(of="machines").values_list("rendition_id", flat=True))
    aggregating.do(Run(project=project, stage="aggregate"), ids)
    sent = Consensus.objects.filter(of="machines").exclude(route="accept").count()
    assert seen(measured, **changes).seen == pytest.approx(sent)


def test_trying_a_policy_and_using_it(project: Project, manager: Client, measured: dict) -> None:
    page = words(manager, project, "simulator", entropy=0, voters=2, audit="0.1")
    assert "People would see" in page
    stored = measured["trials"]
    place = len(stored["limits"]) - 1
    address = reverse("verify:adopt", args=[project.slug])
    form = {
        "entropy": place,
        "voters": 2,
        "audit": "0.25",
        "people": 3,
        "kinds": 1,
        "trusted": "0.6",
        "tried": 1,
    }
    manager.post(address, {**form, "labels": ["LOC", "nothing"]})
    project.refresh_from_db()
    changed = {
        "max_entropy": stored["limits"][-1], "audit_share": 0.25, "min_voters": 2, "min_families": 1, "overlap": 3,
        "trusted_from": 0.6, "person_labels": ["LOC"], "by_language": {},
    }  # fmt: skip
    assert {key: project.policy[key] for key in changed} == changed
    manager.post(address, {**form, "entropy": 0, "language": "es", "people": 1})
    project.refresh_from_db()
    assert project.policy["overlap"] == 3
    assert project.policy["by_language"]["es"]["overlap"] == 1
    assert project.policy["by_language"]["es"]["person_labels"] == []
    assert trial_of(project, stored, QueryDict("language=es")).limits["overlap"] == 1
    assert trial_of(project, stored, QueryDict()).limits["overlap"] == 3
    # Routing takes what was stored.
    policy = RoutingPolicy.from_mapping(routing_settings(project.policy))
    assert (policy.overlap, policy.of("es").overlap) == (3, 1)


def test_trials_without_judged_texts_are_none(project: Project) -> None:
    assert trials(project, [], {}) is None


def test_it_goes_stale_and_is_made_again(project: Project, manager: Client, measured: dict) -> None:
    rater = make.make_rater(project)
    make.make_task(project)
    scene.judge_all(project, rater)
    assert Report.objects.get(kind="quality").is_stale
    assert "Something was judged or decided since" in words(manager, project, "quality")
    run = Run(project=project, stage="agree")
    assert measuring.is_due(run)
    measuring.whole(run)
    assert not measuring.is_due(run)
    assert not Report.objects.get(kind="quality").is_stale


def test_pages_read_what_is_stored(
    project: Project, manager: Client, measured: dict, django_assert_max_num_queries: Any
) -> None:
    """The number of queries does not grow with the data: pages open as fast with 100k judgements."""
    for name in ("quality", "simulator", "certificates"):
        with django_assert_max_num_queries(20):
            began = time.perf_counter()
            words(manager, project, name)
        assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize("name", ["quality", "behind", "simulator", "certificates"])
def test_only_for_managers(project: Project, name: str) -> None:
    client = Client()
    client.force_login(make.make_member(project))
    words(client, project, name, 403)


def test_the_page_says_how_machines_answer_and_who_errs_together(
    project: Project, manager: Client, measured: dict
) -> None:
    assert {row["rater"] for row in measured["habits"]["es"]} == {"links", "candidates", "likeness"}
    page = words(manager, project, "quality")
    assert "How machines answer: every ballot, whether judged or not" in page
    assert "Which machines err together" in page
    html = manager.get(reverse("verify:quality", args=[project.slug])).content.decode()
    assert html.count('class="self"') == 3
