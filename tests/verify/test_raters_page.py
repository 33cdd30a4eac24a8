"""People measured by their checks: stored, recomputed when due, and shown in words to managers."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from scipy import stats

from annotate.models import Project, Run
from pipeline.agree.rates import rate
from pipeline.stages import measuring
from tests import factories as make
from verify.actions import claim_next, decide, record_judgement, undo_last
from verify.models import Assignment, Decision, Report
from verify.rated import share

POLICY = {"blind_share": 0.0}


def measure(project: Project) -> dict[str, Any]:
    """The people of the stored report by pseudonym."""
    measuring.whole(Run(project=project, stage="agree"))
    report = Report.objects.get(project=project, kind="raters")
    return {row["rater"]: row for row in report.body["raters"]}


def judge(project: Project, rater: Any, submission: Any) -> Assignment:
    seat = claim_next(project, rater, ["review:es"], timezone.now())
    assert seat is not None
    record_judgement(seat, rater=rater, submission=submission)
    return seat


def test_rates_have_wilson_s_interval() -> None:
    found = rate(7, 9)
    assert found is not None
    other = stats.binomtest(7, 9).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((other.low, other.high))
    assert rate(0, 0) is None
    shown = share(found.as_dict())
    assert (shown.counts, shown.percent, shown.is_few) == ("7 of 9", "78 %", True)
    assert shown.interval == "45–94 %"
    assert not share(None).is_defined


def test_each_figure_counts_its_own_kind(project: Project) -> None:
    project.policy |= POLICY
    project.save(update_fields=["policy"])
    rater = make.make_rater(project)
    for number in range(4):
        make.make_task(project, mode="blind" if number == 3 else "assisted")
    now = timezone.now()
    seen = []
    for number in range(4):
        spent = {"shown_at": now - timedelta(seconds=10 * number + 8), "hidden_seconds": 8.0}
        answer = make.shortened(**spent) if number == 0 else make.accepted(**spent)
        seat = make.claim(project, rater)
        assert seat is not None
        if seat.shown["mode"] == "blind":
            answer = make.submission(**spent)
        seen.append(seat.shown["mode"])
        record_judgement(seat, rater=rater, submission=answer)
    row = measure(project)[rater.pseudonym]
    assert row["unchanged_blind"]["n"] == 1
    assert row["unchanged_blind"]["hits"] == 0
    assert row["unchanged_assisted"]["n"] == 3
    assert row["unchanged_assisted"]["hits"] == (2 if seen[0] == "assisted" else 3)
    assert row["judgements"] == row["timed"] == 4
    assert row["seconds"] == pytest.approx(15, abs=2)
    assert "gold" not in row


def known(project: Project) -> Decision:
    rendition = make.make_rendition(project)
    make.make_consensus(rendition)
    return decide(
        project, rendition, make.make_reading(rendition), origin="accepted", gold=True
    )  # fmt: skip


def test_checks_are_counted_by_their_first_answer(project: Project) -> None:
    project.policy |= POLICY | {"gold_share": 1.0}
    project.save(update_fields=["policy"])
    rater = make.make_rater(project)
    make.make_task(project)
    for _ in range(2):
        known(project)
    judge(project, rater, make.accepted())
    assert judge(project, rater, make.shortened()).shown["check"] == {"kind": "gold"}
    undo_last(rater)
    judge(project, rater, make.accepted())
    judge(project, rater, make.accepted())
    assert measure(project)[rater.pseudonym]["gold"]["hits"] == 1
    assert measure(project)[rater.pseudonym]["gold"]["n"] == 2


@pytest.mark.parametrize(("kind", "hits"), [("planted", 1), ("repeat", 2)])
def test_plants_and_repeats(project: Project, kind: str, hits: int) -> None:
    project.policy |= POLICY | {f"{kind}_share": 1.0, "repeat_after": 1}
    project.save(update_fields=["policy"])
    rater = make.make_rater(project)
    for _ in range(3):
        make.make_task(project)
    if kind == "planted":
        for _ in range(2):
            decision = known(project)
            Decision.objects.filter(pk=decision.pk).update(gold=False)
    checks = 0
    while checks < 2:
        seat = claim_next(project, rater, ["review:es"], timezone.now())
        assert seat is not None
        check = (seat.shown or {}).get("check")
        if check is None or kind == "repeat":
            answer = make.accepted()
        elif checks:
            answer = make.submission(outcome="reported")  # catches nothing but a changed text
        else:
            answer = _mended(seat)
        record_judgement(seat, rater=rater, submission=answer)
        checks += check is not None
    row = measure(project)[rater.pseudonym][kind]
    last = (seat.shown or {})["check"]
    assert row["n"] == 2
    assert row["hits"] == hits + (kind == "planted" and last["how"] == "translation")


def _mended(seat: Assignment) -> Any:
    """What somebody sends who takes every shown span out and marks what is right."""
    from annotate.models import Reading
    from verify.submission import SubmittedSpan

    shown = Reading.objects.get(pk=seat.shown["readings"][0]).spans.order_by("pk")
    out = [SubmittedSpan(s.key, s.key, "should_not_be") for s in shown]
    label, start, end, surface = seat.shown["check"]["right"]
    if seat.shown["check"]["how"] == "translation":
        return make.submission(*out)
    added = SubmittedSpan("new", None, "added", "", label, "text", start, end, surface)
    return make.submission(*out, added)


def test_it_is_due_after_a_judgement_and_not_again(project: Project) -> None:
    run = Run(project=project, stage="agree")
    assert not measuring.is_due(run)
    rater = make.make_rater(project)
    make.make_task(project)
    judge(project, rater, make.accepted())
    assert measuring.is_due(run)
    measuring.whole(run)
    assert not measuring.is_due(run)


class TestPage:
    @pytest.fixture
    def manager(self, project: Project) -> Client:
        client = Client()
        client.force_login(make.make_member(project, role="manager", name="chief"))
        return client

    def words(self, client: Client, project: Project) -> str:
        response = client.get(reverse("verify:raters", args=[project.slug]))
        assert response.status_code == 200
        return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())

    def test_before_and_after(self, project: Project, manager: Client) -> None:
        assert "Nobody is measured yet" in self.words(manager, project)
        rater = make.make_rater(project, name="zoe")
        make.make_task(project)
        judge(project, rater, make.accepted())
        measure(project)
        page = self.words(manager, project)
        assert rater.pseudonym in page
        assert "zoe" not in page
        assert "100 % 1 of 1" in page
        assert "21–100 %" in page
        assert "Nothing here bars anybody" in page

    def test_only_for_managers(self, project: Project) -> None:
        client = Client()
        client.force_login(make.make_member(project))
        assert client.get(reverse("verify:raters", args=[project.slug])).status_code == 403

    def test_a_manager_marks_a_decision_as_known(self, project: Project, manager: Client) -> None:
        rendition = make.make_rendition(project)
        decision = decide(project, rendition, make.make_reading(rendition), origin="accepted")
        address = reverse("verify:gold", args=[project.slug, decision.pk])
        for sent, gold in (("1", True), ("0", False)):
            assert manager.post(address, {"gold": sent}).status_code == 302
            assert Decision.objects.get(pk=decision.pk).gold is gold
        reviewer = Client()
        reviewer.force_login(make.make_member(project))
        assert reviewer.post(address, {"gold": "1"}).status_code == 403
        assert not Decision.objects.get(pk=decision.pk).gold
