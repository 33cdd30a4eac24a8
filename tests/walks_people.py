"""What people write, judge, undo and rate."""

from __future__ import annotations

from dataclasses import replace

from django.utils import timezone
from django_scopes import scope
from walks import (
    all_right,
    client_id,
    given,
    labels,
    machine,
    mark,
    new_project,
    person,
    question,
    reading_of,
    rendition,
    seats,
    store,
    submit,
    text,
    there_and_back,
    vote,
    work,
)

from annotate.models import (
    Candidate,
    Consensus,
)
from annotate.readings import Answer, Reading
from annotate.records import FieldRecord, ItemRecord, RenditionRecord
from verify.actions.claim import claim_next
from verify.actions.decide import decide, supersede
from verify.actions.erase import erase_person
from verify.actions.judge import record_judgement
from verify.actions.raters import rater_for
from verify.actions.reports import draw_sample, save_certificate
from verify.actions.seats import NewSeat, open_seats, void_seats
from verify.actions.undo import undo_last
from verify.models import Certificate, Decision, Judgement, SpanVerdict
from verify.submission import Submission, SubmittedAnswer, SubmittedSpan


class TestDialogueWrittenFromAnOutline:
    """(c) A dialogue written by a person from an outline, its slots marked."""

    def test_walk(self, tmp_path):
        project = new_project("c", targets=("sw",))
        with scope(project=project):
            labels(project, "city")
            question(project, "spans", "spans", scope="field")
            outline = {
                "outline": [{"speaker": "user", "intent": "book", "slots": {"city": "Mombasa"}}]
            }
            store(
                project,
                ItemRecord(
                    "c1",
                    (
                        RenditionRecord(
                            "en",
                            (FieldRecord("turn 1", "Book a room in Mombasa.", speaker="user"),),
                        ),
                        RenditionRecord("sw", ()),
                    ),
                    group="dialogue",
                    inputs=outline,
                ),
            )
            empty = rendition(project, "c1", "sw")
            assert empty.state == "empty"
            open_seats(project=project, rows=[NewSeat(empty.pk, "sw", kind="write")])
            writer = person(project, "writer", languages=("sw",))
            rater = rater_for(project=project, user=writer)
            seat = claim_next(project, rater, ["write:sw"], timezone.now())
            assert seat.rendition.item.inputs == outline
            from annotate.actions.items import sha256
            from annotate.actions.texts import NewField, NewRendition, set_current, store_passages

            words = "Nataka chumba Mombasa."
            stored = store_passages(project, {("sw", sha256(words)): words})
            row = NewRendition(
                empty.item_id,
                "sw",
                (NewField("turn 1", stored["sw", sha256(words)], speaker="user"),),
                "person",
                empty.made_from_id,
            )
            written = set_current(project, [row], replace=True)[0]
            void_seats(renditions=[empty.pk])
            seats(project, written, mode="blind")
            slot = SubmittedSpan("1", None, "added", "", "city", "turn 1", 14, 21, "Mombasa")
            judgement = submit(project, writer, language="sw", spans=(slot,))
            assert judgement.rendition == written
            assert Decision.objects.get(rendition=written).origin == "single"
            assert rendition(project, "c1", "sw").origin == "person"
            there_and_back(project, tmp_path)


