"""Mending: a reviewer's edit makes the text that stands, its labels follow, and it can be undone."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Project, Rendition
from annotate.spans import Span
from tests import factories as make
from verify.actions import decide, mend, mend_siblings, record_judgement, undo_last
from verify.actions.siblings import alike
from verify.errors import MendRefused, MendUnconfirmed, SeatLost, SubmissionError, UndoRefused
from verify.mending import Alike, MendedText, Mending, read_mending
from verify.models import Assignment, Decision, Judgement

AFTER = "En Dakar vive Amina Diallo."
STANDING = {"state__in": ["open", "leased", "done"]}


def edit(after: str = AFTER, before: str = make.TARGET, **fields: Any) -> Mending:
    return Mending(uuid.uuid4(), (MendedText("text", before, after),), **fields)


def current(old: Rendition) -> Rendition:
    return Rendition.objects.get(item=old.item, language=old.language, is_current=True)


def text_of(rendition: Rendition) -> str:
    return rendition.fields.get().passage.text


@pytest.fixture
def task(project: Project) -> Rendition:
    return make.make_task(project, overlap=2)


@pytest.fixture
def rater(project: Project) -> Any:
    return make.make_rater(project)


def test_an_edit_makes_a_rendition_of_a_person_that_its_judgement_points_to(
    project: Project, task: Rendition, rater: Any
) -> None:
    done = mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    made = current(task)
    assert (made.origin, text_of(made)) == ("person", AFTER)
    task.refresh_from_db()
    assert (task.is_current, text_of(task)) == (False, make.TARGET)
    written = Judgement.objects.get(pk=done.judgement)
    assert written.rendition == made
    assert written.assignment.kind == "write"
    assert not Assignment.objects.filter(rendition=task, **STANDING).exists()
    seats = Assignment.objects.filter(rendition=made, kind="review").order_by("seat")
    assert [(s.state, s.rater_id) for s in seats] == [("leased", rater.pk), ("open", None)]
    assert done.seat == seats[0]


def test_labels_follow_the_edit_and_keep_their_sources(
    project: Project, task: Rendition, rater: Any
) -> None:
    done = mend(
        make.claim(project, rater).pk, rater=rater, mending=edit("Amina Diallo vive en París.")
    )
    spans = done.seat.rendition.candidates.get().reading.spans.order_by("start")
    rows = spans.values_list("key", "surface", "score", "source__key")
    assert list(rows) == [("t1", "Amina Diallo", 1.0, "s1"), ("t2", "París", 0.5, "s2")]
    assert done.seat.shown["readings"] == [spans[0].reading_id]


def test_spans_of_ones_own_follow_too(project: Project, task: Rendition, rater: Any) -> None:
    kept = (Span("", 13, 17, key="new-1"), Span("", 21, 26, key="new-2"))
    mending = edit("Hoy Amina Diallo vive en París.", kept=kept)
    done = mend(make.claim(project, rater).pk, rater=rater, mending=mending)
    assert sorted(done.kept) == [("new-1", 17, 21, True), ("new-2", 25, 30, False)]


def test_the_same_edit_twice_is_one(project: Project, task: Rendition, rater: Any) -> None:
    seat, mending = make.claim(project, rater), edit()
    first = mend(seat.pk, rater=rater, mending=mending)
    again = mend(seat.pk, rater=rater, mending=mending)
    assert (again.judgement, again.seat) == (first.judgement, first.seat)
    assert Rendition.objects.filter(item=task.item, language="es").count() == 2
    with pytest.raises(SeatLost, match="sent already"):
        mend(seat.pk, rater=make.make_rater(project), mending=mending)


def test_the_new_text_is_judged_and_decided_like_any(
    project: Project, task: Rendition, rater: Any
) -> None:
    done = mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    spans = (Span("PER", 14, 26, key="t1", source="s1"), Span("LOC", 3, 8, key="t2", source="s2"))
    record_judgement(done.seat, rater=rater, submission=make.accepted(spans))
    other = make.make_rater(project)
    seat = make.claim(project, other)
    assert seat.rendition == current(task)
    record_judgement(seat, rater=other, submission=make.accepted(spans))
    decision = Decision.objects.get(rendition=seat.rendition, is_current=True)
    assert decision.origin == "agreed"
    assert list(decision.reading.spans.order_by("start").values_list("surface", flat=True)) == [
        "Dakar", "Amina Diallo",
    ]  # fmt: skip


def test_others_judgements_are_lost_only_once_confirmed(
    project: Project, task: Rendition, rater: Any
) -> None:
    other = make.make_rater(project)
    record_judgement(make.claim(project, other), rater=other, submission=make.accepted())
    seat = make.claim(project, rater)
    with pytest.raises(MendUnconfirmed, match="1 judgement") as refused:
        mend(seat.pk, rater=rater, mending=edit())
    assert refused.value.confirm == {"confirmed": 1}
    assert current(task) == task
    mend(seat.pk, rater=rater, mending=edit(confirmed=1))
    assert Assignment.objects.filter(rendition=current(task), kind="review").count() == 2


def test_a_blind_seat_stays_blind(project: Project, rater: Any) -> None:
    make.make_task(project, mode="blind")
    done = mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    assert (done.seat.mode, done.seat.shown["mode"]) == ("blind", "blind")


def test_what_is_known_to_be_right_is_not_mended(project: Project, rater: Any) -> None:
    task = make.make_task(project)
    decide(project, task, make.make_reading(task), origin="single", gold=True)
    with pytest.raises(MendRefused, match="report it"):
        mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    assert Decision.objects.get(rendition=task).is_current


def test_where_the_project_forbids_it_nothing_is_mended(
    project: Project, task: Rendition, rater: Any
) -> None:
    project.policy["mending"] = False
    project.save()
    with pytest.raises(MendRefused, match="not mended here"):
        mend(make.claim(project, rater).pk, rater=rater, mending=edit())


def test_a_text_that_changed_meanwhile_is_refused(
    project: Project, task: Rendition, rater: Any
) -> None:
    seat = make.claim(project, rater)
    with pytest.raises(MendRefused, match="changed while you wrote"):
        mend(seat.pk, rater=rater, mending=edit(before="Another text."))
    other = make.make_rater(project)
    mend(make.claim(project, other).pk, rater=other, mending=edit())
    with pytest.raises(SeatLost, match="replaced or decided"):
        mend(seat.pk, rater=rater, mending=edit())


def test_undo_takes_the_edit_back(project: Project, task: Rendition, rater: Any) -> None:
    seat = make.claim(project, rater)
    mend(seat.pk, rater=rater, mending=edit())
    back = undo_last(rater)
    assert (back.pk, back.state, back.rater_id) == (seat.pk, "leased", rater.pk)
    assert current(task) == task
    assert Assignment.objects.filter(rendition=task, state="open").count() == 1
    assert not Assignment.objects.filter(rendition__origin="person", **STANDING).exists()
    assert [j.outcome for j in Judgement.objects.order_by("pk")] == ["answered", "withdrawn"]
    again = mend(seat.pk, rater=rater, mending=edit("Amina Diallo reside en Dakar."))
    assert text_of(again.seat.rendition) == "Amina Diallo reside en Dakar."


def test_undo_goes_through_the_judgement_to_the_edit(project: Project, rater: Any) -> None:
    task = make.make_task(project)
    decide(project, task, make.make_reading(task), origin="accepted")
    done = mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    spans = (Span("PER", 14, 26, key="t1", source="s1"), Span("LOC", 3, 8, key="t2", source="s2"))
    record_judgement(done.seat, rater=rater, submission=make.accepted(spans))
    assert undo_last(rater) == done.seat
    assert undo_last(rater).rendition == task
    assert Decision.objects.get(rendition=task, is_current=True).origin == "accepted"
    with pytest.raises(UndoRefused):
        undo_last(rater)


def test_an_edit_that_somebody_judged_is_not_undone(
    project: Project, task: Rendition, rater: Any
) -> None:
    mend(make.claim(project, rater).pk, rater=rater, mending=edit())
    other = make.make_rater(project)
    spans = (Span("PER", 14, 26, key="t1", source="s1"), Span("LOC", 3, 8, key="t2", source="s2"))
    record_judgement(make.claim(project, other), rater=other, submission=make.accepted(spans))
    with pytest.raises(UndoRefused, match="judged the new text"):
        undo_last(rater)


class TestSiblings:
    """Other items that hold the same passage are mended once a person confirmed how many."""

    @pytest.fixture
    def written(self, project: Project, rater: Any) -> Judgement:
        make.make_task(project)
        done = mend(make.claim(project, rater).pk, rater=rater, mending=edit())
        return Judgement.objects.get(pk=done.judgement)

    def carry(self, project: Project, written: Judgement, *numbers: int, **fields: Any) -> int:
        return mend_siblings(
            project=project, rater=written.rater, judgement=written.pk, confirmed=Alike(*numbers),
            also_judged=fields.get("also_judged", False),
        )  # fmt: skip

    def test_they_are_counted_and_never_touched_silently(
        self, project: Project, rater: Any
    ) -> None:
        first = make.make_task(project)
        others = [make.make_task(project), make.make_rendition(project)]
        make.make_rendition(project, texts={"en": make.SOURCE, "es": "Otra cosa."})
        decide(project, others[1], make.make_reading(others[1]), origin="single")
        seat = Assignment.objects.get(rendition=first)
        Assignment.objects.exclude(pk=seat.pk).update(band=9)
        assert make.claim(project, rater) == seat
        done = mend(seat.pk, rater=rater, mending=edit())
        written = Judgement.objects.get(pk=done.judgement)
        assert alike(written) == Alike(2, 1)
        assert [current(o) for o in others] == others
        with pytest.raises(MendUnconfirmed) as refused:
            self.carry(project, written, 1, 1)
        assert refused.value.confirm == {"count": 2, "judged": 1}
        assert self.carry(project, written, 2, 1) == 1
        assert text_of(current(others[0])) == AFTER
        assert Assignment.objects.filter(rendition=current(others[0]), state="open").count() == 1
        assert current(others[1]) == others[1]
        assert self.carry(project, written, 1, 1, also_judged=True) == 1
        assert not Decision.objects.filter(rendition=others[1], is_current=True).exists()
        assert alike(written) == Alike(0, 0)

    def test_undo_takes_them_back_with_the_edit(self, project: Project, written: Judgement) -> None:
        other = make.make_rendition(project)
        assert self.carry(project, written, 1, 0) == 1
        assert Judgement.objects.get(rendition=current(other)).rater == written.rater
        undo_last(written.rater)
        assert current(other) == other

    def test_only_who_wrote_it_may_and_only_while_it_stands(
        self, project: Project, written: Judgement
    ) -> None:
        make.make_rendition(project)
        with pytest.raises(MendRefused, match="no longer stands"):
            mend_siblings(
                project=project, rater=make.make_rater(project), judgement=written.pk,
                confirmed=Alike(1, 0), also_judged=False,
            )  # fmt: skip
        undo_last(written.rater)
        with pytest.raises(MendRefused, match="no longer stands"):
            self.carry(project, written, 1, 0)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ("  ", "may not be empty"),
        (make.TARGET, "nothing was mended"),
        ("Amina\x07", "character 6 is the control character U\\+0007"),
        ("a" * 20_001, "20,001 characters are too many"),
    ],
)
def test_texts_that_cannot_be_are_refused_with_the_cause(after: str, words: str) -> None:
    row = {"field": "text", "before": make.TARGET, "after": after}
    with pytest.raises(SubmissionError, match=words):
        read_mending({"client_id": str(uuid.uuid4()), "texts": [row]})


def test_joiners_and_line_breaks_are_text() -> None:
    after = "می\u200cروم\r\nخانه"
    row = {"field": "text", "before": "x", "after": after}
    read = read_mending({"client_id": str(uuid.uuid4()), "texts": [row]})
    assert read.after() == {"text": "می\u200cروم\nخانه"}


class TestOverHttp:
    """The desk's requests: the card of the new text, and refusals with what to do."""

    @pytest.fixture
    def client(self, project: Project) -> Client:
        client = Client()
        client.force_login(make.make_member(project))
        return client

    def card(self, client: Client, project: Project) -> dict[str, Any]:
        return client.get(reverse("verify:next", args=[project.slug])).json()["card"]

    def post(self, client: Client, name: str, project: Project, **body: Any) -> Any:
        url = reverse(f"verify:{name}", args=[project.slug])
        return client.post(url, json.dumps(body), "application/json")

    def body(self, card: dict[str, Any], after: str = AFTER, **fields: Any) -> dict[str, Any]:
        text = {"field": "text", "before": make.TARGET, "after": after}
        return {"seat": card["seat"], "client_id": str(uuid.uuid4()), "texts": [text], **fields}

    def test_the_answer_is_the_card_of_the_new_text(
        self, project: Project, task: Rendition, client: Client
    ) -> None:
        make.make_rendition(project)
        card = self.card(client, project)
        assert card["may_mend"] is True
        after = "Amina Diallo vive en París."
        answer = self.post(client, "mend", project, **self.body(card, after)).json()
        assert answer["card"]["target"]["fields"][0]["text"] == after
        assert [s["unsure"] for s in answer["card"]["spans"]] == [False, True]
        assert answer["siblings"] == {"count": 1, "judged": 0}
        assert self.card(client, project)["seat"] == answer["card"]["seat"]
        more = self.post(
            client, "mend-siblings", project, mended=answer["mended"], count=1, judged=0
        )
        assert more.json()["done"] == 1
        back = self.post(client, "undo", project).json()
        assert back["card"]["seat"] == card["seat"]
        assert back["progress"]["done"] == 0

    def test_refusals_say_what_to_do(self, project: Project, client: Client) -> None:
        make.make_task(project, overlap=2)
        other = make.make_rater(project)
        record_judgement(make.claim(project, other), rater=other, submission=make.accepted())
        card = self.card(client, project)
        empty = self.post(client, "mend", project, **self.body(card, " "))
        assert (empty.status_code, len(empty.json()["rows"])) == (422, 1)
        asked = self.post(client, "mend", project, **self.body(card))
        assert (asked.status_code, asked.json()["confirm"]) == (409, {"confirmed": 1})
        lost = self.post(client, "mend", project, **self.body({"seat": 10**9}))
        assert (lost.status_code, lost.json()["card"]["seat"]) == (409, card["seat"])
        wrong = self.post(client, "mend-siblings", project, mended="x", count=1, judged=0)
        assert wrong.status_code == 422

    @pytest.mark.parametrize("name", ["mend", "mend-siblings"])
    def test_strangers_find_nothing(self, project: Project, name: str) -> None:
        stranger = Client()
        stranger.force_login(make.make_user())
        assert self.post(stranger, name, project).status_code == 404
        assert self.post(Client(), name, project).status_code == 302
