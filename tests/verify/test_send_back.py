"""Sending a disagreement back: who is asked again, what they read, and what happens then."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope
from knox.models import AuthToken
from rest_framework.test import APIClient

from annotate.models import Membership, Project
from pipeline.stages import measuring
from tests import factories as make
from tests.verify.test_desk import next_card, post, said
from verify.actions import erase_person, record_judgement, release_expired, send_back, undo_last
from verify.card import card_of, reasons_over
from verify.errors import SeatLost, SendBackRefused, SubmissionError, UndoRefused
from verify.mine import work_of
from verify.models import Assignment, Decision, Judgement, Rater, Sample

WHY = "The guidelines say: the whole name."


def judge(project: Project, rater: Rater, submission: Any) -> Judgement:
    seat = make.claim(project, rater)
    assert seat is not None
    return record_judgement(seat, rater=rater, submission=submission)


@pytest.fixture
def two(project: Project) -> tuple[Rater, Rater]:
    """Two people who differ on one text."""
    make.make_task(project, overlap=2)
    raters = make.make_rater(project), make.make_rater(project)
    judge(project, raters[0], make.accepted())
    judge(project, raters[1], make.shortened())
    return raters


def adjudicating(project: Project, rater: Rater | None = None) -> tuple[Rater, Assignment]:
    rater = rater or make.make_rater(project, role="adjudicator")
    seat = make.claim(project, rater, "adjudicate:es")
    assert seat is not None
    return rater, seat


def test_they_judge_again_with_the_reason_and_agree(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    sent = send_back(seat, rater=rater, reason=f"  {WHY}\n")
    assert (set(sent.raters), sent.opened) == (set(two), 0)
    assert send_back(seat, rater=rater, reason=WHY).raters == ()  # twice is once
    assert Judgement.objects.filter(outcome="withdrawn").count() == 2
    for person, submission in zip(two, (make.accepted(), make.accepted()), strict=True):
        again = make.claim(project, person)
        assert again is not None
        card = card_of(project, again)
        assert card is not None
        assert card["returned"] == WHY
        assert card["previous"]["outcome"] == "answered"
        assert not Decision.objects.filter(is_current=True).exists()
        record_judgement(again, rater=person, submission=submission)
    assert Decision.objects.get(is_current=True).origin == "agreed"
    assert not Assignment.objects.filter(kind="adjudicate", state__in=["open", "leased"]).exists()
    # All that was ever said is still there, each by its author, in one chain for each seat.
    chain = [
        (j.outcome, j.rater_id, j.comment)
        for j in Judgement.objects.filter(assignment__rater=two[1]).order_by("pk")
    ]
    assert chain == [("answered", two[1].pk, ""), ("withdrawn", rater.pk, WHY),
                     ("answered", two[1].pk, "")]  # fmt: skip
    assert Judgement.objects.filter(supersedes__isnull=False).count() == 4


def test_who_differ_again_come_back_to_an_adjudicator(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    send_back(seat, rater=rater, reason=WHY)
    judge(project, two[0], make.accepted())
    assert make.claim(project, rater, "adjudicate:es") is None
    judge(project, two[1], make.shortened())
    _rater, again = adjudicating(project, rater)
    assert again.pk != seat.pk
    assert reasons_over(again) == [WHY]
    send_back(again, rater=rater, reason="Once more.")
    for person in two:
        claimed = make.claim(project, person)
        assert claimed is not None
        assert claimed.shown["returned"]["why"] == "Once more."


def test_agreement_counts_what_they_said_before_they_were_told(project: Project, two: Any) -> None:
    first = set(Judgement.objects.values_list("pk", flat=True))
    rater, seat = adjudicating(project)
    send_back(seat, rater=rater, reason=WHY)
    assert set(measuring.judged(project).values_list("pk", flat=True)) == first
    for person in two:
        judge(project, person, make.accepted())
    assert set(measuring.judged(project).values_list("pk", flat=True)) == first
    mine = undo_last(two[0])
    record_judgement(mine, rater=two[0], submission=make.accepted())
    assert set(measuring.judged(project).values_list("pk", flat=True)) == first


def test_it_counts_as_nobodys_undo(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    send_back(seat, rater=rater, reason=WHY)
    day = timezone.now() - timedelta(days=1)
    for person in (*two, rater):
        assert work_of(person, day=day).undone == 0
    with pytest.raises(UndoRefused):
        undo_last(two[0])


def test_a_seat_waits_a_week_and_then_shows_nobody_what_another_said(
    project: Project, two: Any
) -> None:
    rater, seat = adjudicating(project)
    send_back(seat, rater=rater, reason=WHY)
    stranger = make.make_rater(project)
    release_expired(now=timezone.now() + timedelta(days=6))
    assert make.claim(project, stranger) is None
    release_expired(now=timezone.now() + timedelta(days=8))
    claimed = make.claim(project, stranger)
    assert claimed is not None
    card = card_of(project, claimed)
    assert card is not None
    assert card["returned"] == WHY
    assert card["previous"] is None


def test_a_seat_of_somebody_who_left_is_open_to_all(project: Project, two: Any) -> None:
    Membership.objects.filter(user=two[0].user).delete()
    erase_person(user=two[1].user)
    rater, seat = adjudicating(project)
    sent = send_back(seat, rater=rater, reason=WHY)
    assert (sent.raters, sent.opened) == ((), 2)
    assert judge(project, make.make_rater(project), make.accepted())
    assert judge(project, make.make_rater(project), make.accepted())
    assert Decision.objects.get(is_current=True).origin == "agreed"


def test_erasing_the_adjudicator_blanks_the_reason(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    send_back(seat, rater=rater, reason=WHY)
    erase_person(user=rater.user)
    claimed = make.claim(project, two[0])
    assert claimed is not None
    assert claimed.shown["returned"]["why"] == ""
    assert not Judgement.objects.filter(comment=WHY).exists()
    assert reasons_over(Assignment.objects.get(pk=seat.pk)) == []


def test_what_is_refused(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    for reason in ("", " \n ", "x" * 501):
        with pytest.raises(SubmissionError):
            send_back(seat, rater=rater, reason=reason)
    with pytest.raises(SeatLost):
        send_back(seat, rater=make.make_rater(project, role="adjudicator"), reason=WHY)
    with pytest.raises(SeatLost):
        send_back(10**9, rater=rater, reason=WHY)
    reviewed = Assignment.objects.filter(kind="review").first()
    assert reviewed is not None
    with pytest.raises(SendBackRefused):
        send_back(reviewed, rater=two[0], reason=WHY)
    assert not Judgement.objects.filter(outcome="withdrawn").exists()
    record_judgement(seat, rater=rater, submission=make.submission(outcome="reported"))
    with pytest.raises(SeatLost):
        send_back(seat, rater=rater, reason=WHY)


def test_a_sample_and_a_revealed_text_stay_as_they_were_judged(project: Project, two: Any) -> None:
    rater, seat = adjudicating(project)
    sample = Sample.objects.create(project=project, purpose="certificate", seed="s", size=1)
    Assignment.objects.filter(kind="review").update(sample=sample)
    with pytest.raises(SendBackRefused, match="drawn to count errors"):
        send_back(seat, rater=rater, reason=WHY)
    Assignment.objects.filter(kind="review").update(sample=None, shown={"mode": "blind"})
    project.policy["reveal"] = "everything"
    project.save(update_fields=["policy"])
    with pytest.raises(SendBackRefused, match="what the machines said"):
        send_back(seat, rater=Rater.objects.get(pk=rater.pk), reason=WHY)


def test_what_nobody_could_judge_goes_back_to_nobody(project: Project) -> None:
    make.make_task(project)
    for _ in range(3):
        judge(project, make.make_rater(project), make.submission(outcome="unsure"))
    rater, seat = adjudicating(project)
    with pytest.raises(SendBackRefused, match="Nobody has judged"):
        send_back(seat, rater=rater, reason=WHY)


def test_over_http(project: Project, two: Any) -> None:
    chief, person = Client(), Client()
    chief.force_login(make.make_member(project, role="adjudicator"))
    person.force_login(two[0].user)
    assert person.get(reverse("verify:adjudicate", args=[project.slug])).status_code == 403
    chief.get(reverse("verify:adjudicate", args=[project.slug]))
    seat = Assignment.objects.get(kind="adjudicate")
    assert post(person, "send-back", project, seat=seat.pk, reason=WHY).status_code == 403
    assert post(chief, "send-back", project, seat=seat.pk, reason="").status_code == 422
    before = next_progress(person, project)
    answer = post(chief, "send-back", project, seat=seat.pk, reason=WHY)
    assert answer.status_code == 200
    assert (answer.json()["card"], answer.json()["message"]) == (None, "Sent back to 2 reviewers.")
    assert next_progress(person, project) == before - 1
    card = next_card(person, project)
    assert card["returned"] == WHY
    assert post(person, "submit", project, **said(card)).status_code == 200


def next_progress(client: Client, project: Project) -> int:
    answer = client.get(reverse("verify:next", args=[project.slug]))
    return int(answer.json()["progress"]["done"])


def test_by_program(project: Project, two: Any) -> None:
    client = APIClient()
    user = make.make_member(project, role="adjudicator")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.objects.create(user)[1]}")
    address = f"/api/v1/projects/{project.slug}"
    card = client.post(f"{address}/claim/", {"kind": "adjudicate"}, format="json").json()["card"]
    body = {"kind": "adjudicate", "seat": card["seat"], "reason": WHY}
    assert client.post(f"{address}/send-back/", body | {"kind": "review"}, format="json").status_code == 422  # fmt: skip
    answer = client.post(f"{address}/send-back/", body, format="json")
    assert (answer.status_code, answer.json()) == (200, {"returned": 2, "opened": 0})


@pytest.mark.django_db(transaction=True)
def test_sending_back_and_deciding_at_once_is_one_of_both() -> None:
    """An adjudicator with two tabs: whichever comes first counts, and the other is told."""
    project = make.make_project(slug="tabs")
    with scope(project=project):
        made = [make.make_task(project, overlap=2) for _ in range(4)]
        for submission in (make.accepted, make.shortened):
            rater = make.make_rater(project)
            while seat := make.claim(project, rater):
                record_judgement(seat, rater=rater, submission=submission())
        chief = make.make_rater(project, role="adjudicator")
    outcomes: list[tuple[int, str]] = []

    def work(seat: int, is_sent: bool, start: threading.Barrier) -> None:
        with scope(project=project):
            start.wait()
            try:
                if is_sent:
                    send_back(seat, rater=chief, reason=WHY)
                else:
                    said = make.submission(outcome="bad_sentence")
                    record_judgement(seat, rater=chief, submission=said)
                outcomes.append((seat, "sent" if is_sent else "judged"))
            except SeatLost:
                outcomes.append((seat, "lost"))
        connections.close_all()

    for _ in made:
        with scope(project=project):
            _rater, own = adjudicating(project, chief)
        start = threading.Barrier(2)
        threads = [threading.Thread(target=work, args=(own.pk, is_sent, start)) for is_sent in (True, False)]  # fmt: skip
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        said = sorted(what for seat, what in outcomes if seat == own.pk)
        assert said in (["lost", "sent"], ["judged", "lost"])
        with scope(project=project):
            own.refresh_from_db()
            withdrawn = Judgement.objects.filter(rendition=own.rendition_id, outcome="withdrawn")
            assert withdrawn.count() == (2 if "sent" in said else 0)
            assert own.state == ("void" if "sent" in said else "done")