class TestKnownAndPlanted:
    """(h) Gold, planted and blind seats, what was shown, a sample and its certificate going stale."""

    def test_walk(self, tmp_path):
        project = new_project("h")
        with scope(project=project):
            labels(project, "LOC")
            question(project, "spans", "spans", scope="field")
            where = self.accepted(project)
            first = Decision.objects.get(rendition=where[0], is_current=True)
            decide(
                project=project,
                rendition=where[0],
                reading=first.reading,
                origin="imported",
                gold=True,
            )
            sample, drawn = draw_sample(
                project=project,
                purpose="certificate",
                seed="s",
                size=2,
                frame={"language": "de", "origins": ["accepted"]},
            )
            assert len(drawn) == 2
            assert where[0].pk not in drawn, "gold is outside every frame"
            certificate = save_certificate(
                sample=sample, judged=2, errors=0, bound=0.5, method="hypergeometric", judges=["R1"]
            )
            self.judged(project, where)
            outside = next(r for r in where[3:] if r.pk not in drawn)
            decide(
                project=project,
                rendition=outside,
                origin="adjudicated",
                reading=Decision.objects.get(rendition=outside, is_current=True).reading,
            )
            certificate.refresh_from_db()
            assert certificate.is_stale
            assert Certificate.objects.filter(is_stale=False).count() == 0
            there_and_back(project, tmp_path)

    def accepted(self, project):
        rows = []
        for n in range(6):
            words = f"Nach Bonn {n}"
            rows.append(
                ItemRecord(
                    f"h{n}",
                    (
                        text(
                            "en",
                            f"To Bonn {n}",
                            given(mark("Bonn", "LOC", f"To Bonn {n}", "1")),
                        ),
                        text("de", words, given(mark("Bonn", "LOC", words, "1"), by="m")),
                    ),
                )
            )
        store(project, *rows)
        project.policy.update(single_source="accept", audit_share=0)
        project.save()
        work(project, "aggregate")
        work(project, "route")
        where = [rendition(project, f"h{n}", "de") for n in range(6)]
        assert Decision.objects.filter(origin="accepted").count() == 6
        return where

    def judged(self, project, where):
        planted = Consensus.objects.get(rendition=where[1]).reading_id
        open_seats(
            project=project,
            rows=[
                NewSeat(
                    where[1].pk,
                    "de",
                    round=2,
                    mode="planted",
                    preset={"readings": [planted], "plant": "label"},
                ),
                NewSeat(where[2].pk, "de", round=3, mode="blind"),
            ],
        )
        user = person(project, "h")
        rater = rater_for(project=project, user=user)
        modes = {}
        for _ in range(2):
            seat = claim_next(project, rater, ["review:de"], timezone.now())
            modes[seat.mode] = seat.shown
            spans = (
                all_right(seat)
                if seat.mode == "planted"
                else (SubmittedSpan("1", None, "added", "", "LOC", "text", 5, 9, "Bonn"),)
            )
            record_judgement(seat, rater=rater, submission=Submission(client_id(), spans=spans))
        assert modes["planted"]["readings"] == [planted]
        assert modes["blind"]["mode"] == "blind"
        assert not Decision.objects.filter(rendition=where[1], origin="single").exists(), (
            "plants decide nothing"
        )


class TestOverlapThree:
    """(k) Overlap 3; one person is never asked twice."""

    def test_walk(self, tmp_path):
        project = new_project("k")
        with scope(project=project):
            labels(project, "LOC")
            question(project, "spans", "spans", scope="field")
            store(
                project,
                *[
                    ItemRecord(f"k{n}", (text("en", f"{n}"), text("de", f"Wort {n}")))
                    for n in range(4)
                ],
            )
            for n in range(4):
                seats(project, rendition(project, f"k{n}", "de"), 3, mode="blind")
            people = [person(project, f"k{n}") for n in range(3)]
            for user in people:
                for _ in range(4):
                    submit(project, user)
                rater = rater_for(project=project, user=user)
                assert claim_next(project, rater, ["review:de"], timezone.now()) is None
            assert Judgement.objects.count() == 12
            assert Judgement.objects.values("rater", "rendition").distinct().count() == 12
            assert set(Decision.objects.values_list("origin", flat=True)) == {"agreed"}
            there_and_back(project, tmp_path)


