"""The benches of the machine side run on small data of their own and give the figures that bars are set on."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from machine import Figure  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
PEOPLE = ["Ana Silva", "Goran Novak", "Femi Okafor", "Lena Costa", "Hana Sato"]
PLACES = {"Red River": "Rio Rojo", "Black Sea": "Mar Negro", "New Town": "Villa Nueva"}
DEEDS = {"likes": "adora", "left": "dejó", "sees": "mira"}


def bench(name: str, *options: str) -> list[dict[str, Any]]:
    """The lines that a bench prints on data of the test's own; the data folder it knows is empty."""
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            [sys.executable, f"bench/{name}.py", "--json", *options], cwd=ROOT,
            env={**os.environ, "VOUCH_DATA": empty}, capture_output=True, text=True, timeout=550,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The two sides of a toy bitext as JSON lines with spans."""
    sides: tuple[list[str], list[str]] = ([], [])
    for person, (place, lugar), (likes, adora) in itertools.product(
        PEOPLE, PLACES.items(), DEEDS.items()
    ):
        for rows, verb, where in ((sides[0], likes, place), (sides[1], adora, lugar)):
            text = f"{person} {verb} {where} ."
            spans = [
                {"label": label, "start": text.index(part), "end": text.index(part) + len(part), "key": key}
                for key, label, part in (("a", "PER", person), ("b", "LOC", where))
            ]  # fmt: skip
            rows.append(json.dumps({"text": text, "spans": spans}, ensure_ascii=False))
    folder = tmp_path_factory.mktemp("bitext")
    paths = folder / "source.jsonl", folder / "target.jsonl"
    for path, rows in zip(paths, sides, strict=True):
        path.write_text("\n".join(rows), encoding="utf-8")
    return paths


def test_projection_and_what_judgements_teach(pair: tuple[Path, Path]) -> None:
    rows = bench(
        "projection", "--source", str(pair[0]), "--target", str(pair[1]), "--source-lang", "en",
        "--target-lang", "es", "--judgements", "20",
    )  # fmt: skip
    by = {(row["projector"], row.get("learned")): row for row in rows}
    assert by["candidates", 0]["f1"] > 0.9
    assert by["unanimous", None]["precision"] > 0.9
    assert by["candidates", 20]["f1"] >= by["candidates", 0]["f1"] - 0.002


def test_labellers(pair: tuple[Path, Path]) -> None:
    row = bench("label", "--data", str(pair[0]), "--language", "en", "--labeller", "gazetteer")[0]
    assert (row["texts"], row["spans"], row["labeller"]) == (45, 90, "gazetteer")
    assert row["f1"] > 0.5
    assert row["texts_per_second"] > 0


def test_labels_from_several_sources(tmp_path: Path) -> None:
    words = {
        "en": ("dog", "sees", "the"),
        "de": ("hund", "sieht", "der"),
        "es": ("perro", "ve", "el"),
    }
    nouns = {
        "en": ("king", "tree", "house"),
        "de": ("könig", "baum", "haus"),
        "es": ("rey", "árbol", "casa"),
    }
    for tag, (dog, sees, the) in words.items():
        lines = []
        for one, two in itertools.permutations((dog, *nouns[tag]), 2):
            row = ((the, "DET"), (one, "NOUN"), (sees, "VERB"), (the, "DET"), (two, "NOUN"))
            lines += [f"{n}\t{word}\t_\t{label}" for n, (word, label) in enumerate(row, 1)]
            lines.append("")
        (tmp_path / f"{tag}.conllu").write_text("\n".join(lines), encoding="utf-8")
    *single, vote = bench(
        "sources", "--target", str(tmp_path / "es.conllu"),
        "--source", str(tmp_path / "en.conllu"), "--source", str(tmp_path / "de.conllu"),
    )  # fmt: skip
    assert [row["source"] for row in single] == ["en", "de"]
    assert vote["sources"] == 2
    assert vote["accuracy"] == 1.0


def test_links(tmp_path: Path) -> None:
    folder = tmp_path / "es"
    folder.mkdir()
    rows = [
        f"{one} sees {two}\t{uno} ve {dos}\t0-0 1-1 2-2"
        for (one, uno), (two, dos) in itertools.permutations(PLACES.items(), 2)
    ]
    rows = [row.replace("Red River", "river").replace("Rio Rojo", "río") for row in rows]
    rows = [row.replace("Black Sea", "sea").replace("Mar Negro", "mar") for row in rows]
    rows = [row.replace("New Town", "town").replace("Villa Nueva", "villa") for row in rows]
    (folder / "test.tsv").write_text("\n".join(rows), encoding="utf-8")
    found = bench("align", "--gold", str(folder / "test.tsv"))
    assert {row["aligner"] for row in found} == {
        "hmm-intersection", "hmm-grow-diag", "ibm1-intersection",
    }  # fmt: skip
    assert all(row["f1"] > 0.9 and row["pairs_per_second"] > 0 for row in found)


def test_models_of_any_size_run() -> None:
    rows = bench("models", "--tiny", "--sentences", "4", "--batch", "4")
    assert {"translate", "encoder", "constrained"} <= {row["method"].split()[0] for row in rows}


@pytest.mark.parametrize(
    ("value", "bar", "goal", "verdict"),
    [(0.5, None, None, "reported"), (0.5, 0.6, None, "MISSED"), (0.6, 0.6, 0.7, "met"),
     (0.7, 0.6, 0.7, "goal"), (0.9, 0.6, None, "met")],
)  # fmt: skip
def test_a_figure_is_held_against_its_bar(
    value: float, bar: float | None, goal: float | None, verdict: str
) -> None:
    assert Figure("it", value, bar, goal).verdict == verdict
