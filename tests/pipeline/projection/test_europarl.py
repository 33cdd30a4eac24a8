"""A Europarl subset: projected labels against gold, all projectors, and where they agree."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from pipeline.align.model import fit
from pipeline.align.tokens import tokenise
from pipeline.projection import catalog
from pipeline.projection.contract import Example

BENCH = Path(__file__).resolve().parents[3] / "bench"
FOLDER = Path(os.environ.get("VOUCH_DATA", "../shared/data")) / "europarl-ner"
SENTENCES = 300


@pytest.fixture(scope="module")
def read_texts():
    spec = importlib.util.spec_from_file_location("bench_corpora", BENCH / "corpora.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module.read_texts
    del sys.modules[spec.name]


@pytest.mark.slow
@pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no Europarl data at {FOLDER}; set VOUCH_DATA")
@pytest.mark.parametrize(("language", "least"), [("es", 0.85), ("de", 0.82)])
def test_labels_are_carried_to_europarl_translations(read_texts, language, least):
    source = read_texts(FOLDER / "en-europarl.test.conll02")[:SENTENCES]
    target = read_texts(FOLDER / f"{language}-europarl.test.conll02")[:SENTENCES]
    examples = [Example(a.text, b.text, a.spans) for a, b in zip(source, target, strict=True)]
    cut = [
        [[t.text for t in tokenise(text)] for text in (e.source_text, e.target_text)]
        for e in examples
    ]
    model = fit([(a, b) for a, b in cut])
    gold = {(n, s.label, s.start, s.end) for n, row in enumerate(target) for s in row.spans}
    made = {}
    for name in catalog.METHODS:
        outputs = catalog.prepare(name, model, examples).project_all(examples)
        made[name] = {
            (n, s.label, s.start, s.end) for n, row in enumerate(outputs) for s in row.best()
        }
    best = made["candidates"]
    assert 2 * len(best & gold) / (len(best) + len(gold)) >= least
    agreed = set.intersection(*made.values())
    assert len(agreed & gold) / len(agreed) >= 0.9
