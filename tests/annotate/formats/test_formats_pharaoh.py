"""Links between words: they come back, fit their texts, and every bad line says why."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats import pharaoh
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.records import ExportRecord, ItemRecord, RowError

FACTS = CardFacts("sample")
OPTIONS = ReadOptions("en", "es")


def read(data: str | bytes, options: ReadOptions = OPTIONS) -> list[Any]:
    raw = data.encode() if isinstance(data, str) else data
    return list(pharaoh.read(io.BytesIO(raw), options))


def again(item: ItemRecord, **changes: Any) -> ExportRecord:
    source, target = item.renditions
    record = ExportRecord(
        item.external_id, "", target.language, "person", target.fields, source.language,
        source.fields, None, "", metadata=item.metadata,
    )  # fmt: skip
    return replace(record, **changes)


def written(folder: Path, *records: ExportRecord) -> tuple[str, dict[str, int]]:
    losses = pharaoh.write(iter(records), folder, FACTS)
    text = (folder / "es/all.tsv").read_text("utf-8")
    return text, {loss.what: loss.count for loss in losses}


@pytest.mark.parametrize("script", sorted(TEXTS.keys() - {"crlf"}))
def test_links_of_every_script_come_back(script: str, tmp_path: Path) -> None:
    line = f"{TEXTS[script]}\tAna vive 😊\t0-0 0p2 0?1\n"
    (item,) = items_of(read(line))
    assert [r.fields[0].text for r in item.renditions] == [TEXTS[script], "Ana vive 😊"]
    assert item.metadata["links"] == {"es": "0-0 0p2 0?1"}
    text, losses = written(tmp_path, again(item))
    assert text == line
    assert losses == {"ids": 1}


_word = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Z")), min_size=1, max_size=4)
_sentence = st.lists(_word, min_size=1, max_size=5)


@settings(max_examples=60, deadline=None)
@given(source=_sentence, target=_sentence, data=st.data())
def test_any_links_come_back(tmp_path_factory, source, target, data) -> None:
    places = st.tuples(st.integers(0, len(source) - 1), st.integers(0, len(target) - 1))
    links = " ".join(f"{i}-{j}" for i, j in data.draw(st.lists(places, max_size=4)))
    texts = " ".join(source), " ".join(target)
    if "|||" in source + target:
        return
    (item,) = items_of(read("\t".join([*texts, links]) + "\n"))
    text, _ = written(tmp_path_factory.mktemp("x"), again(item))
    (back,) = items_of(read(text))
    assert tuple(r.fields[0].text for r in back.renditions) == texts
    assert back.metadata == item.metadata


def test_links_apart_from_their_texts() -> None:
    links = b"0-0 1-1\n\n0-9\n"
    texts = b"a b ||| c d\ne ||| f\ng ||| h\n"
    first, second, wrong = pharaoh.read_pair(io.BytesIO(links), io.BytesIO(texts), OPTIONS)
    assert first.metadata["links"] == {"es": "0-0 1-1"}
    assert "links" not in second.metadata
    assert str(wrong) == "Line 3, links: 0-9 leaves the target, which has 1 words"
    *_, error = pharaoh.read_pair(io.BytesIO(b"0-0\n" * 3), io.BytesIO(b"a\tb\n"), OPTIONS)
    assert "3 lines of links and 1 of texts" in str(error)


def test_where_no_links_came_spans_give_them(tmp_path: Path) -> None:
    record = replace(rich_export(), split="")
    text, losses = written(tmp_path, record)
    source, target, links = text.rstrip("\n").split("\t")
    pairs = [(source.split()[int(i)], target.split()[int(j)]) for i, j in
             (link.split("-") for link in links.split())]  # fmt: skip
    assert pairs[:4] == [("Ana", "Ana"), ("Ana", "Ruiz"), ("Ruiz", "Ana"), ("Ruiz", "Ruiz")]
    assert {left for left, _ in pairs[4:]} == {"New", "York", "City."}
    assert losses["labels of spans"] == 6
    assert losses["relations"] == 1
    assert "texts without links" not in losses


def test_links_of_a_text_that_changed_are_not_written(tmp_path: Path) -> None:
    (item,) = items_of(read("a b\tc d\t1-1\n"))
    target = item.renditions[1].fields[0]
    text, losses = written(tmp_path, again(item, fields=(replace(target, text="c"),)))
    assert text == "a b\tc\t\n"
    assert losses["links that fit the texts no longer"] == losses["texts without links"] == 1


def test_lines_stay_lines(tmp_path: Path) -> None:
    (item,) = items_of(read("a b\tc d\t1-1\n"))
    target = item.renditions[1].fields[0]
    text, losses = written(tmp_path, again(item, fields=(replace(target, text="c\r\n\td"),)))
    assert text == "a b\tc d\t1-1\n"
    assert losses["tabs and line breaks in texts (spaces instead)"] == 1


BAD = [
    ("a\tb", "expected source, target and links, parted by tabs"),
    ("0-0 1-1", "links alone; give the file with the texts as the second"),
    ("a\tb\t0", "'0' is no link"),
    ("a\tb\t0-0\tc", "expected source, target"),
    ("a\tb\t1-0", "1-0 leaves the source, which has 1 words"),
    ("a\tb\t0-99999999999", "is no link"),
    ("a\t \t", "the text is empty"),
    ("a\0\tb\t0-0", "NUL"),
    (b"\xff\tb\t0-0", "not UTF-8"),
    ("x" * 1_000_001, "more than 1,000,000 bytes"),
]


@pytest.mark.parametrize(("line", "cause"), BAD)
def test_a_bad_line_says_why(line: str | bytes, cause: str) -> None:
    raw = line if isinstance(line, bytes) else line.encode()
    error, good = read(raw + b"\na\tb\t0-0\n")
    assert isinstance(error, RowError)
    assert error.line == 1
    assert re.search(cause, str(error)), str(error)
    assert isinstance(good, ItemRecord)


def test_a_language_is_needed_for_the_translation() -> None:
    [error] = read("a\tb\t0-0", ReadOptions("en"))
    assert "choose a target language" in str(error)


def test_files_are_recognised() -> None:
    assert detect("x.tsv", b"a b\tc\t0-0 1-0\nd\te\t0-0\n") == "pharaoh"
    assert detect("x.txt", b"0-0 1-1\n\n2-1\n") == "pharaoh"
    assert detect("x.tsv", b"id\ttext\tlabel\n1\ta\tb\n") == "csv"


def test_gold_links_of_a_published_set_are_read(tmp_path: Path) -> None:
    root = Path(os.environ.get("VOUCH_DATA", "../shared/data")) / "xl-wa/es/test.tsv"
    if not root.is_file():
        pytest.skip(f"there is no {root}")
    data = root.read_bytes()
    assert detect("test.tsv", data[:8000]) == "pharaoh"
    rows = items_of(read(data))
    assert len(rows) == data.count(b"\n")
    text, losses = written(tmp_path, *map(again, rows))
    assert text.encode() == data
    assert set(losses) == {"ids"}
