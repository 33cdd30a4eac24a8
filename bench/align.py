"""How well and how fast the aligner links words, against gold links.

The aligner is fitted on the gold file's sentences and on those of its sibling files (unseen links).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from corpora import LinkedPair, located, paired, read_links, read_texts

from pipeline.align import symmetry
from pipeline.align.model import Alignment, fit
from pipeline.align.tokens import tokenise

ALIGNERS = {
    "hmm-intersection": lambda a: symmetry.intersection(a.hmm_forward, a.hmm_backward),
    "hmm-grow-diag": lambda a: symmetry.grow_diag_final_and(a.hmm_forward, a.hmm_backward),
    "ibm1-intersection": lambda a: symmetry.intersection(a.ibm1_forward, a.ibm1_backward),
}


def main() -> None:
    """Read options, fit, align, print one line per way of linking."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gold", required=True, help="TSV of source, target, i-j links")
    parser.add_argument(
        "--bitext", nargs=2, action="append", default=[], metavar=("SRC", "TGT"),
        help="more parallel text to fit on",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args()
    path = located(options.gold)
    gold = read_links(path)
    siblings = [other for other in sorted(path.parent.glob("*.tsv")) if other != path]
    extra = [(p.source, p.target) for other in siblings for p in read_links(other)]
    extra += [pair for files in options.bitext for pair in _bitext(*files)]
    started = time.perf_counter()
    model = fit([(p.source, p.target) for p in gold], bitext=extra)
    alignments = model.align_all([(pair.source, pair.target) for pair in gold])
    speed = (len(gold) + len(extra)) / (time.perf_counter() - started)
    for name in ALIGNERS:
        row = {"language": path.parent.name, "aligner": name, **_score(gold, alignments, name)}
        row["pairs_per_second"] = round(speed, 1)
        print(json.dumps(row) if options.json else "  ".join(f"{k} {v}" for k, v in row.items()))


def _bitext(source: str, target: str) -> Iterator[tuple[list[str], list[str]]]:
    """Token lists of texts that translate each other, line by line."""
    texts = paired(read_texts(located(source)), read_texts(located(target)))
    for one, other in texts:
        yield [t.text for t in tokenise(one.text)], [t.text for t in tokenise(other.text)]


def _score(gold: list[LinkedPair], alignments: list[Alignment], name: str) -> dict[str, float]:
    right = made = wanted = 0
    for pair, alignment in zip(gold, alignments, strict=True):
        links = ALIGNERS[name](alignment)
        found = {(int(i), int(j)) for j, i in zip(*links.nonzero(), strict=True)}
        right += len(found & pair.links)
        made += len(found)
        wanted += len(pair.links)
    f1 = 2 * right / max(made + wanted, 1)
    return {
        "precision": round(right / max(made, 1), 4), "recall": round(right / max(wanted, 1), 4),
        "f1": round(f1, 4), "aer": round(1 - f1, 4),
    }  # fmt: skip


if __name__ == "__main__":
    main()
