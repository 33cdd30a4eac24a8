"""Corpora: reads the parallel data that the projection and alignment benches measure on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate.spans import Span, anchored


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or paragraph with its gold spans, keyed; offsets are code points."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkedPair:
    """Two token lists and the gold links (source token, target token)."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    links: frozenset[tuple[int, int]]


def data_folder() -> Path:
    """The folder with the data; ends the bench with one line where there is none."""
    folder = Path(os.environ.get("VOUCH_DATA", "../shared/data"))
    if not folder.is_dir():
        sys.exit(f"no data at {folder}: set VOUCH_DATA to the data folder")
    return folder


def located(name: str) -> Path:
    """A file by path, or by path inside the data folder; ends the bench where neither exists."""
    for path in (Path(name), data_folder() / name):
        if path.is_file():
            return path
    sys.exit(f"no file {name}, neither here nor in {data_folder()}")


def read_texts(path: Path) -> list[Text]:
    """Texts of a CoNLL-2002, CoNLL-U, SQuAD or JSONL file, told apart by name and content."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        return list(_squad(json.loads(content)))
    if path.suffix == ".jsonl":
        return [_row(json.loads(line), n) for n, line in enumerate(content.split("\n")) if line]
    if path.suffix == ".conllu":
        lead = "# text = "
        return [
            Text(line[len(lead) :].strip()) for line in content.split("\n") if line.startswith(lead)
        ]
    if path.suffix == ".txt":
        return [Text(line.strip()) for line in content.split("\n") if line.strip()]
    return list(_conll(content.split("\n")))


def read_links(path: Path) -> list[LinkedPair]:
    """Pairs of a TSV file with source, target and ``i-j`` links (source token, target token)."""
    pairs: list[LinkedPair] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if not line.strip():
            continue
        source, target, links = line.rstrip("\r").split("\t")[:3]
        cut = (link.split("-") for link in links.split())
        found = frozenset((int(i), int(j)) for i, j in cut)
        pairs.append(LinkedPair(tuple(source.split()), tuple(target.split()), found))
    return pairs


def paired(source: Sequence[Text], target: Sequence[Text]) -> Iterator[tuple[Text, Text]]:
    """Text i with text i; ends the bench when the numbers differ."""
    if len(source) != len(target):
        sys.exit(f"unequal files: {len(source)} source and {len(target)} target texts")
    return zip(source, target, strict=True)


def _conll(lines: Iterable[str]) -> Iterator[Text]:
    rows: list[tuple[str, str]] = []
    for line in [*lines, ""]:
        parts = line.split()
        if parts:
            rows.append((parts[0], parts[-1]))
        elif rows:
            yield _tagged(rows)
            rows = []


def _tagged(rows: Sequence[tuple[str, str]]) -> Text:
    text = " ".join(word for word, _ in rows)
    found: list[list[Any]] = []
    place, label = 0, ""
    for word, tag in rows:
        kind = tag[2:]
        if tag == "O":
            label = ""
        elif tag.startswith("I-") and kind == label:
            found[-1][2] = place + len(word)
        else:
            found.append([kind, place, place + len(word)])
            label = kind
        place += len(word) + 1
    spans = (Span(row[0], row[1], row[2], key=str(n)) for n, row in enumerate(found))
    return Text(text, tuple(anchored(span, text) for span in spans))


def _squad(content: dict[str, Any]) -> Iterator[Text]:
    for article in content["data"]:
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            spans = tuple(
                anchored(
                    Span("ANSWER", a["answer_start"], a["answer_start"] + len(a["text"]),
                         surface=a["text"], key=question["id"]),
                    text,
                )
                for question in paragraph["qas"]
                for a in question["answers"][:1]
            )  # fmt: skip
            yield Text(text, spans)


def _row(row: dict[str, Any], number: int) -> Text:
    spans = (
        Span(span["label"], span["start"], span["end"], key=str(span.get("key") or n))
        for n, span in enumerate(row.get("spans", ()))
    )
    if "text" not in row:
        sys.exit(f"row {number + 1} has no text")
    return Text(row["text"], tuple(anchored(span, row["text"]) for span in spans))
