"""CoNLL-U: the standard's own examples, labels in MISC and in columns, and back in every script."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span

from annotate.formats import conllu
from annotate.formats.catalog import detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, RowError

FACTS = CardFacts("sample")


def row(ident: str, form: str, misc: str = "_", lemma: str = "_") -> str:
    return "\t".join([ident, form, lemma, *"_" * 6, misc])


# Tokens of several words and an empty node, after the examples of the standard.
VAMONOS = "\n".join([
    "# newdoc id = d1", "# sent_id = d1-1", "# text = vámonos al mar", "# source = ours",
    row("1-2", "vámonos"), row("1", "vamos", lemma="ir"), row("2", "nos", lemma="nosotros"),
    row("3-4", "al"), row("3", "a"), row("4", "el", "Entity=B-LOC"),
    row("5", "mar", "Entity=I-LOC"), row("5.1", "hoy", "Entity=B-DATE"), "", "",
])  # fmt: skip


def rows(data: str, **options: Any) -> tuple[list[Any], Counter[str]]:
    chosen = ReadOptions("es", **options)
    return list(conllu.read(io.BytesIO(data.encode()), chosen)), chosen.notes


def marks(item: Any) -> list[tuple[str, str]]:
    (candidate,) = item.renditions[0].candidates
    return [(one.label, one.surface) for one in candidate.reading.spans]


def test_tokens_of_several_words_and_empty_nodes() -> None:
    (item,), notes = rows(VAMONOS)
    assert item.renditions[0].fields[0].text == "vámonos al mar"
    assert marks(item) == [("LOC", "al mar")]
    assert (item.external_id, item.group, item.metadata["source"]) == ("d1-1", "d1", "ours")
    assert detect("a.txt", VAMONOS.encode()) == "conllu"
    assert notes == {conllu.reading.ANALYSES: 2}


def test_without_a_text_the_spaces_are_told_by_the_words() -> None:
    words = [row("1", "Ana", "SpaceAfter=No|NER=B-PER"), row("2", ","), row("3", "no", lemma="no")]
    (item,), notes = rows("\n".join(words))
    assert item.renditions[0].fields[0].text == "Ana, no"
    assert marks(item) == [("PER", "Ana")]
    assert item.external_id == "s1"
    assert sum(notes.values()) == 1


def test_mentions_of_coreference_are_no_tags() -> None:
    (item,), notes = rows(
        row("1", "Ana", "Entity=(e1-person-1)") + "\n" + row("2", "no", "Entity=e1)")
    )
    assert item.renditions[0].candidates[0].reading.spans == ()
    assert notes == {conllu.reading.MENTIONS: 2}


def test_a_word_may_look_like_a_comment() -> None:
    (item,), _notes = rows("# global.columns = FORM NE\n#LimaHoy\tB-MISC\nfue\tO\n")
    assert marks(item) == [("MISC", "#LimaHoy")]


def test_columns_of_plus_are_known_by_their_names() -> None:
    data = "# global.columns = ID FORM PARSEME:NE\n1\tNew\tB-LOC\n2\tYork\tI-LOC\n3\tis\t*\n"
    (item,), _notes = rows(data)
    assert marks(item) == [("LOC", "New York")]
    assert detect("a.txt", data.encode()) == "conllu"


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "crlf"])
def test_every_script_comes_back(tmp_path: Path, name: str) -> None:
    text = TEXTS[name]
    (first, *_rest) = conllu.writing.tokenised(text, [], "a", conllu.writing.Losses()).places
    reading = Reading((), (span(text, *first),))
    fields = (FieldRecord("text", text),)
    record = ExportRecord("a", "", "es", "original", fields, "en", (), reading, "single")
    conllu.write(iter([record]), tmp_path, FACTS)
    data = (tmp_path / "es/all.conllu").read_bytes()
    (item,) = items_of(list(conllu.read(io.BytesIO(data), ReadOptions("es"))))
    (found,) = item.renditions[0].candidates
    assert item.renditions[0].fields[0].text == text
    assert [one.place for one in found.reading.spans] == [one.place for one in reading.spans]


def test_what_has_no_place_is_told(tmp_path: Path) -> None:
    told = {loss.what for loss in conllu.write(iter([rich_export()]), tmp_path, FACTS)}
    assert {"relations", "answers", "candidates of annotators", "source texts"} <= told


@pytest.mark.parametrize(
    ("data", "column"),
    [
        ("1\tAna\n", "columns"),
        (row("x", "Ana"), "ID"),
        (row("1", ""), "FORM"),
        (row("1", "Ana", "Entity=PER"), "tag"),
        ("# text = Otro\n" + row("1", "Ana"), "text"),
    ],
)
def test_faults_name_their_place_and_the_rest_is_read(data: str, column: str) -> None:
    found, _notes = rows(data.rstrip("\n") + "\n\n" + row("1", "Sam") + "\n")
    assert isinstance(found[0], RowError)
    assert column in str(found[0])
    assert found[1].renditions[0].fields[0].text == "Sam"


def test_a_sentence_without_an_end_is_not_held() -> None:
    (found,), _notes = rows(
        "\n".join(row(str(n), "la") for n in range(1, 500)), max_line_bytes=2000
    )
    assert isinstance(found, RowError)
    assert "no blank line within 2,000 characters" in found.cause
