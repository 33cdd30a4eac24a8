"""Forms compared by their sound: other scripts in Latin letters, marks left out."""

from __future__ import annotations

import pytest

from pipeline.align.spelling import spelt, unmarked
from pipeline.romanise import romanised


@pytest.mark.parametrize(
    ("form", "expected"),
    [("müller", "muller"), ("Yorùbá", "Yoruba"), ("आ", "आ"), ("\u0301", "\u0301")],
)
def test_marks_are_left_out_unless_nothing_else_is_there(form: str, expected: str):
    assert unmarked(form) == expected


@pytest.mark.parametrize(
    ("form", "expected"), [("путин", "putin"), ("лондон", "london"), ("αθηνα", "athena")]
)
def test_names_of_another_script_are_written_in_latin_letters(form: str, expected: str):
    assert spelt(form) == expected


def test_short_forms_stay_in_their_script():
    assert spelt("в") == "в"
    assert spelt("中国") == "中国"


def test_numbers_that_the_romaniser_stumbles_over_are_written_sign_by_sign():
    assert romanised("十四万五千") != ""
    assert romanised("٢٠٢٤") == "2024"
