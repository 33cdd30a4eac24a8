"""Eflomal: how the program is called and read; run for real only where somebody installed it."""

from __future__ import annotations

import sys

import pytest

from annotate.spans import Span
from pipeline.align import eflomal
from pipeline.align.model import fit
from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.projection import catalog
from pipeline.projection.contract import Example

PAIRS = [(["The", "Red", "River"], ["el", "Rio", "Rojo"]), (["Red"], ["Rojo"])]
# Links word i to the word of the same number from the end, as a program of two options would.
STAND_IN = """#!{python}
import sys
told = dict(zip(sys.argv[1:], sys.argv[2:]))
source, target = (open(told[o]).read().splitlines() for o in ("-s", "-t"))
rows = []
for a, b in zip(source, target):
    last = len(b.split()) - 1
    rows.append(" ".join(f"{{i}}-{{last - i}}" for i in range(len(a.split())) if last >= i))
open(told["-f"], "w").write("\\n".join(rows) + "\\n")
open(told["-r"], "w").write("\\n".join(rows[: {lines}]) + "\\n")
sys.exit({code})
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a stand-in for the program on the path."""

    def make(code=0, lines=99):
        place = tmp_path / eflomal.PROGRAM
        place.write_text(STAND_IN.format(python=sys.executable, code=code, lines=lines))
        place.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return make


def test_links_of_both_directions_are_read(program):
    program()
    assert eflomal.aligned(PAIRS) == [{(0, 2), (1, 1), (2, 0)}, {(0, 0)}]


def test_without_the_program_the_refusal_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not eflomal.is_installed()
    with pytest.raises(BackendRefused, match=r"not installed.*projector links"):
        eflomal.aligned(PAIRS)


@pytest.mark.parametrize(("code", "lines", "cause"), [(3, 99, "code 3"), (0, 1, "1 lines|2 lines")])
def test_a_program_that_fails_is_named(program, code, lines, cause):
    program(code, lines)
    pairs = [*PAIRS, *PAIRS]
    with pytest.raises(BackendBroken, match=cause):
        eflomal.aligned(pairs)


def test_its_links_carry_spans_and_are_kept_with_the_projector(program, monkeypatch, tmp_path):
    program()
    span = Span("LOC", 0, 3, key="s0", surface="Red")
    example = Example("Red River", "Rio Rojo", (span,))
    model = fit([(["Red", "River"], ["Rio", "Rojo"])])
    stored = catalog.dump(catalog.prepare("eflomal", model, [example]))
    monkeypatch.setenv("PATH", "")
    (made,) = catalog.restore(stored).project_all([example])
    assert [span.surface for span in made.best()] == ["Rojo"]
    with pytest.raises(BackendRefused):
        catalog.restore(stored).project("Red", "Rojo", (span,))


@pytest.mark.skipif(not eflomal.is_installed(), reason="eflomal-align is not installed here")
def test_the_real_program_links_a_repeated_text():
    pairs = [(["the", "house"], ["la", "casa"]), (["the", "cat"], ["la", "gata"])] * 50
    assert eflomal.aligned(pairs)[0] == {(0, 0), (1, 1)}
