"""Every projector by the same rules: right places, code points, provenance, failures, files."""

from __future__ import annotations

import pytest
from conftest import PLACES, spans_of, tokens

from annotate.spans import Span, anchored
from pipeline.align.artifact import ArtifactError
from pipeline.align.model import fit
from pipeline.projection import catalog
from pipeline.projection.contract import Example, ProjectionError

NAMES = list(catalog.METHODS)


@pytest.fixture(params=NAMES)
def projector(request, model, examples):
    return catalog.prepare(request.param, model, examples)


def test_three_projectors_are_offered():
    assert len(NAMES) >= 3


def test_spans_land_on_their_translation(projector, examples):
    for example, made in zip(examples, projector.project_all(examples), strict=True):
        surfaces = [span.surface for span in made.best()]
        person, place = (span.surface for span in example.spans)
        assert surfaces == [person, PLACES[place]]
        assert not made.failures


def test_projected_spans_tell_where_they_come_from(projector, examples):
    made = projector.project_all(examples[:1])[0]
    for span, source in zip(made.best(), examples[0].spans, strict=True):
        assert (span.label, span.source, span.rank) == (source.label, source.key, 1)
        assert span.method == projector.name
        assert 0 <= span.score <= 1
        assert anchored(span, examples[0].target_text) == span
    keys = [span.key for span in made.spans]
    assert len(keys) == len(set(keys))


def test_a_single_sentence_projects_as_it_does_among_others(projector, examples):
    together = projector.project_all(examples)
    example = examples[4]
    alone = projector.project(example.source_text, example.target_text, example.spans)
    assert alone.best() == together[4].best()


def test_a_stored_projector_projects_the_same_and_has_the_same_bytes(projector, examples, tmp_path):
    catalog.save(projector, tmp_path / "projector.npz")
    loaded = catalog.load(tmp_path / "projector.npz")
    assert loaded.project_all(examples) == projector.project_all(examples)
    assert catalog.dump(loaded) == catalog.dump(projector)


def test_fitting_again_gives_the_same_bytes(projector, examples):
    again = fit([(tokens(e.source_text), tokens(e.target_text)) for e in examples])
    refitted = catalog.prepare(projector.name, again, examples)
    assert catalog.dump(refitted) == catalog.dump(projector)


SCRIPTS = {
    "devanagari": ("Ana Silva left Delhi 😊 .", "😊 आना सिल्वा ने दिल्ली छोड़ी ।", "Delhi", "दिल्ली"),
    "arabic": ("Ana Silva left Delhi .", "غادرت آنا سيلفا دلهي .", "Delhi", "دلهي"),
    "thai": ("Delhi 7 left", "เดลี 7 👩‍👩‍👧", "7", "7"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_offsets_are_code_points_in_every_script(script, examples):
    source, target, name, place = SCRIPTS[script]
    spans = spans_of(source, (name, "LOC"))
    bitext = [(tokens(name), tokens(place))] * 4
    fitted = fit([(tokens(source), tokens(target))], bitext=bitext)
    for method in NAMES:
        made = catalog.prepare(method, fitted, [Example(source, target, spans)])
        (span,) = made.project(source, target, spans).best()
        assert target[span.start : span.end] == span.surface == place, method


def test_what_cannot_be_carried_is_named_with_its_reason(projector):
    spans = (
        Span("LOC", 3, 4, key="white"),
        Span("ERR", anchor="missing", key="gap"),
    )
    made = projector.project("Ana Silva", "Ana Silva", spans)
    reasons = {failure.source: failure.reason for failure in made.failures}
    assert "white space" in reasons["white"]
    assert "omission" in reasons["gap"]
    empty = projector.project("Ana Silva", " ", spans_of("Ana Silva", ("Ana", "PER")))
    assert [(f.source, f.reason) for f in empty.failures] == [
        ("s0", "the translation holds no text")
    ]
    assert not empty.spans


def test_an_unlinked_span_fails_and_is_never_guessed(projector):
    source = "Ana Silva likes Wxyz ."
    made = projector.project(source, "Ana Silva adora .", spans_of(source, ("Wxyz", "LOC")))
    assert [failure.source for failure in made.failures] + [s.source for s in made.best()] == ["s0"]
    assert all(span.score < 0.9 for span in made.best())


def test_spans_that_do_not_fit_the_source_are_refused(projector):
    with pytest.raises(ProjectionError, match=r"'k'.*does not fit.*3 code points"):
        projector.project("Ana", "Ana", (Span("PER", 1, 9, key="k"),))
    twice = (Span("PER", 0, 1, key="k"), Span("PER", 1, 2, key="k"))
    with pytest.raises(ProjectionError, match="share the key 'k'"):
        projector.project("Ana", "Ana", twice)


def test_an_unknown_projector_is_named():
    with pytest.raises(ProjectionError, match="unknown projector 'magic'; use one of links"):
        catalog.prepare("magic", None, ())


def test_other_files_are_refused():
    with pytest.raises(ArtifactError):
        catalog.restore(b"PK not a projector")
