"""The checks flag what is wrong in any script and leave alone what is right."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.translate.checks import flags, usual_ratio

ENGLISH = "The minister opened the new bridge over the river on Friday."
SAMPLE = Path(__file__).parents[3] / "pipeline" / "demo" / "sample.jsonl"


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("El ministro inauguró el viernes el nuevo puente sobre el río.", ()),
        ("मंत्री ने शुक्रवार को नदी पर नए पुल का उद्घाटन किया।", ()),
        ("", ("empty",)),
        (" \n\u00a0", ("empty",)),
        (ENGLISH, ("copy",)),
        (ENGLISH.upper().replace(".", " !"), ("copy",)),
        ("El ministro el ministro el ministro el ministro el ministro.", ("loop",)),
        ("no no no no", ("loop", "length")),
        ("部长部长部长部长部长部长部长部长部长在河上", ("loop", "length")),
        ("Sí.", ("length",)),
        (
            "El ministro inauguró el puente. "
            + "Además, había mucha gente y el tiempo era bueno; " * 1
            + " ".join(f"palabra{n}" for n in range(20)),
            ("length",),
        ),
    ],
)
def test_flags(target: str, found: tuple[str, ...]) -> None:
    assert flags(ENGLISH, target) == found


def test_a_loop_of_the_source_is_no_loop() -> None:
    source = "Row, row, row, row your boat gently down the stream"
    assert flags(source, "Rema, rema, rema, rema tu bote suave por el río") == ()


def test_names_and_numbers_may_stay_as_they_are() -> None:
    assert flags("BBC News", "BBC News") == ()
    assert flags("1 000 000 000 000 USD", "1 000 000 000 000 dólares") == ()


def test_the_usual_ratio_is_the_pairs_own() -> None:
    pairs = [("a" * 30, "字" * 10)] * 12
    assert usual_ratio(pairs) == pytest.approx(1 / 3)
    assert usual_ratio(pairs[:9]) == 1.0
    assert flags(ENGLISH, "部长周五为河上新桥剪彩。", ratio=1 / 4) == ()
    assert flags(ENGLISH, "部长周五为河上新桥剪彩。") == ("length",)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the demo sample is not there")
def test_most_real_translations_pass() -> None:
    rows = [json.loads(line) for line in SAMPLE.read_text("utf-8").splitlines()]
    for language in ("es", "sw", "hi", "ar"):
        pairs = [(row["text"], row["translations"][language]) for row in rows]
        ratio = usual_ratio(pairs)
        flagged = [one for one in pairs if flags(*one, ratio=ratio)]
        assert len(flagged) <= 0.08 * len(pairs), flagged
