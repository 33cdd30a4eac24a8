"""Pivots: places that several languages say, whose spans stand for which of the source's, storing."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import pytest

from annotate.spans import Span
from pipeline.align.artifact import ArtifactError
from pipeline.align.model import fit
from pipeline.projection import catalog
from pipeline.projection.contract import Example, Pivot, Projection
from pipeline.projection.pivots import NAME, SOURCE, PivotsProjector, common_keys, joined

TARGET = "uno dos tres cuatro cinco"
WORDS = {word: (at, at + len(word)) for word in TARGET.split() for at in [TARGET.index(word)]}


@dataclass(frozen=True)
class Says:
    """A projector that puts each span, by its key, where it is told to."""

    places: dict[str, str]
    name: str = "says"
    model: object = None

    def project(self, source_text, target_text, spans):
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples):
        return [
            Projection(
                tuple(
                    replace(span, start=start, end=end, source=span.key, key="", rank=1, score=0.8)
                    for span in example.spans
                    if span.key in self.places
                    for start, end in [WORDS[self.places[span.key]]]
                )
            )
            for example in examples
        ]


def span(key, label="PER", source=None):
    return Span(label, 0, 3, key=key, source=source)


def example(*spans, **pivots):
    """A text with these spans, and pivots by language."""
    return Example(
        "one two", TARGET, spans, tuple(Pivot(tag, "xyz abc", made) for tag, made in pivots.items())
    )


def placed(projection):
    return {made.source: TARGET[made.start : made.end] for made in projection.best()}


def test_two_pivots_outvote_the_source_and_one_does_not():
    parts = {SOURCE: Says({"s": "uno"}), "de": Says({"d": "dos"}), "fr": Says({"f": "dos"})}
    linked = {"de": (span("d", source="s"),), "fr": (span("f", source="s"),)}
    both = PivotsProjector(parts).project_all([example(span("s"), **linked)])[0]
    assert placed(both) == {"s": "dos"}
    assert both.log == ("voted with de, fr",)
    assert {made.method for made in both.spans} == {NAME}
    one = PivotsProjector(parts).project_all([example(span("s"), de=linked["de"])])[0]
    assert placed(one) == {"s": "uno"}
    alone = PivotsProjector(parts).project("one two", TARGET, [span("s")])
    assert (placed(alone), alone.log) == ({"s": "uno"}, ())


def test_disagreement_makes_the_score_fall_and_agreement_keeps_it():
    parts = {SOURCE: Says({"s": "uno"}), "de": Says({"d": "uno"}), "fr": Says({"f": "dos"})}
    alone, alike, apart = (
        PivotsProjector(parts).project_all([example(span("s"), **pivots)])[0].best()[0].score
        for pivots in (
            {}, {"de": (span("d", source="s"),)}, {"fr": (span("f", source="s"),)}
        )
    )  # fmt: skip
    assert alone == alike == pytest.approx(0.8)
    # The source's 0.8 of all the 1.8 voices.
    assert apart == pytest.approx(0.8 / 1.8, abs=1e-5)


def test_a_pivot_gives_a_place_where_the_source_found_none():
    parts = {SOURCE: Says({}), "de": Says({"d": "tres"})}
    found = PivotsProjector(parts).project_all(
        [example(span("s"), de=(span("d", source="s"),)), example(span("s"))]
    )
    assert placed(found[0]) == {"s": "tres"}
    assert [failure.source for failure in found[1].failures] == ["s"]


def test_spans_without_a_link_stand_for_those_of_their_label_at_their_place():
    own = Says({"a": "uno", "b": "dos", "c": "tres"})
    asked = example(span("a"), span("b", "LOC"), span("c"))
    pivot = Pivot("de", "xyz abc", (span("x"), span("y"), span("z", "LOC"), span("w", source="c")))
    there = Says({"x": "uno", "y": "dos", "z": "dos", "w": "cinco"})
    keys = common_keys(
        asked, own.project_all([asked])[0], pivot, there.project("xyz abc", TARGET, pivot.spans)
    )
    # The one called y lies on another label's place; w is linked, wherever it lies.
    assert keys == {"x": "a", "z": "b", "w": "c"}


def test_a_link_to_an_unknown_span_is_no_link():
    asked = example(span("a"))
    pivot = Pivot("de", "xyz abc", (span("x", source="gone"),))
    own, there = Says({"a": "uno"}), Says({"x": "uno"})
    said = there.project("xyz abc", TARGET, pivot.spans)
    assert common_keys(asked, own.project_all([asked])[0], pivot, said) == {"x": "a"}


def corpus(language, sentences):
    return [[f"{word}{language}" for word in sentence] for sentence in sentences]


def test_fitted_aligners_of_several_languages_vote_and_are_stored_and_read_back():
    dice = random.Random(3)
    sentences = [[f"w{dice.randrange(40)}" for _ in range(6)] for _ in range(200)]
    texts = {tag: [" ".join(s) for s in corpus(tag, sentences)] for tag in ("en", "de", "xx")}
    marks = [(Span("X", 0, len(t.split()[0]), key="s"),) for t in texts["en"]]

    def examples(tag):
        return [Example(a, b, m) for a, b, m in zip(texts[tag], texts["xx"], marks, strict=True)]

    def aligner(tag):
        return fit([(e.source_text.split(), e.target_text.split()) for e in examples(tag)])

    source = catalog.prepare("candidates", aligner("en"), examples("en"))
    made = joined(source, {"de": (aligner("de"), examples("de"))})
    asked = [
        replace(e, pivots=(Pivot("de", t, (replace(m[0], source="s"),)),))
        for e, t, m in zip(examples("en")[:50], texts["de"], marks, strict=False)
    ]
    found = made.project_all(asked)
    right = [
        p.best()[0].end == len(e.target_text.split()[0]) and p.best()[0].start == 0
        for p, e in zip(found, asked, strict=True)
    ]
    assert sum(right) >= 48
    assert all(p.log == ("voted with de",) for p in found)
    content = catalog.dump(made)
    again = catalog.restore(content)
    assert again.project_all(asked) == found
    assert catalog.dump(again) == content
    with pytest.raises(ArtifactError, match="source language"):
        catalog.restore(catalog.dump(PivotsProjector({"de": source})))
