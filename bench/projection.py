"""How well labels are carried from a text to its translation, against gold on both sides.

    .venv/bin/python bench/projection.py --json --source-lang en --target-lang es \
        --source europarl-ner/en-europarl.test.conll02 --target europarl-ner/es-europarl.test.conll02

CoNLL, CoNLL-U, SQuAD (answers matched by question) and JSONL files in which text i of one is the
translation of text i of the other. ``--bitext`` adds parallel text to fit the aligner on,
``--judgements N`` measures what N corrected spans teach, ``--pivot`` lets the same texts vote that are
labelled in a third language.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from corpora import Text, located, paired, read_texts

from annotate.spans import Span
from pipeline.align.model import AlignmentModel, fit
from pipeline.align.tokens import tokenise
from pipeline.learn.correction import Correction
from pipeline.learn.ranking import learn
from pipeline.projection import catalog, pivots
from pipeline.projection.assignment import NOTHING, assign
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.contract import Example, Pivot, Projection
from pipeline.projection.evidence import gather

DRAWS = 5
# The others are made from these.
INDEPENDENT = ("links", "candidates", "similarity")
T_95 = 2.776  # Student's t for a two-sided 95 % interval of five values
Mark = tuple[int, str, int, int]


def main() -> None:
    """Fit, project with every projector, print one line each and one for what all agree on."""
    options = _options()
    pairs = list(paired(_texts(options.source), _texts(options.target)))
    bitext = [
        (_tokens(a.text), _tokens(b.text))
        for files in options.bitext
        for a, b in paired(_texts(files[0]), _texts(files[1]))
    ]
    examples = [Example(a.text, b.text, a.spans) for a, b in pairs]
    golds = [b.spans for _, b in pairs]
    started = time.perf_counter()
    model = fit([(_tokens(a.text), _tokens(b.text)) for a, b in pairs], bitext=bitext)
    fitting = time.perf_counter() - started
    outputs = {}
    for name in catalog.METHODS:
        started = time.perf_counter()
        projector = catalog.prepare(name, model, examples)
        outputs[name] = projector.project_all(examples)
        seconds = fitting + time.perf_counter() - started
        row = {"language": options.target_lang, "projector": name, "learned": 0}
        row |= measure(outputs[name], golds, keyed=options.source.endswith(".json"))
        _print({**row, "seconds": round(seconds, 2)}, options.json)
    _print({"language": options.target_lang, **_unanimous(outputs, examples, golds)}, options.json)
    if options.pivot:
        _print(
            {"language": options.target_lang, **_voted(options, model, examples, golds)},
            options.json,
        )
    if options.judgements:
        for row in _taught(model, examples, golds, options.judgements):
            _print({"language": options.target_lang, **row}, options.json)


def _voted(
    options: argparse.Namespace,
    model: AlignmentModel,
    examples: Sequence[Example],
    golds: Sequence[tuple[Span, ...]],
) -> dict[str, Any]:
    """The vote of the source and of the same texts, labelled, in other languages."""
    started = time.perf_counter()
    voting, parts = list(examples), {}
    for language, name in options.pivot:
        texts = _texts(name)
        if len(texts) != len(examples):
            sys.exit(f"{name} has {len(texts)} texts, the source {len(examples)}")
        own = [
            Example(text.text, example.target_text, text.spans)
            for text, example in zip(texts, examples, strict=True)
        ]
        parts[language] = (
            fit([(_tokens(one.source_text), _tokens(one.target_text)) for one in own]),
            own,
        )
        voting = [
            replace(one, pivots=(*one.pivots, Pivot(language, text.text, text.spans)))
            for one, text in zip(voting, texts, strict=True)
        ]
    projector = pivots.joined(catalog.prepare("candidates", model, examples), parts)
    row = measure(projector.project_all(voting), golds, keyed=options.source.endswith(".json"))
    seconds = round(time.perf_counter() - started, 2)
    return {
        "projector": pivots.NAME,
        "learned": 0,
        "sources": 1 + len(parts),
        **row,
        "seconds": seconds,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("source", "target", "source-lang", "target-lang"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--pivot", nargs=2, action="append", default=[], metavar=("LANG", "FILE"))
    parser.add_argument("--bitext", nargs=2, action="append", default=[], metavar=("SRC", "TGT"))
    parser.add_argument("--judgements", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    return parser.parse_args()


def _texts(name: str) -> list[Text]:
    return read_texts(located(name))


def _tokens(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


def _print(row: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(row) if as_json else "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)


def measure(
    outputs: Sequence[Projection], golds: Sequence[Sequence[Span]], *, keyed: bool = False
) -> dict[str, Any]:
    """Exact span and label scores; with ``keyed`` also the mean overlap F of spans of equal key."""
    made = {mark for n, output in enumerate(outputs) for mark in _marks(n, output.best())}
    gold = {mark for n, spans in enumerate(golds) for mark in _marks(n, spans)}
    scores = _scores(made, gold)
    labels = sorted({mark[1] for mark in gold | made})
    scores["per_label"] = {
        label: _scores({m for m in made if m[1] == label}, {m for m in gold if m[1] == label})["f1"]
        for label in labels
    }
    if keyed:
        scores |= _keyed(outputs, golds)
    return scores


def _marks(number: int, spans: Iterable[Span]) -> list[Mark]:
    return [(number, span.label, span.start or 0, span.end or 0) for span in spans]


def _scores(made: set[Mark], gold: set[Mark]) -> dict[str, Any]:
    right = len(made & gold)
    return {
        "precision": round(right / max(len(made), 1), 4),
        "recall": round(right / max(len(gold), 1), 4),
        "f1": round(2 * right / max(len(made) + len(gold), 1), 4),
    }


def _keyed(outputs: Sequence[Projection], golds: Sequence[Sequence[Span]]) -> dict[str, Any]:
    exact, overlap = [], []
    for output, spans in zip(outputs, golds, strict=True):
        made = {span.source: span for span in output.best()}
        for gold in spans:
            found = made.get(gold.key)
            mine = set(range(found.start or 0, found.end or 0)) if found else set()
            theirs = set(range(gold.start or 0, gold.end or 0))
            exact.append(mine == theirs)
            overlap.append(2 * len(mine & theirs) / (len(mine) + len(theirs)))
    return {"exact": round(float(np.mean(exact)), 4), "overlap": round(float(np.mean(overlap)), 4)}


def _unanimous(
    outputs: dict[str, list[Projection]], examples: list[Example], golds: list[tuple[Span, ...]]
) -> dict[str, Any]:
    """Spans that the three independent projectors place alike: their share of all, and how many are right."""
    agreed = right = total = 0
    for number, example in enumerate(examples):
        gold = set(_marks(number, golds[number]))
        votes = [
            {span.source: _marks(number, [span])[0] for span in output[number].best()}
            for name, output in outputs.items()
            if name in INDEPENDENT
        ]
        for span in example.spans:
            total += 1
            places = {vote.get(span.key) for vote in votes}
            if len(places) == 1 and None not in places:
                agreed += 1
                right += places.pop() in gold
    share = {"coverage": agreed / max(total, 1), "precision": right / max(agreed, 1)}
    return {"projector": "unanimous", **{key: round(value, 4) for key, value in share.items()}}


def _taught(
    model: AlignmentModel, examples: list[Example], golds: list[tuple[Span, ...]], judgements: int
) -> list[dict[str, Any]]:
    """Scores on the sentences nobody judged, before and after learning; mean of five draws."""
    projector = catalog.prepare("candidates", model, examples)
    assert isinstance(projector, CandidatesProjector)
    corrections = _corrections(projector, examples, golds)
    rows: dict[int, list[dict[str, Any]]] = {0: [], judgements: []}
    spent = {0: 0.0, judgements: 0.0}
    for draw in range(DRAWS):
        order = [n for n, example in enumerate(examples) if example.spans]
        random.Random(draw).shuffle(order)
        judged, spans = [], 0
        while order and spans < judgements:
            judged.append(order.pop())
            spans += len(examples[judged[-1]].spans)
        rest = sorted(set(range(len(examples))) - set(judged))
        started = time.perf_counter()
        learned = learn(projector, [corrections[n] for n in judged], seed=draw).projector
        spent[judgements] += time.perf_counter() - started
        for learnt, used in ((0, projector), (judgements, learned)):
            outputs = used.project_all([examples[n] for n in rest])
            rows[learnt].append(measure(outputs, [golds[n] for n in rest]))
    return [_mean(learnt, rows[learnt], spent[learnt] / DRAWS) for learnt in rows]


def _mean(learnt: int, rows: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    values = [row["f1"] for row in rows]
    half = T_95 * statistics.stdev(values) / len(values) ** 0.5
    middle = statistics.mean(values)
    result: dict[str, Any] = {"projector": "candidates", "learned": learnt}
    result |= {k: round(statistics.mean(r[k] for r in rows), 4) for k in ("precision", "recall")}
    result |= {
        "f1": round(middle, 4),
        "interval": [round(middle - half, 4), round(middle + half, 4)],
    }
    labels = sorted({label for row in rows for label in row["per_label"]})
    result["per_label"] = {
        label: round(statistics.mean(row["per_label"].get(label, 0.0) for row in rows), 4)
        for label in labels
    }
    return {**result, "seconds": round(seconds, 2)}


def _corrections(
    projector: CandidatesProjector, examples: list[Example], golds: list[tuple[Span, ...]]
) -> list[Correction]:
    """What a perfect reviewer would say: the gold place of each source span of the same label."""
    return [
        Correction(evidence.example, _judged(projector, evidence, gold))
        for evidence, gold in zip(gather(projector.model, examples), golds, strict=True)
    ]


def _judged(
    projector: CandidatesProjector, evidence: Any, gold: Sequence[Span]
) -> tuple[Span, ...]:
    scored, _ = projector.score(evidence)
    places = {(span.label, span.start, span.end): span for span in gold}
    limited, options = [], []
    for span, choice in scored:
        found = [
            (n, places.get((span.label, evidence.target[a].start, evidence.target[b - 1].end)))
            for n, (a, b) in enumerate(zip(choice.starts, choice.ends, strict=True))
        ]
        kept = [(n, right) for n, right in found if right is not None]
        numbers = np.array([n for n, _ in kept], np.int64)
        limited.append(
            replace(choice, starts=choice.starts[numbers], ends=choice.ends[numbers],
                    scores=choice.scores[numbers], nothing=-1e3)
        )  # fmt: skip
        options.append((span, [right for _, right in kept]))
    return tuple(
        replace(rights[number], source=span.key)
        for (span, rights), number in zip(options, assign(limited), strict=True)
        if number != NOTHING
    )


if __name__ == "__main__":
    main()
