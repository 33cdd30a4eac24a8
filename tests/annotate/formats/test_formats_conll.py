"""CoNLL: tags of every scheme, comments, pairs, and what tokens cannot say."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
import regex
from format_samples import OPTIONS, TEXTS, items_of, read_all, rich_export, span, texts, unlined
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.conll import read, read_pair, write
from annotate.formats.conll.reading import REPAIRED
from annotate.formats.conll.tags import TagError, TagReader, tagged
from annotate.formats.contract import CardFacts
from annotate.formats.tokens import tokens_of
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, ItemRecord, RowError

FACTS = CardFacts("x")
CHUNKS = [(0, 2, "ORG"), (2, 3, "ORG"), (4, 5, "PER"), (5, 7, "LOC")]
# One sentence in the schemes of the literature (Ramshaw and Marcus 1995; Sang and Veenstra 1999).
SCHEMES = {
    "IOB1": "I-ORG I-ORG B-ORG O I-PER I-LOC I-LOC",
    "IOB2": "B-ORG I-ORG B-ORG O B-PER B-LOC I-LOC",
    "BIOES": "B-ORG E-ORG S-ORG O S-PER B-LOC E-LOC",
    "BILOU": "B-ORG L-ORG U-ORG O U-PER B-LOC L-LOC",
}


def options(**changes):
    """Fresh options, since readers count in their notes."""
    return replace(OPTIONS, notes=type(OPTIONS.notes)(), **changes)


def spans_of(item, rendition=0):
    return [(s.label, s.surface) for s in item.renditions[rendition].candidates[0].reading.spans]


@pytest.mark.parametrize("tags", SCHEMES.values(), ids=SCHEMES.keys())
def test_every_scheme_gives_the_same_chunks(tags):
    reader = TagReader()
    assert reader.chunks(tags.split()) == CHUNKS
    assert reader.repaired == 0


@given(
    st.lists(st.sampled_from(["O", *(f"{p}-{t}" for p in "BI" for t in ("A", "B"))]), max_size=12)
)
def test_chunks_are_those_of_conlleval(tags):
    """The rule of conlleval.pl, written out once more for IOB tags."""
    expected, before, kind = [], "O", ""
    for index, tag in enumerate([*tags, "O"]):
        prefix, _, own = tag.partition("-")
        if expected and expected[-1][1] is None and (prefix in "BO" or own != kind):
            expected[-1] = (expected[-1][0], index, expected[-1][2])
        if prefix == "B" or (prefix == "I" and (before == "O" or own != kind)):
            expected.append((index, None, own))
        before, kind = prefix, own
    assert TagReader().chunks(tags) == expected


@given(st.lists(st.sampled_from(["A", "B", ""]), max_size=12))
def test_tags_read_back(labels):
    chunks = [(i, i + 1, label) for i, label in enumerate(labels) if label]
    assert TagReader().chunks(tagged(len(labels), chunks)) == chunks


def test_a_word_that_is_no_tag():
    with pytest.raises(TagError, match="'NNP' is no tag"):
        TagReader().chunks(["O", "NNP"])


CONLL03 = """\
-DOCSTART- -X- -X- O

U.N. NNP I-NP I-ORG
official NN I-NP O
Ekeus NNP I-NP I-PER

# a remark
# id = mine
# text = Ana  sees Rome.
Ana NNP O I-PER
sees VB O O
Rome NNP O I-LOC
. . O O

-DOCSTART- -X- -X- O

# NN O O
1 CD O O
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_documents_comments_and_columns(ending):
    found = items_of(read_all(read, CONLL03.replace("\n", ending), options()))
    assert [item.external_id for item in found] == ["s1", "mine", "s3"]
    assert [(item.group, item.position) for item in found] == [
        ("document-1", 0), ("document-1", 1), ("document-2", 0),
    ]  # fmt: skip
    texts_found = [item.renditions[0].fields[0].text for item in found]
    assert texts_found == ["U.N. official Ekeus", "Ana  sees Rome.", "# 1"]
    assert spans_of(found[0]) == [("ORG", "U.N."), ("PER", "Ekeus")]
    assert spans_of(found[1]) == [("PER", "Ana"), ("LOC", "Rome")]
    assert [item.line for item in found] == [3, 7, 17]
    assert found[0].metadata == {"tokens": {"en": ["U.N.", "official", "Ekeus"]}}
    assert found[1].metadata == {}


