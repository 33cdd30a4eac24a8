"""Aggregation: majorities over ballots and annotators, ties, provenance, entropy."""

from __future__ import annotations

import json
from dataclasses import replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.readings import Answer, Reading, Relation, merge
from annotate.spans import Span
from pipeline.aggregate import Tally, Vote, aggregate


def span(label: str, start: int, end: int, **more: object) -> Span:
    return Span(label, start, end, **more)  # type: ignore[arg-type]


def reading(*spans: Span) -> Reading:
    return Reading(spans=spans)


def choice(value: object) -> Reading:
    return Reading(answers=(Answer("topic", "rendition", value),))


def ok(annotator: str, said: Reading, ballot: int = 1, weight: float = 1.0) -> Vote:
    return Vote(annotator, ballot, "ok", said, weight)


def answers(tally: Tally) -> list[object]:
    return [answer.value for answer in tally.reading.answers]


def test_equal_readings_are_unanimous_and_keep_the_first_provenance() -> None:
    first = span("PER", 0, 4, key="t1", source="s1", method="links", score=0.9)
    second = span("PER", 0, 4, key="x9", source="s1", method="candidates", score=0.4)
    tally = aggregate([ok("a", reading(first)), ok("b", reading(second))])
    assert tally.reading == reading(first)
    assert (tally.unanimous, tally.voters, tally.entropy, tally.unit_entropy) == (True, 2, 0.0, 0.0)
    assert tally.votes[0]["votes"] == tally.votes[0]["of"] == 2
    assert tally.votes[0]["by"] == ("a", "b")
    assert tally.problems == ()


def test_two_empty_readings_agree_that_nothing_is_there() -> None:
    tally = aggregate([ok("a", Reading()), ok("b", Reading())])
    assert tally.unanimous
    assert tally.voters == 2
    assert tally.votes == ()


def test_two_of_three_win_per_span() -> None:
    kept, other = span("PER", 0, 4), span("LOC", 9, 12)
    tally = aggregate([
        ok("a", reading(kept, other)), ok("b", reading(kept)), ok("c", reading(kept))
    ])  # fmt: skip
    assert tally.reading.spans == (kept,)
    assert not tally.unanimous
    by_label = {row["label"]: row for row in tally.votes}
    assert (by_label["PER"]["votes"], by_label["PER"]["kept"]) == (3, True)
    assert (by_label["LOC"]["votes"], by_label["LOC"]["of"], by_label["LOC"]["kept"]) == (
        1,
        3,
        False,
    )
    assert tally.entropy == pytest.approx(-(1 / 3) * log2(1 / 3) - (2 / 3) * log2(2 / 3))
    assert tally.unit_entropy == pytest.approx(tally.entropy / 2)


def test_a_tie_is_left_to_people() -> None:
    tally = aggregate([ok("a", reading(span("PER", 0, 4))), ok("b", reading(span("PER", 0, 5)))])
    assert tally.reading.spans == ()
    assert tally.tied
    assert tally.entropy == 1.0
    assert [row["kept"] for row in tally.votes] == [False, False]


def test_choice_two_to_one_wins_and_three_ways_is_a_tie() -> None:
    won = aggregate([ok("a", choice("x")), ok("b", choice("y")), ok("c", choice("x"))])
    assert answers(won) == ["x"]
    assert not won.tied
    lost = aggregate([ok("a", choice("x")), ok("b", choice("y")), ok("c", choice("z"))])
    assert answers(lost) == []
    assert lost.tied
    assert lost.entropy == pytest.approx(log2(3))


def test_plurality_is_over_the_whole_answer() -> None:
    lists = [["a", "b"], ["a"], ["b"], ["a", "b"]]
    tally = aggregate([ok(str(n), choice(value)) for n, value in enumerate(lists)])
    assert answers(tally) == [["a", "b"]]


def test_silence_counts_as_an_answer() -> None:
    tally = aggregate([ok("a", choice("x")), ok("b", Reading()), ok("c", Reading())])
    assert answers(tally) == []
    assert not tally.tied
    assert not tally.unanimous


def test_weights_decide() -> None:
    votes = [ok("a", choice("x"), weight=2.5), ok("b", choice("y")), ok("c", choice("y"))]
    tally = aggregate(votes)
    assert answers(tally) == ["x"]
    assert {row["value"]: row["weight"] for row in tally.votes} == pytest.approx({
        "x": 2.5 / 4.5, "y": 2 / 4.5
    })  # fmt: skip
    assert aggregate(
        [replace(v, weight=0.1 + 0.2 if v.annotator == "a" else 0.15) for v in votes]
    ).tied


def test_ballots_are_settled_before_annotators() -> None:
    flood = [ok("loud", choice("x"), ballot=n) for n in range(1, 6)]
    tally = aggregate([*flood, ok("b", choice("y")), ok("c", choice("y"))])
    assert answers(tally) == ["y"]
    assert tally.voters == 3


