"""Habits of machines as they are counted from every stored ballot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_scopes import scope

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.projects import add_annotator
from annotate.actions.versions import make_version
from annotate.models import Project
from annotate.readings import Answer, Reading
from pipeline.raters.health import habits_of
from pipeline.stages.habits import habits, placed_answers
from tests import factories as make


@pytest.fixture
def project(db: None) -> Iterator[Project]:
    project = make.make_project(slug="work")
    with scope(project=project):
        yield project


def test_ballots_tell_refusals_first_slots_and_flips(project: Project) -> None:
    """A machine that takes what is shown first: 12 texts, two ballots each with the order turned."""
    version = make_version(
        add_annotator(project, name="first", kind="labeller", backend="openai_chat")
    )
    texts = [make.make_rendition(project) for _ in range(14)]
    rows = [
        NewCandidate(
            text.pk, version.pk, ballot=ballot, option_order=order,
            reading=Reading(answers=(Answer("topic", "", order[0]),)),
        )
        for text in texts[:12]
        for ballot, order in ((1, ("a", "b")), (2, ("b", "a")))
    ]  # fmt: skip
    rows += [
        NewCandidate(texts[12].pk, version.pk, state="refused", reason="no"),
        NewCandidate(texts[13].pk, version.pk, state="unparseable", reason="?"),
    ]
    save_candidates(project, rows)
    found = habits(project)
    assert list(found) == ["es"]
    (row,) = found["es"]
    assert row["ballots"] == 26
    assert row["refused"]["rate"] == pytest.approx(1 / 26)
    assert row["unparseable"]["rate"] == pytest.approx(1 / 26)
    assert (row["first_slot"], row["by_chance"], row["is_positional"]) == (1.0, 0.5, True)
    assert (row["flips"], row["repeated"]) == (1.0, 12)


def test_imported_labels_have_no_habits(project: Project) -> None:
    make.make_task(project)
    assert all(row["rater"] != "imported" for own in habits(project).values() for row in own)


def test_an_answer_counts_only_beside_its_own_options() -> None:
    order = ["topic:b", "topic:a", "tone:x", "tone:y"]
    answers = [["topic", "", "a"], ["tone", "", "x"], ["many", "", ["a"]], ["topic", "", "zzz"]]
    assert list(placed_answers(order, answers)) == [("a", ("b", "a")), ("x", ("x", "y"))]


def test_more_flips_than_repeats_are_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2 items"):
        habits_of("m", "", {"ok": 4}, [], repeated=2, flipped=3)
