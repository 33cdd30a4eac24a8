"""Readings: equal whatever their spans are called, and added up by majority."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.readings import Answer, Reading, Relation, merge
from annotate.spans import Span

PER = Span("PER", 0, 3, surface="Ana", key="1")
LOC = Span("LOC", 13, 16, surface="Fes", key="2")
LONG = Span("LOC", 10, 16, surface="in Fes", key="2")
GONE = Span("PER", anchor="missing", key="3")


def rename(reading: Reading, names: dict[str, str]) -> Reading:
    """The same reading with other keys for its spans and relations."""

    def moved(target: str) -> str:
        kind, colon, key = target.partition(":")
        return f"{kind}{colon}{names.get(target, key)}"

    return Reading(
        tuple(replace(a, target=moved(a.target)) for a in reading.answers),
        tuple(replace(s, key=names[f"span:{s.key}"]) for s in reading.spans),
        tuple(
            replace(r, key=names[f"relation:{r.key}"], head=names[f"span:{r.head}"],
                    tail=names[f"span:{r.tail}"])
            for r in reading.relations
        ),
    )  # fmt: skip


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Spans of few places (some twice, some omissions), relations between them, answers to all."""
    marks = draw(st.lists(st.sampled_from([PER, LOC, LONG, GONE]), max_size=5))
    worth = st.sampled_from([{}, {"severity": "major"}, {"severity": "minor"}])
    spans = tuple(
        replace(span, key=f"k{number}", attributes=draw(worth)) for number, span in enumerate(marks)
    )
    ends = st.sampled_from([span.key for span in spans] or [""])
    links = draw(st.lists(st.tuples(st.sampled_from("UV"), ends, ends), max_size=2 if spans else 0))
    relations = tuple(Relation(*link, key=f"r{number}") for number, link in enumerate(links))
    targets = ["rendition", *(f"span:{s.key}" for s in spans)]
    targets += [f"relation:{r.key}" for r in relations]
    places = st.tuples(st.sampled_from(["sure", "why"]), st.sampled_from(targets))
    asked = draw(st.lists(places, unique=True, max_size=4))
    return Reading(
        tuple(Answer(*place, draw(st.integers(0, 1))) for place in asked), spans, relations
    )


def tied(reading: Reading) -> bool:
    """Whether spans of one place are told apart by nothing but a relation, or two answers collide."""
    places = [span.place for span in reading.spans]
    links = {(r.label, r.head, r.tail) for r in reading.relations}
    return (len(set(places)) < len(places) and bool(reading.relations)) or len(links) < len(
        reading.relations
    )


@given(readings().filter(lambda reading: not tied(reading)), st.data())
def test_names_and_order_change_no_digest(reading: Reading, data: st.DataObject) -> None:
    keys = [f"span:{s.key}" for s in reading.spans] + [
        f"relation:{r.key}" for r in reading.relations
    ]
    order = data.draw(st.permutations(range(len(keys))))
    other = rename(reading, {key: f"n{place}" for key, place in zip(keys, order, strict=True)})
    shuffled = replace(
        other,
        answers=tuple(data.draw(st.permutations(other.answers))),
        spans=tuple(data.draw(st.permutations(other.spans))),
        relations=tuple(data.draw(st.permutations(other.relations))),
    )
    assert shuffled.units() == reading.units()
    assert shuffled.digest() == reading.digest()
    assert merge([reading, shuffled]).unanimous


@pytest.mark.parametrize(
    "other",
    [
        Reading(spans=(PER,)),
        Reading(spans=(PER, replace(LOC, label="ORG"))),
        Reading(spans=(PER, LONG)),
        Reading(spans=(replace(PER, attributes={"severity": "minor"}), LOC)),
        Reading(spans=(PER, LOC), relations=(Relation("IN", "1", "2"),)),
        Reading((Answer("topic", "rendition", "x"),), (PER, LOC)),
        Reading(spans=(PER, replace(LOC, side="source"))),
    ],
    ids=["fewer", "label", "border", "attribute", "relation", "answer", "side"],
)
def test_what_is_said_changes_the_digest(other: Reading) -> None:
    one = Reading(spans=(PER, LOC))
    assert one.digest() != other.digest()
    assert not merge([one, other]).unanimous


def test_provenance_and_alternatives_are_no_part_of_what_is_said() -> None:
    machine = replace(PER, method="links", score=0.3, source="s1")
    offered = replace(LONG, rank=2, key="9", source="s1")
    assert Reading(spans=(machine, offered)).digest() == Reading(spans=(PER,)).digest()
    assert Reading(spans=(machine, offered)).alternatives("s1") == (offered,)