def test_rotated_options_expose_an_annotator_that_answers_by_position() -> None:
    spread = [ok("first-slot", choice(v), ballot=n) for n, v in enumerate("xyz")]
    steady = [ok("reader", choice("x"), ballot=n) for n in range(3)]
    tally = aggregate(spread + steady)
    assert tally.problems == ("undecided",)
    assert not tally.unanimous


def test_ballots_all_spread_agree_on_nothing() -> None:
    votes = [ok(name, choice(v), ballot=n) for name in "ab" for n, v in enumerate("xyz")]
    tally = aggregate(votes)
    assert tally.problems == ("undecided", "undecided")
    assert not tally.unanimous
    assert answers(tally) == []


def test_an_annotator_is_heard_when_most_ballots_are_usable() -> None:
    heard = [ok("a", choice("x"), 1), ok("a", choice("x"), 2), Vote("a", 3, "refused", None)]
    assert aggregate(heard).problems == ()
    assert answers(aggregate(heard)) == ["x"]
    silent = [ok("a", choice("x"), 1), Vote("a", 2, "refused", None)]
    assert aggregate(silent).problems == ("refused",)
    assert aggregate(silent).voters == 0


def test_states_that_are_no_answer_are_listed() -> None:
    tally = aggregate([
        ok("a", choice("x")), Vote("b", 1, "refused", None), Vote("c", 1, "manual", Reading())
    ])  # fmt: skip
    assert tally.voters == 1
    assert tally.problems == ("manual", "refused")


def test_when_nobody_is_heard_the_partial_reading_is_proposed() -> None:
    partial = reading(span("PER", 0, 3))
    tally = aggregate([Vote("a", 1, "manual", partial)])
    assert tally.reading == partial
    assert (tally.voters, tally.unanimous, tally.votes) == (0, False, ())
    assert aggregate([]).reading == Reading()


def test_a_weightless_annotator_neither_votes_nor_troubles() -> None:
    tally = aggregate([ok("a", choice("x")), Vote("weak", 1, "refused", None, weight=0.0)])
    assert tally.voters == 1
    assert tally.problems == ()


def test_attributes_go_by_plurality_and_tied_ones_keep_what_they_share() -> None:
    def error(severity: str) -> Reading:
        return reading(span("error", 0, 4, attributes={"severity": severity, "cause": "word"}))

    won = aggregate([ok("a", error("minor")), ok("b", error("major")), ok("c", error("major"))])
    assert won.reading.spans[0].attributes == {"severity": "major", "cause": "word"}
    tied = aggregate([ok("a", error("minor")), ok("b", error("major"))])
    assert tied.reading.spans[0].attributes == {"cause": "word"}
    assert tied.tied


def test_omissions_with_the_same_label_stay_two() -> None:
    one = Span("omission", anchor="missing", key="o1", source="s1")
    two = Span("omission", anchor="missing", key="o2", source="s2")
    tally = aggregate(
        [ok("a", reading(one, two)), ok("b", reading(one, two)), ok("c", reading(one))]
    )
    assert [s.source for s in tally.reading.spans] == ["s1", "s2"]
    assert tally.votes[0]["start"] is None


def test_relations_and_span_answers_follow_spans_under_other_keys() -> None:
    def made(a: str, b: str, sure: bool, extra: Span | None = None) -> Reading:
        spans = (span("PER", 0, 3, key=a), span("ORG", 5, 9, key=b), *([extra] if extra else []))
        relations = (Relation("works_for", a, b, key="r"),)
        return Reading((Answer("sure", f"span:{a}", sure),), spans, relations)

    extra = span("LOC", 20, 24, key="p")
    tally = aggregate([ok("a", made("k1", "k2", True, extra)), ok("b", made("p", "q", True)),
                       ok("c", made("u", "v", False))])  # fmt: skip
    assert [(s.key, s.label) for s in tally.reading.spans] == [("k1", "PER"), ("k2", "ORG")]
    assert tally.reading.relations == (Relation("works_for", "k1", "k2", key="r"),)
    assert tally.reading.answers == (Answer("sure", "span:k1", True),)
    relation = next(row for row in tally.votes if row["unit"] == "relation")
    assert (relation["votes"], relation["head"]["start"], relation["tail"]["label"]) == (
        3,
        0,
        "ORG",
    )


def test_only_those_who_marked_a_span_are_asked_about_it() -> None:
    marked = Reading((Answer("sure", "span:k", "yes"),), (span("PER", 0, 3, key="k"),))
    tally = aggregate([ok("a", marked), ok("b", marked), *(ok(n, Reading()) for n in "c")])
    row = next(row for row in tally.votes if row["unit"] == "answer")
    assert (row["votes"], row["of"], row["kept"]) == (2, 2, True)


