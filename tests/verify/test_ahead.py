"""Leasing ahead: several seats at a time, each once; what was judged offline is taken in, in order."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from annotate.models import Project
from tests import factories as make
from tests.verify.test_claim import POOLS, fill
from tests.verify.test_desk import post, questions, said, signed_in
from verify.actions import SeatLost, claim_ahead, give_back, heartbeat, release_expired
from verify.models import Assignment, Decision, Judgement, Rater
from verify.shell import person_key


def ahead(project: Project, rater: Rater, wanted: int, **fields: Any) -> list[Assignment]:
    fields.setdefault("now", timezone.now())
    return claim_ahead(project, rater, POOLS, wanted=wanted, **fields)


def test_what_is_leased_ahead_is_asked_in_that_order(project: Project) -> None:
    late, soon = fill(project, 3, band=2), fill(project, 2, band=0)
    rater = make.make_rater(project)
    seats = ahead(project, rater, 4)
    assert [seat.band for seat in seats] == [0, 0, 2, 2]
    assert {seat.rendition_id for seat in seats} < {*soon, *late}
    assert all(seat.shown["mode"] == "assisted" and seat.rater_id == rater.pk for seat in seats)
    assert ahead(project, rater, 4) == seats
    assert ahead(project, rater, 2) == seats
    for number, seat in enumerate(seats):
        assert make.claim(project, rater) == seat
        Assignment.objects.filter(pk=seat.pk).update(state="done")
        left = seats[number + 1 :]
        assert ahead(project, rater, 4)[: len(left)] == left


def test_one_person_gets_a_rendition_once_however_many_seats_it_has(project: Project) -> None:
    pks = fill(project, 6, overlap=3)
    raters = [make.make_rater(project) for _ in range(4)]
    given = [ahead(project, rater, 20) for rater in raters]
    assert [len(seats) for seats in given] == [6, 6, 6, 0]
    for seats in given[:3]:
        assert {seat.rendition_id for seat in seats} == set(pks)
    assert len({seat.pk for seats in given for seat in seats}) == 18


def test_seats_are_filled_up_from_one_queue_after_the_other(project: Project) -> None:
    from annotate.actions.projects import add_language
    from verify.actions import open_seats
    from verify.actions.seats import NewSeat

    add_language(project, "de")
    texts = {"en": make.SOURCE, "es": make.TARGET, "de": make.TARGET}
    items = [make.make_item(project, texts=texts) for _ in range(2)]
    for item in items:
        for tag in ("es", "de"):
            open_seats(project, [NewSeat(item.renditions.get(language=tag).pk, tag)])
    rater = make.make_rater(project, languages=("es", "de"))
    pools = ("review:de", "review:es")
    seats = claim_ahead(project, rater, pools, wanted=3, now=timezone.now())
    assert [seat.pool for seat in seats] == ["review:de", "review:de", "review:es"]
    assert claim_ahead(project, rater, pools, wanted=3, now=timezone.now()) == seats


def test_a_heartbeat_keeps_all_and_says_which_are_gone(project: Project) -> None:
    fill(project, 4)
    rater, other = make.make_rater(project), make.make_rater(project)
    seats = [seat.pk for seat in ahead(project, rater, 3)]
    later = timezone.now() + timedelta(minutes=14)
    Assignment.objects.filter(pk=seats[0]).update(state="void")
    assert sorted(heartbeat(seats=seats, rater=rater, now=later)) == sorted(seats[1:])
    with pytest.raises(SeatLost):
        heartbeat(seats=seats, rater=other, now=later)
    assert release_expired(now=later + timedelta(minutes=14)) == 0
    assert release_expired(now=later + timedelta(minutes=16)) == 2
    assert [seat.pk for seat in ahead(project, other, 9)] != []


def test_a_pack_is_kept_for_hours_and_a_heartbeat_does_not_shorten_it(project: Project) -> None:
    fill(project, 3)
    rater = make.make_rater(project)
    now = timezone.now()
    held = ahead(project, rater, 1, now=now)
    pack = ahead(project, rater, 3, now=now, lease=timedelta(hours=12))
    assert pack[0] == held[0]
    assert heartbeat(seats=[seat.pk for seat in pack], rater=rater, now=now)
    assert release_expired(now=now + timedelta(hours=11)) == 0
    assert give_back(seats=[pack[1].pk], rater=make.make_rater(project)) == 0
    assert give_back(seats=[pack[1].pk], rater=rater) == 1
    assert make.claim(project, make.make_rater(project)) == pack[1]
    assert release_expired(now=now + timedelta(hours=13)) == 3


def test_twenty_undos_walk_back_and_the_way_on_is_the_same_again(project: Project) -> None:
    for _ in range(21):
        make.make_task(project)
    client = signed_in(make.make_member(project))
    card = client.get(reverse("verify:next", args=[project.slug])).json()["card"]
    order = []
    while card:
        order.append(card["seat"])
        card = post(client, "submit", project, **said(card)).json()["card"]
    back = [post(client, "undo", project).json()["card"]["seat"] for _ in range(20)]
    assert back == order[:0:-1]
    refused = post(client, "undo", project)
    assert (refused.status_code, "nothing left" in refused.json()["error"]) == (409, True)
    assert Decision.objects.filter(is_current=True, origin="single").count() == 1
    asked = post(client, "ahead", project, wanted=4).json()
    assert asked["seats"] == order[1:]


def test_undo_stays_with_the_desk_it_is_asked_at(project: Project) -> None:
    make.make_task(project)
    client = signed_in(make.make_member(project, role="adjudicator"))
    card = post(client, "ahead", project, wanted=1).json()["cards"][0]
    assert post(client, "submit", project, **said(card)).status_code == 200
    assert post(client, "adjudicate-undo", project).status_code == 409
    assert post(client, "undo", project).status_code == 200


def test_a_submission_brings_just_the_card_that_is_lacking(project: Project) -> None:
    for _ in range(6):
        make.make_task(project)
    client = signed_in(make.make_member(project))
    first = post(client, "ahead", project, wanted=4).json()
    assert len(first["cards"]) == len(first["seats"]) == 4
    card, *rest = first["cards"]
    have = [one["seat"] for one in rest]
    body = said(card, ahead={"wanted": 4, "have": have})
    answer = post(client, "submit", project, **body).json()
    assert answer["seats"][:3] == have
    assert [one["seat"] for one in answer["cards"]] == answer["seats"][3:]
    assert answer["progress"] == {"done": 1, "left": 5}
    more = post(client, "ahead", project, wanted=20).json()
    assert len(more["seats"]) == 4  # the policy's three, and the one on screen
    pack = post(client, "ahead", project, wanted=20, pack=True).json()
    assert (len(pack["seats"]), pack["lease_seconds"]) == (5, 12 * 3600)


def test_the_answer_takes_few_queries_however_many_cards(project: Project) -> None:
    for _ in range(12):
        make.make_task(project)
    client = signed_in(make.make_member(project))
    # The first use prepares two statements, and the end of a short queue is looked at twice.
    post(client, "ahead", project, wanted=2)
    Rater.objects.update(cursor=0.0)
    with CaptureQueriesContext(connection) as caught:
        answer = post(client, "ahead", project, wanted=10, pack=True).json()
    assert len(answer["cards"]) == 10
    assert len(questions(caught)) <= 8, questions(caught)


@pytest.mark.parametrize(
    "body", [{"wanted": 21}, {"wanted": -1}, {"wanted": "all"}, {"wanted": 1, "have": ["x"]}, {}]
)
def test_what_cannot_be_asked_for_is_said(project: Project, body: dict[str, Any]) -> None:
    client = signed_in(make.make_member(project))
    refused = post(client, "ahead", project, **body)
    assert refused.status_code == 422
    assert "ahead:" in refused.json()["error"]


def test_a_batch_is_taken_in_order_once_and_says_what_failed(project: Project) -> None:
    for _ in range(4):
        make.make_task(project)
    client, other = (signed_in(make.make_member(project)) for _ in range(2))
    cards = post(client, "ahead", project, wanted=4).json()["cards"]
    lost = cards[1]["seat"]
    release_expired(now=timezone.now() + timedelta(hours=1))
    Assignment.objects.filter(state="open").exclude(pk=lost).update(band=9)
    assert post(other, "ahead", project, wanted=1).json()["seats"] == [lost]
    bad = said(cards[2]) | {"outcome": "perhaps"}
    sent = [said(cards[0]), said(cards[1]), bad, said(cards[3])]
    answer = post(client, "sync", project, sent=sent, ahead={"wanted": 1}).json()
    assert [one["status"] for one in answer["results"]] == [200, 409, 422, 200]
    assert "somebody else" in answer["results"][1]["error"]
    again = post(client, "sync", project, sent=sent).json()
    assert [one.get("saved") for one in again["results"]] == [
        one.get("saved") for one in answer["results"]
    ]
    assert Judgement.objects.count() == 2


def test_a_judgement_that_may_have_arrived_is_taken_back_by_its_id(project: Project) -> None:
    make.make_task(project)
    client = signed_in(make.make_member(project))
    card = post(client, "ahead", project, wanted=1).json()["cards"][0]
    first, second = said(card), said(card, comment="better")
    never = {"undo": str(uuid.uuid4())}
    sent = [first, {"undo": first["client_id"]}, second, never]
    results = post(client, "sync", project, sent=sent).json()["results"]
    assert [one["status"] for one in results] == [200] * 4
    assert (results[1]["undone"], results[3]["undone"]) == (card["seat"], None)
    chain = list(Judgement.objects.order_by("pk").values_list("outcome", "comment"))
    assert chain == [("answered", ""), ("withdrawn", ""), ("answered", "better")]


def test_what_one_person_kept_is_not_sent_as_another(project: Project) -> None:
    make.make_task(project)
    member = make.make_member(project)
    client, other = signed_in(member), signed_in(make.make_member(project))
    body = said(post(client, "ahead", project, wanted=1).json()["cards"][0])
    url = reverse("verify:submit", args=[project.slug])
    headers = {"X-Person": person_key(member)}
    refused = other.post(url, body, "application/json", headers=headers)
    assert (refused.status_code, "Somebody else" in refused.json()["error"]) == (403, True)
    assert client.post(url, body, "application/json", headers=headers).status_code == 200


def test_strangers_lease_nothing(project: Project) -> None:
    fill(project, 1)
    stranger = signed_in(make.make_user())
    for name in ("ahead", "sync", "give-back"):
        assert post(stranger, name, project, wanted=1).status_code == 404
    assert not Assignment.objects.exclude(state="open").exists()


@pytest.mark.django_db(transaction=True)
def test_many_people_leasing_ahead_at_once_never_share_a_seat() -> None:
    project = make.make_project(slug="crowd")
    with scope(project=project):
        fill(project, 20, overlap=3)
        raters = [make.make_rater(project) for _ in range(5)]
    taken: list[tuple[int, int, int]] = []
    failures: list[BaseException] = []
    start = threading.Barrier(2 * len(raters))

    def work(rater: Rater) -> None:
        try:
            start.wait()
            with scope(project=project):
                while seats := ahead(project, rater, 4):
                    done = Assignment.objects.filter(pk=seats[0].pk, state="leased")
                    if done.update(state="done"):
                        taken.append((seats[0].pk, seats[0].rendition_id, rater.pk))
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    # Each person has two pages open.
    threads = [threading.Thread(target=work, args=(rater,)) for rater in raters * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert max(Counter(pk for pk, _, _ in taken).values()) == 1
    assert len(taken) == 60
    assert len({(rendition, rater) for _, rendition, rater in taken}) == 60
