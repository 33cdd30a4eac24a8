"""What the sensors at the door find, and what they leave alone."""

from __future__ import annotations

import random

import numpy as np
import pytest

from annotate.records import FieldRecord, ItemRecord, RenditionRecord, RowError
from pipeline.sensors import Door
from pipeline.sensors.characters import mangled
from pipeline.sensors.duplicates import BANDS, SHINGLE, bands
from pipeline.sensors.personal import is_card, is_iban

LONG = "The minister said on Tuesday that the new school beside the river will be opened in May."


def item(key, text, language="en", field="text"):
    return ItemRecord(key, (RenditionRecord(language, (FieldRecord(field, text),)),))


def found(*records):
    door = Door()
    assert list(door.through(iter(records))) == list(records)
    return {row["kind"]: row for row in door.report()}


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("zero\u200bwidth", "control_characters", "U+200B"),
        ("override \u202e here", "control_characters", "U+202E"),
        ("caf\u00c3\u00a9 au lait", "mojibake", "\u00c3\u00a9"),
        ("don\u00e2\u20ac\u2122t", "mojibake", "\u00e2\u20ac\u2122"),
        ("lost \ufffd here", "mojibake", "\ufffd"),
        ("...", "empty", "..."),
        ("word " * 1200, "too_long", "6,000"),
        ("Write to ana.b@example.org now", "mail_address", "an…rg"),
        ("Call +254 20 123 4567 today", "telephone_number", "+2…67"),
        ("Pay to GB82 WEST 1234 5698 7654 32 now", "bank_account", "GB…32"),
        ("Card 4111-1111-1111-1111 please", "card_number", "41…11"),
    ],
)  # fmt: skip
def test_each_kind_is_found_with_its_item(text, kind, shown):
    row = found(item("7", text))[kind]
    assert row["texts"] == 1
    assert row["examples"] == [{"item": "7", "language": "en", "field": "text", "found": shown}]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("SÃO JOÃO é Ñandú à l'été", "pt"),
        ("می‌خواهم بروم", "fa"),
        ("In 2020-10-12 the score was 1,234,567 of 12345678.", "en"),
        ("GB82 WEST 1234 5698 7654 33 and 4111 1111 1111 1112", "en"),
        ("Ok.", "en"),
        ("Das ist gut für alle: 10:30 Uhr", "de"),
    ],
)  # fmt: skip
def test_ordinary_texts_are_left_alone(text, language):
    assert not found(item("7", text, language))


def test_a_text_in_another_language_is_told_with_the_one_it_is_in():
    french = "Le gouvernement a annoncé mardi une nouvelle loi sur les écoles du pays."
    row = found(item("1", LONG), item("2", french))["other_language"]
    assert row["texts"] == 1
    assert row["examples"][0]["item"] == "2"
    assert row["examples"][0]["found"].startswith("fr: ")
    assert not found(item("2", french, "xx"), item("3", french, "fr"))


def test_the_same_text_counts_once_per_repetition_and_language():
    records = [item(str(n), LONG) for n in range(3)]
    records += [item("4", LONG, "de"), item("5", LONG, field="title")]
    rows = found(*records)
    assert rows["same_text"]["texts"] == 2
    assert [shown["found"] for shown in rows["same_text"]["examples"]] == ["= 0", "= 1"]
    assert "near_duplicate" not in rows


def test_near_duplicates_are_those_with_few_letters_changed():
    rows = found(
        item("1", LONG),
        item("2", LONG.upper().replace(".", "!")),
        item(
            "3", "Nothing of this kind has been heard of by the people of the other town, he said."
        ),
    )
    assert rows["near_duplicate"]["texts"] == 1
    assert rows["near_duplicate"]["examples"][0]["item"] == "2"
    assert rows["near_duplicate"]["examples"][0]["found"] == "≈ 1"


def test_near_duplicates_follow_the_likeness_that_is_promised():
    """Pairs of a known Jaccard likeness of shingles share a band as often as the formula says."""
    draw = random.Random(5)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def share(change):
        likes, met = [], 0
        for _ in range(300):
            one = "".join(draw.choices(letters, k=200))
            other = one[:change] + "".join(draw.choices(letters, k=len(one) - change))
            cut = [{t[i : i + SHINGLE] for i in range(len(t) - SHINGLE + 1)} for t in (one, other)]
            likes.append(len(cut[0] & cut[1]) / len(cut[0] | cut[1]))
            signatures = bands([one, other], [0, 0])
            met += bool((signatures[0] == signatures[1]).any())
        expected = np.mean([1 - (1 - like**8) ** BANDS for like in likes])
        return met / 300, expected

    for change in (130, 180, 190):
        seen, expected = share(change)
        assert seen == pytest.approx(expected, abs=0.09)


def test_texts_of_a_batch_do_not_run_into_each_other():
    alone = bands([LONG], [3])
    among = bands(["abcde" * 9, LONG, "short one here and there"], [3, 3, 3])
    assert (alone[0] == among[1]).all()


def test_errors_pass_and_nothing_is_changed():
    error = RowError(3, "bad")
    door = Door()
    assert list(door.through(iter([error]))) == [error]
    assert door.report() == []


def test_checks_of_numbers():
    assert is_iban("DE89 3704 0044 0532 0130 00")
    assert not is_iban("DE89")
    assert is_card("5500005555555559")
    assert not is_card("0000000000000000")
    assert mangled("Â°C") == "Â°"