def test_keys_that_clash_between_voters_are_made_unique() -> None:
    a = reading(span("PER", 0, 3, key="t1"), span("LOC", 5, 9, key="t2"))
    b = reading(span("PER", 0, 3, key="t1"), span("ORG", 10, 12, key="t2"))
    c = reading(span("LOC", 5, 9, key="t1"), span("ORG", 10, 12, key="t2"))
    spans = aggregate([ok("a", a), ok("b", b), ok("c", c)]).reading.spans
    assert [s.label for s in spans] == ["PER", "LOC", "ORG"]
    assert len({s.key for s in spans}) == 3


def test_alternatives_are_carried_along_and_losers_join_them() -> None:
    a = reading(span("PER", 0, 4, key="a1", source="s1"),
                span("PER", 0, 6, key="a2", source="s1", rank=2))  # fmt: skip
    b = reading(span("PER", 0, 4, key="b1", source="s1"))
    c = reading(span("PER", 0, 5, key="c1", source="s1"),
                span("PER", 0, 4, key="c2", source="s1", rank=2))  # fmt: skip
    tally = aggregate([ok("a", a), ok("b", b), ok("c", c)])
    assert [(s.end, s.rank, s.key) for s in tally.reading.spans] == [
        (4, 1, "a1"), (5, 2, "c1"), (6, 3, "a2")
    ]  # fmt: skip
    assert [s.end for s in tally.reading.alternatives("s1")] == [5, 6]
    agreeing = aggregate([ok("b", b), ok("a", a)])
    assert agreeing.unanimous
    assert [s.end for s in agreeing.reading.spans] == [4, 6]


def test_equal_ballots_of_one_annotator_are_one_voter() -> None:
    said = choice("x")
    tally = aggregate([Vote("a", n, "ok", said, 1.0, said.digest()) for n in range(3)])
    assert (tally.voters, tally.votes[0]["of"]) == (1, 1)
    assert answers(tally) == ["x"]


def test_digests_stand_in_for_the_comparison() -> None:
    said = reading(span("PER", 0, 4))
    votes = [Vote(name, 1, "ok", said, 1.0, said.digest()) for name in "abc"]
    bare = [replace(vote, digest=None) for vote in votes]
    assert aggregate(votes) == aggregate(bare)
    split = [replace(votes[0], reading=Reading(), digest=Reading().digest()), *votes[1:]]
    assert aggregate(split) == aggregate([replace(vote, digest=None) for vote in split])


@pytest.mark.parametrize(
    ("votes", "message"),
    [
        ([Vote("a", 1, "ok", None)], "has no reading"),
        ([ok("a", Reading(), weight=-1)], "weight -1"),
        ([ok("a", Reading(), weight=float("nan"))], "weight nan"),
        ([ok("a", Reading()), ok("a", Reading())], "same ballot twice"),
        ([ok("a", Reading(), 1), ok("a", Reading(), 2, 2.0)], "different weight"),
        ([ok("a", Reading((Answer("q", "span:none", 1),))), ok("b", Reading())], "span:none"),
    ],
)
def test_bad_votes_are_refused_with_a_reason(votes: list[Vote], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        aggregate(votes)


places = st.sets(st.sampled_from([("PER", 0, 3), ("PER", 0, 4), ("LOC", 5, 9), ("ORG", 5, 9)]))
made = places.map(lambda chosen: reading(*(span(*place) for place in sorted(chosen))))
said = st.tuples(made, st.sampled_from(["x", "y"])).map(
    lambda pair: replace(pair[0], answers=(Answer("topic", "rendition", pair[1]),))
)


@given(st.lists(said, min_size=1, max_size=6))
def test_majorities_are_those_of_the_merge_people_settle_by(readings: list[Reading]) -> None:
    tally = aggregate([ok(str(n), one) for n, one in enumerate(readings)])
    assert tally.reading.units() == merge(readings).reading.units()
    assert tally.unanimous == merge(readings).unanimous


@given(st.lists(said, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_votes_changes_no_outcome(readings: list[Reading], random: object) -> None:
    votes = [ok(str(n), one) for n, one in enumerate(readings)]
    shuffled = list(votes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, two = aggregate(votes), aggregate(shuffled)
    assert one.reading.units() == two.reading.units()
    assert one.entropy == pytest.approx(two.entropy)
    assert one.tied == two.tied


@given(st.lists(said, min_size=1, max_size=6))
def test_rows_can_be_stored_and_add_up(readings: list[Reading]) -> None:
    tally = aggregate([ok(str(n), one) for n, one in enumerate(readings)])
    for row in json.loads(json.dumps(tally.votes)):
        assert 0 < row["votes"] == len(row["by"]) <= row["of"] == len(readings)
        assert row["weight"] == pytest.approx(row["votes"] / row["of"])
    assert 0.0 <= tally.entropy <= log2(len(readings)) + 1e-12
