"""The agreement page: figures with n and interval, what is undefined and why, and what to do next."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Project, Run
from annotate.readings import Reading
from annotate.spans import Span
from pipeline.raters.replacement import alternative_annotator
from pipeline.stages import measuring
from tests import factories as make
from verify.actions import record_judgement
from verify.measured import FEW, figure, measured
from verify.models import Report


@pytest.fixture
def manager(project: Project) -> Client:
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    return client


def shown(client: Client, project: Project, **query: str) -> str:
    """The words of the page, as one line."""
    response = client.get(reverse("verify:agreement", args=[project.slug]), query)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def judge(project: Project, rater: Any, submission: Any) -> None:
    seat = make.claim(project, rater)
    assert seat is not None
    record_judgement(seat, rater=rater, submission=submission)


def judged_by_two(project: Project, count: int = 3) -> tuple[Any, Any]:
    """Two people accept the same tasks, but the second shortens one of the six spans."""
    for _ in range(count):
        make.make_task(project, overlap=2)
    one, two = make.make_rater(project, name="one"), make.make_rater(project, name="two")
    for number in range(count):
        judge(project, one, make.accepted())
        judge(project, two, make.accepted() if number else make.shortened())
    return one, two


def measure(project: Project) -> None:
    measuring.whole(Run(project=project, stage="agree"))


def test_before_anything_is_measured_it_says_what_is_needed(
    project: Project, manager: Client
) -> None:
    page = shown(manager, project)
    assert "Nothing is measured yet" in page
    assert "ask for two people per text in the policy" in page
    html = manager.get(reverse("verify:agreement", args=[project.slug])).content.decode()
    assert reverse("annotate:policy", args=[project.slug]) in html


def test_its_button_queues_the_measure(project: Project, manager: Client) -> None:
    html = manager.get(reverse("verify:agreement", args=[project.slug])).content.decode()
    form = re.search(r'<form method="post" action="([^"]+/start/)">(.*?)</form>', html, re.DOTALL)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="(\w+)"', form[2]))
    assert manager.post(form[1], fields).status_code == 302
    assert Run.objects.get(project=project).stage == "agree"
    page = shown(manager, project)
    assert "being measured" in page
    assert "Measure agreement" not in page


def test_figures_carry_their_interval_and_their_items(project: Project, manager: Client) -> None:
    """Each marked 6 spans and 5 are the same: F1 is 10/12.

    Of 7 places 5 agree (2 PER, 3 LOC), 2 have PER against nothing. Krippendorff's alpha is
    1 - (4/14) / (1 - (6*5 + 6*5 + 2*1) / (14*13)) = 0.567.
    """
    judged_by_two(project)
    measure(project)
    page = shown(manager, project)
    assert re.search(r"Exact 0\.83 \(0\.\d\d–1\.00\), 3 items", page)
    assert re.search(r"Overlap 1\.00 \(1\.00–1\.00\), 3 items", page)
    assert "Label, where borders agree 1.00" in page
    assert re.search(r"α over spans 0\.57 \S+ · 3 items", page)
    assert re.search(r"LOC 1\.00", page)
    assert re.search(r"PER \S+ \(", page)
    assert "first hint only" in page


def test_each_pair_is_a_coloured_cell_with_its_number(project: Project, manager: Client) -> None:
    one, two = judged_by_two(project)
    measure(project)
    html = manager.get(reverse("verify:agreement", args=[project.slug])).content.decode()
    cells = re.findall(r'<td class="heat-(\d)">(.*?)</td>', html, re.DOTALL)
    assert len(cells) == 2
    for step, cell in cells:
        assert step == "4"
        assert "0.83" in cell
        assert "3 items" in cell
    assert one.pseudonym in html
    assert two.pseudonym in html
    by_border = manager.get(
        reverse("verify:agreement", args=[project.slug]), {"measure": "label_given_border"}
    ).content.decode()
    assert by_border.count('<td class="heat-5">') == 2


def test_without_a_second_reader_it_is_undefined_not_perfect(
    project: Project, manager: Client
) -> None:
    make.make_task(project)
    judge(project, make.make_rater(project), make.accepted())
    measure(project)
    page = shown(manager, project)
    assert "undefined no item has been read by two" in page
    assert "1 judgement is there, but agreement needs two people on the same text" in page
    assert "1.00" not in page


def test_uniform_marks_say_why_alpha_is_undefined(project: Project, manager: Client) -> None:
    """Both mark nothing but the same label: there is no variation to set agreement against."""
    for _ in range(2):
        make.make_task(project, overlap=2)
    people = [make.make_rater(project), make.make_rater(project)]
    first, _second = make.accepted().spans
    gone = make.SubmittedSpan("t2", "t2", "should_not_be", "", "LOC", "text", source="s2")
    for _ in range(2):
        for person in people:
            judge(project, person, make.submission(first, gone))
    measure(project)
    page = shown(manager, project)
    assert "α is undefined: every judgement has the same value" in page
    assert "That is not perfect agreement" in page


def test_judgements_since_are_told(project: Project, manager: Client) -> None:
    one, _ = judged_by_two(project)
    measure(project)
    assert "up to date" in shown(manager, project)
    make.make_task(project, overlap=2)
    judge(project, one, make.accepted())
    page = shown(manager, project)
    assert "1 judgement since" in page
    assert "Measure again to count them" in page
    measure(project)
    assert "up to date" in shown(manager, project)


def test_a_stale_report_is_told(project: Project, manager: Client) -> None:
    judged_by_two(project)
    measure(project)
    Report.objects.filter(project=project).update(is_stale=True)
    assert "⚠ outdated" in shown(manager, project)


def test_machines_are_raters_on_a_tab_of_their_own(project: Project, manager: Client) -> None:
    judged_by_two(project)
    measure(project)
    report = Report.objects.get(project=project, language="es")
    body = report.body
    machine = {**body["people"]["slices"][0]["pairs"][0], "two": "links"}
    part = body["with_machines"]["slices"][0]
    part["pairs"] = [*part["pairs"], machine]
    report.body = body
    report.save(update_fields=["body"])
    assert "links machine" not in shown(manager, project)
    page = shown(manager, project, raters="machines")
    assert "links machine" in page
    assert "no item in common" in page


def test_whether_a_machine_may_stand_in_is_told_in_words(project: Project, manager: Client) -> None:
    judged_by_two(project)
    measure(project)
    report = Report.objects.get(project=project, language="es")
    assert report.body["replacement"] == {}
    assert "May a machine stand in" not in shown(manager, project, raters="machines")
    people = {f"p{n}": {item: item % 3 for item in range(40)} for n in range(3)}
    for n, own in enumerate(people.values()):
        own |= dict.fromkeys(range(n, 40, 9), 9)
    good, bad = ({item: item % 3 + off for item in range(40)} for off in (0, 7))
    report.body = {
        **report.body,
        "replacement": {
            "bad": alternative_annotator(bad, people).as_dict(),
            "good": alternative_annotator(good, people).as_dict(),
            "new": alternative_annotator({0: 1}, people).as_dict(),
        },
    }
    report.save(update_fields=["body"])
    page = shown(manager, project, raters="machines")
    assert re.search(r"good ✓ yes, here 3 of 3 100 %.*bad no 0 of 3 \d+ %", page)
    assert "new not told yet Each person needs 30 texts that another person" in page
    assert "May a machine stand in" not in shown(manager, project)
    del report.body["replacement"]
    report.save(update_fields=["body"])
    assert "May a machine stand in" not in shown(manager, project, raters="machines")


def test_machines_are_tested_on_whole_readings() -> None:
    def read(rater: str, kept: range) -> list[measuring.Said]:
        mark = Reading(spans=(Span("PER", 0, 3),))
        made = [mark if n in kept else Reading() for n in range(40)]
        return [measuring.Said(str(n), rater, one, one.digest()) for n, one in enumerate(made)]

    people = [row for name in "abc" for row in read(name, range(20))]
    found = measuring.replacement(people, [*read("good", range(20)), *read("bad", range(20, 40))])
    assert list(found) == ["bad", "good"]
    assert (found["good"]["winning_rate"], found["bad"]["winning_rate"]) == (1.0, 0.0)
    assert [one["items"] for one in found["good"]["people"]] == [40] * 3


def test_a_question_is_shown_with_its_level() -> None:
    coefficient = {"value": 0.5, "low": None, "high": None, "items": 1, "reason": ""}
    body = {
        "items": 12, "readings": 24,
        "slices": [{
            "raters": 2, "span_alpha": None, "pooled": None, "labels": [], "pairs": [],
            "questions": [{"question": "adequacy", "level": "ordinal", "alpha": coefficient}],
        }],
    }  # fmt: skip
    found = measured(body, ["R1", "R2"])
    assert [(row.name, row.note, row.figures[0].text) for row in found.questions] == [
        ("adequacy", "ordinal", "0.50")
    ]
    assert not found.alpha.is_defined
    assert "nobody marked" in found.alpha.reason


@pytest.mark.parametrize(
    ("value", "low", "items", "words"),
    [
        (0.95, 0.9, FEW, "Even the low end"),
        (0.85, 0.7, FEW, "its interval does not"),
        (0.75, 0.7, FEW, "tentative"),
        (0.4, 0.2, FEW, "read in different ways"),
        (0.95, 0.9, FEW - 1, "first hint"),
        (0.95, None, FEW, "first hint"),
    ],
)
def test_the_sentence_follows_the_figure(
    value: float, low: float | None, items: int, words: str
) -> None:
    coefficient = {"value": value, "low": low, "high": 1.0, "items": items, "reason": ""}
    part = {"raters": 2, "span_alpha": coefficient, "pooled": None, "labels": [], "pairs": [],
            "questions": []}  # fmt: skip
    assert words in measured({"items": items, "readings": 9, "slices": [part]}, []).verdict


def test_steps_and_rounding() -> None:
    def of(value: float) -> Any:
        return figure({"value": value, "low": None, "high": None, "items": 1})

    assert [of(v).step for v in (-0.2, 0.0, 0.3, 0.5, 0.7, 0.85, 1.0)] == [0, 0, 1, 2, 3, 4, 5]
    assert of(-0.001).text == "0.00"
    assert figure(None, "why").reason == "why"
    assert not figure(None).is_defined


@pytest.mark.parametrize(("role", "status"), [("reviewer", 403), ("adjudicator", 403)])
def test_only_managers_see_it(project: Project, role: str, status: int) -> None:
    client = Client()
    client.force_login(make.make_member(project, role=role))
    assert client.get(reverse("verify:agreement", args=[project.slug])).status_code == status


def test_strangers_see_nothing(project: Project) -> None:
    client = Client()
    client.force_login(make.make_user())
    assert client.get(reverse("verify:agreement", args=[project.slug])).status_code == 404


def test_another_projects_reports_stay_out(project: Project, manager: Client) -> None:
    other = make.make_project()
    Report.objects.create(project=other, kind="agreement", language="es", body={})
    assert "Nothing is measured yet" in shown(manager, project)


def test_strange_queries_do_no_harm(project: Project, manager: Client) -> None:
    judged_by_two(project)
    measure(project)
    page = shown(manager, project, language="xx", measure="<b>", raters="'")
    assert "Exact 0.83" in page


def test_of_very_many_texts_some_are_compared(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four texts judged by two and four by one, of which five are compared, by lot."""
    monkeypatch.setattr(measuring, "MOST", 5)
    one, two = make.make_rater(project), make.make_rater(project)
    for number in range(8):
        make.make_task(project, overlap=2 if number < 4 else 1)
    for rater in (one, two):
        while seat := make.claim(project, rater):
            record_judgement(seat, rater=rater, submission=make.accepted())
    measuring.whole(Run(project=project, stage="agree"))
    body = Report.objects.get(kind="agreement", language="es").body
    assert (body["judgements"], body["texts"], body["measured"]) == (12, 8, 5)
    # Those that two people judged are drawn by themselves, so that none of them is wasted.
    assert body["people"]["items"] == 4
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="lot"))
    page = client.get(reverse("verify:agreement", args=[project.slug])).content.decode()
    assert "Of 8 judged texts 5 are compared" in page
