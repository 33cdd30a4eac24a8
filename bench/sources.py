"""Labels of words (UPOS) carried from several languages to one, against gold: sources and their vote.

    .venv/bin/python bench/sources.py --json --target pud/hi_pud-ud-test.conllu \
        --source pud/en_pud-ud-test.conllu --source pud/de_pud-ud-test.conllu \
        --source pud/es_pud-ud-test.conllu

CoNLL-U files of the same sentences in the same order.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from corpora import located

from pipeline.align.model import fit
from pipeline.projection.sources import Votes, WordLabel, carried, vote

Sentence = tuple[list[str], list[str]]


def main() -> None:
    """One line per source alone, one for the vote of all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", required=True)
    parser.add_argument("--source", action="append", required=True)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args()
    target = list(read_words(located(options.target)))
    every: dict[str, list[list[Votes]]] = {}
    for name in options.source:
        started = time.perf_counter()
        source = list(read_words(located(name)))
        if len(source) != len(target):
            sys.exit(f"unequal files: {len(source)} and {len(target)} sentences")
        pairs = [(a, b) for (a, _), (b, _) in zip(source, target, strict=True)]
        alignments = fit(pairs).align_all(pairs)
        every[name] = [
            carried(alignment, labels)
            for alignment, (_, labels) in zip(alignments, source, strict=True)
        ]
        row = score(target, [every[name]])
        row["seconds"] = round(time.perf_counter() - started, 1)
        show({"source": Path(name).name[:2], **row}, options.json)
    row = score(target, list(every.values()))
    show({"source": "vote", "sources": len(every), **row}, options.json)


def read_words(path: Path) -> Iterator[Sentence]:
    """Words and their universal parts of speech, sentence by sentence."""
    words: list[str] = []
    labels: list[str] = []
    for line in [*path.read_text(encoding="utf-8").split("\n"), ""]:
        columns = line.split("\t")
        if columns[0].isdigit():
            words.append(columns[1])
            labels.append(columns[3])
        elif not line.strip() and words:
            yield words, labels
            words, labels = [], []


def score(target: list[Sentence], sources: list[list[list[Votes]]]) -> dict[str, Any]:
    """Accuracy over all words, and the share and accuracy of those on which every source spoke alike."""
    found = vote([words for words, _ in target], sources)
    rows = list(_paired(target, found))
    agreed = [
        (made, gold) for made, gold in rows if made.is_unanimous and made.sources == len(sources)
    ]
    return {
        "accuracy": _share(rows),
        "unanimous": round(len(agreed) / len(rows), 4),
        "unanimous_accuracy": _share(agreed),
    }


def _paired(
    target: list[Sentence], found: list[list[WordLabel]]
) -> Iterator[tuple[WordLabel, str]]:
    for (_, labels), made in zip(target, found, strict=True):
        yield from zip(made, labels, strict=True)


def _share(rows: Iterable[tuple[WordLabel, str]]) -> float:
    hits = [made.label == gold for made, gold in rows]
    return round(sum(hits) / max(len(hits), 1), 4)


def show(row: dict[str, Any], as_json: bool) -> None:
    """Print a result as JSON or as words."""
    print(json.dumps(row) if as_json else "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)


if __name__ == "__main__":
    main()
