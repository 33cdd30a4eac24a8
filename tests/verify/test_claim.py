"""Claiming: no seat twice, no person twice on a rendition in a round, whatever happens at once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.utils import timezone
from django_scopes import scope

from annotate.models import Project
from tests import factories as make
from verify.actions import (
    SeatLost,
    SubmissionError,
    claim_next,
    heartbeat,
    open_seats,
    record_judgement,
    release_expired,
    void_seats,
)
from verify.actions import claim as claiming
from verify.actions.seats import NewSeat
from verify.models import Assignment, Rater

POOLS = ("review:es",)


def take_all(project: Project, rater: Rater) -> list[Assignment]:
    """Claim and finish until nothing is left."""
    taken = []
    while seat := make.claim(project, rater):
        Assignment.objects.filter(pk=seat.pk).update(state="done")
        taken.append(seat)
    return taken


def renditions(project: Project, count: int) -> list[int]:
    return [make.make_rendition(project).pk for _ in range(count)]


def fill(project: Project, count: int, overlap: int = 1, **fields) -> list[int]:
    pks = renditions(project, count)
    open_seats(project, [
        NewSeat(pk, "es", seat=seat, **fields) for pk in pks for seat in range(1, overlap + 1)
    ])  # fmt: skip
    return pks


def test_opening_the_same_seats_twice_opens_them_once(project: Project) -> None:
    rows = [NewSeat(pk, "es", seat=seat) for pk in renditions(project, 3) for seat in (1, 2)]
    open_seats(project, rows)
    open_seats(project, rows)
    seats = Assignment.objects.all()
    assert seats.count() == 6
    assert len({s.shuffle for s in seats}) == 3
    assert all(0 <= s.shuffle < 1 and s.pool == "review:es" for s in seats)


def test_overlap_three_gives_each_person_each_rendition_once(project: Project) -> None:
    pks = fill(project, 12, overlap=3)
    raters = [make.make_rater(project) for _ in range(4)]
    taken = {rater.pk: take_all(project, rater) for rater in raters}
    for seats in taken.values():
        assert len({s.rendition_id for s in seats}) == len(seats)
    assert Counter(s.rendition_id for seats in taken.values() for s in seats) == dict.fromkeys(
        pks, 3
    )
    assert len(taken[raters[0].pk]) == 12
    assert taken[raters[3].pk] == []


def test_urgent_seats_come_first_and_then_all_others(project: Project) -> None:
    late, soon = fill(project, 5, band=3), fill(project, 5, band=0)
    bands = [seat.band for seat in take_all(project, make.make_rater(project))]
    assert bands == [0] * len(soon) + [3] * len(late)


def test_a_person_keeps_the_seat_they_hold_and_may_walk_all_round_the_ring(project) -> None:
    fill(project, 8)
    rater = make.make_rater(project)
    Rater.objects.filter(pk=rater.pk).update(cursor=0.9999)
    first = make.claim(project, rater)
    assert make.claim(project, rater) == first
    assert first.state == "leased"
    Assignment.objects.filter(pk=first.pk).update(state="done")
    assert len(take_all(project, rater)) == 7
    assert make.claim(project, rater) is None


def test_other_pools_and_other_projects_are_out_of_reach(project: Project) -> None:
    fill(project, 2)
    rater = make.make_rater(project)
    assert make.claim(project, rater, "review:de") is None
    elsewhere = make.make_project(slug="elsewhere")
    with scope(project=elsewhere):
        stranger = make.make_rater(elsewhere)
        assert make.claim(elsewhere, stranger) is None
        assert Assignment.objects.count() == 0


def test_what_is_shown_is_frozen_with_the_claim(project: Project) -> None:
    rendition = make.make_task(project)
    seat = make.claim(project, make.make_rater(project))
    shown = dict(seat.shown)
    assert shown["mode"] == "assisted"
    assert shown["basis"] == rendition.made_from.standing_id
    make.make_consensus(rendition, ())
    seat.refresh_from_db()
    assert seat.shown == shown


def test_a_planted_seat_keeps_its_plant_through_release_and_new_claim(project: Project) -> None:
    rendition = make.make_task(project, mode="planted", preset={"plant": {"kind": "boundary"}})
    seat = make.claim(project, make.make_rater(project))
    assert seat.shown["plant"] == {"kind": "boundary"}
    assert seat.rendition_id == rendition.pk
    release_expired(now=timezone.now() + timedelta(hours=1))
    again = make.claim(project, make.make_rater(project))
    assert again.pk == seat.pk
    assert again.shown["plant"] == {"kind": "boundary"}
    assert "left_by" not in again.shown


def test_an_expired_lease_returns_and_a_heartbeat_keeps_it(project: Project) -> None:
    fill(project, 1)
    holder, other = make.make_rater(project), make.make_rater(project)
    seat = make.claim(project, holder)
    assert make.claim(project, other) is None
    later = timezone.now() + timedelta(minutes=14)
    assert heartbeat(seats=[seat.pk], rater=holder, now=later) == [seat.pk]
    assert release_expired(now=later + timedelta(minutes=2)) == 0
    assert release_expired(now=later + timedelta(minutes=16)) == 1
    assert make.claim(project, other) == seat
    with pytest.raises(SeatLost):
        heartbeat(seats=[seat.pk], rater=holder, now=later)


def test_a_replaced_rendition_takes_its_seats_away(project: Project) -> None:
    pks = fill(project, 2)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    assert void_seats(pks) == 2
    with pytest.raises(SeatLost, match="replaced"):
        record_judgement(seat, rater=rater, submission=make.accepted())
    assert make.claim(project, rater) is None


def test_a_long_stretch_of_forbidden_seats_is_walked_in_bounded_steps(project, monkeypatch) -> None:
    monkeypatch.setattr(claiming, "FIRST", 2)
    monkeypatch.setattr(claiming, "WINDOW", 4)
    monkeypatch.setattr(claiming, "STRETCH", 8)
    pks = fill(project, 40, overlap=2)
    rater = make.make_rater(project)
    take_all(project, rater)
    Assignment.objects.filter(rendition_id=pks[7], state="done").update(
        rater=make.make_rater(project)
    )
    # The only free seat stands just behind the person: all others come first on the way round.
    free = Assignment.objects.filter(rendition_id=pks[7]).first().shuffle
    Rater.objects.filter(pk=rater.pk).update(cursor=free)
    claiming._walks.clear()
    found, steps = None, 0
    while found is None and steps < 12:
        found, steps = make.claim(project, rater), steps + 1
    assert found is not None
    assert found.rendition_id == pks[7]
    assert steps > 1


def test_forbidden_urgent_seats_do_not_hide_others(project: Project, monkeypatch) -> None:
    monkeypatch.setattr(claiming, "FIRST", 2)
    monkeypatch.setattr(claiming, "WINDOW", 4)
    monkeypatch.setattr(claiming, "STRETCH", 8)
    fill(project, 20, overlap=2, band=0)
    rater = make.make_rater(project)
    assert len(take_all(project, rater)) == 20
    fill(project, 3, band=1)
    assert [s.band for s in take_all(project, rater)] == [1, 1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_never_get_the_same_seat() -> None:
    project = make.make_project(slug="crowd")
    with scope(project=project):
        fill(project, 25, overlap=3)
        raters = [make.make_rater(project) for _ in range(6)]
    taken: list[tuple[int, int, int]] = []
    failures: list[BaseException] = []
    start = threading.Barrier(len(raters))

    def work(rater: Rater) -> None:
        try:
            start.wait()
            with scope(project=project):
                while seat := claim_next(project, rater, POOLS, timezone.now()):
                    taken.append((seat.pk, seat.rendition_id, rater.pk))
                    Assignment.objects.filter(pk=seat.pk).update(state="done")
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(rater,)) for rater in raters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len({pk for pk, _, _ in taken}) == len(taken) == 75
    assert len({(rendition, rater) for _, rendition, rater in taken}) == 75


@pytest.mark.django_db(transaction=True)
def test_two_pages_of_one_person_get_one_seat() -> None:
    project = make.make_project(slug="pages")
    with scope(project=project):
        fill(project, 5, overlap=2)
        rater = make.make_rater(project)
    got: list[int] = []
    start = threading.Barrier(4)

    def page() -> None:
        try:
            start.wait()
            with scope(project=project):
                got.append(claim_next(project, rater, POOLS, timezone.now()).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=page) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 4
    assert len(set(got)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_two_judgements_of_a_round_at_once_still_settle_it() -> None:
    from verify.models import Decision

    project = make.make_project(slug="together")
    with scope(project=project):
        made = [make.make_task(project, overlap=2) for _ in range(5)]
        raters = [make.make_rater(project) for _ in range(2)]
    start = threading.Barrier(2)

    def work(rater: Rater) -> None:
        try:
            with scope(project=project):
                for _ in made:
                    start.wait()
                    seat = claim_next(project, rater, POOLS, timezone.now())
                    record_judgement(seat, rater=rater, submission=make.accepted())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(rater,)) for rater in raters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(project=project):
        assert Decision.objects.filter(origin="agreed", is_current=True).count() == 5


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_arriving_twice_at_once_is_stored_once() -> None:
    from verify.models import Judgement

    project = make.make_project(slug="doubled")
    with scope(project=project):
        make.make_task(project)
        rater = make.make_rater(project)
        seat = claim_next(project, rater, POOLS, timezone.now())
    sent = make.accepted()
    results: list[int] = []
    start = threading.Barrier(3)

    def send() -> None:
        try:
            start.wait()
            with scope(project=project):
                results.append(record_judgement(seat, rater=rater, submission=sent).pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope(project=project):
        assert len(results) == 3
        assert len(set(results)) == 1
        assert Judgement.objects.count() == 1


def test_the_unique_constraint_is_the_last_resort(project: Project) -> None:
    from django.db import IntegrityError, transaction

    rendition = make.make_task(project, overlap=2)
    rater = make.make_rater(project)
    make.claim(project, rater)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(rendition=rendition, state="open").update(
            rater=rater, state="leased", claimed_at=timezone.now(), lease_until=timezone.now()
        )


def test_a_claim_reads_the_open_seats_by_their_index(project: Project) -> None:
    fill(project, 30)
    rater = make.make_rater(project)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + claiming.TAKE.ready(), {
            "project": project.pk, "pool": "review:es", "rater": rater.pk, "floor": 0,
            "after": 0.5, "upto": 1.0, "window": 2000, "rotate": False, "now": timezone.now(),
            "until": timezone.now(),
        })  # fmt: skip
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "seat_open" in plan
    assert "LockRows" in plan


def test_a_submission_with_faults_leaves_the_seat_leased(project: Project) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    with pytest.raises(SubmissionError, match="none of"):
        record_judgement(seat, rater=rater, submission=make.submission(outcome="perhaps"))
    assert make.claim(project, rater) == seat


def test_what_is_half_judged_is_asked_first_of_the_next_person(project):
    for _ in range(8):
        make.make_task(project, overlap=2)
    first, second = make.make_rater(project), make.make_rater(project)
    judged = []
    for _ in range(3):
        seat = make.claim(project, first, "review:es")
        record_judgement(seat, rater=first, submission=make.accepted())
        judged.append(seat.rendition_id)
    shared = []
    for _ in range(3):
        seat = make.claim(project, second, "review:es")
        record_judgement(seat, rater=second, submission=make.accepted())
        shared.append(seat.rendition_id)
    assert sorted(shared) == sorted(judged)
