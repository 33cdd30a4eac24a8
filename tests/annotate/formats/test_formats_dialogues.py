"""Dialogues and sentences with facts: what came in goes out again, and every bad row says why."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from format_samples import TEXTS, items_of, rich_export, span
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.formats.catalog import FORMATS, detect
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.questions import options_of
from annotate.readings import Answer, Reading
from annotate.records import ExportRecord, FieldRecord, ItemRecord, RowError

FACTS = CardFacts("sample")


def read(name: str, value: Any, **options: Any) -> list[Any]:
    """Rows of JSON lines where the value is a list of rows of such a format, else of one document."""
    lines = name == "xalign" and isinstance(value, list)
    text = "\n".join(map(json.dumps, value)) if lines else json.dumps(value)
    return list(FORMATS[name].read(io.BytesIO(text.encode()), ReadOptions("en", **options)))


def again(item: ItemRecord, **changes: Any) -> ExportRecord:
    """The item as it would be exported once its labels were decided on."""
    (rendition,) = item.renditions
    reading = rendition.candidates[0].reading
    record = ExportRecord(
        item.external_id, item.split, rendition.language, "original", rendition.fields, "", (),
        reading, "single", metadata=item.metadata, inputs=item.inputs,
    )  # fmt: skip
    return replace(record, **changes)


def written(name: str, folder: Path, *records: ExportRecord) -> tuple[Any, list[Any]]:
    losses = FORMATS[name].write(iter(records), folder, FACTS)
    (path,) = [p for p in folder.rglob("*.json*") if p.name != "LOSSES.json"]
    text = path.read_text("utf-8")
    rows = list(map(json.loads, text.splitlines())) if name == "xalign" else json.loads(text)
    return rows, losses


DIALOGUE = {
    "dialogue_id": "2_00007",
    "services": ["Music_3", "Homes_1"],
    "turns": [
        {
            "speaker": "USER",
            "utterance": "😊 Play Wonder at home",
            "frames": [
                {
                    "service": "Music_3",
                    "slots": [
                        {"slot": "track", "start": 7, "exclusive_end": 13, "value": "wonder"},
                        {"slot": "genre", "copy_from": "album"},
                    ],
                    "state": {"active_intent": "Play", "slot_values": {"track": ["Wonder"]}},
                },
                {
                    "service": "Homes_1",
                    "slots": [{"slot": "place", "start": 17, "exclusive_end": 21}],
                    "actions": [{"act": "INFORM", "slot": "place", "values": ["home"]}],
                },
            ],
        },
        {"speaker": "SYSTEM", "utterance": "Done.", "frames": [], "note": 1},
    ],
}


def test_a_dialogue_is_turns_with_slots_and_comes_back(tmp_path: Path) -> None:
    (item,) = items_of(read("sgd", [DIALOGUE]))
    fields = item.renditions[0].fields
    assert [(f.name, f.speaker, f.position) for f in fields] == [
        ("turn-1", "USER", 0), ("turn-2", "SYSTEM", 1),
    ]  # fmt: skip
    spans = item.renditions[0].candidates[0].reading.spans
    assert [(s.label, s.surface, s.field, dict(s.attributes)) for s in spans] == [
        ("track", "Wonder", "turn-1", {"service": "Music_3", "value": "wonder"}),
        ("place", "home", "turn-1", {"service": "Homes_1"}),
    ]
    rows, losses = written("sgd", tmp_path, again(item))
    expected = json.loads(json.dumps(DIALOGUE))
    expected["turns"][0]["frames"][0]["slots"].reverse()
    assert rows == [expected]
    assert [loss.what for loss in losses] == ["origins of decisions"]
    (twice,) = items_of(read("sgd", rows))
    assert twice.renditions == item.renditions


@pytest.mark.parametrize("script", TEXTS)
def test_slots_of_every_script_come_back(script: str, tmp_path: Path) -> None:
    text = TEXTS[script]
    reading = Reading(
        spans=(
            span(text, 0, len(text), "all", field="turn-1"),
            span(text, 0, 1, "one", field="turn-1", attributes={"service": "S"}),
        )
    )
    record = ExportRecord(
        "d", "", "ar", "person", (FieldRecord("turn-1", text, speaker="USER"),), "", (), reading, "",
    )  # fmt: skip
    rows, _ = written("sgd", tmp_path, record)
    (item,) = items_of(read("sgd", rows))
    found = item.renditions[0].candidates[0].reading.spans
    assert {(s.label, s.start, s.end, s.surface) for s in found} == {
        (s.label, s.start, s.end, s.surface) for s in reading.spans
    }
    assert rows[0]["services"] == ["S"]


BAD_DIALOGUES = [
    ("x", "expected a JSON object for each text"),
    ({"dialogue_id": "a"}, "turns: expected a list, found nothing"),
    ({"dialogue_id": "a", "turns": ["x"]}, r"turns\[0\]: expected a turn"),
    ({"dialogue_id": "a", "turns": [{"utterance": "x"}]}, r"turns\[0\]\.frames: expected a list"),
    ({"dialogue_id": "a", "turns": [{"utterance": " ", "frames": []}]}, "the text is empty"),
    ({"turns": [{"utterance": "x", "frames": [{"slots": [
        {"slot": "s", "start": 0, "exclusive_end": 9}]}]}]}, "lies outside the text"),
    ({"turns": [{"utterance": "x", "frames": [{"slots": [{"slot": "s", "start": 0}]}]}]},
     "end: expected a whole number"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "cause"), BAD_DIALOGUES)
def test_a_bad_dialogue_says_why(row: Any, cause: str) -> None:
    error, good = read("sgd", [row, DIALOGUE])
    assert isinstance(error, RowError)
    assert error.line == 1
    assert re.search(cause, str(error)), str(error)
    assert isinstance(good, ItemRecord)


NEW = {
    "sentence": "अमीना डकार में जन्मीं।", "language": "hi",
    "facts": [
        {"subject": "Amina", "predicate": "place of birth", "object": "Dakar", "qualifiers": [
            {"qualifier_predicate": "in", "qualifier_object": "1980"}]},
        {"subject": "Amina", "predicate": "gender", "object": "female", "qualifiers": []},
    ],
}  # fmt: skip
OLD = {
    "sentence": "Amina was born in Dakar.", "lang": "en", "entity_name": "Amina", "qid": "Q1",
    "facts": [["date of birth", "1980", [["precision", "year"]]], ["occupation", "writer"]],
    "complete_coverage": 1,
}  # fmt: skip


def test_facts_become_what_a_question_asks_about(tmp_path: Path) -> None:
    hindi, english = items_of(read("xalign", [NEW, OLD]))
    assert (hindi.renditions[0].language, english.renditions[0].language) == ("hi", "en")
    shown = [[fact["text"] for fact in item.inputs["facts"]] for item in (hindi, english)]
    assert shown == [
        ["Amina, place of birth, Dakar, in 1980", "Amina, gender, female"],
        ["Amina, date of birth, 1980, precision year", "Amina, occupation, writer"],
    ]
    asked = type("Asked", (), {"options": (), "settings": {"from": "facts"}})()
    assert [o["key"] for o in options_of(asked, english.inputs)] == ["f1", "f2"]
    assert english.renditions[0].candidates[0].reading.answers == (
        Answer("stated", "rendition", ["f1", "f2"]), Answer("coverage", "rendition", "complete"),
    )  # fmt: skip
    for item, given_row in ((hindi, NEW), (english, OLD)):
        ([row], losses) = written("xalign", tmp_path / item.external_id, again(item))
        given = {k: v for k, v in given_row.items() if k != "lang"}
        assert row == given | {"id": item.external_id, "language": row["language"]}
        assert [loss.what for loss in losses] == ["origins of decisions"]


@settings(max_examples=60, deadline=None)
@given(
    sentence=st.sampled_from(sorted(TEXTS.values())),
    ticked=st.lists(st.booleans(), max_size=5),
    covered=st.sampled_from([None, "complete", "partial"]),
)
def test_what_people_ticked_comes_back(tmp_path_factory, sentence, ticked, covered) -> None:
    facts = [{"subject": "s", "predicate": f"p{n}", "object": "ñ 😊"} for n in range(len(ticked))]
    (item,) = items_of(read("xalign", [{"sentence": sentence, "facts": facts}]))
    keys = [f"f{n}" for n, is_true in enumerate(ticked, 1) if is_true]
    answers = [Answer("stated", "rendition", keys)]
    answers += [Answer("coverage", "rendition", covered)] if covered else []
    record = again(item, reading=Reading(tuple(answers)))
    [row], _ = written("xalign", tmp_path_factory.mktemp("x"), record)
    (back,) = items_of(read("xalign", [row]))
    assert back.renditions[0].fields[0].text == sentence
    stated = back.renditions[0].candidates[0].reading.answers
    told = {f["key"]: f["text"] for f in back.inputs["facts"]}
    before = {f["key"]: f["text"] for f in item.inputs["facts"]}
    assert [told[key] for key in stated[0].value] == [before[key] for key in keys]
    assert sorted(told.values()) == sorted(before.values())
    assert stated[1:] == tuple(answers[1:])


def test_items_without_judged_facts_are_left_out_and_counted(tmp_path: Path) -> None:
    losses = FORMATS["xalign"].write(iter([rich_export()]), tmp_path, FACTS)
    assert {loss.what: loss.count for loss in losses} == {"items of which no facts were judged": 1}


BAD_FACTS = [
    ({"sentence": "x"}, "facts: expected a list of facts"),
    ({"sentence": "x", "facts": ["a"]}, r"facts\[0\]: expected a fact"),
    ({"sentence": "x", "facts": [["a"]]}, r"facts\[0\]: expected a fact"),
    ({"sentence": "x", "facts": [["a", 1]]}, "both texts"),
    ({"sentence": "x", "facts": [["a", "b", [["c"]]]]}, "a qualifier has"),
    ({"sentence": "x", "facts": [{"predicate": "a", "object": "b", "qualifiers": 3}]}, "a qualifier"),
    ({"sentence": "", "facts": []}, "the text is empty"),
    ({"sentence": "x", "facts": [], "complete_coverage": "yes"}, "expected 1 or 0"),
    ({"sentence": "x", "facts": [], "language": "klingonese"}, "language"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "cause"), BAD_FACTS)
def test_a_bad_line_of_facts_says_why(row: Any, cause: str) -> None:
    error, good = read("xalign", [row, OLD])
    assert isinstance(error, RowError)
    assert re.search(cause, str(error)), str(error)
    assert isinstance(good, ItemRecord)


def test_files_are_recognised() -> None:
    assert detect("a.json", json.dumps([DIALOGUE]).encode()) == "sgd"
    assert detect("a.jsonl", json.dumps(OLD).encode()) == "xalign"
    assert detect("a.jsonl", b'{"id": 1, "text": "a", "spans": []}') == "native"
