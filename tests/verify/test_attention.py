"""Checks of attention: their shares, what they show, that they decide nothing, and what is told after."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_scopes import scope

from annotate.models import Project, Reading, Rendition
from annotate.spans import Span
from tests import factories as make
from verify import plants
from verify.actions import SeatLost, UndoRefused, decide, record_judgement, skip, undo_last
from verify.actions.claim import release_expired
from verify.models import Assignment, Decision, Judgement

# The names differ in the two languages, so that a proposal cannot hide in the source.
TEXTS = {"en": "Mary went to London.", "es": "María fue a Londres."}
SOURCES = (Span("PER", 0, 4, key="s1"), Span("LOC", 13, 19, key="s2"))
RIGHT = (
    Span("PER", 0, 5, key="t1", surface="María", source="s1"),
    Span("LOC", 12, 19, key="t2", surface="Londres", source="s2"),
)


def work(project: Project, count: int = 1, **seats: Any) -> list[Rendition]:
    """Renditions with a proposal and an open seat."""
    found = [make.make_rendition(project, texts=TEXTS, source_spans=SOURCES) for _ in range(count)]
    for rendition in found:
        make.make_consensus(rendition, RIGHT)
        make.make_seats(rendition, **seats)
    return found


def decided(project: Project, count: int = 1, *, gold: bool = False) -> list[Rendition]:
    """Renditions that are decided and of which nobody is asked any more."""
    found = []
    for _ in range(count):
        rendition = make.make_rendition(project, texts=TEXTS, source_spans=SOURCES)
        make.make_consensus(rendition, RIGHT)
        reading = make.make_reading(rendition, RIGHT)
        decide(project, rendition, reading, origin="accepted", gold=gold)
        found.append(rendition)
    return found


def checked_project(project: Project, **policy: Any) -> Project:
    project.policy |= {"blind_share": 0.0, **policy}
    project.save(update_fields=["policy"])
    return project


def checked_seat(project: Project, rater: Any) -> Any:
    """The person's second seat, after they accepted their first."""
    first = make.claim(project, rater)
    assert first is not None
    assert "check" not in first.shown, "there is nothing to go by before the first answer"
    record_judgement(first, rater=rater, submission=make.accepted(RIGHT))
    return make.claim(project, rater)


def own_answer(seat: Assignment, **fields: Any) -> Any:
    """Calls right whatever the seat shows."""
    shown = Reading.objects.get(pk=seat.shown["readings"][0]).spans.select_related("label")
    spans = [
        Span(
            s.label.key,
            s.start,
            s.end,
            key=s.key,
            surface=s.surface,
            source=s.source and s.source.key,
        )
        for s in shown.order_by("pk")
    ]
    return make.accepted(spans, **fields)