def test_another_tag_column_and_id_prefix():
    chosen = options(tag_column=2, id_prefix="dev-", split="dev")
    found = items_of(read_all(read, "U.N. NNP I-NP I-ORG\nx NN I-NP O\n", chosen))
    assert spans_of(found[0]) == [("NP", "U.N. x")]
    assert (found[0].external_id, found[0].split) == ("dev-s1", "dev")


def test_an_inside_without_a_begin_is_repaired_and_counted():
    chosen = options()
    [item] = items_of(read_all(read, "a\tB-X\nb\tO\nc\tI-X\nd\tI-X\ne\tI-Y\n", chosen))
    assert spans_of(item) == [("X", "a"), ("X", "c d"), ("Y", "e")]
    assert chosen.notes == {REPAIRED: 2}


def test_iob1_needs_no_repair():
    chosen = options()
    items_of(read_all(read, "a\tI-X\nb\tB-X\nc\tO\nd\tI-Y\n", chosen))
    assert not chosen.notes


BAD = {
    "one column": ("word\n", 3, "expected a token and its tag"),
    "no tag": ("a\tO\nb\tNNP\n", 4, "'NNP' is no tag"),
    "text differs": (
        "# text = Ana Ruiz\nAna\tO\nRuis\tO\n",
        5,
        "the token 'Ruis' is not what follows",
    ),
    "unknown label": ("a\tO\nb\tB-PERS\n", 4, "did you mean 'PER'"),
    "NUL": ("a\0\tO\n", 3, "NUL"),
    "position": ("# position = x\na\tO\n", 3, "'x' is no whole number"),
    "same id": ("# id = s1\na\tO\n", 3, "'s1' occurs twice"),
    "long": ("a\tO\n" * 40, 3, "no blank line within 100 characters"),
    "long line": ("a" * 200 + "\tO\n", 3, "more than 100 bytes"),
}


@pytest.mark.parametrize(("rows", "line", "cause"), BAD.values(), ids=BAD.keys())
def test_a_bad_sentence_is_an_error_and_the_next_is_read(rows, line, cause):
    chosen = options(labels=frozenset({"PER"}), max_line_bytes=100)
    before, error, after = read_all(read, f"first\tO\n\n{rows}\nlast\tB-PER\n", chosen)
    assert isinstance(error, RowError)
    assert error.line == line
    assert cause in str(error)
    assert before.external_id == "s1"
    assert (after.external_id, spans_of(after)) == ("s3", [("PER", "last")])


def test_bytes_that_are_not_utf8():
    error, item = read_all(read, b"caf\xe9\tO\n\nok\tO\n", options())
    assert "byte 3 of the file (0xE9" in str(error)
    assert item.external_id == "s2"


def pair(left, right, **changes):
    chosen = options(**changes)
    return list(read_pair(io.BytesIO(left.encode()), io.BytesIO(right.encode()), chosen))


def test_a_pair_gives_two_renditions():
    [item] = pair("Ana\tB-PER\n", "Anna\tB-PER\nhier\tO\n")
    assert [(r.language, r.fields[0].text) for r in item.renditions] == [
        ("en", "Ana"),
        ("es", "Anna hier"),
    ]
    assert spans_of(item, 1) == [("PER", "Anna")]


def test_target_labels_can_be_ignored_unread():
    [item] = pair("Ana\tB-PER\n", "Anna\tNN\n", target_labels="ignore")
    assert item.renditions[1].candidates == ()


@pytest.mark.parametrize(("left", "right", "said"), [
    (3, 1, "the source has 3 sentences and the target 1; sentence 2 of the source (line 3)"),
    (1, 4, "the source has 1 sentences and the target 4; sentence 2 of the target (line 3)"),
    (1, 0, "the source has 1 sentences and the target 0; sentence 1 of the source (line 1)"),
])  # fmt: skip
def test_unequal_files_give_one_error_with_both_counts(left, right, said):
    found = pair("a\tO\n\n" * left, "b\tO\n\n" * right)
    errors = [row for row in found if isinstance(row, RowError)]
    assert len(errors) == 1
    assert said in str(errors[0])
    assert len(found) - 1 == min(left, right)


