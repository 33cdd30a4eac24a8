"""How well and how fast the fitted labellers read: exact span F1 of held-back texts, texts a second.

    .venv/bin/python bench/label.py --json --data europarl-ner/es-europarl.test.conll02 --language es

Every text is labelled by the part that was fitted without its fold. A CoNLL or JSONL file with gold spans.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from corpora import Text, located, read_texts

from annotate.prompts import LabelChoice
from annotate.readings import Reading
from pipeline.label import catalog
from pipeline.label.contract import Example, LabelTask
from pipeline.label.heldout import span_scores


def main() -> None:
    """One line per labeller."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="texts with gold spans")
    parser.add_argument("--language", required=True, help="their BCP-47 tag")
    parser.add_argument(
        "--labeller", action="append", help="by name; all that are fitted if left out"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args()
    texts = read_texts(located(options.data))
    fitted = [name for name, entry in catalog.LABELLERS.items() if entry.fitted]
    for name in options.labeller or fitted:
        row = {"data": Path(options.data).name, "labeller": name}
        row |= measure(name, texts, options.language)
        print(json.dumps(row) if options.json else "  ".join(f"{k} {v}" for k, v in row.items()))


def measure(name: str, texts: Sequence[Text], language: str) -> dict[str, Any]:
    """Scores of held-back texts, and seconds to fit and texts a second to read."""
    examples = [
        Example(str(n), language, {"text": text.text}, Reading(spans=text.spans))
        for n, text in enumerate(texts)
    ]
    keys = sorted({span.label for text in texts for span in text.spans})
    labels = tuple(LabelChoice(key, key) for key in keys)
    started = time.perf_counter()
    fitted = catalog.fit(name, examples)
    fitting = time.perf_counter() - started
    labeller = catalog.load(name, fitted.artifact)
    tasks = [LabelTask(e.key, language, e.fields, labels) for e in examples]
    started = time.perf_counter()
    found = labeller.label(tasks)
    reading = time.perf_counter() - started
    scores = span_scores(
        (one.reading or Reading(), e.reading) for one, e in zip(found, examples, strict=True)
    )
    return {
        **{key: scores[key] for key in ("precision", "recall", "f1", "spans")},
        "texts": len(texts),
        "fit_seconds": round(fitting, 1),
        "texts_per_second": round(len(texts) / reading, 1),
    }


if __name__ == "__main__":
    main()
