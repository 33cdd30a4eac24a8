"""The cheapest way with a card, by keys and by taps, as the bench of keystrokes counts it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from annotate.graphemes import boundaries, words

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))

from cheapest import by_keys, by_taps

TEXT = "Ana vio Nueva York ayer."
RIGHT = [(0, 3, "PER"), (8, 18, "LOC")]


def card(*spans: tuple[int, int, str], **fields: Any) -> dict[str, Any]:
    return {
        "target": {"dir": "ltr", "fields": [
            {"name": "text", "text": TEXT, "clusters": boundaries(TEXT), "words": words(TEXT)}]},
        "spans": [
            {"key": f"t{n}", "field": "text", "start": start, "end": end, "label": label,
             "alternatives": []}
            for n, (start, end, label) in enumerate(spans)
        ],
        "labels": [
            {"key": "PER", "hotkey": "p", "letter": "P", "name": "Person"},
            {"key": "LOC", "hotkey": "l", "letter": "L", "name": "Place"},
            {"key": "GROUP", "hotkey": "g", "letter": "G", "name": "Group"},
        ],
        "questions": [], "unplaced": [], **fields,
    }  # fmt: skip


def test_what_is_right_is_one_key_and_one_tap() -> None:
    assert by_keys(card(*RIGHT), RIGHT).steps == ("Enter",)
    assert by_taps(card(*RIGHT), RIGHT).cost == 1
    assert by_keys(card(*RIGHT, unplaced=["s3"]), RIGHT).cost == 2


@pytest.mark.parametrize("place", [(8, 13), (4, 18), (8, 17), (9, 18), (8, 20)])
def test_one_boundary_is_one_key_besides_going_there_and_accepting(place: tuple[int, int]) -> None:
    shown = card(RIGHT[0], (*place, "LOC"))
    way = by_keys(shown, RIGHT)
    assert (way.steps[0], way.steps[-1], way.cost) == ("j", "Enter", 3)
    assert by_taps(shown, RIGHT).cost == 4


def test_a_held_modifier_counts_once() -> None:
    from cheapest import _held

    assert _held([("Shift+ArrowLeft", "Shift")] * 3) == 4
    assert _held([("Shift+ArrowLeft", "Shift"), (".", ""), ("Shift+ArrowLeft", "Shift")]) == 5


def test_a_guess_is_the_shorter_way() -> None:
    shown = card(RIGHT[0], (4, 7, "LOC"))
    shown["spans"][1]["alternatives"] = [{"start": 8, "end": 18}]
    assert by_keys(shown, RIGHT).steps == ("j", "n", "Enter")


def test_a_label_costs_its_letter_and_shift_where_that_is_a_command() -> None:
    assert by_keys(card((0, 3, "LOC"), RIGHT[1]), RIGHT).steps == ("p", "Enter")
    gold = [RIGHT[0], (8, 18, "GROUP")]
    way = by_keys(card(*RIGHT), gold)
    assert way.steps == ("j", "Shift+g", "Enter")
    assert way.cost == 4
    assert by_taps(card(*RIGHT), gold).cost == 4
