"""Certificates through the app: planned, drawn, judged, issued or refused, gone stale, withdrawn."""

from __future__ import annotations

import random
from typing import Any

import pytest
from scipy import stats

from annotate.models import Project, Run
from pipeline import tasks
from pipeline.certify import plan, upper_count
from pipeline.stages import certifying
from tests import factories as make
from verify.actions import Accepted, accept, record_judgement
from verify.actions.certificates import PlanRefused, plan_certificate, withdraw_certificate
from verify.certified import counts_of, found_in
from verify.models import Assignment, Certificate


@pytest.fixture(autouse=True)
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written, and nobody is told: the tests do what a worker would."""
    monkeypatch.setattr("annotate.actions.runs.send", lambda run: None)


def framed(project: Project, count: int) -> list[Any]:
    made = [make.make_rendition(project) for _ in range(count)]
    accept(project, [Accepted(r.pk, make.make_consensus(r).reading_id) for r in made])
    return made


def work(project: Project) -> None:
    run = Run(project=project, stage="certify")
    assert certifying.is_due(run)
    certifying.whole(run)
    assert not certifying.is_due(run)


def answer(seat: Assignment, rater: Any, *, wrong: bool = False) -> None:
    """A blind answer: the right marks, or none where the text is to count as wrong."""
    from tests.pipeline.stages.answers import blind

    record_judgement(seat, rater=rater, submission=make.submission() if wrong else blind())


def judge(project: Project, rater: Any, *, wrong: int = 0, most: int = 1000) -> int:
    count = 0
    while count < most and (seat := make.claim(project, rater)):
        answer(seat, rater, wrong=count < wrong)
        count += 1
    return count


def test_a_plan_is_drawn_judged_and_issued(project: Project) -> None:
    framed(project, 40)
    row = plan_certificate(project, language="es", rate=0.1, seed="fixed")
    assert (row.state, row.bound) == ("planned", 1.0)
    work(project)
    row.refresh_from_db()
    n = plan(0.1, 0, 0.95, 40)
    assert (row.state, row.plan["n"], row.frame_size) == ("judging", n, 40)
    assert Assignment.objects.filter(sample=row.sample, mode="audit").count() == n
    rater = make.make_rater(project)
    assert judge(project, rater, most=3) == 3
    work(project)
    row.refresh_from_db()
    assert (row.judged, row.errors, row.state) == (3, 0, "judging")
    judge(project, rater)
    work(project)
    row.refresh_from_db()
    assert (row.state, row.judged, row.errors, row.is_stale) == ("issued", n, 0, False)
    assert row.bound == upper_count(40, n, 0, 0.95) / 40 <= 0.1
    assert row.judges == [rater.pseudonym]
    assert (row.body["blind"], row.body["own"]) == (n, 0)
    assert row.body["missed"]["upper"] == 1.0
    assert "no planted error" in row.body["missed"]["reason"]
    framed(project, 1)
    row.refresh_from_db()
    assert row.is_stale
    assert "grew" in row.stale_because


def test_a_worker_draws_what_the_page_queued(project: Project) -> None:
    framed(project, 40)
    row = plan_certificate(project, language="es", rate=0.1)
    run = Run.objects.get(stage="certify")
    assert tasks.execute.apply(args=[run.pk]).state == "SUCCESS"
    run.refresh_from_db()
    row.refresh_from_db()
    assert (run.state, row.state) == ("done", "judging")
    assert run.report == {"certificates": {str(row.pk): "judging"}}


def test_an_error_more_than_allowed_fails_it_and_correcting_does_not_stale_it(project) -> None:
    framed(project, 40)
    row = plan_certificate(project, language="es", rate=0.1)
    work(project)
    judge(project, make.make_rater(project), wrong=1, most=1)
    work(project)
    row.refresh_from_db()
    assert (row.state, row.errors) == ("failed", 1)
    assert "1 errors are more than the 0 allowed" in row.ended_because
    assert not row.is_stale
    assert not Assignment.objects.filter(sample=row.sample, state="open").exists()
    again = plan_certificate(project, language="es", rate=0.1, allowed=1)
    assert Certificate.objects.filter(language="es").count() == 2
    assert again.state == "planned"


def test_a_sequential_plan_opens_seats_in_steps_and_stops_early(project: Project) -> None:
    framed(project, 90)
    row = plan_certificate(project, language="es", rate=0.2, design="sequential")
    work(project)
    row.refresh_from_db()
    assert Assignment.objects.filter(sample=row.sample).count() == min(40, row.plan["n"])
    judge(project, make.make_rater(project))
    work(project)
    row.refresh_from_db()
    assert row.state == "issued"
    assert row.judged < plan(0.2, 0, 0.95) * 2
    assert row.bound == 0.2


def test_a_withdrawn_one_is_kept_with_its_reason(project: Project) -> None:
    framed(project, 40)
    row = plan_certificate(project, language="es", rate=0.1)
    with pytest.raises(PlanRefused, match="being judged"):
        plan_certificate(project, language="es", rate=0.1)
    work(project)
    with pytest.raises(PlanRefused, match="why"):
        withdraw_certificate(row, because=" ")
    withdraw_certificate(row, because="The guidelines changed.")
    row.refresh_from_db()
    assert (row.state, row.ended_because) == ("withdrawn", "The guidelines changed.")
    assert not Assignment.objects.filter(sample=row.sample, state="open").exists()
    assert not certifying.is_due(Run(project=project, stage="certify"))


def test_what_nobody_can_answer_is_not_left_out(project: Project) -> None:
    framed(project, 40)
    row = plan_certificate(project, language="es", rate=0.1)
    work(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    record_judgement(seat, rater=rater, submission=make.submission(outcome="reported"))
    row.refresh_from_db()
    assert counts_of(found_in(row)).judged == 0
    chief = make.make_rater(project, role="adjudicator")
    asked = make.claim(project, chief, "adjudicate:es")
    record_judgement(asked, rater=chief, submission=make.submission(outcome="bad_sentence"))
    row.refresh_from_db()
    assert counts_of(found_in(row)).errors == 1


def test_too_small_a_frame_fails_with_the_reason(project: Project) -> None:
    row = plan_certificate(project, language="es", rate=0.1)
    work(project)
    row.refresh_from_db()
    assert row.state == "failed"
    assert "nothing is decided" in row.ended_because


def test_of_simulated_projects_few_are_certified_wrongly(project: Project) -> None:
    """Frames just above the bound, judged without mistakes: the plan passes one in twenty at most."""
    wrongly, tries, rater = 0, 12, make.make_rater(project)
    draw = random.Random(5)
    made = framed(project, 20)
    for number in range(tries):
        bad = {r.pk for r in draw.sample(made, 5)}  # 25 % wrong, where 20 % is to be excluded
        row = plan_certificate(project, language="es", rate=0.2, seed=f"draw {number}")
        work(project)
        while seat := make.claim(project, rater):
            is_bad = seat.rendition_id in bad
            answer(seat, rater, wrong=is_bad)
            if is_bad:
                break
        work(project)
        row.refresh_from_db()
        wrongly += row.state == "issued"
        if row.state == "judging":
            withdraw_certificate(row, because="next")
        made = _fresh(project, made)
    expected = stats.hypergeom.cdf(0, 20, 5, plan(0.2, 0, 0.95, 20))
    assert expected <= 0.05
    assert stats.binomtest(wrongly, tries, 0.05, alternative="greater").pvalue > 0.001


def _fresh(project: Project, made: list[Any]) -> list[Any]:
    from verify.actions import supersede

    supersede(project, [r.pk for r in made], "next try")
    Assignment.objects.filter(state="open").update(state="void")
    return framed(project, 20)