def test_an_error_on_one_side_takes_its_pair_along():
    first, error, last = pair("a\tO\n\nb\tO\n\nc\tO\n", "A\tO\n\nbroken\n\nC\tO\n")
    assert (error.line, error.column) == (3, "target tag")
    assert [first.external_id, last.external_id] == ["s1", "s3"]


def test_a_pair_without_target_language():
    with pytest.raises(ValueError, match="needs a target language"):
        pair("a\tO\n", "b\tO\n", target_language=None)


@given(texts)
def test_tokens_are_whole_clusters_and_miss_no_character(text):
    places = tokens_of(text)
    cuts = {0, *(m.end() for m in regex.finditer(r"\X", text))}
    previous = 0
    for start, end in places:
        assert previous <= start < end
        assert not text[previous:start].strip() or text[previous:start].isspace()
        assert start in cuts or text[start - 1].isspace()
        assert end in cuts
        previous = end
    assert not regex.sub(r"\s", "", text[previous:])


@pytest.mark.parametrize(("text", "tokens"), [
    ("ที่นี่", ["ที่", "นี่"]),
    ("我在ABC-1 ok", ["我", "在", "ABC-1", "ok"]),
    ("ខ្មែរ។", ["ខ្មែ", "រ", "។"]),
    ("क्षत्रिय किसुमू।", ["क्षत्रिय", "किसुमू", "।"]),
    ("👨‍👩‍👧x", ["👨‍👩‍👧", "x"]),
    ("한국어 말", ["한국어", "말"]),
    ("𞤀𞤣𞤤 ab", ["𞤀𞤣𞤤", "ab"]),
])  # fmt: skip
def test_tokens_of_many_scripts(text, tokens):
    assert [text[a:b] for a, b in tokens_of(text)] == tokens


def decided(ident, text, *spans, language="es", **more):
    fields = (FieldRecord("text", text),)
    reading = Reading(spans=tuple(span(text, *s) for s in spans))
    return ExportRecord(ident, "test", language, "original", fields, "", (), reading, "", **more)


@pytest.mark.parametrize("name", TEXTS)
def test_whole_token_spans_survive_writing_and_reading(tmp_path, name):
    text = TEXTS[name]
    places = tokens_of(text)
    record = decided("i1", text, (*places[0], "A"), (places[-1][0], places[-1][1], "B"))
    losses = write(iter([record]), tmp_path, FACTS)
    [item] = items_of(
        read_all(read, (tmp_path / "es/test.conll").read_bytes(), options(language="es"))
    )
    assert (item.external_id, item.split) == ("i1", "test")
    shown = text.replace("\r", " ").replace("\n", " ")
    assert item.renditions[0].fields[0].text == shown
    found = [(s.start, s.end, s.label) for s in item.renditions[0].candidates[0].reading.spans]
    assert found == [(*places[0], "A"), (*places[-1], "B")]
    expected = {
        "crlf": ["line breaks in texts (spaces instead)"],
        "thai": ["words of scripts without spaces (each character is a token)"],
        "han": ["words of scripts without spaces (each character is a token)"],
    }
    assert [loss.what for loss in losses] == expected.get(name, [])


def test_overlaps_and_cut_tokens_are_reported(tmp_path):
    text = "University of New York opens"
    inner, outer, cut = (14, 22, "LOC"), (0, 22, "ORG"), (23, 25, "X")
    losses = write(iter([decided("i1", text, inner, outer, cut)]), tmp_path, FACTS)
    [item] = items_of(read_all(read, (tmp_path / "es/test.conll").read_bytes(), options()))
    assert spans_of(item) == [("ORG", "University of New York"), ("X", "opens")]
    assert [(loss.what, loss.count, loss.example) for loss in losses] == [
        ("spans inside or across others (the outermost is kept)", 1, "i1"),
        ("spans moved to the edges of tokens", 1, "i1"),
    ]
    saved = json.loads((tmp_path / "LOSSES.json").read_text())
    assert saved[0] == {"what": losses[0].what, "count": 1, "example": "i1"}


