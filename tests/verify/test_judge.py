"""Judgements: stored once, settled rightly, taken back where nothing final stands on them."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.actions.readings import load_readings
from annotate.models import Consensus, Project
from annotate.spans import Span
from tests import factories as make
from verify.actions import (
    GoldStands,
    SeatLost,
    SubmissionError,
    UndoRefused,
    decide,
    draw_sample,
    record_judgement,
    release_expired,
    save_certificate,
    skip,
    undo_last,
)
from verify.models import Assignment, Decision, Judgement, SpanVerdict
from verify.submission import SubmittedSpan


def judge(project: Project, rater, submission, pool: str = "review:es") -> Judgement:
    seat = make.claim(project, rater, pool)
    assert seat is not None
    return record_judgement(seat, rater=rater, submission=submission)


def standing(rendition) -> Decision | None:
    return Decision.objects.filter(rendition=rendition, is_current=True).first()


def test_one_judgement_decides_and_keeps_where_its_spans_came_from(project: Project) -> None:
    rendition = make.make_task(project)
    judgement = judge(project, make.make_rater(project), make.shortened())
    decision = standing(rendition)
    assert decision is not None
    assert decision.origin == "single"
    assert decision.reading_id == judgement.reading_id
    reading = load_readings([judgement.reading_id])[judgement.reading_id]
    assert [(s.label, s.start, s.end, s.surface, s.source) for s in reading.spans] == [
        ("PER", 0, 11, "Amina Diall", "s1"),
        ("LOC", 21, 26, "Dakar", "s2"),
    ]
    assert judgement.reading.basis_id == rendition.made_from.standing_id
    verdicts = judgement.verdicts.order_by("id").values_list("span__key", "becomes__key", "verdict")
    assert list(verdicts) == [("t1", "t1", "boundary"), ("t2", "t2", "right")]
    rendition.refresh_from_db()
    assert rendition.standing_id == judgement.reading_id


def test_equal_judgements_settle_at_once(project: Project) -> None:
    rendition = make.make_task(project, overlap=2)
    first, second = make.make_rater(project), make.make_rater(project)
    judge(project, first, make.accepted())
    assert standing(rendition) is None
    judge(project, second, make.accepted())
    decision = standing(rendition)
    assert decision is not None
    assert decision.origin == "agreed"
    assert not Assignment.objects.filter(kind="adjudicate").exists()


def test_different_judgements_go_to_adjudication_and_the_adjudicator_decides(project) -> None:
    rendition = make.make_task(project, overlap=2)
    judge(project, make.make_rater(project), make.accepted())
    judge(project, make.make_rater(project), make.shortened())
    assert standing(rendition) is None
    people = Consensus.objects.get(rendition=rendition, of="people")
    merged = load_readings([people.reading_id])[people.reading_id]
    assert [(s.label, s.source) for s in merged.spans] == [("LOC", "s2")]
    assert people.voters == 2
    assert len(people.votes) == 2

    adjudicator = make.make_rater(project, role="adjudicator")
    seat = make.claim(project, adjudicator, "adjudicate:es")
    assert seat is not None
    assert seat.round == 2
    assert seat.shown["readings"] == [people.reading_id]
    assert len(seat.shown["judged"]) == 2
    place = SubmittedSpan("n1", None, "added", "", "PER", "text", 0, 12, "Amina Diallo", "s1")
    record_judgement(seat, rater=adjudicator, submission=make.submission(place))
    decision = standing(rendition)
    assert decision is not None
    assert decision.origin == "adjudicated"
    assert decision.made_by_id == adjudicator.user_id


def test_spans_named_alike_by_different_people_do_not_mix(project: Project) -> None:
    rendition = make.make_rendition(project)
    make.make_seats(rendition, 3)
    per = {"label": "PER", "start": 0, "end": 12}
    loc = {"label": "LOC", "start": 21, "end": 26}
    said = [(per, loc), (loc, per), (loc,)]
    for spans in said:
        rows = [SubmittedSpan(f"new-{n}", source=None, **s) for n, s in enumerate(spans, 1)]
        judge(project, make.make_rater(project), make.submission(
            *rows, SubmittedSpan(source="s1", verdict="no_equivalent")))  # fmt: skip
    people = Consensus.objects.get(rendition=rendition, of="people")
    merged = load_readings([people.reading_id])[people.reading_id]
    assert {(s.label, s.surface) for s in merged.spans} == {
        ("PER", "Amina Diallo"), ("LOC", "Dakar"),
    }  # fmt: skip


def test_the_same_submission_twice_is_one_judgement(project: Project) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    sent = make.accepted()
    first = record_judgement(seat, rater=rater, submission=sent)
    assert record_judgement(seat, rater=rater, submission=sent).pk == first.pk
    assert Judgement.objects.count() == 1
    assert SpanVerdict.objects.count() == 2
    with pytest.raises(SeatLost, match="already"):
        record_judgement(seat, rater=rater, submission=make.accepted())
    other = make.make_rater(project)
    with pytest.raises(SeatLost):
        record_judgement(seat, rater=other, submission=sent)


def test_a_seat_of_somebody_else_is_refused_and_a_late_one_is_not(project: Project) -> None:
    make.make_task(project)
    late, other = make.make_rater(project), make.make_rater(project)
    seat = make.claim(project, late)
    with pytest.raises(SeatLost, match="somebody else"):
        record_judgement(seat, rater=other, submission=make.accepted())
    assert release_expired(now=timezone.now()) == 0
    assert release_expired(now=timezone.now() + timedelta(minutes=16)) == 1
    with pytest.raises(SeatLost):
        record_judgement(seat, rater=other, submission=make.accepted())
    record_judgement(seat, rater=late, submission=make.accepted())
    seat.refresh_from_db()
    assert (seat.state, seat.rater_id) == ("done", late.pk)


def test_an_expired_seat_that_somebody_took_is_lost(project: Project) -> None:
    make.make_task(project)
    late, other = make.make_rater(project), make.make_rater(project)
    seat = make.claim(project, late)
    release_expired(now=timezone.now() + timedelta(minutes=16))
    assert make.claim(project, other) == seat
    with pytest.raises(SeatLost, match="lease"):
        record_judgement(seat, rater=late, submission=make.accepted())
    assert Judgement.objects.count() == 0


BAD = {
    "no label": ({"label": "XYZ"}, "no label 'XYZ'"),
    "no field": ({"field": "title"}, "no field 'title'"),
    "outside": ({"end": 99}, "after the text's last character"),
    "empty": ({"end": 0}, "enclose no text"),
    "other text": ({"surface": "Amino Diallo"}, "hold 'Amina Diallo'"),
    "not shown": ({"shown": "t9"}, "no span 't9' was shown"),
    "no such source": ({"source": "s9"}, "no source span 's9'"),
    "right but moved": ({"end": 11}, "differs from what was shown"),
    "boundary unmoved": ({"verdict": "boundary"}, "another place"),
    "label unchanged": ({"verdict": "label"}, "still PER"),
    "removed but there": ({"verdict": "should_not_be"}, "takes the span out"),
    "unknown verdict": ({"verdict": "fine"}, "is no verdict"),
    "added though shown": ({"verdict": "added"}, "not added"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_does_not_fit_the_page_is_refused_with_its_place(project: Project, name: str) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    change, message = BAD[name]
    values = {
        "key": "t1", "shown": "t1", "verdict": "right", "label": "PER", "start": 0, "end": 12,
    } | change  # fmt: skip
    other = make.accepted().spans[1]
    with pytest.raises(SubmissionError) as caught:
        record_judgement(
            seat, rater=rater, submission=make.submission(SubmittedSpan(**values), other)
        )
    assert any(row.startswith("Span t1") and message in row for row in caught.value.rows)
    assert Judgement.objects.count() == 0
    seat.refresh_from_db()
    assert seat.state == "leased"


def test_every_shown_span_needs_one_verdict(project: Project) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    first = make.accepted().spans[0]
    with pytest.raises(SubmissionError, match="Span t2: it was shown"):
        record_judgement(seat, rater=rater, submission=make.submission(first))


def test_blind_judgements_have_no_verdicts_on_candidates(project: Project) -> None:
    rendition = make.make_task(project, mode="blind")
    rater = make.make_rater(project)
    seat = make.claim(project, rater)
    assert seat.shown["mode"] == "blind"
    with pytest.raises(SubmissionError, match="no span 't1' was shown"):
        record_judgement(seat, rater=rater, submission=make.accepted())
    row = SubmittedSpan("new-1", None, "added", "", "PER", "text", 0, 12, "", "s1")
    judgement = record_judgement(seat, rater=rater, submission=make.submission(row))
    assert judgement.verdicts.count() == 0
    assert standing(rendition) is not None


def test_undo_withdraws_the_decision_and_gives_the_seat_back(project: Project) -> None:
    rendition = make.make_task(project)
    rater = make.make_rater(project)
    first = judge(project, rater, make.accepted())
    seat = undo_last(rater)
    assert (seat.state, seat.rater_id, seat.pk) == ("leased", rater.pk, first.assignment_id)
    assert standing(rendition) is None
    ended = Decision.objects.get(rendition=rendition)
    assert "undone" in ended.ended_because
    rendition.refresh_from_db()
    assert rendition.standing_id is None
    again = record_judgement(seat, rater=rater, submission=make.shortened())
    assert again.supersedes.outcome == "withdrawn"
    assert again.supersedes.supersedes == first
    assert standing(rendition).reading_id == again.reading_id


def test_undo_takes_back_a_question_to_the_adjudicator_until_one_has_it(project: Project) -> None:
    make.make_task(project, overlap=2)
    first, second = make.make_rater(project), make.make_rater(project)
    judge(project, first, make.accepted())
    judge(project, second, make.shortened())
    seat = undo_last(second)
    assert not Assignment.objects.filter(kind="adjudicate", state="open").exists()
    record_judgement(seat, rater=second, submission=make.shortened())
    adjudicator = make.make_rater(project, role="adjudicator")
    held = make.claim(project, adjudicator, "adjudicate:es")
    with pytest.raises(UndoRefused, match="looking at it"):
        undo_last(second)
    rows = [SubmittedSpan("n", label="PER", start=0, end=12)]
    record_judgement(held, rater=adjudicator, submission=make.submission(*rows))
    with pytest.raises(UndoRefused, match="adjudicated"):
        undo_last(second)


def test_undo_is_refused_once_certified(project: Project) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    judge(project, rater, make.accepted())
    sample, members = draw_sample(
        project=project, purpose="certificate", frame={"language": "es"}, seed="s", size=1
    )
    assert len(members) == 1
    save_certificate(sample=sample, judged=1, errors=0, bound=0.9, method="exact")
    with pytest.raises(UndoRefused, match="certificate"):
        undo_last(rater)
    assert Judgement.objects.count() == 1


def test_undo_reaches_twenty_back_and_no_further(project: Project) -> None:
    for _ in range(21):
        make.make_task(project)
    rater = make.make_rater(project)
    done = [judge(project, rater, make.accepted()).assignment_id for _ in range(21)]
    assert [undo_last(rater).pk for _ in range(20)] == done[:0:-1]
    with pytest.raises(UndoRefused, match="nothing left"):
        undo_last(rater)


def test_nothing_to_undo(project: Project) -> None:
    with pytest.raises(UndoRefused, match="nothing"):
        undo_last(make.make_rater(project))


def test_skipped_is_not_offered_again_but_to_others(project: Project) -> None:
    rendition = make.make_task(project)
    shy, other = make.make_rater(project), make.make_rater(project)
    skip(make.claim(project, shy), rater=shy, reason="too_hard")
    assert make.claim(project, shy) is None
    seat = make.claim(project, other)
    assert seat is not None
    assert seat.rendition_id == rendition.pk
    assert seat.seat == 2
    left = Assignment.objects.get(rendition=rendition, seat=1)
    assert (left.state, left.rater_id, left.skip_reason) == ("skipped", shy.pk, "too_hard")
    record_judgement(seat, rater=other, submission=make.accepted())
    assert standing(rendition).origin == "single"


def test_unsure_asks_somebody_else_and_after_three_an_adjudicator(project: Project) -> None:
    rendition = make.make_task(project)
    for number in range(1, 4):
        seat = Assignment.objects.get(rendition=rendition, kind="review", state="open")
        assert seat.seat == number
        judge(project, make.make_rater(project), make.submission(outcome="unsure"))
    assert not Assignment.objects.filter(kind="review", state="open").exists()
    assert Assignment.objects.filter(kind="adjudicate", state="open").count() == 1
    assert standing(rendition) is None


def test_undo_of_unsure_takes_the_extra_seat_back(project: Project) -> None:
    make.make_task(project)
    rater = make.make_rater(project)
    judge(project, rater, make.submission(outcome="unsure"))
    undo_last(rater)
    assert not Assignment.objects.filter(state="open").exists()


def test_a_report_goes_to_the_adjudicator(project: Project) -> None:
    make.make_task(project)
    judge(project, make.make_rater(project), make.submission(outcome="reported", comment="rude"))
    assert Assignment.objects.get(kind="adjudicate").state == "open"


def test_a_wrong_source_label_opens_one_review_of_the_source(project: Project) -> None:
    project.languages.create(project=project, tag="de", role="target")
    item = make.make_item(project, texts={"en": make.SOURCE, "es": make.TARGET, "de": make.TARGET})
    for tag in ("es", "de"):
        rendition = item.renditions.get(language=tag)
        make.make_consensus(rendition)
        make.make_seats(rendition)
        second = make.accepted().spans[1]
        wrong = SubmittedSpan("t1", "t1", "source_label", "", "PER", "text", 0, 12)
        judge(project, make.make_rater(project), make.submission(wrong, second), f"review:{tag}")
    seats = Assignment.objects.filter(pool="review:en")
    assert [s.state for s in seats] == ["open"]
    assert seats[0].band == 0

    source = item.renditions.get(language="en")
    reviewer = make.make_rater(project, languages=["en"])
    held = make.claim(project, reviewer, "review:en")
    assert held.shown["readings"] == [source.standing_id]
    shown = [Span("PER", 0, 12, key="s1"), Span("LOC", 22, 27, key="s2")]
    record_judgement(held, rater=reviewer, submission=make.shortened(shown))
    assert standing(source).origin == "single"


def test_gold_is_replaced_by_nothing_but_an_adjudicator(project: Project) -> None:
    rendition = make.make_task(project)
    gold = make.make_reading(rendition)
    decide(project, rendition, gold, origin="imported", gold=True)
    judge(project, make.make_rater(project), make.shortened())
    assert standing(rendition).reading_id == gold.pk
    with pytest.raises(GoldStands):
        decide(project, rendition, make.make_reading(rendition, ()), origin="accepted")


def test_a_judgement_cannot_be_changed_or_deleted(project: Project) -> None:
    from django.db import DatabaseError, transaction

    make.make_task(project)
    judgement = judge(project, make.make_rater(project), make.accepted())
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgement.objects.filter(pk=judgement.pk).update(outcome="unsure")
    with pytest.raises(DatabaseError), transaction.atomic():
        Judgement.objects.filter(pk=judgement.pk).delete()


def test_client_ids_are_the_clients(project: Project) -> None:
    make.make_task(project)
    key = uuid.uuid4()
    assert judge(project, make.make_rater(project), make.accepted(client_id=key)).client_id == key
