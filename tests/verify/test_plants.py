"""The draws of checks, and the errors that are planted: pure, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scipy import stats

from annotate.readings import Reading as Value
from annotate.spans import Span
from verify import plants
from verify.attention import CheckPolicy, check_for, is_caught


def test_checks_take_their_shares_of_the_seats() -> None:
    policy = CheckPolicy(planted=0.1, gold=0.05, repeat=0.02)
    drawn = [check_for(policy, f"R1/{n}") for n in range(10_000)]
    for name, wanted in (("planted", 0.1), ("gold", 0.05), ("repeat", 0.02)):
        assert stats.binomtest(drawn.count(name), len(drawn), wanted).pvalue > 0.001
    assert drawn == [check_for(policy, f"R1/{n}") for n in range(10_000)]
    other = replace(policy, seed="other")
    assert drawn != [check_for(other, f"R1/{n}") for n in range(10_000)]
    assert not CheckPolicy.of({}).is_on


class TestPlants:
    """One error, of the kind that is drawn, and no other change."""

    LONG = "Ayer María fue a Nuevo Londres con Ana."
    READING = Value(spans=(
        Span("PER", 5, 10, key="a", surface="María", source="s1"),
        Span("LOC", 17, 30, key="b", surface="Nuevo Londres", source="s2"),
    ))  # fmt: skip

    def plant(self, kind: str, **draws: float) -> plants.Plant:
        at = {"kind": plants.KINDS.index(kind) / len(plants.KINDS), "span": 0.9, **draws}
        found = plants.planted(
            self.READING, {"text": self.LONG}, ["PER", "LOC"], {"LOC": ["París", "Nuevo Londres"]},
            lambda purpose: at.get(purpose, 0.0),
        )  # fmt: skip
        assert found is not None
        assert found.record["how"] == kind
        return found

    @pytest.mark.parametrize("which", [0.0, 0.3, 0.6, 0.9])
    def test_a_boundary_moves_by_one_word(self, which: float) -> None:
        found = self.plant("boundary", which=which)
        kept, moved = found.reading.spans
        assert kept == self.READING.spans[0]
        assert (moved.start, moved.end) in {(17, 34), (17, 22), (15, 30), (23, 30)}
        assert moved.surface == self.LONG[moved.start : moved.end]

    def test_a_label_is_swapped_and_a_span_is_dropped(self) -> None:
        assert [s.label for s in self.plant("label").reading.spans] == ["PER", "PER"]
        dropped = self.plant("drop")
        assert dropped.reading.spans == self.READING.spans[:1]
        assert dropped.record["planted"] is None

    def test_a_rendition_gets_another_name_and_what_follows_moves_along(self) -> None:
        found = self.plant("translation", span=0.9)
        assert found.texts["text"] == "Ayer María fue a París con Ana."
        assert found.reading.spans[1].surface == "París"
        behind = Value(spans=(*self.READING.spans, Span("PER", 35, 38, key="c", surface="Ana")))
        moved = plants.planted(
            behind, {"text": self.LONG}, ["LOC"], {"LOC": ["París"]},
            lambda purpose: {"kind": 0.75, "span": 0.5}.get(purpose, 0.0),
        )  # fmt: skip
        assert moved is not None
        last = moved.reading.spans[2]
        assert moved.texts["text"][last.start : last.end] == last.surface == "Ana"

    def test_where_a_kind_cannot_be_the_next_one_is(self) -> None:
        only = Value(spans=(Span("LOC", 0, 1, key="a", surface="A"),))
        found = plants.planted(only, {"text": "A"}, ["LOC"], {}, lambda _: 0.0)
        assert found is not None
        assert found.record["how"] == "drop"
        assert plants.planted(Value(), {"text": "A"}, ["LOC"], {}, lambda _: 0.0) is None

    def test_what_counts_as_found(self) -> None:
        marks = {(s.label, s.field, s.start, s.end) for s in self.READING.spans}
        for kind in ("boundary", "label"):
            found = self.plant(kind)
            missed = {(s.label, s.field, s.start, s.end) for s in found.reading.spans}
            assert is_caught(found.record, "answered", marks, set()) is True
            assert is_caught(found.record, "answered", missed, set()) is False
            assert is_caught(found.record, "unsure", set(), set()) is None
        dropped = self.plant("drop")
        assert is_caught(dropped.record, "answered", marks, set()) is True
        assert is_caught(dropped.record, "answered", {("PER", "text", 5, 10)}, set()) is False
        text = self.plant("translation")
        stands = {("LOC", "text", 17, 22)}
        assert is_caught(text.record, "answered", stands, set()) is False
        assert is_caught(text.record, "answered", stands, {"wrong_translation"}) is True
        assert is_caught(text.record, "reported", set(), set()) is True
