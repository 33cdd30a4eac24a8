"""A toy bitext with an article the source lacks, and projectors fitted on it."""

from __future__ import annotations

import itertools

import pytest

from annotate.spans import Span
from pipeline.align.model import fit
from pipeline.align.tokens import tokenise
from pipeline.projection.contract import Example

PEOPLE = ["Ana Silva", "Goran Novak", "Femi Okafor", "Lena Costa", "Hana Sato"]
PLACES = {"Red River": "Rio Rojo", "Black Sea": "Mar Negro", "New Town": "Villa Nueva"}
DEEDS = {"likes": "adora", "left": "dejó", "sees": "mira"}


def spans_of(text, *marked):
    """Spans of (surface, label) in order, each searched after the one before."""
    spans, start = [], 0
    for key, (surface, label) in enumerate(marked):
        start = text.index(surface, start)
        spans.append(Span(label, start, start + len(surface), key=f"s{key}", surface=surface))
        start += len(surface)
    return tuple(spans)


def tokens(text):
    return [token.text for token in tokenise(text)]


@pytest.fixture(scope="session")
def examples():
    rows = itertools.product(PEOPLE, PLACES.items(), DEEDS.items())
    result = []
    for person, (place, lugar), (likes, adora) in rows:
        source = f"{person} {likes} {place} ."
        spans = spans_of(source, (person, "PER"), (place, "LOC"))
        result.append(Example(source, f"{person} {adora} el {lugar} .", spans))
    return result


@pytest.fixture(scope="session")
def model(examples):
    return fit([(tokens(e.source_text), tokens(e.target_text)) for e in examples])
