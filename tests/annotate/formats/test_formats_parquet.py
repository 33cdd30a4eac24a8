"""Parquet: loads with pandas, reads back, says what it left out, and stays small in memory."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from dataclasses import replace

import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from format_samples import TEXTS, items_of, read_all, rich_export, span

from annotate.formats import catalog
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.formats.parquet import read, write
from annotate.formats.tokens import tokens_of
from annotate.readings import Reading
from annotate.records import ExportRecord, FieldRecord, ItemRecord, RowError

FACTS = CardFacts(
    name='Vouched: "news"', languages=("en", "es", "pt-BR"), licence="CC-BY-4.0",
    annotations_creators=("expert-generated",), language_creators=("machine-generated",),
    source_datasets=("original",), description="News.", citation="@misc{x}", tokens=True,
    sections={"Agreement": "α = 0.9"}, tags=("ñ 😊: -",),
)  # fmt: skip
PATH = "data/es/train-00000-of-00001.parquet"


def record_of(ident: str, text: str, *spans: tuple, split: str = "train", **more) -> ExportRecord:
    reading = Reading(spans=tuple(span(text, *s) for s in spans))
    return ExportRecord(
        ident, split, "es", "machine", (FieldRecord("text", text),), "en",
        (FieldRecord("text", "source"),), reading, "agreed", **more,
    )  # fmt: skip


def test_pandas_loads_what_was_written(tmp_path):
    write(iter([rich_export()]), tmp_path, FACTS)
    frame = pandas.read_parquet(tmp_path / PATH)
    [row] = frame.to_dict("records")
    assert list(frame.columns[:8]) == [
        "id", "split", "lang", "source_lang", "source_text", "text", "fields", "spans",
    ]  # fmt: skip
    assert (row["id"], row["lang"], row["origin"], row["gold"]) == ("a1", "es", "adjudicated", True)
    for found in row["spans"]:
        if found["anchor"] == "text":
            text = row["text"] if found["side"] == "target" else row["source_text"]
            assert text[int(found["start"]) : int(found["end"])] == found["surface"]
    assert len(row["tokens"]) == len(row["ner_tags"])
    schema = pq.read_schema(tmp_path / PATH)
    struct = schema.field("spans").type.value_type
    assert (struct.field("start").type, struct.field("label").type) == (pa.int32(), pa.string())
    assert schema.metadata[b"vouch.offset_unit"] == b"codepoint"


def test_judgements_are_raw(tmp_path):
    undecided = replace(rich_export("b"), reading=None)
    write(iter([rich_export(), undecided]), tmp_path, FACTS)
    frame = pandas.read_parquet(tmp_path / "judgements/es/train-00000-of-00001.parquet")
    assert list(frame["id"]) == ["a1", "a1", "b", "b"]
    told = frame.iloc[0]
    assert (told["rater"], told["mode"], told["round"], told["seconds"]) == (
        "rater-7",
        "assisted",
        2,
        7.5,
    )
    assert [json.loads(v)["verdict"] for v in told["verdicts"]] == ["right", "boundary"]
    assert json.loads(told["answers"][1]["value"]) == ["x", 2]
    assert frame.iloc[1]["spans"] is None
    assert len(pandas.read_parquet(tmp_path / PATH)) == 1


def test_an_export_reads_back(tmp_path):
    given = rich_export()
    write(iter([given]), tmp_path, FACTS)
    [item] = items_of(read_all(read, (tmp_path / PATH).read_bytes()))
    english, spanish = item.renditions
    assert (english.language, english.fields) == ("en", given.source_fields)
    assert english.candidates[0].reading == given.source_reading
    assert (spanish.language, spanish.origin, spanish.fields) == ("es", "machine", given.fields)
    best = tuple(s for s in given.reading.spans if s.rank == 1)
    assert spanish.candidates[0].reading == replace(given.reading, spans=best)
    assert (item.split, item.group, item.position, item.variety) == ("train", "doc", 4, "es-MX")
    assert (item.metadata, item.inputs) == (given.metadata, given.inputs)


@pytest.mark.parametrize("name", TEXTS)
def test_every_script_survives(tmp_path, name):
    text = TEXTS[name]
    places = tokens_of(text)
    spans = [(*places[0], "A"), (0, len(text), "B"), (places[0][0], places[-1][1], "C")]
    losses = write(iter([record_of("i", text, *spans)]), tmp_path, CardFacts("x"))
    assert losses == []
    assert json.loads((tmp_path / "LOSSES.json").read_text()) == []
    [item] = items_of(read_all(read, (tmp_path / PATH).read_bytes()))
    found = item.renditions[1]
    assert found.fields[0].text == text
    assert [(s.start, s.end, s.label) for s in found.candidates[0].reading.spans] == spans


def test_what_is_left_out_is_reported(tmp_path):
    losses = write(iter([rich_export(), replace(rich_export("b"), reading=None)]), tmp_path, FACTS)
    prefix = "in the column ner_tags only: "
    assert {x.what: x.count for x in losses} == {
        "alternatives of spans": 3,
        "candidates of annotators": 6,
        "renditions without a decision": 1,
        prefix + "spans inside or across others (the outermost is kept)": 2,
    }
    assert "in the column" in (tmp_path / "README.md").read_text()


def test_the_card_is_valid_front_matter(tmp_path):
    records = [record_of(f"i{n}", "Ana", (0, 3, "P"), split="dev set" * (n % 2)) for n in range(4)]
    write(iter([*records, rich_export()]), tmp_path, FACTS)
    _, front, page = (tmp_path / "README.md").read_text().split("---\n", 2)
    facts = yaml.safe_load(front)
    assert facts["pretty_name"] == 'Vouched: "news"'
    assert facts["language"] == ["en", "es", "pt"]
    assert facts["language_bcp47"] == ["pt-BR"]
    assert facts["license"] == "cc-by-4.0"
    assert facts["size_categories"] == ["n<1K"]
    assert facts["multilinguality"] == ["translation"]
    assert facts["task_categories"] == ["token-classification"]
    assert facts["annotations_creators"] == ["expert-generated"]
    assert facts["tags"] == ["ñ 😊: -"]
    by_name = {config["config_name"]: config["data_files"] for config in facts["configs"]}
    assert list(by_name) == ["default", "es", "judgements"]
    for files in by_name.values():
        for part in files:
            assert list(tmp_path.glob(part["path"])), part
    assert [part["split"] for part in by_name["es"]] == ["dev_set", "train"]
    assert "| es | train | 3 | 2 |" in page
    assert "## Agreement\n\nα = 0.9" in page


def test_a_licence_of_ones_own(tmp_path):
    write(iter([]), tmp_path, CardFacts("x", licence="Museum terms"))
    front = yaml.safe_load((tmp_path / "README.md").read_text().split("---\n")[1])
    assert (front["license"], front["license_name"]) == ("other", "Museum terms")
    assert "configs" not in front


def test_files_are_the_same_when_written_again(tmp_path):
    digests = []
    for name in "ab":
        (tmp_path / name).mkdir()
        write(iter([rich_export(), rich_export("b")]), tmp_path / name, FACTS)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        digests.append([hashlib.sha256(p.read_bytes()).hexdigest() for p in files])
        assert len(files) == 4
    assert digests[0] == digests[1]


def test_memory_is_flat_and_rows_come_in_groups(tmp_path):
    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        text = "Ana lives in Rome. " * 20
        made = (record_of(f"i{n}", text, (0, 3, "PER"), (13, 17, "LOC")) for n in range(count))
        tracemalloc.start()
        write(made, folder, CardFacts("x"))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = peak(6_000), peak(18_000)
    assert large < 1.2 * small
    file = pq.ParquetFile(tmp_path / "18000" / PATH)
    assert file.metadata.num_rows == 18_000
    assert file.metadata.num_row_groups >= 4


def test_wrong_files_are_refused(tmp_path):
    [error] = read_all(read, b"PAR1 and then nothing PAR1")
    assert "damaged or not Parquet" in str(error)
    write(iter([rich_export()]), tmp_path, FACTS)
    judged = (tmp_path / "judgements/es/train-00000-of-00001.parquet").read_bytes()
    [error] = read_all(read, judged)
    assert "lacks the columns fields" in str(error)


def test_bad_rows_are_errors_with_their_number(tmp_path):
    write(iter([record_of("a", "Ana"), record_of("b", "Ana", (0, 3, "PER")), record_of("a", "x")]),
          tmp_path, CardFacts("x"))  # fmt: skip
    table = pq.read_table(tmp_path / PATH)
    spans = table.column("spans").to_pylist()
    spans[1][0]["end"] = 2
    column = pa.array(spans, table.schema.field("spans").type)
    buffer = io.BytesIO()
    pq.write_table(table.set_column(table.schema.get_field_index("spans"), "spans", column), buffer)
    good, wrong, twice = read_all(read, buffer.getvalue(), ReadOptions("en"))
    assert isinstance(good, ItemRecord)
    assert isinstance(wrong, RowError)
    assert wrong.line == 2
    assert "hold 'An', not 'Ana'" in str(wrong)
    assert "'a' occurs twice" in str(twice)


@pytest.mark.parametrize(("filename", "head", "name"), [
    ("x.jsonl", b'{"id": 1, "text": "a"}\n', "native"),
    ("x.txt", b'\xef\xbb\xbf{"id": 1, "text": "a"}\n', "native"),
    ("en.conll02", b"Ana\tB-PER\nsees\tO\n\n", "conll"),
    ("en.txt", b"Ana NNP B-NP B-PER\r\nsees VB O O\r\n\r\n", "conll"),
    ("x.bin", b"PAR1\x00", "parquet"),
    ("x.JSONL", b"", "native"),
    ("story.txt", b"Once upon a time\nthere was O\nno label.\n", None),
    ("image.png", b"\x89PNG\r\n", None),
])  # fmt: skip
def test_formats_are_recognised(filename, head, name):
    assert catalog.detect(filename, head) == name


def test_the_catalog_says_what_formats_can_do():
    for name, known in catalog.FORMATS.items():
        assert known.name == name
        assert known.may_read == (known.read is not None or known.read_pair is not None)
        assert known.may_write == (known.write is not None)
        fields = ReadOptions.__dataclass_fields__
        assert set(known.options) <= set(fields)


def test_listing_formats_loads_no_arrow():
    import subprocess
    import sys

    code = "import sys, annotate.formats.catalog as c; sys.exit('pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
