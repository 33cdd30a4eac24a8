"""Machines learn from decisions: projectors from places set right, labellers by beating themselves."""

from __future__ import annotations

import itertools

import pytest

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.models import Candidate, Rendition, Run
from annotate.readings import Reading
from annotate.spans import Span
from pipeline import machines
from pipeline.inline import work_off
from pipeline.label import catalog
from pipeline.label.contract import FittedLabeller, Labelled
from pipeline.stages import fitting, projecting
from pipeline.stages.lessons import corrections, judged_counts
from tests import factories
from verify.actions import decide

PEOPLE = ["Ana Silva", "Goran Novak", "Femi Okafor", "Lena Costa", "Hana Sato", "Ivo Petrov"]
PLACES = {"Red River": "Rio Rojo", "Black Sea": "Mar Negro", "New Town": "Villa Nueva"}
DEEDS = {"likes": "adora", "left": "dejó", "sees": "mira"}
JUDGED = 30


def placed(text: str, *marked: tuple[str, str, str | None]) -> tuple[Span, ...]:
    return tuple(
        Span(label, text.index(surface), text.index(surface) + len(surface), key=f"k{n}", source=source)
        for n, (surface, label, source) in enumerate(marked)
    )  # fmt: skip


def toys(project) -> list[tuple[Rendition, str, str, str]]:
    """Items of a toy language whose places have an article before them."""
    made = []
    rows = itertools.product(PEOPLE, PLACES.items(), DEEDS.items())
    for number, (person, (place, lugar), (likes, adora)) in enumerate(rows):
        source, target = f"{person} {likes} {place} .", f"{person} {adora} el {lugar} ."
        spans = placed(source, (person, "PER", None), (place, "LOC", None))
        item = factories.make_item(
            project, external_id=f"i{number:02}", texts={"en": source, "es": target},
            source_spans=spans,
        )  # fmt: skip
        made.append((item.renditions.get(language="es"), target, person, lugar))
    return made


def judge(project, rows, *, origin="single") -> None:
    """People want the article within the place."""
    for rendition, target, person, lugar in rows:
        keys = {s.label.key: s.key for s in rendition.made_from.standing.spans.all()}
        spans = placed(target, (person, "PER", keys["PER"]), (f"el {lugar}", "LOC", keys["LOC"]))
        decide(project, rendition, factories.make_reading(rendition, spans), origin=origin)


def places(annotator, rendition) -> set[str]:
    found = Candidate.objects.filter(
        rendition=rendition, version__annotator=annotator, version__is_current=True
    ).get()
    text = rendition.fields.get(name="text").passage.text
    return {text[s.start : s.end] for s in found.reading.spans.filter(rank=1, label__key="LOC")}


@pytest.mark.parametrize("backend", ["candidates", "consensus"])
def test_a_projector_learns_what_people_set_right(project, backend):
    rows = toys(project)
    ranker = add_annotator(project, name="ranker", kind="projector", backend=backend, settings={})
    work_off(runs.queue_run(project, "fit"))
    work_off(runs.queue_run(project, "projection", annotator=ranker))
    last = rows[-1]
    assert places(ranker, last[0]) == {last[3]}
    judge(project, rows[:JUDGED])
    run = work_off(runs.queue_run(project, "fit"))
    version = ranker.versions.get(is_current=True)
    assert version.number == 2
    gain = version.metrics
    assert (gain["adopted"], gain["corrected_spans"], gain["judged_texts"]) == (
        True,
        2 * JUDGED,
        JUDGED,
    )
    assert gain["right_after"] > gain["right_before"]
    assert run.report["es"]["ranker"]["adopted"]
    due = projecting.pending(Run(project=project, stage="projection", annotator=ranker))
    assert {r.pk for r in due} == {rendition.pk for rendition, *_ in rows[JUDGED:]}
    work_off(runs.queue_run(project, "projection", annotator=ranker))
    if backend == "candidates":
        assert places(ranker, last[0]) == {f"el {last[3]}"}


def fit_run(project, annotator=None):
    return Run(project=project, stage="fit", annotator=annotator)


