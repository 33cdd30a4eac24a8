"""Judges in the journey: they rate what machines agree on, never vote, and are set against people."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Candidate, Consensus, Question, Rendition, Run
from pipeline.inline import work_off
from pipeline.stages import judging, measuring, quality
from tests import factories as make
from tests.chat_server import chat_server
from verify.actions import record_judgement
from verify.models import Report
from verify.submission import SubmittedAnswer

OPTIONS = [{"key": str(n), "wording": {"en": f"level {n}"}} for n in range(1, 6)]


def scene(project: Any, levels: list[int], scope: str = "basis") -> list[Rendition]:
    """Items with a proposal, which a person rated: the nth with the nth level."""
    Question.objects.create(
        project=project, key="faithful", kind="rating", scope=scope, options=OPTIONS,
        wording={"en": "Are the labels right?"},
    )  # fmt: skip
    rater = make.make_rater(project)
    found = []
    for level in levels:
        rendition = make.make_task(project)
        seat = make.claim(project, rater, "review:es")
        assert seat is not None
        answer = SubmittedAnswer("faithful", level, scope)
        said = replace(make.accepted(), answers=(answer,))
        record_judgement(seat, rater=rater, submission=said)
        found.append(rendition)
    return found


def judged(project: Any, settings: Any, levels: list[Any]) -> tuple[Run, list[str]]:
    """Let a model rate all; the nth reply gives the nth level."""
    replies = iter(levels)
    prompts: list[str] = []

    def reply(body: Any) -> str:
        prompts.append(body["messages"][1]["content"])
        return json.dumps({"feedback": "because", "answer": next(replies)})

    with chat_server(reply) as server:
        settings.ENDPOINT_ALLOW = frozenset({server.host})
        annotator = project.annotators.filter(kind="judge").first() or add_annotator(
            project, name="judge", kind="judge", backend="llm",
            settings={"base_url": server.url, "model": "tiny", "parallel": 1},
            price={"input_per_million": 1_000_000},
        )  # fmt: skip
        make_version(annotator)
        return work_off(runs.queue_run(project, "judge", annotator=annotator)), prompts


def test_a_judge_rates_once_and_its_rating_is_no_vote(project: Any, settings: Any) -> None:
    scene(project, [5, 4])
    before = list(Consensus.objects.order_by("pk").values_list("pk", "reading", "made_at"))
    run, prompts = judged(project, settings, [5, 3])
    assert (run.state, run.failed, run.remaining) == ("done", 0, 0)
    found = Candidate.objects.filter(version__annotator__kind="judge").order_by("rendition")
    assert [row.reading.answers for row in found] == [
        [["faithful", "basis", 5]], [["faithful", "basis", 3]],
    ]  # fmt: skip
    assert "PER: Amina Diallo" in prompts[0]
    assert make.SOURCE in prompts[0]
    assert float(run.cost) == 22
    assert not Rendition.objects.filter(aggregate_due=True).exists()
    assert list(Consensus.objects.order_by("pk").values_list("pk", "reading", "made_at")) == before
    assert not judging.pending(run).exists()
    # Added up anew with the same outcome, it is the same labels that were rated.
    rows = Rendition.objects.filter(language="es")
    make.make_consensus(rows.order_by("pk")[0])
    assert not judging.pending(run).exists()
    make.make_consensus(rows.order_by("pk")[0], make.TARGET_SPANS[:1])
    assert judging.pending(run).count() == 1


def test_the_report_sets_it_against_people(project: Any, settings: Any) -> None:
    people = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    scene(project, people)
    assert judging.against_people(project) == []
    judged(project, settings, [n + (n == 5) * -1 for n in people])
    (row,) = judging.against_people(project)
    assert (row["language"], row["judge"], row["question"]) == ("es", "judge", "faithful")
    assert row["items"] == 10
    assert row["exact"] == pytest.approx(0.8)
    assert row["bias"] == pytest.approx(-0.2)
    assert 0.9 < row["pearson"]["value"] < 1
    quality.save(project)
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    page = client.get(reverse("verify:quality", args=[project.slug])).content.decode()
    assert "Judges beside people" in page
    body = Report.objects.get(project=project, kind="quality").body
    assert body["judges"][0]["items"] == 10
    # What only people are asked makes no proposal wrong, and a judge is no member of the panel.
    assert body["errors"][0]["proposals"]["rate"] == 0
    members = [row["rater"] for row in (body["panels"]["es"].get("worth") or {}).get("members", [])]
    assert "judge" not in members
    measuring.whole(Run(project=project, stage="agree"))
    beside = Report.objects.get(project=project, kind="agreement", language="es").body
    assert '"judge"' not in json.dumps(beside)


def test_only_ratings_of_the_same_labels_are_compared(project: Any, settings: Any) -> None:
    rows = scene(project, [5, 5])
    make.make_consensus(rows[0], make.TARGET_SPANS[:1])
    judged(project, settings, [1, 5])
    (row,) = judging.against_people(project)
    assert (row["items"], row["exact"]) == (1, 1.0)


def test_without_a_question_to_rate_by_there_is_nothing_to_do(project: Any, settings: Any) -> None:
    make.make_task(project)
    run, prompts = judged(project, settings, [])
    assert (run.state, prompts) == ("done", [])
    run = runs.queue_run(
        project, "judge", annotator=project.annotators.get(kind="judge"), scope={"trial": 5},
        is_trial=True,
    )  # fmt: skip
    run = work_off(run)
    assert run.state == "failed"
    assert "there is nothing to rate by" in run.message


def test_a_text_is_rated_without_its_labels(project: Any, settings: Any) -> None:
    scene(project, [2], scope="rendition")
    run, prompts = judged(project, settings, [2])
    assert run.state == "done"
    candidate = Candidate.objects.get(version__annotator__kind="judge")
    assert candidate.basis is None
    assert "PER: Amina" not in prompts[0]
    assert judging.against_people(project)[0]["items"] == 1
    assert timezone.now() > candidate.made_at


def test_an_item_may_bring_levels_of_its_own(project: Any) -> None:
    options = [*OPTIONS, {"key": "unsure", "wording": {"en": "cannot tell"}, "fixed": True}]
    question = Question.objects.create(
        project=project, key="level", kind="rating", scope="rendition", options=options,
        wording={"en": "Which level?"}, settings={"from": "levels"},
    )  # fmt: skip
    own = judging.scale_of(question, "en", {})
    assert own.levels == (1, 2, 3, 4, 5)
    assert own.words[0] == "level 1"
    brought = [
        {"key": "0", "wording": {"en": "useless"}},
        {"key": "10", "wording": {"en": "perfect"}},
    ]
    given = judging.scale_of(question, "en", {"levels": brought})
    assert (given.levels, given.words) == ((0, 10), ("useless", "perfect"))