class TestPlantedSeats:
    def test_it_shows_one_error_in_a_round_of_its_own_and_decides_nothing(
        self, project: Project
    ) -> None:
        checked_project(project, planted_share=1.0)
        work(project, 2)
        known = decided(project, 3)
        rater = make.make_rater(project)
        seat = checked_seat(project, rater)
        check = seat.shown["check"]
        assert (seat.mode, check["kind"]) == ("planted", "planted")
        assert seat.round > 2
        truth = Reading.objects.get(pk=seat.shown["truth"])
        shown = Reading.objects.get(pk=seat.shown["readings"][0])
        assert bytes(shown.digest) != bytes(truth.digest)
        assert truth.rendition in known
        before = Decision.objects.filter(is_current=True).count()
        record_judgement(seat, rater=rater, submission=own_answer(seat))
        assert Decision.objects.filter(is_current=True).count() == before
        assert not Assignment.objects.filter(kind="adjudicate").exists()
        decision = Decision.objects.get(rendition=truth.rendition, is_current=True)
        assert decision.reading_id == truth.pk

    def test_everybody_s_plants_are_of_texts_they_have_not_seen(self, project: Project) -> None:
        checked_project(project, planted_share=1.0)
        work(project, 3)
        decided(project, 2)
        rater = make.make_rater(project)
        seat, seen = checked_seat(project, rater), []
        while seat.mode == "planted":
            seen.append(seat.rendition.item_id)
            record_judgement(seat, rater=rater, submission=own_answer(seat))
            seat = make.claim(project, rater)
        assert len(seen) == len(set(seen)) == 2
        assert seat.mode == "assisted", "when there is nothing to plant in, work goes on"

    def test_a_corrupted_rendition_is_never_current_nor_exported(
        self, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(plants, "KINDS", ("translation",))
        from pipeline.export import ExportScope, records

        checked_project(project, planted_share=1.0)
        work(project, 1)
        decided(project, 1)
        other = make.make_rendition(project, texts={"en": "In Rome.", "es": "En Roma."}, source_spans=(
            Span("LOC", 3, 7, key="s1"),))  # fmt: skip
        decide(
            project, other, origin="accepted",
            reading=make.make_reading(other, (Span("LOC", 3, 7, key="t1", source="s1"),)),
        )  # fmt: skip
        for number in range(20):
            project.policy["seed"] = f"seed {number}"
            project.save(update_fields=["policy"])
            make.make_seats(make_task(project))
            seat = checked_seat(project, make.make_rater(project))
            if seat is not None and "check" in seat.shown:
                break
        assert seat.rendition.origin == "planted"
        assert not seat.rendition.is_current
        text = seat.rendition.fields.get().passage.text
        assert text in {"María fue a Roma.", "En Londres."}
        record_judgement(seat, rater=seat.rater, submission=own_answer(seat))
        final = [r for r in records(project, ExportScope()) if r.language == "es"]
        assert text not in {field.text for record in final for field in record.fields}
        for record in final:
            assert record.reading is not None
            assert {s.surface for s in record.reading.spans} <= {"María", "Londres", "Roma"}


def make_task(project: Project) -> Rendition:
    rendition = make.make_rendition(project, texts=TEXTS, source_spans=SOURCES)
    make.make_consensus(rendition, RIGHT)
    return rendition


class TestGoldAndRepeats:
    def test_a_known_text_is_asked_once_of_each_person(self, project: Project) -> None:
        checked_project(project, gold_share=1.0)
        work(project, 4)
        (known,) = decided(project, gold=True)
        decided(project, 2)
        for _ in range(2):
            rater = make.make_rater(project)
            seat = checked_seat(project, rater)
            assert (seat.rendition, seat.mode) == (known, "repeat")
            assert seat.shown["check"] == {"kind": "gold"}
            record_judgement(seat, rater=rater, submission=make.shortened(RIGHT))
            following = make.claim(project, rater)
            assert following is None or following.rendition != known
        standing = Decision.objects.get(rendition=known, is_current=True)
        assert standing.gold
        assert standing.origin == "accepted"
        assert not Assignment.objects.filter(kind="adjudicate").exists()

    def test_a_text_comes_again_after_so_many_others(self, project: Project) -> None:
        checked_project(project, repeat_share=1.0, repeat_after=3)
        work(project, 6)
        rater = make.make_rater(project)
        done: list[Assignment] = []
        while (seat := make.claim(project, rater)) is not None and seat.mode != "repeat":
            record_judgement(seat, rater=rater, submission=make.accepted(RIGHT))
            done.append(seat)
        assert seat is not None
        assert len(done) == 4
        assert seat.rendition == done[0].rendition
        assert seat.shown["readings"] == done[0].shown["readings"]
        assert seat.shown["mode"] == done[0].shown["mode"]
        before = Decision.objects.get(rendition=seat.rendition, is_current=True)
        record_judgement(seat, rater=rater, submission=make.shortened(RIGHT))
        assert Decision.objects.get(rendition=seat.rendition, is_current=True) == before

    def test_a_check_goes_to_nobody_else(self, project: Project) -> None:
        checked_project(project, gold_share=1.0)
        work(project, 1)
        decided(project, gold=True)
        rater, other = make.make_rater(project), make.make_rater(project)
        seat = checked_seat(project, rater)
        release_expired(now=timezone.now() + timedelta(hours=1))
        assert make.claim(project, other) is None
        record_judgement(seat, rater=rater, submission=make.accepted(RIGHT))
        with pytest.raises(SeatLost):
            record_judgement(seat, rater=other, submission=make.accepted(RIGHT))

    def test_a_skipped_check_is_not_opened_for_others(self, project: Project) -> None:
        checked_project(project, gold_share=1.0)
        work(project, 1)
        decided(project, gold=True)
        rater = make.make_rater(project)
        seat = checked_seat(project, rater)
        skip(seat, rater=rater, reason="too_hard")
        assert Assignment.objects.filter(rendition=seat.rendition).count() == 1

    def test_reporting_a_check_asks_no_adjudicator(self, project: Project) -> None:
        checked_project(project, gold_share=1.0)
        work(project, 1)
        decided(project, gold=True)
        rater = make.make_rater(project)
        seat = checked_seat(project, rater)
        record_judgement(seat, rater=rater, submission=make.submission(outcome="reported"))
        record = Assignment.objects.filter(rendition=seat.rendition)
        assert record.count() == 1


class TestBlindPages:
    """Nothing proposed is in any answer of the server while a blind seat is on screen."""

    def client(self, project: Project) -> Client:
        client = Client()
        client.force_login(make.make_member(project))
        return client

    def hidden(self, response: Any) -> str:
        """The whole response without the text itself, in which the words stand of course."""
        whole = response.content.decode()
        for form in {TEXTS["es"], json.dumps(TEXTS["es"])[1:-1]}:
            whole = whole.replace(form, "")
        return whole

    @pytest.mark.parametrize("mode", ["blind", "audit"])
    def test_no_proposed_surface_is_in_the_response(self, project: Project, mode: str) -> None:
        alternative = Span("LOC", 10, 19, key="t3", surface="a Londres", source="s2", rank=2)
        for _ in range(3):
            rendition = make.make_rendition(project, texts=TEXTS, source_spans=SOURCES)
            make.make_consensus(rendition, (*RIGHT, alternative))
            make.make_seats(rendition, mode=mode)
        client = self.client(project)
        page = client.get(reverse("verify:desk", args=[project.slug]))
        answers = [page, client.get(reverse("verify:next", args=[project.slug]))]
        card = answers[1].json()["card"]
        assert card["mode"] == "blind"
        body = {"seat": card["seat"], "client_id": "0b8c4c3e-0000-4000-8000-000000000001"}
        body |= {"outcome": "answered", "spans": []}
        answers.append(
            client.post(reverse("verify:submit", args=[project.slug]), body, "application/json")
        )
        for answer in answers:
            assert answer.status_code == 200
            rest = self.hidden(answer)
            assert TEXTS["es"] not in rest
            for span in (*RIGHT, alternative):
                assert span.surface not in rest
                assert json.dumps(span.surface)[1:-1] not in rest
                assert f'"{span.key}"' not in rest

    def test_the_test_would_see_them(self, project: Project) -> None:
        work(project, 1)
        page = self.client(project).get(reverse("verify:desk", args=[project.slug]))
        assert "Londres" in self.hidden(page)

    def test_a_check_looks_like_other_work(self, project: Project) -> None:
        checked_project(project, planted_share=1.0)
        work(project, 2)
        decided(project, 1)
        client = self.client(project)
        first = client.get(reverse("verify:next", args=[project.slug])).json()["card"]
        spans = [{**s, "shown": s["key"], "verdict": "right"} for s in first["spans"]]
        body = {"seat": first["seat"], "client_id": "0b8c4c3e-0000-4000-8000-000000000002",
                "outcome": "answered", "spans": spans}  # fmt: skip
        answer = client.post(
            reverse("verify:submit", args=[project.slug]), body, "application/json"
        )
        assert answer.json()["revealed"] is None
        card = answer.json()["card"]
        assert Assignment.objects.get(pk=card["seat"]).mode == "planted"
        assert set(card) == set(first)
        assert (card["mode"], card["round"]) == (first["mode"], first["round"])
        for word in ("planted", "check", "truth"):
            assert word not in answer.content.decode()


class TestRevealing:
    """After the answer, and only where the policy says so."""

    def told(self, project: Project, rater: Any, seat: Assignment, submission: Any) -> Any:
        from verify.reveal import revealed

        judgement = record_judgement(seat, rater=rater, submission=submission)
        return revealed(project, Judgement.objects.get(pk=judgement.pk))

    @pytest.mark.parametrize(("policy", "is_told"), [("nothing", False), ("checks", True)])
    def test_that_it_was_a_check(self, project: Project, policy: str, is_told: bool) -> None:
        checked_project(project, gold_share=1.0, reveal=policy)
        work(project, 1)
        decided(project, gold=True)
        rater = make.make_rater(project)
        told = self.told(project, rater, checked_seat(project, rater), make.shortened(RIGHT))
        assert bool(told) == is_told
        if told:
            assert told["kind"] == "gold"
            assert told["lines"] == ["PER: María", "LOC: Londres"]

    def test_a_planted_error_is_named(self, project: Project) -> None:
        checked_project(project, planted_share=1.0, reveal="checks")
        work(project, 1)
        decided(project, 1)
        rater = make.make_rater(project)
        seat = checked_seat(project, rater)
        told = self.told(project, rater, seat, own_answer(seat))
        assert told["kind"] == "planted"
        assert seat.shown["check"]["right"][3] in told["lines"][0]

    def test_what_the_machines_said(self, project: Project) -> None:
        checked_project(project, reveal="everything")
        work(project, 1, mode="blind")
        rater = make.make_rater(project)
        seat = make.claim(project, rater)
        assert seat is not None
        told = self.told(project, rater, seat, make.submission())
        assert told["kind"] == "votes"
        assert told["lines"][:2] == ["PER: María", "LOC: Londres"]
        with pytest.raises(UndoRefused, match="seen what the machines said"):
            undo_last(type(rater).objects.get(pk=rater.pk))

    def test_without_it_a_blind_answer_can_be_undone(self, project: Project) -> None:
        work(project, 1, mode="blind")
        rater = make.make_rater(project)
        seat = make.claim(project, rater)
        record_judgement(seat, rater=rater, submission=make.submission())
        assert undo_last(rater).pk == seat.pk


def test_a_project_without_checks_pays_nothing_for_them(
    project: Project, django_assert_num_queries: Any
) -> None:
    from verify.actions.checks import open_check

    rater = make.make_rater(project)
    with scope(project=project), django_assert_num_queries(0):
        assert not open_check(project, rater, ["review:es"], timezone.now(), timedelta(minutes=15))
