"""The demo sample: files equal a rebuild, offsets are right, labels and defects are as promised."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.demo import build as demo

FOLDER = Path(demo.__file__).parent
Row = dict[str, Any]


def load(name: str) -> list[Row]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


SAMPLE, GOLD = load("sample.jsonl"), load("gold.jsonl")
PAIRS = list(zip(SAMPLE, GOLD, strict=True))


def texts() -> Iterator[tuple[str, str, list[list[Any]]]]:
    """Every text of the sample with its language and its right spans."""
    for row, gold in PAIRS:
        yield "en", row["text"], gold["source"]["spans"]
        for language, target in gold["targets"].items():
            yield language, row["translations"][language], target["spans"]


def is_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMN"


def test_the_files_equal_a_rebuild() -> None:
    sample, gold = demo.build((FOLDER / "sample.txt").read_text(encoding="utf-8"))
    assert demo.as_jsonl(sample) == (FOLDER / "sample.jsonl").read_text(encoding="utf-8")
    assert demo.as_jsonl(gold) == (FOLDER / "gold.jsonl").read_text(encoding="utf-8")


def test_there_is_enough_of_everything() -> None:
    assert len(SAMPLE) >= 90
    assert [row["id"] for row in SAMPLE] == [row["id"] for row in GOLD]
    assert len({row["id"] for row in SAMPLE}) == len(SAMPLE)
    assert {row["split"] for row in SAMPLE} == {"train", "dev", "test"}
    labels = Counter(label for row in SAMPLE for _, _, label in row["spans"])
    assert set(labels) == {"PER", "LOC", "ORG", "DATE"}
    assert min(labels.values()) >= 25
    assert sum(not row["spans"] for row in SAMPLE) >= 6
    lengths = [len(row["text"].split()) for row in SAMPLE]
    assert min(lengths) >= 8
    assert max(lengths) <= 35
    assert sum(n > 20 for n in lengths) >= 5


def test_no_text_stands_twice() -> None:
    for language in ("en", *demo.LANGUAGES):
        found = [text for lang, text, _ in texts() if lang == language]
        assert len(set(found)) == len(found) == len(SAMPLE)


def test_spans_are_whole_words_and_do_not_overlap() -> None:
    for language, text, spans in texts():
        end_before = 0
        for start, end, *_ in sorted(spans):
            where = (language, text, text[start:end])
            assert end_before <= start < end <= len(text), where
            assert is_word(text[start]), where
            assert is_word(text[end - 1]), where
            assert start == 0 or not is_word(text[start - 1]), where
            assert end == len(text) or not is_word(text[end]), where
            end_before = end


def test_each_source_span_is_once_in_the_target_or_missing() -> None:
    for row, gold in PAIRS:
        right = gold["source"]["spans"]
        for target in gold["targets"].values():
            indexes = [index for *_, index in target["spans"]]
            assert sorted(indexes + target["missing"]) == list(range(len(row["spans"])))
            assert all(label == right[index][2] for *_, label, index in target["spans"])
            assert bool(target["missing"]) == (target["translation"] == "omitted entity")


def test_exactly_three_source_labels_are_wrong() -> None:
    wrong = []
    for row, gold in PAIRS:
        right = gold["source"]["spans"]
        assert [span[:2] for span in row["spans"]] == [span[:2] for span in right]
        differ = [n for n, span in enumerate(row["spans"]) if span[2] != right[n][2]]
        assert differ == gold["source"]["wrong_labels"]
        wrong += [row["text"][slice(*right[n][:2])] for n in differ]
    assert wrong == ["River Post", "Victoria", "Dakezi"]


@pytest.mark.parametrize("language", demo.LANGUAGES)
def test_about_a_quarter_of_the_translations_are_faulty(language: str) -> None:
    kinds = Counter(gold["targets"][language]["translation"] for gold in GOLD)
    assert 0.15 <= 1 - kinds["good"] / len(GOLD) <= 0.35
    assert set(kinds) == {"good", *demo.DEFECTS}
    for gold in GOLD:
        target = gold["targets"][language]
        assert bool(target["note"]) == (target["translation"] != "good")


@pytest.mark.parametrize(
    ("language", "script"),
    [("es", "LATIN"), ("sw", "LATIN"), ("hi", "DEVANAGARI"), ("ar", "ARABIC")],
)
def test_a_translation_is_in_its_script_unless_it_is_a_copy(language: str, script: str) -> None:
    for row, gold in PAIRS:
        text, kind = row["translations"][language], gold["targets"][language]["translation"]
        assert (text == row["text"]) == (kind == "untranslated copy")
        if kind != "untranslated copy":
            letters = [char for char in text if char.isalpha() and char != "º"]
            assert all(unicodedata.name(char).startswith(script) for char in letters), text


def test_numbers_in_dates_survive_where_the_date_is_right() -> None:
    for row, gold in PAIRS:
        for language, target in gold["targets"].items():
            for start, end, label, index in target["spans"]:
                before = row["text"][slice(*row["spans"][index][:2])]
                after = row["translations"][language][start:end]
                years = set(re.findall(r"\d{4}", before))
                if label == "DATE" and target["translation"] != "wrong date" and years != {"1990"}:
                    assert years == set(re.findall(r"\d{4}", after)), (before, after)


def test_texts_are_left_as_written() -> None:
    decomposed = [text for _, text, _ in texts() if unicodedata.normalize("NFC", text) != text]
    assert len(decomposed) == 2
    astral = [row["text"] for row in SAMPLE if ord(row["text"][0]) > 0xFFFF and row["spans"]]
    assert len(astral) == 2
    row, gold = next(pair for pair in PAIRS if pair[0]["text"].startswith("🎻"))
    start, end, label = row["spans"][0]
    assert (row["text"][start:end], start, label) == ("Joren Vasteel", 14, "PER")
    start, end, *_ = gold["targets"]["ar"]["spans"][0]
    assert row["translations"]["ar"][start:end] == "يورن فاستيل"


BLOCK = """@ train
en: [PER:Ada] was in [LOC:Lima].
es: [0:Ada] estuvo en [1:Lima].
sw: [0:Ada] alikuwa [1:Lima].
hi: [0:एडा] [1:लीमा] में थी।
ar {omitted entity 1; no place}: كانت [0:آدا] هناك.
"""


def test_the_builder_reads_a_block() -> None:
    (row,), (gold,) = demo.build(BLOCK)
    assert row["text"] == "Ada was in Lima."
    assert row["spans"] == [[0, 3, "PER"], [11, 15, "LOC"]]
    assert gold["targets"]["hi"]["spans"] == [[0, 3, "PER", 0], [4, 8, "LOC", 1]]
    assert gold["targets"]["ar"]["missing"] == [1]
    assert gold["targets"]["ar"]["note"] == "no place"


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ("[PER:", "[PERS:", "label PERS"),
        ("es: [0:Ada]", "es: Ada", "marks"),
        ("es: [0:Ada]", "es: [1:Ada]", "marks"),
        ("estuvo", "[estuvo", "bracket"),
        ("[1:Lima].\nsw", "[1:Lima ].\nsw", "space"),
        ("omitted entity 1", "odd thing 1", "defect"),
        ("omitted entity 1", "wrong date 1", "does not fit"),
        ("hi: [0:एडा] [1:लीमा] में थी।", "hi: [0:Ada] was in [1:Lima].", "does not fit"),
        ("sw: [0:Ada] alikuwa [1:Lima].\n", "", "languages"),
        ("es: ", "es ", "unreadable"),
        ("@ train", "@ later", "split later"),
        ("@ train", "@train", "could not be read"),
    ],
)
def test_the_builder_refuses_what_is_wrong_and_says_why(old: str, new: str, cause: str) -> None:
    assert BLOCK.count(old) == 1
    with pytest.raises(demo.SampleError, match=cause):
        demo.build(BLOCK.replace(old, new))