class TestUndoResubmitErase:
    """(l) Undo after submit, idempotent resubmit, erasure of a person."""

    def test_walk(self, tmp_path):
        project = new_project("l")
        with scope(project=project):
            labels(project, "LOC")
            question(project, "spans", "spans", scope="field")
            store(project, ItemRecord("l1", (text("en", "Bonn"), text("de", "Bonn"))))
            where = rendition(project, "l1", "de")
            seats(project, where, mode="blind")
            user = person(project, "l")
            rater = rater_for(project=project, user=user)
            seat = claim_next(project, rater, ["review:de"], timezone.now())
            submission = Submission(
                client_id(),
                comment="hm",
                spans=(SubmittedSpan("1", None, "added", "", "LOC", "text", 0, 4, "Bonn"),),
            )
            first = record_judgement(seat, rater=rater, submission=submission)
            assert record_judgement(seat, rater=rater, submission=submission) == first
            assert Judgement.objects.count() == 1
            again = undo_last(rater)
            assert again.pk == seat.pk
            assert not Decision.objects.filter(is_current=True).exists()
            second = record_judgement(again, rater=rater, submission=Submission(client_id()))
            assert second.supersedes.outcome == "withdrawn"
            assert reading_of(Decision.objects.get(is_current=True).reading_id).spans == ()
            erase_person(user=user)
            rater.refresh_from_db()
            assert rater.user is None
            assert set(Judgement.objects.values_list("comment", flat=True)) == {""}
            assert Judgement.objects.count() == 3
            there_and_back(project, tmp_path)


class TestRatingOneCandidate:
    """(n) A judge model and two people rate one candidate from 1 to 5."""

    def test_walk(self, tmp_path):
        project = new_project("n")
        with scope(project=project):
            options = [{"key": str(n), "wording": {"en": str(n)}} for n in range(1, 6)]
            question(project, "quality", "rating", scope="basis", options=options)
            store(project, ItemRecord("n1", (text("en", "Tell me."), text("de", "Sag es mir."))))
            where = rendition(project, "n1", "de")
            vote(
                project,
                machine(project, "writer", "labeller", "llm"),
                where,
                Reading((Answer("q", "rendition", "x"),)),
            )
            rated = Candidate.objects.get().reading
            judge = machine(project, "judge", "judge", "llm")
            vote(project, judge, where, Reading((Answer("quality", "basis", 4),)), basis=rated.pk)
            open_seats(
                project=project,
                rows=[
                    NewSeat(
                        where.pk, "de", seat=n, preset={"judged": [rated.pk], "basis": rated.pk}
                    )
                    for n in (1, 2)
                ],
            )
            said = []
            for n, value in ((1, 4), (2, 5)):
                judgement = submit(
                    project,
                    person(project, f"n{n}"),
                    answers=(SubmittedAnswer("quality", value, "basis"),),
                )
                said.append(judgement.reading)
            assert {reading.basis_id for reading in said} == {rated.pk}, (
                "comparable: the same basis"
            )
            ratings = [
                reading_of(r.pk).answers[0].value
                for r in [Candidate.objects.get(version=judge).reading, *said]
            ]
            assert ratings == [4, 4, 5]
            there_and_back(project, tmp_path)


class TestVerdicts:
    """A verdict keeps the shown span and what became of it."""

    def test_walk(self):
        project = new_project("v")
        with scope(project=project):
            labels(project, "LOC")
            question(project, "spans", "spans", scope="field")
            words = "In Bonn am Rhein"
            store(
                project,
                ItemRecord(
                    "v1",
                    (
                        text("en", "x"),
                        text("de", words, given(mark("Bonn am", "LOC", words, "1"), by="m")),
                    ),
                ),
            )
            work(project, "aggregate")
            work(project, "route")
            user = person(project, "v")
            rater = rater_for(project=project, user=user)
            seat = claim_next(project, rater, ["review:de"], timezone.now())
            (row,) = all_right(seat)
            record_judgement(
                seat,
                rater=rater,
                submission=Submission(
                    client_id(), spans=(replace(row, verdict="boundary", end=7, surface="Bonn"),)
                ),
            )
            verdict = SpanVerdict.objects.get()
            assert (verdict.span.surface, verdict.becomes.surface, verdict.verdict) == (
                "Bonn am",
                "Bonn",
                "boundary",
            )
            supersede(project=project, renditions=[seat.rendition_id], because="test")
            assert not Decision.objects.filter(is_current=True).exists()
