"""Every bar of the machine side in one table: projection, learning, alignment, votes, the toy pair.

    make bench-machine

Runs the other benches on the data folder (``VOUCH_DATA``) one after another, some ten minutes on two
cores, and sets their figures against the bars. The toy pair trains its models in the tests.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number, what it must reach at least, and what it ought to reach."""

    what: str
    value: float
    bar: float | None = None
    goal: float | None = None

    @property
    def verdict(self) -> str:
        """``goal``, ``met``, ``MISSED``, or ``reported`` where there is no bar."""
        if self.bar is None:
            return "reported"
        if self.value < self.bar:
            return "MISSED"
        return "goal" if self.goal is not None and self.value >= self.goal else "met"


def main() -> None:
    """Print one figure a line as soon as it is known; exit 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    options = parser.parse_args()
    missed = 0
    for figure in figures():
        missed += figure.verdict == "MISSED"
        if options.json:
            print(json.dumps({**asdict(figure), "verdict": figure.verdict}), flush=True)
        else:
            bars = " ".join(
                f"{name} {value:g}"
                for name, value in (("bar", figure.bar), ("goal", figure.goal))
                if value is not None
            )
            print(f"{figure.what:58} {figure.value:8.4f}  {figure.verdict:8}  {bars}", flush=True)
    sys.exit(1 if missed else 0)


def figures() -> Iterator[Figure]:
    """All figures, bench by bench."""
    for target, bar, goal in (("es", 0.915, 0.945), ("de", 0.895, 0.915)):
        yield from _names("en", target, bar, goal, bitext=True)
    yield from _names("es", "de", None, None, bitext=False)
    for target, bar in (("es", 0.80), ("hi", None), ("ar", None), ("zh", None)):
        yield from _answers(target, bar)
    yield from _links()
    for target in ("hi", "es"):
        yield from _parts_of_speech(target)
    yield from _toys()


def _names(
    source: str, target: str, bar: float | None, goal: float | None, *, bitext: bool
) -> Iterator[Figure]:
    """Names in Europarl: the best projector, what all agree on, what 100 judgements teach."""
    files = [f"europarl-ner/{tag}-europarl.test.conll02" for tag in (source, target)]
    more = [f"pud/{tag}_pud-ud-test.conllu" for tag in (source, target)]
    rows = _projection(source, target, files, ["--bitext", *more] if bitext else [])
    pair = f"Europarl {source}-{target}"
    best = max((row for row in rows if "seconds" in row and not row["learned"]), key=_f1)
    yield Figure(f"{pair}: best projector ({best['projector']}), F1", _f1(best), bar, goal)
    same = next(row for row in rows if row["projector"] == "unanimous")
    bars = (0.93, 0.96, 0.75, 0.80) if bar else (None, None, None, None)
    yield Figure(f"{pair}: all projectors agree, precision", same["precision"], *bars[:2])
    yield Figure(f"{pair}: all projectors agree, share", same["coverage"], *bars[2:])
    yield from _gain(pair, rows, None if bar else 0.005)


def _answers(target: str, bar: float | None) -> Iterator[Figure]:
    """Answers of XQuAD: the share placed exactly, and what 100 judgements teach."""
    files = [f"xquad/xquad.{tag}.json" for tag in ("en", target)]
    rows = _projection("en", target, files, [])
    best = max(row["exact"] for row in rows if "exact" in row)
    yield Figure(f"XQuAD en-{target}: answers placed exactly", best, bar)
    yield from _gain(f"XQuAD en-{target}", rows, 0.005)


def _gain(pair: str, rows: Sequence[Row], bar: float | None) -> Iterator[Figure]:
    taught = [row for row in rows if row["projector"] == "candidates" and "interval" in row]
    before, after = sorted(taught, key=lambda row: row["learned"])
    gain = round(_f1(after) - _f1(before), 4)
    goal = 0.015 if bar else None
    yield Figure(f"{pair}: gain of 100 judgements, F1", gain, bar if bar else -0.002, goal)


def _projection(source: str, target: str, files: Sequence[str], more: Sequence[str]) -> list[Row]:
    tags = ["--source-lang", source, "--target-lang", target]
    named = ["--source", files[0], "--target", files[1]]
    return _rows("projection.py", [*tags, *named, *more, "--judgements", "100"])


def _f1(row: Row) -> float:
    return float(row["f1"])


def _links() -> Iterator[Figure]:
    more = ["--bitext", *(f"pud/{tag}_pud-ud-test.conllu" for tag in ("en", "es"))]
    rows = _rows("align.py", ["--gold", "xl-wa/es/test.tsv", *more])
    yield Figure("XL-WA en-es with PUD: best links, F1", max(map(_f1, rows)), 0.80)
    yield Figure("XL-WA en-es with PUD: pairs a second", rows[0]["pairs_per_second"])


def _parts_of_speech(target: str) -> Iterator[Figure]:
    sources = [tag for tag in ("en", "de", "es", "hi") if tag != target]
    named = [f"pud/{tag}_pud-ud-test.conllu" for tag in [target, *sources]]
    options = ["--target", named[0]]
    for name in named[1:]:
        options += ["--source", name]
    rows = _rows("sources.py", options)
    what = f"PUD {'+'.join(sources)}-{target}: parts of speech"
    single = max(row["accuracy"] for row in rows[:-1])
    yield Figure(f"{what}, best source alone", single)
    yield Figure(f"{what}, vote", rows[-1]["accuracy"])
    yield Figure(f"{what}, unanimous share", rows[-1]["unanimous"])
    yield Figure(f"{what}, unanimous accuracy", rows[-1]["unanimous_accuracy"])


def _toys() -> Iterator[Figure]:
    """The methods that run models, on models that the tests train."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        tests = "tests/pipeline/projection/test_modelled.py"
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", tests, f"--junitxml={report}"],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        tree = ElementTree.parse(report)
    for case in tree.iter("testcase"):
        told = {p.get("name", ""): float(p.get("value", "nan")) for p in case.iter("property")}
        if told:
            name = next(key for key in told if not key.startswith("without"))
            yield Figure(f"toy pair: {name}, F1", round(told[name], 4), 0.95)
            lost = round(told[name] - told[f"without {name}"], 4)
            yield Figure(f"toy pair: {name}, lost without its idea", lost, 0.2)


def _rows(bench: str, options: Sequence[str]) -> list[Row]:
    """What a bench prints as JSON. Ends with its message if it failed."""
    done = subprocess.run(
        [sys.executable, f"bench/{bench}", "--json", *options],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"bench/{bench} failed")
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    main()