def test_spans_that_widen_into_each_other_keep_one(tmp_path):
    losses = write(iter([decided("i1", "fishmarket", (0, 4, "A"), (4, 10, "B"))]), tmp_path, FACTS)
    [item] = items_of(read_all(read, (tmp_path / "es/test.conll").read_bytes(), options()))
    assert spans_of(item) == [("B", "fishmarket")]
    assert {loss.what: loss.count for loss in losses} == {
        "spans inside or across others (the outermost is kept)": 1,
        "spans moved to the edges of tokens": 1,
    }


def test_everything_a_tag_cannot_say_is_reported(tmp_path):
    record = rich_export()
    undecided = replace(record, external_id="b", reading=None)
    losses = {x.what: x.count for x in write(iter([record, undecided]), tmp_path, FACTS)}
    assert losses == {
        "alternatives of spans": 1,
        "answers": 2,
        "attributes of spans": 1,
        "candidates of annotators": 3,
        "judgements": 2,
        "links from spans to source spans": 2,
        "marks that something is missing": 1,
        "metadata, inputs and varieties": 3,
        "origins of decisions": 1,
        "relations": 1,
        "renditions without a decision": 1,
        "spans inside or across others (the outermost is kept)": 2,
        "spans on the source side": 1,
    }


def test_an_export_reads_back_as_a_pair(tmp_path):
    write(iter([rich_export("a"), rich_export("b")]), tmp_path, FACTS)
    with (
        (tmp_path / "es/train.en.conll").open("rb") as left,
        (tmp_path / "es/train.conll").open("rb") as right,
    ):
        found = items_of(list(read_pair(left, right, options())))
    assert [item.external_id for item in found] == ["a", "b"]
    assert spans_of(found[0]) == [("PER", "Ana Ruiz"), ("LOC", "New York City")]
    assert (found[0].group, found[0].position) == ("doc", 4)


def test_a_token_that_looks_like_a_mark_or_a_comment(tmp_path):
    records = [decided("i1", "-DOCSTART-"), decided("i2", "#x = y O"), decided("i3", "# id = z")]
    write(iter(records), tmp_path, FACTS)
    found = items_of(read_all(read, (tmp_path / "es/test.conll").read_bytes(), options()))
    assert [i.renditions[0].fields[0].text for i in found] == ["-DOCSTART-", "#x = y O", "# id = z"]


DATA = Path(os.environ.get("VOUCH_DATA", "../shared/data")) / "europarl-ner"


@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"no Europarl data in {DATA}; name its place in VOUCH_DATA"
)
def test_europarl_reads_as_a_pair_and_writes_the_same_tokens_and_chunks(tmp_path):
    names = [DATA / f"{language}-europarl.test.conll02" for language in ("en", "es")]
    with names[0].open("rb") as left, names[1].open("rb") as right:
        found = items_of(list(read_pair(left, right, options())))
    assert len(found) == 799
    counts = [sum(len(spans_of(item, side)) for item in found) for side in (0, 1)]
    assert counts == [702, 697]
    records = [
        ExportRecord(
            item.external_id, "test", "es", "original", item.renditions[1].fields, "en",
            item.renditions[0].fields, item.renditions[1].candidates[0].reading, "",
            source_reading=item.renditions[0].candidates[0].reading, metadata=item.metadata,
        )
        for item in found
    ]  # fmt: skip
    assert write(iter(records), tmp_path, FACTS) == []
    for ours, theirs in (("es/test.en.conll", names[0]), ("es/test.conll", names[1])):
        written = [row for row in (tmp_path / ours).read_text().splitlines() if row[:2] != "# "]
        given = theirs.read_text().splitlines()
        assert [row.split("\t")[0] for row in written if row] == [
            r.split()[0] for r in given if r.split()
        ]
    with (
        (tmp_path / "es/test.en.conll").open("rb") as left,
        (tmp_path / "es/test.conll").open("rb") as right,
    ):
        again = items_of(list(read_pair(left, right, options())))
    assert [replace(i, split="") for i in unlined(again)] == unlined(found)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_items_or_errors(data):
    for row in read_all(read, data, options(max_line_bytes=50)):
        assert isinstance(row, ItemRecord | RowError)
