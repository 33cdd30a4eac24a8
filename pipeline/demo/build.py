"""Builds sample.jsonl and gold.jsonl from sample.txt, the marked-up text people edit (README.md).

Run `python pipeline/demo/build.py` after an edit of sample.txt. Pure and deterministic: the same
text gives the same bytes. Offsets are Unicode code points, end-exclusive, of the text as written
(nothing is normalised).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LABELS = ("PER", "LOC", "ORG", "DATE")
LANGUAGES = ("es", "sw", "hi", "ar")
SPLITS = ("train", "dev", "test")
OMITTED, COPY = "omitted entity", "untranslated copy"
DEFECTS = (
    "mistranslated name",
    OMITTED,
    "wrong date",
    "meaning changed",
    COPY,
    "awkward wording",
    "extra words",
)
LINE = re.compile(
    r"(?P<lang>[a-z]{2})"
    r"(?: \{(?P<kind>[a-z ]+?)(?P<missing>(?: \d)*); (?P<note>[^}]+)\})?"
    r": (?P<text>.+)"
)
MARK = re.compile(r"\[(?P<tag>[A-Z>]+|\d+):(?P<surface>[^\[\]]+)\]")

Lines = dict[str, re.Match[str]]


class SampleError(ValueError):
    """A fault in sample.txt; the message names the line and the cause."""


def strip_marks(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the plain text and its marks (start, end, tag); raises SampleError on bad markup."""
    text, marks, done = "", [], 0
    for found in MARK.finditer(marked):
        text += marked[done : found.start()]
        marks.append((len(text), len(text) + len(found["surface"]), found["tag"]))
        text += found["surface"]
        done = found.end()
    text += marked[done:]
    if re.search(r"[\[\]{}]", text):
        raise SampleError(f"a bracket is left over after reading the marks: {text}")
    if text != text.strip() or not text:
        raise SampleError(f"empty text or space at an end: {text!r}")
    if any(text[s:e] != text[s:e].strip() for s, e, _ in marks):
        raise SampleError(f"a mark begins or ends with a space: {marked}")
    return text, marks


def blocks(source: str) -> Iterator[tuple[int, str, Lines]]:
    """Yield line number, split and lines by language per block; `#` opens a comment."""
    for found in re.finditer(r"^@ (?P<split>\w+)\n(?P<body>(?:(?!@ ).*\n)+)", source, re.M):
        number = source.count("\n", 0, found.start()) + 1
        if found["split"] not in SPLITS:
            raise SampleError(f"line {number}: split {found['split']} is none of {SPLITS}")
        lines: Lines = {}
        for line in found["body"].splitlines():
            if not line or line.startswith("#"):
                continue
            parsed = LINE.fullmatch(line)
            if parsed is None or parsed["lang"] in lines:
                raise SampleError(f"line {number} and following: unreadable or repeated: {line}")
            lines[parsed["lang"]] = parsed
        if tuple(lines) != ("en", *LANGUAGES):
            raise SampleError(f"line {number}: languages {tuple(lines)}, wanted en, {LANGUAGES}")
        yield number, found["split"], lines


def read_source(line: re.Match[str]) -> tuple[str, list[list[Any]], list[list[Any]]]:
    """Return the English text, its shipped and its right spans (`[right>shipped:x]`)."""
    text, marks = strip_marks(line["text"])
    for _, _, tag in marks:
        if not set(tag.split(">")) <= set(LABELS) or tag.count(">") > 1:
            raise SampleError(f"label {tag} is none of {LABELS}: {text}")
    shipped = [[start, end, tag.split(">")[-1]] for start, end, tag in marks]
    return text, shipped, [[start, end, tag.split(">")[0]] for start, end, tag in marks]


def read_target(
    line: re.Match[str], english: str, right: list[list[Any]]
) -> tuple[str, dict[str, Any]]:
    """Return a translation's text and its gold record; raises SampleError where they disagree."""
    text, marks = strip_marks(line["text"])
    kind, missing = line["kind"] or "good", [int(n) for n in (line["missing"] or "").split()]
    if kind not in ("good", *DEFECTS):
        raise SampleError(f"defect {kind!r} is none of {DEFECTS}: {text}")
    try:
        indexes = [int(tag) for _, _, tag in marks]
    except ValueError as error:
        raise SampleError(f"a target mark must carry a source index: {text}") from error
    if sorted(indexes + missing) != list(range(len(right))):
        raise SampleError(
            f"marks {indexes} + missing {missing} are not 0..{len(right) - 1}: {text}"
        )
    if bool(missing) != (kind == OMITTED) or (text == english) != (kind == COPY):
        raise SampleError(f"defect {kind!r} does not fit the text: {text}")
    spans = [[start, end, right[int(tag)][2], int(tag)] for start, end, tag in marks]
    note = line["note"] or ""
    return text, {"spans": spans, "missing": missing, "translation": kind, "note": note}


def build(source: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of sample.jsonl and of gold.jsonl; raises SampleError with line and cause."""
    sample, gold = [], []
    for serial, (number, split, lines) in enumerate(blocks(source), start=1):
        try:
            text, shipped, right = read_source(lines["en"])
            targets = {lang: read_target(lines[lang], text, right) for lang in LANGUAGES}
        except SampleError as error:
            raise SampleError(f"block at line {number}: {error}") from error
        ident = f"demo-{serial:03d}"
        row = {"id": ident, "split": split, "text": text, "spans": shipped}
        sample.append(row | {"translations": {lang: targets[lang][0] for lang in LANGUAGES}})
        wrong = [n for n, pair in enumerate(zip(shipped, right, strict=True)) if pair[0] != pair[1]]
        source_gold = {"spans": right, "wrong_labels": wrong}
        records = {lang: target[1] for lang, target in targets.items()}
        gold.append({"id": ident, "source": source_gold, "targets": records})
    if len(sample) != len(re.findall("^@", source, re.M)):
        raise SampleError("a block that begins with @ could not be read")
    return sample, gold


def as_jsonl(rows: list[dict[str, Any]]) -> str:
    """Return one JSON object per line, characters unescaped, a newline at the end."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main() -> None:
    """Write sample.jsonl and gold.jsonl beside sample.txt."""
    source = (HERE / "sample.txt").read_text(encoding="utf-8")
    for name, rows in zip(("sample", "gold"), build(source), strict=True):
        (HERE / f"{name}.jsonl").write_text(as_jsonl(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
