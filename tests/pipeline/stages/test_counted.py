"""What only people are asked makes no label wrong: in certificates, and in how people are measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotate.models import Label, Project, Question, Run
from annotate.readings import Answer
from pipeline.stages import certifying, rating
from tests import factories as make
from verify.actions import Accepted, accept, decide, record_judgement
from verify.actions.certificates import plan_certificate
from verify.certified import counts_of, found_in
from verify.models import Report
from verify.submission import SubmittedAnswer, SubmittedSpan

OPTIONS = [{"key": "good"}, {"key": "bad"}]


@pytest.fixture(autouse=True)
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.actions.runs.send", lambda run: None)


def ask(project: Project, key: str, kind: str, **fields: Any) -> None:
    Question.objects.create(project=project, key=key, kind=kind, **{"scope": "rendition", **fields})


def marked(*answers: tuple[str, Any], last: int = 2) -> Any:
    """A blind answer: the first marks of the text, and answers to questions."""
    rows = [
        SubmittedSpan(f"n{n}", None, "added", "", s.label, s.field, s.start, s.end, s.surface)
        for n, s in enumerate(make.TARGET_SPANS[:last])
    ]
    return make.submission(*rows, answers=answers)


def judge_sample(project: Project, *said: Any) -> Any:
    """Plan a certificate and judge the first of its texts; return it."""
    row = plan_certificate(project, language="es", rate=0.2)
    certifying.whole(Run(project=project, stage="certify"))
    rater = make.make_rater(project)
    for submission in said:
        seat = make.claim(project, rater)
        assert seat is not None
        record_judgement(seat, rater=rater, submission=submission)
    row.refresh_from_db()
    return row


def test_an_accepted_reading_is_not_wrong_for_what_no_machine_was_asked(project: Project) -> None:
    ask(project, "tone", "choice", options=OPTIONS)
    made = [make.make_rendition(project) for _ in range(20)]
    accept(project, [Accepted(r.pk, make.make_consensus(r).reading_id) for r in made])
    row = judge_sample(project, marked(("tone", "good")), marked(("tone", "bad"), last=1))
    assert row.plan["asked"] == []
    counts = counts_of(found_in(row))
    assert (counts.judged, counts.errors) == (2, 1)
    certifying.count(row)
    assert (row.judged, row.errors) == (2, 1)
    # One that was planned before this rule keeps the one it was planned with.
    row.plan.pop("asked")
    assert counts_of(found_in(row)).errors == 2


def test_what_the_decided_reading_answers_counts_but_for_opinions(project: Project) -> None:
    ask(project, "tone", "choice", options=OPTIONS)
    ask(
        project,
        "fluent",
        "rating",
        settings={"levels": 5},
        options=[{"key": str(n)} for n in range(1, 6)],
    )
    for _ in range(20):
        rendition = make.make_rendition(project)
        answers = [Answer("tone", "rendition", "good"), Answer("fluent", "rendition", 5)]
        decide(project, rendition, make.make_reading(rendition, answers=answers), origin="single")
    row = plan_certificate(project, language="es", rate=0.2)
    certifying.draw(row)
    rater = make.make_rater(project)
    chief = make.make_rater(project, role="adjudicator")
    for tone, fluent, wrong in (("good", 1, 0), ("bad", 5, 1)):
        seat = make.claim(project, rater)
        assert seat is not None
        said = marked(("tone", tone), ("fluent", fluent))
        record_judgement(seat, rater=rater, submission=said)
        # People decided before, so a difference is settled first.
        asked = make.claim(project, chief, "adjudicate:es")
        assert asked is not None
        rows = make.submission(
            *said.spans, answers=[(a.question, a.value) for a in said.answers]
        )  # fmt: skip
        record_judgement(asked, rater=chief, submission=rows)
        assert counts_of(found_in(row)).errors == wrong


def test_where_nothing_else_is_asked_all_that_people_say_counts(project: Project) -> None:
    ask(project, "fluent", "rating")
    assert certifying.counted(project) == []
    Label.objects.filter(project=project).delete()
    assert certifying.counted(project) is None
    ask(project, "tone", "choice", options=OPTIONS)
    assert certifying.counted(project) == []


def test_accepting_unchanged_and_known_answers_leave_out_what_is_asked_besides(
    project: Project,
) -> None:
    ask(project, "tone", "choice", options=OPTIONS)
    make.make_task(project)
    make.make_task(project)
    rater = make.make_rater(project)
    for submission in (make.accepted(), make.shortened()):
        seat = make.claim(project, rater)
        assert seat is not None
        answered = replace(submission, answers=(SubmittedAnswer("tone", "good"),))
        record_judgement(seat, rater=rater, submission=answered)
    known = make.make_rendition(project)
    truth = make.make_reading(known)
    make.make_seats(known, mode="repeat", preset={"truth": truth.pk, "mode": "blind", "check": {"kind": "gold"}})  # fmt: skip
    seat = make.claim(project, rater)
    assert seat is not None
    record_judgement(seat, rater=rater, submission=marked(("tone", "bad")))
    rating.save(project)
    (row,) = Report.objects.get(project=project, kind="raters").body["raters"]
    assert (row["unchanged_assisted"]["hits"], row["unchanged_assisted"]["n"]) == (1, 2)
    assert (row["gold"]["hits"], row["gold"]["n"]) == (1, 1)
