"""Usefulness: what judges find not worth labelling goes no further, and comes back when asked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.actions import runs
from annotate.actions.items import add_items
from annotate.actions.projects import add_annotator
from annotate.actions.usefulness import keep_items
from annotate.actions.versions import make_version
from annotate.estimates import estimates
from annotate.journey import standing
from annotate.models import Candidate, Item, Project, Rendition
from annotate.records import FieldRecord, ItemRecord, RenditionRecord
from annotate.usefulness import set_aside, wanted
from pipeline.inline import work_off
from pipeline.stages import aggregating, labelling, projecting, sifting, translating
from pipeline.stages.sifting import drawn
from tests import factories as make
from tests.chat_server import chat_server

TEXTS = {"a": "Amina Diallo lives in Dakar.", "b": "Home | About | Contact", "c": "Ola met Li."}
RATINGS = {"a": 4, "b": 1, "c": 3}


def add_judge(project: Project, url: str, name: str = "sifter") -> Any:
    annotator = add_annotator(
        project, name=name, kind="judge", backend="llm",
        settings={"base_url": url, "model": "tiny", "parallel": 1, "rates": "usefulness"},
        price={"input_per_million": 1_000_000},
    )  # fmt: skip
    make_version(annotator)
    return annotator


def sift(project: Any, settings: Any, ratings: dict[str, Any], name: str = "sifter") -> Any:
    """Let a model rate everything that it has not rated; to what it does not know it gives no level."""
    prompts: list[list[dict[str, str]]] = []

    def reply(body: Any) -> str:
        prompts.append(body["messages"])
        said = body["messages"][1]["content"]
        known = next((ratings[key] for key, text in TEXTS.items() if text in said), None)
        return json.dumps({"feedback": "so", "answer": known}) if known else "It depends."

    with chat_server(reply) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        judge = project.annotators.filter(name=name).first() or add_judge(project, server.url, name)
        run = work_off(runs.queue_run(project, "sift", annotator=judge))
    return run, prompts


def write_rendition(project: Any, item: Item) -> Rendition:
    """A Spanish text of the item, as if labels of it had come before it was rated."""
    origin = item.renditions.get()
    return Rendition.objects.create(
        project=project, item=item, language="es", made_from=origin, aggregate_due=True
    )


@pytest.fixture
def texts(project: Any) -> dict[str, Item]:
    project.policy = {**project.policy, "usefulness_kept": 0.0}
    project.save()
    records = [
        ItemRecord(key, (RenditionRecord("en", (FieldRecord("text", text),)),))
        for key, text in TEXTS.items()
    ]
    for added in add_items(project, records):
        assert not added.errors
    return {row.external_id: row for row in Item.objects.all()}


def test_items_below_the_floor_are_neither_translated_nor_labelled(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    translator = add_annotator(project, name="t", kind="translator", backend="seq2seq")
    labeller = add_annotator(project, name="l", kind="labeller", backend="llm")
    make_version(translator)
    make_version(labeller)
    run = runs.queue_run(project, "translate", annotator=translator)
    assert translating.pending_translations(run).count() == 3
    done, prompts = sift(project, settings, RATINGS)
    assert (done.state, done.failed, float(done.cost)) == ("done", 0, 33)
    assert "PER" in prompts[0][1]["content"]
    ratings = dict(Item.objects.values_list("external_id", "usefulness"))
    assert ratings == {"a": 4, "b": 1, "c": 3}
    assert not sifting.pending(done).exists()
    rows = translating.pending_translations(run).values_list("text", flat=True)
    assert set(rows) == {TEXTS["a"], TEXTS["c"]}
    labels = runs.queue_run(project, "label", annotator=labeller)
    read = labelling.pending(labels).values_list("item__external_id", flat=True)
    assert set(read) == {"a", "c"}
    assert standing(project).aside == 1


def test_labels_of_what_is_set_aside_wait_until_it_is_taken_back_in(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    sift(project, settings, RATINGS)
    target = write_rendition(project, texts["b"])
    run = runs.queue_run(project, "aggregate")
    assert not aggregating.pending(run).exists()
    assert keep_items(project, [texts["b"].pk]) == 1
    assert aggregating.pending(run).get() == target
    assert not Item.objects.filter(set_aside(project)).exists()
    assert keep_items(project, [texts["b"].pk], kept=False) == 1
    assert Item.objects.get(set_aside(project)) == texts["b"]
    projector = add_annotator(project, name="p", kind="projector", backend="llm")
    make_version(projector)
    assert not projecting.pending(runs.queue_run(project, "projection", annotator=projector))


def test_another_floor_and_a_judge_switched_off_hold_at_once(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    sift(project, settings, RATINGS)
    project.policy = {**project.policy, "usefulness_floor": 4.0}
    assert Item.objects.filter(wanted(project)).get() == texts["a"]
    project.annotators.filter(kind="judge").update(is_enabled=False)
    assert Item.objects.filter(wanted(project)).count() == 3
    assert not Item.objects.filter(set_aside(project)).exists()


def test_what_no_judge_could_rate_goes_on_and_says_why(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    sift(project, settings, {"a": None, "b": 1, "c": None})
    assert set(Item.objects.filter(wanted(project))) == {texts["a"], texts["c"]}
    states = Candidate.objects.values_list("rendition__item__external_id", "state", "reading")
    assert {(key, state) for key, state, _ in states} == {
        ("a", "unparseable"), ("b", "ok"), ("c", "unparseable"),
    }  # fmt: skip


def test_several_judges_are_averaged(project: Any, settings: Any, texts: dict[str, Item]) -> None:
    sift(project, settings, RATINGS)
    sift(project, settings, {"a": 3, "b": 4, "c": 1}, name="second")
    ratings = dict(Item.objects.values_list("external_id", "usefulness"))
    assert ratings == {"a": 3.5, "b": 2.5, "c": 2.0}


def test_a_share_goes_on_by_chance_and_the_same_share_again(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    project.policy = {**project.policy, "usefulness_kept": 1.0}
    project.save()
    sift(project, settings, dict.fromkeys(TEXTS, 1))
    assert Item.objects.filter(wanted(project), is_kept=True).count() == 3
    kept = sum(drawn(item, "vouch") < 0.05 for item in range(20_000))
    assert 900 < kept < 1100


def test_its_cost_is_told_before(project: Any, settings: Any, texts: dict[str, Item]) -> None:
    add_judge(project, "https://models.example/v1")
    (found,) = estimates(project)
    assert (found.stage, found.calls) == ("sift", 3)
    assert found.cost > 0


def test_a_trial_shows_ratings_and_stores_none(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    def reply(body: Any) -> str:
        return json.dumps({"feedback": "so", "answer": 2})

    with chat_server(reply) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        judge = add_judge(project, server.url)
        run = runs.queue_run(project, "sift", annotator=judge, scope={"trial": 2}, is_trial=True)
        run = work_off(run)
    assert [row["language"] for row in run.report["rows"]] == ["en", "en"]
    assert not Candidate.objects.exists()
    assert not Item.objects.filter(usefulness__isnull=False).exists()


def test_the_manager_sees_what_is_set_aside_and_takes_it_in(
    project: Any, settings: Any, texts: dict[str, Item]
) -> None:
    sift(project, settings, RATINGS)
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    home = client.get(reverse("annotate:project", args=[project.slug])).content.decode()
    assert "1 text is set aside as not worth labelling." in home
    page = client.get(reverse("annotate:aside", args=[project.slug])).content.decode()
    assert "Home | About | Contact" in page
    assert TEXTS["a"] not in page
    keep = reverse("annotate:items-keep", args=[project.slug])
    client.post(keep, {"item": [texts["b"].pk, texts["a"].pk], "kept": "yes"})
    assert Item.objects.get(pk=texts["b"].pk).is_kept
    page = client.get(reverse("annotate:aside", args=[project.slug])).content.decode()
    assert "Nothing is set aside" in page
    item = client.get(reverse("annotate:item", args=[project.slug, texts["b"].pk])).content.decode()
    assert "Hold it to its rating" in item
    reviewer = Client()
    reviewer.force_login(make.make_member(project, name="reader"))
    assert reviewer.get(reverse("annotate:aside", args=[project.slug])).status_code == 403
    assert reviewer.post(keep, {"item": texts["b"].pk, "kept": "no"}).status_code == 403
    assert Item.objects.get(pk=texts["b"].pk).is_kept
