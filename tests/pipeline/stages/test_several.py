"""Labels that stand in several languages of an item vote for the places in another, through the stages."""

from __future__ import annotations

import pytest
from django_scopes import scope

from annotate.actions import runs
from annotate.actions.projects import add_annotator
from annotate.actions.readings import (
    NewReading,
    slots_of,
    span_rows_of,
    write_readings,
)
from annotate.models import AnnotatorVersion, Candidate, Question, Rendition
from annotate.readings import Reading
from annotate.spans import Span
from pipeline.inline import work_off
from pipeline.stages.several import others_of, pivot_languages
from tests import factories

NAMES = ["Ana", "Ben", "Cem", "Dia", "Eva", "Flo", "Gil", "Hoa"]
VERBS = {"en": ["sees", "hears", "knows"], "de": ["sieht", "hoert", "kennt"],
         "es": ["ve a", "oye a", "conoce a"], "sw": ["anaona", "anasikia", "anajua"]}  # fmt: skip


def texts(n):
    one, two, verb = NAMES[n % 8], NAMES[(n * 3 + 1) % 8], n % 3
    return {tag: f"{one} {verbs[verb]} {two}." for tag, verbs in VERBS.items()}


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_project(
        targets=("es", "de", "sw"), labels=("PER",), policy={"advance": "manual"}
    )
    with scope(project=made):
        Question.objects.create(project=made, key="spans", kind="spans", scope="field")
        for n in range(24):
            there = texts(n)
            spans = (Span("PER", 0, 3, key="s1"),)
            factories.make_item(made, external_id=f"i{n}", texts=there, source_spans=spans)
        yield made


def label(project, language, *, linked, rows=24):
    """Let a reading stand in some renditions of a language, linked to the source's span or not."""
    found = Rendition.objects.current().filter(language=language).order_by("pk")[:rows]
    slots = slots_of([row.pk for row in found])
    for row in found:
        basis = row.made_from.standing_id if linked else None
        source = "s1" if linked else None
        reading = Reading((), (Span("PER", 0, 3, key="x", source=source),))
        made = NewReading(
            row.pk, reading, slots[row.pk], basis, span_rows_of(basis) if basis else None
        )
        [pk] = write_readings(project, [made])
        Rendition.objects.filter(pk=row.pk).update(standing=pk)


def add(project, **chosen):
    return add_annotator(
        project, name="several", kind="projector", backend="pivots", settings=chosen
    )


def test_those_with_the_most_labels_vote_unless_languages_are_chosen(project):
    label(project, "de", linked=True)
    label(project, "sw", linked=True, rows=5)
    annotator = add(project)
    assert pivot_languages(annotator, "es") == ["de", "sw"]
    assert pivot_languages(annotator, "de") == ["sw"]
    annotator.settings = {"languages": "sw, es,en , sw"}
    assert pivot_languages(annotator, "es") == ["sw"]


def test_links_count_only_to_the_reading_that_is_carried(project):
    label(project, "de", linked=True)
    annotator = add(project)
    row = Rendition.objects.current().filter(language="es").first()
    basis = row.made_from.standing_id
    [(tag, there, reading)] = others_of(annotator, {row.pk: basis}, "es")[row.pk]
    assert (tag, reading.spans[0].source) == ("de", "s1")
    assert there["text"] == texts(0)["de"]
    [(_, _, other)] = others_of(annotator, {row.pk: basis + 1000}, "es")[row.pk]
    assert other.spans[0].source is None


@pytest.mark.parametrize("linked", [True, False])
def test_candidates_say_who_voted_with_the_source(project, linked):
    label(project, "de", linked=linked)
    label(project, "sw", linked=linked, rows=12)
    annotator = add(project)
    assert work_off(runs.queue_run(project, "fit")).state == "done"
    version = AnnotatorVersion.objects.get(annotator=annotator, language="es", is_current=True)
    run = work_off(runs.queue_run(project, "projection", annotator=annotator))
    assert (run.state, run.failed) == ("done", 0)
    found = list(Candidate.objects.filter(version=version).order_by("rendition_id"))
    assert len(found) == 24
    spans = [[(s.surface, s.method) for s in c.reading.spans.filter(rank=1)] for c in found]
    right = [made == [(texts(n)["es"][:3], "pivots")] for n, made in enumerate(spans)]
    assert sum(right) >= 22
    said = [candidate.reason for candidate in found]
    assert said[:12] == ["voted with de, sw"] * 12
    assert said[12:] == ["voted with de"] * 12


def test_without_labels_elsewhere_the_source_speaks_alone(project):
    annotator = add(project)
    assert work_off(runs.queue_run(project, "fit")).state == "done"
    run = work_off(runs.queue_run(project, "projection", annotator=annotator))
    assert run.state == "done"
    found = Candidate.objects.filter(version__annotator=annotator, rendition__language="es")
    assert found.count() == 24
    assert set(found.values_list("reason", flat=True)) == {""}
