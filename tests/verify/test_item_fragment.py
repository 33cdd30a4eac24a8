"""What people said of one item, as the fragment for its page tells it."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.models import Project, Rendition
from tests import factories as make
from verify.actions import record_judgement, send_back, skip, undo_last
from verify.models import Judgement


def told(project: Project, rendition: Rendition, role: str = "manager") -> str:
    client = Client()
    client.force_login(make.make_member(project, role=role))
    response = client.get(reverse("verify:item", args=[project.slug, rendition.item_id]))
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_an_item_nobody_was_asked_about(project: Project) -> None:
    rendition = make.make_rendition(project)
    page = told(project, rendition)
    assert page == "Nobody has been asked about this item yet."


def test_a_judgement_with_pseudonym_verdicts_spans_and_seconds(project: Project) -> None:
    rendition = make.make_task(project)
    rater = make.make_rater(project, name="amina")
    seat = make.claim(project, rater)
    at = timezone.now() - timedelta(seconds=30)
    said = dataclasses.replace(
        make.shortened(), comment="the name is longer", shown_at=at, hidden_seconds=10.0
    )
    record_judgement(seat, rater=rater, submission=said)
    page = told(project, rendition)
    assert rater.pseudonym in page
    assert "amina" not in page
    assert "the name is longer" in page
    assert "boundary Amina Diallo" in page  # of the span that was shown
    assert "Amina Diall 0–11" in page  # what it became
    assert "right Dakar" in page
    row = Judgement.objects.get()
    seconds = (row.submitted_at - at).total_seconds() - 10
    assert f"{seconds:.1f}" in page
    assert re.search(rf"Single .* {rater.pseudonym} .* stands", page)


def test_what_was_taken_back_stays_to_be_seen(project: Project) -> None:
    rendition = make.make_task(project)
    rater = make.make_rater(project)
    record_judgement(make.claim(project, rater), rater=rater, submission=make.accepted())
    seat = undo_last(rater)
    page = told(project, rendition)
    assert "taken back" in page
    assert "a judgement was undone" in page
    record_judgement(seat, rater=rater, submission=make.shortened())
    page = told(project, rendition, "adjudicator")
    assert page.count("stands") == 1
    assert "taken back" in page
    assert "withdrawn" not in page


def test_seats_tell_mode_round_state_and_why_one_was_skipped(project: Project) -> None:
    rendition = make.make_task(project, mode="blind")
    rater = make.make_rater(project)
    skip(make.claim(project, rater), rater=rater, reason="too_hard")
    page = told(project, rendition)
    assert "1 1 review blind skipped: too hard " + rater.pseudonym in page
    assert "open –" in page


def test_a_judgement_without_times_has_no_seconds(project: Project) -> None:
    rendition = make.make_task(project)
    rater = make.make_rater(project)
    said = make.submission(outcome="unsure", shown_at=datetime(2999, 1, 1, tzinfo=UTC))
    record_judgement(make.claim(project, rater), rater=rater, submission=said)
    assert "unsure" in told(project, rendition)
    assert "0.0" in told(project, rendition)  # a clock that runs ahead gives no negative time


def test_what_people_wrote_is_escaped(project: Project) -> None:
    rendition = make.make_task(project)
    rater = make.make_rater(project)
    said = make.submission(outcome="reported", comment="<script>x</script>")
    record_judgement(make.claim(project, rater), rater=rater, submission=said)
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    url = reverse("verify:item", args=[project.slug, rendition.item_id])
    assert "&lt;script&gt;" in client.get(url).content.decode()


@pytest.mark.parametrize("own", [True, False])
def test_who_may_not_see_it(project: Project, own: bool) -> None:
    rendition = make.make_rendition(project)
    url = reverse("verify:item", args=[project.slug, rendition.item_id])
    client = Client()
    client.force_login(make.make_member(project) if own else make.make_user())
    assert client.get(url).status_code == (403 if own else 404)


def test_an_item_of_another_project_is_not_found(project: Project) -> None:
    other = make.make_project(slug="other")
    client = Client()
    client.force_login(make.make_member(other, role="manager"))
    pk = make.make_rendition(project).item_id
    assert client.get(reverse("verify:item", args=["other", pk])).status_code == 404


def test_agreed_and_adjudicated_decisions_name_who_they_stand_on(project: Project) -> None:
    agreed, disputed = make.make_task(project, overlap=2), make.make_task(project, overlap=2)
    people = [make.make_rater(project), make.make_rater(project)]
    judge = make.make_rater(project, role="adjudicator")
    for person in people:
        for _ in range(2):
            seat = make.claim(project, person)
            differs = seat.rendition_id == disputed.pk and person is people[1]
            said = make.shortened() if differs else make.accepted()
            record_judgement(seat, rater=person, submission=said)
    names = ", ".join(sorted(person.pseudonym for person in people))
    assert re.search(rf"Agreed .* {names} ", told(project, agreed))
    assert "Decisions" not in told(project, disputed)
    seat = make.claim(project, judge, "adjudicate:es")
    own = [dataclasses.replace(s, shown=None, verdict="added") for s in make.accepted().spans]
    record_judgement(seat, rater=judge, submission=make.submission(*own))
    page = told(project, disputed)
    assert re.search(rf"Adjudicated .* {judge.pseudonym} .* stands", page)
    assert f"{judge.pseudonym} adjudicate answered" in page


def test_what_was_sent_back_says_by_whom_and_why(project: Project) -> None:
    rendition = make.make_task(project, overlap=2)
    people = [make.make_rater(project), make.make_rater(project)]
    judge = make.make_rater(project, role="adjudicator")
    for person, said in zip(people, (make.accepted(), make.shortened()), strict=True):
        record_judgement(make.claim(project, person), rater=person, submission=said)
    send_back(make.claim(project, judge, "adjudicate:es"), rater=judge, reason="The whole name.")
    page = told(project, rendition)
    assert page.count(f"sent back by {judge.pseudonym}") == 2
    assert page.count("Reason: The whole name.") == 2
    assert "taken back" not in page
