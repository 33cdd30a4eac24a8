"""Files of other tools by command into the database and out again: what they say comes back."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django_scopes import scope

from annotate.formats.catalog import FORMATS
from annotate.formats.contract import ReadOptions
from annotate.models import Item, Run
from annotate.records import ItemRecord
from pipeline.inline import work_off
from tests import factories
from tests.walking import take_out

DIALOGUE = {
    "dialogue_id": "d/1", "services": ["Music_3"], "turns": [
        {"speaker": "USER", "utterance": "😊 غيّر الأغنية", "frames": [
            {"service": "Music_3", "state": {"active_intent": "Play"}, "slots": [
                {"slot": "track", "start": 2, "exclusive_end": 6}]}]},
        {"speaker": "SYSTEM", "utterance": "Done.", "frames": []},
    ],
}  # fmt: skip
FACTS = {
    "id": "x1", "sentence": "अमीना डकार में जन्मीं।", "language": "en", "complete_coverage": 0,
    "facts": [{"subject": "Amina", "predicate": "born in", "object": "Dakar", "qualifiers": []}],
    "qid": "Q1",
}  # fmt: skip
TMX = (
    '<tmx version="1.4"><header srclang="en"/><body><tu tuid="t1"><prop type="Domain">law</prop>'
    '<tuv xml:lang="en"><seg>A &lt;b&gt;\n 😊</seg></tuv><tuv xml:lang="hi"><prop type="x-origin">'
    "machine</prop><seg>ए</seg></tuv></tu></body></tmx>"
)
XLIFF = (
    '<xliff version="1.2"><file original="one.txt" source-language="en" target-language="hi"><body>'
    '<trans-unit id="u1"><source>one</source><target state-qualifier="mt-suggestion">एक</target>'
    '<note from="dev">n</note></trans-unit></body></file></xliff>'
)


def parquet() -> bytes:
    buffer = io.BytesIO()
    table = pa.table({"tokens": [["Ana", "in", "Rome"]], "ner_tags": [["B-PER", "O", "B-LOC"]]})
    pq.write_table(table, buffer)
    return buffer.getvalue()


GIVEN = {
    "sgd": (json.dumps([DIALOGUE]).encode(), "en/all.json"),
    "xalign": (json.dumps(FACTS).encode(), "en/all.jsonl"),
    "tmx": (TMX.encode(), "hi/all.tmx"),
    "xliff": (XLIFF.encode(), "hi/all.xlf"),
    "pharaoh": ("a b\tअ ब\t0-1 1p0\n".encode(), "hi/all.tsv"),
    "parquet": (parquet(), "data/en/train-00000-of-00001.parquet"),
}


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_project(targets=("hi",), policy={"advance": "manual"})
    with scope(project=made):
        yield made


def read(format: str, data: bytes) -> list[ItemRecord]:
    known = FORMATS[format]
    rows = list(known.read(io.BytesIO(data), ReadOptions("en", "hi", unit=known.offsets)))
    assert all(isinstance(row, ItemRecord) for row in rows), rows
    return rows


def content(item: ItemRecord) -> Any:
    """What an item says, whatever its split and who was credited with its labels."""
    said = [
        (r.language, r.origin, r.fields, [
            (c.reading.answers, [(s.label, s.start, s.end, s.field, s.surface, dict(s.attributes))
                                 for s in c.reading.spans])
            for c in r.candidates
        ])
        for r in item.renditions
    ]  # fmt: skip
    return item.external_id, item.group, said, dict(item.metadata)


@pytest.mark.parametrize("format", GIVEN)
def test_a_file_goes_in_by_command_and_comes_out_the_same(project, format, tmp_path):
    data, name = GIVEN[format]
    path = tmp_path / "given"
    path.write_bytes(data)
    call_command(
        "import", project.slug, str(path), format=format, language="en", target_language="hi",
        create_labels=True, no_wait=True, stdout=io.StringIO(),
    )  # fmt: skip
    run = work_off(Run.objects.get())
    assert (run.state, Item.objects.count()) == ("done", 1), [e.message for e in run.errors.all()]
    files = take_out(project, format, decided_only=False)
    (before,), (after,) = read(format, data), read(format, files[name])
    if format in ("pharaoh", "parquet"):
        assert content(after)[2] == content(before)[2]
        assert after.metadata.get("links") == before.metadata.get("links")
    else:
        assert content(after) == content(before)