def test_it_learns_anew_when_a_quarter_more_was_judged(project):
    rows = toys(project)
    add_annotator(project, name="ranker", kind="projector", backend="candidates", settings={})
    work_off(runs.queue_run(project, "fit"))
    judge(project, rows[:19])
    assert not fitting.projectors_due(fit_run(project))
    judge(project, rows[19:20])
    assert fitting.projectors_due(fit_run(project))
    work_off(runs.queue_run(project, "fit"))
    judge(project, rows[20:24])
    assert not fitting.projectors_due(fit_run(project))
    judge(project, rows[24:25])
    assert fitting.projectors_due(fit_run(project))


def test_what_machines_accepted_among_themselves_teaches_nobody(project):
    rows = toys(project)
    judge(project, rows[:25], origin="accepted")
    assert judged_counts(project) == {}
    assert corrections(project, "es") == []


def test_a_project_may_forbid_learning(project):
    rows = toys(project)
    ranker = add_annotator(
        project, name="ranker", kind="projector", backend="candidates", settings={}
    )
    work_off(runs.queue_run(project, "fit"))
    judge(project, rows[:JUDGED])
    project.policy["learn"] = False
    project.save()
    assert not fitting.projectors_due(fit_run(project))
    assert ranker.versions.count() == 1


def test_corrections_tell_source_spans_and_places(project):
    rows = toys(project)
    judge(project, rows[:2])
    first, _ = corrections(project, "es")
    keys = {span.label: span.key for span in first.example.spans}
    start = first.example.target_text.index("el ")
    assert first.wanted()[keys["LOC"]] == (start, start + len("el Rio Rojo"))


class Stub:
    """A labeller that marks the first letters of every text, as many as its artifact says."""

    def __init__(self, size: int) -> None:
        self.size = size

    def label(self, tasks, *, ballot=1):
        reading = Reading(spans=(Span("PER", 0, self.size, field="text"),))
        return [Labelled("ok", reading) for _ in tasks]


@pytest.fixture
def student(project, monkeypatch):
    """A gazetteer whose every fit is a Stub of the size that the test says, and its judged items."""
    sizes = {"next": 1}

    def fit(name, examples, settings=None):
        return FittedLabeller(str(sizes["next"]).encode(), {"f1": 0.9}, len(examples))

    monkeypatch.setattr(catalog, "fit", fit)
    monkeypatch.setattr(catalog, "load", lambda name, artifact: Stub(int(artifact)))
    machines._fitted_labeller.cache_clear()
    found = add_annotator(project, name="pupil", kind="labeller", backend="gazetteer", settings={})
    for number in range(24):
        text = {"en": factories.SOURCE, "es": factories.TARGET}
        item = factories.make_item(project, external_id=f"s{number}", texts=text)
        rendition = item.renditions.get(language="es")
        decide(project, rendition, factories.make_reading(rendition), origin="single")
    yield found, sizes
    machines._fitted_labeller.cache_clear()


def refit(project, student, size):
    found, sizes = student
    sizes["next"] = size
    run = runs.queue_run(project, "fit", annotator=found, scope={"languages": ["es"]})
    return work_off(run), found.versions.get(is_current=True)


def test_a_student_that_beats_its_predecessor_replaces_it(project, student):
    refit(project, student, 1)
    run, version = refit(project, student, 12)
    assert run.report["es"] == {
        "examples": 24, "f1": 0.9, "judged_texts": 24, "f1_before": 0.0, "f1_after": pytest.approx(0.6667, abs=1e-3),
        "votes": True,
    }  # fmt: skip
    assert version.number == 2


def test_a_student_that_does_no_better_does_not(project, student):
    refit(project, student, 12)
    run, version = refit(project, student, 3)
    assert version.number == 1
    assert version.metrics["challenge"]["f1_after"] == 0.0
    assert "votes" not in run.report["es"]
    assert not fitting.labellers_due(fit_run(project, student[0]))


def test_new_settings_are_the_manager_s_word_and_need_no_match(project, student):
    refit(project, student, 12)
    found, _ = student
    found.settings = {"least": 3}
    found.save()
    _, version = refit(project, student, 3)
    assert version.number == 2
