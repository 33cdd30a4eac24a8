"""Records to write and read back: hard scripts, nested and overlapping spans, everything at once."""

from __future__ import annotations

import io
from dataclasses import replace

from hypothesis import strategies as st

from annotate.formats.contract import ReadOptions
from annotate.readings import Answer, Reading, Relation
from annotate.records import (
    CandidateRecord,
    ExportRecord,
    FieldRecord,
    ItemRecord,
    JudgementRecord,
    RenditionRecord,
    RowError,
)
from annotate.spans import Span

TEXTS = {
    "adlam": "𞤀𞤣𞤤𞤢𞤥 𞤆𞤵𞤤𞤢𞤪",
    "zwj": "Fam 👨‍👩‍👧 in Rome",
    "combining": "ọ̀rọ̀ Yorùbá",
    "arabic": "السَّلام في كيسومو",
    "devanagari": "क्षत्रिय किसुमू में",
    "crlf": "Ana\r\nRoma\n  two",
    "thai": "ฉันอยู่ที่กรุงเทพ",
    "han": "我住在北京市",
}
OPTIONS = ReadOptions("en", "es")


def read_all(read, data: bytes | str, options: ReadOptions = OPTIONS) -> list:
    raw = data.encode() if isinstance(data, str) else data
    return list(read(io.BytesIO(raw), options))


def items_of(rows: list) -> list[ItemRecord]:
    assert not [str(row) for row in rows if isinstance(row, RowError)]
    return rows


def span(text: str, start: int, end: int, label: str = "PER", **more) -> Span:
    return Span(label, start, end, surface=text[start:end], **more)


def unlined(items) -> list[ItemRecord]:
    return [replace(item, line=0) for item in items]


def rich_export(ident: str = "a1", language: str = "es") -> ExportRecord:
    """An exported rendition that uses everything a record can hold."""
    source = "Ana Ruiz 😊 lives in New York City."
    target = "Ana Ruiz 😊 vive en la ciudad de Nueva York."
    basis = Reading(
        spans=(span(source, 0, 8, key="1"), span(source, 20, 33, "LOC", key="2")),
    )
    final = Reading(
        (Answer("fluent", "rendition", True), Answer("who", "span:1", ["x", 2])),
        (
            span(target, 0, 8, key="1", source="1", method="links", score=0.5),
            span(target, 22, 42, "LOC", key="2", source="2", attributes={"severity": "minor"}),
            span(target, 32, 42, "LOC", key="3"),
            span(target, 11, 42, "ORG", key="4"),
            Span("OMIT", anchor="missing", key="5"),
            span(source, 9, 10, "ERR", side="source", key="6"),
            span(target, 32, 37, "LOC", key="7", source="2", rank=2, score=0.25),
        ),
        (Relation("lives_in", "1", "2", "r1", "s1"),),
    )
    judgement = JudgementRecord(
        "rater-7", "answered", final, "assisted", 2, "2026-01-02T03:04:05Z", 7.5, "ok?",
        ({"span": "1", "verdict": "right"}, {"span": "2", "verdict": "boundary", "by": 2}),
    )  # fmt: skip
    return ExportRecord(
        ident, "train", language, "machine", (FieldRecord("text", target),), "en",
        (FieldRecord("text", source),), final, "adjudicated", True, basis,
        (
            CandidateRecord("links", Reading(spans=(span(target, 0, 3, source="1"),))),
            CandidateRecord("llm", Reading(), 3),
            CandidateRecord("imported", Reading(spans=(span(target, 0, 4),))),
        ),
        (judgement, JudgementRecord("rater-8", "unsure", None)),
        "doc", 4, "es-MX", {"url": "http://x/", "n": [1, None]}, {"outline": {"a": "ñ"}},
    )  # fmt: skip


_characters = st.one_of(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"),
    st.sampled_from(list("aé\u0301😊𞤀क्षسَّ\r\n\t \u200d\u2028\ufeff漢")),
)
texts = st.text(_characters, min_size=1, max_size=20).filter(lambda t: not t.isspace())
_names = st.text(_characters, min_size=1, max_size=8).filter(lambda t: not t.isspace())
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(_characters, max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_names, inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
_objects = st.dictionaries(_names, _json, max_size=2)
_keys = st.none() | _names


@st.composite
def fields(draw) -> tuple[FieldRecord, ...]:
    names = draw(st.lists(st.just("text") | _names, max_size=3, unique=True))
    return tuple(
        FieldRecord(
            name,
            draw(texts),
            draw(st.sampled_from(["labelled", "context", "reference"])),
            draw(st.integers(-5, 5)),
            draw(st.just("") | _names),
            draw(st.sampled_from([None, "sw", "pt-BR"])),
        )
        for name in names
    )


@st.composite
def _span(draw, slots, key: str) -> Span:
    more = {
        "key": key,
        "source": draw(_keys),
        "method": draw(st.sampled_from(["", "links"])),
        "score": draw(st.none() | st.floats(-1, 1)),
        "rank": draw(st.integers(1, 3)),
        "attributes": draw(_objects),
    }
    if not slots or draw(st.booleans()):
        return Span(draw(_names), anchor="missing", field=draw(_names), **more)
    side, name, text = draw(st.sampled_from(slots))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    return Span(draw(_names), start, end, name, text[start:end], "text", side, **more)


@st.composite
def readings(draw, slots) -> Reading:
    count = draw(st.integers(0, 3))
    spans = tuple(draw(_span(slots, f"k{index}")) for index in range(count))
    keys = [s.key for s in spans]
    relations = ()
    if keys:
        ends = st.sampled_from(keys)
        made = st.builds(Relation, _names, ends, ends, st.just("") | _names, _keys)
        relations = tuple(draw(st.lists(made, max_size=2)))
    targets = st.sampled_from(["rendition", "basis", "span:k0", "field:a", "option:ñ:x"])
    answers = st.lists(st.builds(Answer, _names, targets, _json), max_size=2)
    return Reading(tuple(draw(answers)), spans, relations)


@st.composite
def items(draw) -> ItemRecord:
    languages = draw(st.lists(st.sampled_from(["en", "es", "ff-Adlm", "zh-Hant"]), min_size=1,
                              max_size=3, unique=True))  # fmt: skip
    parts = {language: draw(fields()) for language in languages}
    source = parts.get("en", parts[languages[0]])
    renditions = []
    for language, own in parts.items():
        slots = [("target", f.name, f.text) for f in own]
        if own is not source:
            slots += [("source", f.name, f.text) for f in source]
        raters = draw(st.lists(st.tuples(_names, st.integers(1, 3)), max_size=2, unique=True))
        candidates = tuple(CandidateRecord(n, draw(readings(slots)), b) for n, b in raters)
        origin = draw(st.sampled_from(["original", "machine", "person"]))
        renditions.append(RenditionRecord(language, own, candidates, origin))
    return ItemRecord(
        draw(_names), tuple(renditions), draw(st.just("") | _names), draw(st.just("") | _names),
        draw(st.integers(-3, 3)), draw(st.just("") | _names), draw(_objects), draw(_objects),
    )  # fmt: skip
