"""Spoilt twins of scored texts: how they are made, that they decide nothing, and what they tell."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotate.models import Field, Project, Question, Run
from pipeline.stages import measuring, sureness
from tests import factories as make
from verify.actions import record_judgement
from verify.models import Assignment, Decision, Report
from verify.plants import spoilt

TEXT = "Ayer María fue a Nuevo Londres con su hermana mayor y volvió tarde."
OTHER = "El puente viejo sobre el río necesita obras antes del invierno próximo."


class TestSpoiling:
    """A stretch of words from elsewhere, and nothing else."""

    @pytest.mark.parametrize("length", [0.0, 0.5, 0.99])
    @pytest.mark.parametrize("at", [0.0, 0.4, 0.99])
    def test_as_many_words_of_another_text_stand_in_it(self, length: float, at: float) -> None:
        draws = {"length": length, "at": at, "of": 0.3}
        made = spoilt(TEXT, [OTHER], lambda purpose: draws.get(purpose, 0.0))
        assert made is not None
        own, changed = TEXT.split(), made.split()
        assert len(own) == len(changed)
        new = [n for n, (a, b) in enumerate(zip(own, changed, strict=True)) if a != b]
        assert 2 <= len(new) <= 6
        assert new == list(range(new[0], new[0] + len(new)))
        assert " ".join(changed[n] for n in new).strip(".") in OTHER

    def test_where_characters_are_words_twice_as_many_are_taken(self) -> None:
        text, other = "昨天玛丽和她的姐姐一起去了新伦敦。", "这座旧桥在冬天到来之前必须修好。"
        made = spoilt(text, [other], lambda purpose: 0.0)
        assert made is not None
        assert made[:4] == other[:4]
        assert made[4:] == text[4:]

    @pytest.mark.parametrize(("text", "others"), [("Hola.", [OTHER]), (TEXT, []), (TEXT, [TEXT])])
    def test_where_nothing_fits_there_is_none(self, text: str, others: list[str]) -> None:
        assert spoilt(text, others, lambda purpose: 0.0) is None


def scored(project: Project, **policy: Any) -> Project:
    """A project whose people score texts."""
    Question.objects.create(project=project, key="score", kind="score", wording={"en": "How good?"})
    project.policy |= {"blind_share": 0.0, "planted_share": 1.0, "repeat_after": 1, **policy}
    project.save(update_fields=["policy"])
    return project


def score(project: Project, rater: Any, points: Any) -> Assignment:
    """The person's next seat, scored ``points(mode)``."""
    seat = make.claim(project, rater)
    assert seat is not None
    answer = make.submission(answers=[("score", points(seat.mode))])
    record_judgement(seat, rater=rater, submission=answer)
    return seat


def texts(project: Project, count: int) -> None:
    """Open seats of texts without labels."""
    for number in range(count):
        translation = OTHER.replace("viejo", f"viejo {number}") if number % 2 else TEXT
        rendition = make.make_rendition(
            project, texts={"en": f"Text {number}.", "es": translation}, source_spans=()
        )
        make.make_seats(rendition)


def people(project: Project) -> dict[str, Any]:
    """The measured people by pseudonym."""
    measuring.whole(Run(project=project, stage="agree"))
    report = Report.objects.get(project=project, kind="raters")
    return {row["rater"]: row for row in report.body["raters"]}


def test_a_twin_is_asked_of_who_scored_the_text_and_decides_nothing(project: Project) -> None:
    rater = make.make_rater(scored(project))
    texts(project, 6)
    points = {"planted": 20.0, "assisted": 80.0}
    seats = [score(project, rater, lambda mode: points[mode]) for _ in range(8)]
    planted = [seat for seat in seats if seat.mode == "planted"]
    assert planted
    for seat in planted:
        check = seat.shown["check"]
        shown = Field.objects.get(rendition=seat.rendition).passage.text
        assert check["how"] == "twin"
        assert shown != check["was"] == Field.objects.get(rendition=check["of"]).passage.text
        assert not Decision.objects.filter(rendition=seat.rendition).exists()
    assert len({seat.shown["check"]["of"] for seat in planted}) == len(planted)
    found = people(project)[rater.pseudonym]["twins"]
    assert (found["pairs"], found["drop"]) == (len(planted), 60.0)
    assert "planted" not in people(project)[rater.pseudonym], "nothing was to be found"


def test_who_scores_twins_alike_is_asked_about_on_the_page(project: Project) -> None:
    rater = make.make_rater(scored(project))
    texts(project, 14)
    for _ in range(20):
        score(project, rater, lambda mode: 70.0)
    row = people(project)[rater.pseudonym]
    assert row["twins"]["pairs"] >= 6
    assert row["concerns"] == ["twins"]
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    page = client.get(reverse("verify:raters", kwargs={"slug": project.slug})).content.decode()
    assert f"0 of {row['twins']['pairs']}" in page
    assert "spoilt twins scored lower" in page


def test_people_who_judged_the_same_are_told_apart(project: Project) -> None:
    project.policy |= {"blind_share": 0.0, "planted_share": 0.0, "gold_share": 0.0}
    project.save(update_fields=["policy"])
    raters = [make.make_rater(project, name=name) for name in ("ana", "ben", "cem", "dan")]
    for number in range(12):
        make.make_task(project, overlap=4)
        for rater in raters:
            seat = make.claim(project, rater)
            assert seat is not None
            is_right = number % 3 if rater is not raters[3] else number % 2
            answer = make.accepted() if is_right else make.shortened()
            record_judgement(seat, rater=rater, submission=answer)
    (found,) = sureness.sureness(project)
    assert (found["question"], found["texts"]) == ("", 24)
    skills = {row["rater"]: row["skill"] for row in found["people"]}
    assert min(skills[rater.pseudonym] for rater in raters[:3]) > 0.95
    assert skills[raters[3].pseudonym] < 0.85
    people(project)
    client = Client()
    client.force_login(make.make_member(project, role="manager"))
    page = client.get(reverse("verify:raters", kwargs={"slug": project.slug})).content.decode()
    assert "True (Dawid–Skene)" in page
    assert f"{skills[raters[3].pseudonym]:.0%}".replace("%", " %") in page


def test_too_few_answers_fit_no_model() -> None:
    rows = [(unit, rater, unit % 2 == 0) for unit in range(9) for rater in "abc"]
    assert sureness.fit_people("", rows) is None
    more = [(unit, rater, unit % 2 == 0) for unit in range(10) for rater in "abc"]
    found = sureness.fit_people("", more)
    assert found is not None
    assert sureness.fit_people("", [(u, r, True) for u, r, _said in more]) is None
    assert sureness.fit_people("", [row for row in more if row[1] != "c"]) is None