def test_two_omissions_of_one_label_are_two() -> None:
    two = Reading(spans=(GONE, replace(GONE, key="4")))
    assert len(two.units()) == 2
    assert two.digest() != Reading(spans=(GONE,)).digest()
    merged = merge([two, two, Reading(spans=(GONE,))])
    assert merged.reading.units() == two.units()
    assert [count for _, count in merged.disputed] == [2]


def test_omissions_are_told_apart_by_what_is_said_of_them() -> None:
    major = replace(GONE, attributes={"severity": "major"})
    one = Reading((Answer("why", "span:3", "lazy"),), (major, replace(GONE, key="4")))
    two = Reading(
        (Answer("why", "span:b", "lazy"),), (replace(GONE, key="a"), replace(major, key="b"))
    )
    assert one.digest() == two.digest()


def test_the_majority_stays_and_ties_are_disputed() -> None:
    votes = [Reading(spans=(PER, LOC)), Reading(spans=(PER, LONG)), Reading(spans=(PER, LOC))]
    merged = merge(votes)
    assert merged.reading == Reading(spans=(PER, LOC))
    assert dict(merged.disputed) == {("span", *LOC.place): 2, ("span", *LONG.place): 1}
    assert (merged.readers, merged.unanimous) == (3, False)
    even = merge(votes[:2])
    assert even.reading == Reading(spans=(PER,))
    assert len(even.disputed) == 2


def test_one_reading_is_its_own_merge() -> None:
    said = Reading(
        (Answer("topic", "rendition", ["a", "b"]), Answer("sure", "span:1", 3)), (PER, LOC),
        (Relation("IN", "1", "2", key="7"),),
    )  # fmt: skip
    assert merge([said]).reading == said
    assert merge([said]).unanimous


def test_attributes_are_agreed_by_majority() -> None:
    minor, major = (replace(PER, attributes={"severity": s}) for s in ("minor", "major"))
    votes = [Reading(spans=(span,)) for span in (minor, major, major)]
    assert merge(votes).reading.spans == (major,)
    assert merge(votes[:2]).reading.spans == ()


def test_clashing_keys_are_renamed_and_what_names_them_follows() -> None:
    one = Reading((Answer("sure", "span:1", 1),), (PER, GONE), (Relation("OF", "1", "3", key="1"),))
    other_loc, other_gone = replace(LOC, key="1"), replace(GONE, key="2")
    both = Reading(
        (
            Answer("sure", "span:1", 2),
            Answer("why", "relation:1", "near"),
            Answer("sure", "span:5", 1),
        ),
        (replace(PER, key="5"), other_loc, other_gone),
        (Relation("IN", "5", "1", key="1"), Relation("OF", "5", "2", key="2")),
    )
    merged = merge([one, both, both]).reading
    keys = [span.key for span in merged.spans]
    assert len(set(keys)) == 3
    key = {span.label if span.anchor == "text" else "gone": span.key for span in merged.spans}
    assert key["PER"] == "1"
    assert set(merged.answers) == {
        Answer("sure", "span:1", 1),
        Answer("sure", f"span:{key['LOC']}", 2),
        Answer(
            "why", next(f"relation:{r.key}" for r in merged.relations if r.label == "IN"), "near"
        ),
    }
    assert {(r.label, r.head, r.tail) for r in merged.relations} == {
        ("OF", "1", key["gone"]), ("IN", "1", key["LOC"]),
    }  # fmt: skip
    assert len({r.key for r in merged.relations}) == 2
    assert merged.units() == both.units()


def test_relations_and_answers_fall_with_their_spans() -> None:
    linked = Reading((Answer("sure", "span:2", 1),), (PER, LOC), (Relation("IN", "1", "2"),))
    moved = Reading((Answer("sure", "span:2", 1),), (PER, LONG), (Relation("IN", "1", "2"),))
    assert merge([linked, moved]).reading == Reading(spans=(PER,))


@given(st.lists(readings(), min_size=1, max_size=5))
def test_merged_keys_are_distinct_and_equal_readings_unanimous(votes: list[Reading]) -> None:
    merged = merge(votes)
    for rows in (merged.reading.spans, merged.reading.relations):
        assert len({row.key for row in rows}) == len(rows)
    assert merged.unanimous == all(vote.units() == votes[0].units() for vote in votes)


def once(reading: Reading) -> bool:
    return len({span.place for span in reading.spans}) == len(reading.spans)


@given(st.lists(readings().filter(once), min_size=1, max_size=5))
def test_the_merged_spans_are_those_of_more_than_half(votes: list[Reading]) -> None:
    said = [pair for vote in votes for pair in vote.units().items() if pair[0][0] == "span"]
    wanted = {pair for pair in said if 2 * said.count(pair) > len(votes)}
    assert {p for p in merge(votes).reading.units().items() if p[0][0] == "span"} == wanted


def test_nothing_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="no readings"):
        merge([])
