"""Readings combined over many items: spans, relations and answers, by vote and by model."""

from __future__ import annotations

import random
from typing import Any

from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span
from pipeline.aggregate.choices import METHODS
from pipeline.aggregate.readings import combine_readings


def spans(*given: tuple[str, int, int]) -> Reading:
    return Reading(
        spans=tuple(Span(label, s, e, key=f"k{n}") for n, (label, s, e) in enumerate(given))
    )


def marked(reading: Reading) -> list[tuple[str, int | None, int | None]]:
    return [(span.label, span.start, span.end) for span in reading.spans if span.rank == 1]


A, B, C = ("PER", 0, 4), ("LOC", 6, 9), ("ORG", 6, 9)


def test_marks_need_more_readers_than_not() -> None:
    read = {"i": {"x": spans(A, B), "y": spans(A, C), "z": spans(A)}}
    done = combine_readings(read).readings[0]
    assert marked(done.reading) == [A]
    assert (done.readers, done.tied) == (3, ())
    two = combine_readings({"i": {"x": spans(A, B), "y": spans(A)}}).readings[0]
    assert marked(two.reading) == [A]
    assert [unit[6] for unit in two.tied] == ["LOC"]


def test_relations_and_answers_follow_their_marks() -> None:
    def said(key: str, other: str, why: str) -> Reading:
        return Reading(
            (Answer("why", f"span:{key}", why), Answer("topic", "rendition", why)),
            (Span("PER", 0, 4, key=key), Span("LOC", 6, 9, key=other)),
            (Relation("in", key, other, key="r"),),
        )

    read = {"i": {"x": said("a", "b", "p"), "y": said("b", "a", "p"), "z": said("u", "v", "q")}}
    done = combine_readings(read).readings[0].reading
    assert marked(done) == [A, ("LOC", 6, 9)]
    (relation,) = done.relations
    named = {span.key: span.label for span in done.spans}
    assert (relation.label, named[relation.head], named[relation.tail]) == ("in", "PER", "LOC")
    given = {answer.question: (answer.target, answer.value) for answer in done.answers}
    assert given["topic"] == ("rendition", "p")
    assert given["why"][1] == "p"
    assert named[given["why"][0].removeprefix("span:")] == "PER"


def test_attributes_go_to_the_plurality() -> None:
    def severe(severity: str) -> Reading:
        return Reading(spans=(Span("error", 0, 3, key="k", attributes={"severity": severity}),))

    read = {"i": {"x": severe("minor"), "y": severe("major"), "z": severe("major")}}
    (span,) = combine_readings(read).readings[0].reading.spans
    assert span.attributes == {"severity": "major"}


def simulated(seed: int, items: int) -> tuple[dict[Any, Any], dict[Any, Reading]]:
    """Two readers who miss and add little, three who miss half the marks and add many."""
    draw = random.Random(seed)
    read: dict[Any, Any] = {}
    truth = {}
    skills = {
        "a": (0.05, 0.05),
        "b": (0.05, 0.05),
        "c": (0.45, 0.4),
        "d": (0.45, 0.4),
        "e": (0.45, 0.4),
    }
    for item in range(items):
        places = [("PER", 10 * k, 10 * k + 5) for k in range(4)]
        true = [place for place in places if draw.random() < 0.5]
        truth[item] = spans(*true)
        read[item] = {
            who: spans(*(p for p in places if draw.random() < (1 - miss if p in true else add)))
            for who, (miss, add) in skills.items()
        }
    return read, truth


def right(done: Any, truth: dict[Any, Reading]) -> float:
    hits = [
        (place in marked(one.reading)) == (place in marked(truth[one.item]))
        for one in done.readings
        for place in [("PER", 10 * k, 10 * k + 5) for k in range(4)]
    ]
    return sum(hits) / len(hits)


def test_models_and_gold_hear_the_better_readers() -> None:
    read, truth = simulated(0, 200)
    gold = {item: truth[item] for item in range(25)}
    got = {method: right(combine_readings(read, method, known=gold), truth) for method in METHODS}
    assert got["plurality"] < 0.9
    for method in ("weighted", "dawid_skene", "one_coin"):
        assert got[method] > got["plurality"] + 0.03, method
    weights = combine_readings(read, "dawid_skene").weights["marks"]
    assert min(weights["a"], weights["b"]) > max(weights[w] for w in "cde")


def test_each_item_comes_back_even_when_nobody_marked_it() -> None:
    done = combine_readings({"i": {"x": Reading(), "y": Reading()}, "j": {}}, "dawid_skene")
    assert [(one.item, one.reading.spans, one.readers) for one in done.readings] == [
        ("i", (), 2),
        ("j", (), 0),
    ]


def test_low_support_is_named() -> None:
    done = combine_readings({"i": {"x": spans(A)}}, least=2).readings[0]
    assert [unit[6] for unit in done.low_support] == ["PER"]
    assert marked(done.reading) == [A]


def test_the_vote_equals_the_majority_that_routing_uses() -> None:
    from pipeline.aggregate import Vote, aggregate

    read, _ = simulated(3, 40)
    for one in combine_readings(read).readings:
        votes = [Vote(who, 1, "ok", reading) for who, reading in read[one.item].items()]
        assert marked(one.reading) == marked(aggregate(votes).reading)
