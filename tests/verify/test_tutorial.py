"""The tutorial: known texts, explained; it leaves no judgement, no number and no hidden check behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from annotate.models import Project, Reading, Rendition
from tests import factories as make
from tests.verify.test_desk import MOST_QUERIES, next_card, post, questions, said, signed_in
from verify.actions import decide, open_tutorial, record_judgement
from verify.models import Assignment, Judgement, Rater

SPANS = make.TARGET_SPANS
LONGER = (replace(SPANS[0], end=17, surface="Amina Diallo vive"), *SPANS[1:])


@pytest.fixture
def member(project: Project) -> Any:
    return make.make_member(project)


def known(project: Project, proposed: Any = SPANS) -> Rendition:
    """A rendition that is known right, with what the machines say of it."""
    rendition = make.make_rendition(project)
    make.make_consensus(rendition, proposed)
    decide(project, rendition, make.make_reading(rendition), origin="adjudicated", gold=True)
    return rendition


def opened(project: Project, member: Any) -> dict[str, Any]:
    return next_card(signed_in(member), project, "tutorial-next")


def test_it_is_offered_to_newcomers_where_known_texts_are(project: Project, member: Any) -> None:
    client, desk = signed_in(member), reverse("verify:desk", args=[project.slug])
    make.make_task(project)
    assert 'id="to-tutorial"' not in client.get(desk).content.decode()
    known(project)
    cache.clear()  # the desk looks again after a minute
    page = client.get(desk).content.decode()
    assert 'id="offer"' in page
    assert client.get(reverse("verify:tutorial", args=[project.slug])).status_code == 200
    page = client.get(desk).content.decode()
    assert 'id="offer"' not in page
    assert 'id="to-tutorial"' in page


def test_the_desk_with_its_offer_keeps_to_the_queries_it_may_take(
    project: Project, member: Any
) -> None:
    make.make_task(project)
    known(project)
    client, desk = signed_in(member), reverse("verify:desk", args=[project.slug])
    client.get(desk)
    with CaptureQueriesContext(connection) as caught:
        client.get(desk)
    assert len(questions(caught)) <= MOST_QUERIES


def test_a_right_answer_is_called_so_and_the_next_text_comes(project: Project, member: Any) -> None:
    for _ in range(4):
        known(project)
    client, card = signed_in(member), opened(project, member)
    answer = post(client, "tutorial-check", project, **said(card)).json()
    assert answer["lesson"]["is_right"]
    assert [row["sign"] for row in answer["lesson"]["rows"]] == ["right", "right"]
    assert answer["card"]["seat"] != card["seat"]
    assert answer["progress"] == {"done": 1, "left": 1}
    last = post(client, "tutorial-check", project, **said(answer["card"])).json()
    assert last["card"] is None


def test_what_was_expected_stands_beside_what_was_said(project: Project, member: Any) -> None:
    label = project.labels.get(key="PER")
    label.definition = "Names of people, without titles."
    label.save()
    known(project, LONGER)
    client, card = signed_in(member), opened(project, member)
    rows = post(client, "tutorial-check", project, **said(card)).json()["lesson"]["rows"]
    assert rows[0] == {
        "sign": "wrong", "text": "PER: \u2068Amina Diallo\u2069",
        "said": "You marked PER: \u2068Amina Diallo vive\u2069.",
        "why": "Names of people, without titles.",
    }  # fmt: skip
    gone = said(card)
    gone["spans"][1] |= {"verdict": "should_not_be", "start": None, "end": None, "key": ""}
    rows = post(client, "tutorial-check", project, **gone).json()["lesson"]["rows"]
    assert rows[1]["said"] == "You left it unmarked."


def test_who_cannot_tell_is_told_what_was_expected(project: Project, member: Any) -> None:
    known(project)
    client, card = signed_in(member), opened(project, member)
    answer = post(
        client, "tutorial-check", project, **said(card, outcome="unsure", spans=[])
    ).json()
    assert not answer["lesson"]["is_right"]
    assert len(answer["lesson"]["rows"]) == 2


def test_a_faulty_answer_is_refused_as_at_the_desk(project: Project, member: Any) -> None:
    known(project)
    client, card = signed_in(member), opened(project, member)
    assert post(client, "tutorial-check", project, **said(card, spans=[])).status_code == 422


def test_nothing_of_it_is_kept_or_counted(project: Project, member: Any) -> None:
    known(project)
    client, card = signed_in(member), opened(project, member)
    readings = Reading.objects.count()
    post(client, "tutorial-check", project, **said(card))
    assert not Judgement.objects.exists()
    assert Reading.objects.count() == readings
    seat = Assignment.objects.get()
    assert (seat.mode, seat.state) == ("tutorial", "void")
    assert client.get(reverse("verify:progress", args=[project.slug])).status_code == 200
    # Nor can the seat be judged by the desk's own address.
    assert post(client, "submit", project, **said(card)).status_code == 409
    assert not Judgement.objects.exists()
    assert post(client, "tutorial-undo", project).status_code == 409


def test_it_is_the_same_again_and_skips_on(project: Project, member: Any) -> None:
    for _ in range(5):
        known(project)
    first = opened(project, member)
    assert opened(project, member)["seat"] == first["seat"]
    after = post(signed_in(member), "tutorial-skip", project, seat=first["seat"]).json()["card"]
    assert after["seat"] != first["seat"]
    assert Assignment.objects.filter(mode="tutorial").count() == 3  # half of five, rounded up


def test_wrong_and_right_proposals_come_by_turns(project: Project) -> None:
    right = [known(project).pk for _ in range(4)]
    wrong = [known(project, LONGER).pk for _ in range(4)]
    seats = open_tutorial(project, make.make_rater(project), ["es"], timezone.now())
    assert [seat.rendition_id for seat in seats] == [wrong[0], right[0], wrong[1], right[1]]


def test_a_text_of_the_tutorial_never_comes_as_a_hidden_check(project: Project) -> None:
    project.policy |= {"gold_share": 1.0, "blind_share": 0.0}
    project.save(update_fields=["policy"])
    taught, other = known(project), known(project)
    for _ in range(3):
        make.make_task(project)
    rater = make.make_rater(project)
    seats = open_tutorial(project, rater, ["es"], timezone.now())
    assert [seat.rendition_id for seat in seats] == [taught.pk]
    asked = []
    for _ in range(3):
        seat = make.claim(project, rater)
        assert seat is not None
        asked.append(seat.rendition_id)
        record_judgement(seat, rater=rater, submission=make.accepted())
    assert other.pk in asked
    assert taught.pk not in asked


def test_two_people_are_taught_by_the_same_text(project: Project) -> None:
    known(project)
    for _ in range(2):
        assert len(open_tutorial(project, make.make_rater(project), ["es"], timezone.now())) == 1
    assert Rater.objects.filter(assignments__mode="tutorial").count() == 2


def test_somebody_else_s_tutorial_is_not_answered(project: Project, member: Any) -> None:
    known(project)
    card = opened(project, make.make_member(project))
    known(project)
    assert post(signed_in(member), "tutorial-check", project, **said(card)).status_code == 409
