"""Relations that a judgement sends: checked against its spans, kept with what they were carried from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from annotate.actions.labels import add_label
from annotate.models import Project, Rendition
from annotate.readings import Relation
from tests import factories as make
from verify.actions import record_judgement, undo_last
from verify.card import card_of
from verify.errors import SubmissionError
from verify.models import Judgement
from verify.submission import Submission, SubmittedRelation


@pytest.fixture
def rendition(project: Project) -> Rendition:
    add_label(project, key="lives", kind="relation", name="lives in")
    add_label(project, key="born", kind="relation", name="born in")
    rendition = make.make_rendition(
        project, source_relations=(Relation("lives", "s1", "s2", "r1"),)
    )
    make.make_consensus(rendition, relations=(Relation("lives", "t1", "t2", "r1", "r1"),))
    make.make_seats(rendition)
    return rendition


def judge(project: Project, *relations: SubmittedRelation, keep: bool = False) -> set[object]:
    rater = make.make_rater(project)
    said: Submission = make.accepted()
    if not keep:
        said = replace(said, relations=relations)
    record_judgement(make.claim(project, rater), rater=rater, submission=said)
    reading = Judgement.objects.latest("pk").reading
    assert reading is not None
    rows = reading.relations.select_related("label", "head", "tail", "source")
    return {(r.key, r.label.key, r.head.key, r.tail.key, r.source and r.source.key) for r in rows}


def test_relations_that_nobody_sent_stay_with_their_source(
    project: Project, rendition: Rendition
) -> None:
    assert judge(project, keep=True) == {("r1", "lives", "t1", "t2", "r1")}


def test_sent_relations_replace_the_shown_ones(project: Project, rendition: Rendition) -> None:
    sent = SubmittedRelation("born", "t2", "t1", "r1", "r9")
    assert judge(project, sent) == {("r9", "born", "t2", "t1", "r1")}


def test_none_at_all_can_be_sent(project: Project, rendition: Rendition) -> None:
    assert judge(project) == set()


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        ([SubmittedRelation("kin", "t1", "t2")], "the project has no relation 'kin'"),
        ([SubmittedRelation("lives", "t1", "t9")], "a span that the judgement does not have"),
        ([SubmittedRelation("lives", "t1", "t1")], "a span with itself"),
        ([SubmittedRelation("lives", "t1", "t2")] * 2, "2: the same relation stands there twice"),
        ([SubmittedRelation("lives", "t1", "t2", None, "k"),
          SubmittedRelation("born", "t1", "t2", None, "k")], "2: every relation needs a key of its own"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    project: Project, rendition: Rendition, sent: list[SubmittedRelation], fault: str
) -> None:
    with pytest.raises(SubmissionError, match=fault):
        judge(project, *sent)
    assert not Judgement.objects.exists()


def test_the_card_tells_what_can_be_said_and_what_the_source_says(
    project: Project, rendition: Rendition
) -> None:
    seat = make.claim(project, make.make_rater(project))
    card = card_of(project, seat)
    assert card is not None
    assert [label["name"] for label in card["relation_labels"]] == ["lives in", "born in"]
    told = [{k: r[k] for k in ("key", "head", "tail")} for r in card["source_relations"]]
    assert told == [{"key": "r1", "head": "s1", "tail": "s2"}]
    assert card["relations"][0]["source"] == "r1"


def test_a_blind_card_shows_no_proposed_relation(project: Project, rendition: Rendition) -> None:
    rendition.assignments.update(mode="blind")
    card = card_of(project, make.claim(project, make.make_rater(project)))
    assert card is not None
    assert card["relations"] == []


def test_an_answer_that_is_undone_comes_back_with_its_relations(
    project: Project, rendition: Rendition
) -> None:
    rater = make.make_rater(project)
    sent = (SubmittedRelation("born", "t1", "t2", None, "mine"),)
    seat = make.claim(project, rater)
    record_judgement(seat, rater=rater, submission=replace(make.accepted(), relations=sent))
    undone = undo_last(rater)
    card = card_of(project, undone)
    assert card is not None
    assert [(r["key"], r["label"]) for r in card["relations"]] == [("mine", "born")]
