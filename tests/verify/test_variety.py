"""*Not my variety*: the text goes to somebody else, never back to the one who said so."""

from __future__ import annotations

from annotate.models import Project
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Assignment, Judgement


def say(project: Project, rater: object) -> Judgement:
    seat = make.claim(project, rater)
    assert seat is not None
    return record_judgement(seat, rater=rater, submission=make.submission(outcome="not_my_variety"))


def test_a_text_in_another_variety_is_asked_of_somebody_else(project: Project) -> None:
    rendition = make.make_task(project)
    first, second = make.make_rater(project), make.make_rater(project)
    assert say(project, first).reading is None
    assert make.claim(project, first) is None
    seat = make.claim(project, second)
    assert seat is not None
    assert seat.rendition_id == rendition.pk
    record_judgement(seat, rater=second, submission=make.accepted())
    outcomes = Judgement.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == ["not_my_variety", "answered"]


def test_what_is_in_nobodys_variety_goes_to_an_adjudicator(project: Project) -> None:
    make.make_task(project)
    for _ in range(3):
        say(project, make.make_rater(project))
    assert make.claim(project, make.make_rater(project)) is None
    assert Assignment.objects.filter(kind="adjudicate", state="open").count() == 1
