"""Routing: reasons, audit and blind draws, urgency, seats, and settings that cannot be."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from scipy import stats

from annotate.readings import Answer, Reading
from pipeline.aggregate import Tally, Vote, aggregate
from pipeline.route import SENTENCES, RoutingPolicy, route

PLAIN = RoutingPolicy(audit_share=0.0, blind_share=0.0)


def tally(*values: str, problems: tuple[str, ...] = ()) -> Tally:
    votes = [
        Vote(str(n), 1, "ok", Reading((Answer("q", "rendition", value),)))
        for n, value in enumerate(values)
    ]
    silent = [Vote(f"p{n}", 1, state, None) for n, state in enumerate(problems)]
    return aggregate([*votes, *silent])


@pytest.mark.parametrize(
    ("votes", "settings", "expected"),
    [
        (tally("x", "x"), {}, ("accept", "unanimous", 0)),
        (tally("x", "x"), {"accept_unanimous": False}, ("person", "everything", 1)),
        (tally("x", "x"), {"min_voters": 3}, ("person", "few_voters", 1)),
        (tally("x", "x", "y"), {}, ("person", "split", 1)),
        (tally("x", "x", "y"), {"max_entropy": 0.95}, ("accept", "low_entropy", 0)),
        (tally("x", "x", "y"), {"overlap": 2}, ("person", "split", 2)),
        (tally("x", "x", "y"), {"disputed_overlap": 3}, ("person", "split", 3)),
        (tally("x", "y"), {"max_entropy": 9.0}, ("person", "tied", 1)),
        (tally("x"), {"disputed_overlap": 3}, ("person", "single_source", 1)),
        (tally("x"), {"single_source": "accept"}, ("accept", "single_accepted", 0)),
        (tally("x", "x", problems=("refused",)), {}, ("person", "problem", 1)),
        (tally(problems=("manual", "unparseable")), {}, ("manual", "no_reading", 1)),
        (tally(), {}, ("manual", "no_annotator", 1)),
    ],
)
def test_routes(votes: Tally, settings: dict[str, Any], expected: tuple[str, str, int]) -> None:
    routing = route(votes, dataclasses.replace(PLAIN, **settings), "key")
    assert (routing.route, routing.reason, routing.seats) == expected
    assert routing.sentence
    assert "{" not in routing.sentence


def test_the_sentence_names_what_went_wrong() -> None:
    routing = route(tally("x", problems=("refused", "refused", "ambiguous")), PLAIN, "k")
    assert routing.sentence == "Not every annotator gave a usable answer (ambiguous, refused)."
    assert routing.reason in SENTENCES


def test_higher_entropy_comes_sooner() -> None:
    tallies = [tally("x", "y", "z"), tally("x", "x", "y"), tally("x", "x", "x", "x", "x", "x", "y"),
               tally("x", "x")]  # fmt: skip
    assert [route(one, PLAIN, "k").band for one in tallies] == [0, 1, 2, 3]
    assert route(tally(), PLAIN, "k").band == 0


def test_the_audit_is_drawn_whatever_the_route() -> None:
    policy = RoutingPolicy(audit_share=0.2, blind_share=0.1)
    keys = [f"item {n}" for n in range(5000)]
    agreed = [route(tally("x", "x"), policy, key) for key in keys]
    split = [route(tally("x", "y"), policy, key) for key in keys]
    assert [r.audit for r in agreed] == [r.audit for r in split]
    audited = sum(r.audit for r in agreed)
    assert stats.binomtest(audited, len(keys), 0.2).pvalue > 0.001
    assert all(r.audit_probability == 0.2 for r in agreed)
    assert all(r.seats == int(r.audit) for r in agreed)
    assert all(r.mode == "blind" for r in agreed if r.audit)
    blind = sum(r.mode == "blind" for r in agreed if not r.audit)
    assert stats.binomtest(blind, len(keys) - audited, 0.1).pvalue > 0.001


def test_an_audit_may_be_assisted_and_ask_more_people() -> None:
    policy = RoutingPolicy(audit_share=1.0, audit_mode="assisted", audit_seats=2, blind_share=0.0)
    assert route(tally("x", "x"), policy, "k").mode == "assisted"
    assert route(tally("x", "x"), policy, "k").seats == 2
    assert route(tally("x", "y"), policy, "k").seats == 2


def test_the_same_key_is_routed_the_same_and_another_seed_otherwise() -> None:
    policy = RoutingPolicy(audit_share=0.5)
    keys = [str(n) for n in range(200)]
    first = [route(tally("x", "x"), policy, key) for key in keys]
    assert first == [route(tally("x", "x"), policy, key) for key in keys]
    other = dataclasses.replace(policy, seed="another")
    assert first != [route(tally("x", "x"), other, key) for key in keys]


def test_audited_share_estimates_the_error_rate_of_the_accepted() -> None:
    """The mean over the audit is an unbiased estimate: its interval holds the truth 95 % of the
    time."""
    keys = [f"item {n}" for n in range(2000)]
    wrong = {key for n, key in enumerate(keys) if n % 20 == 0}
    held = 0
    for run in range(200):
        policy = RoutingPolicy(seed=f"run {run}", audit_share=0.1)
        sample = [key for key in keys if route(tally("x", "x"), policy, key).audit]
        errors = sum(key in wrong for key in sample)
        interval = stats.binomtest(errors, len(sample)).proportion_ci(0.95)
        held += interval.low <= 0.05 <= interval.high
    assert held >= 184


def test_settings_survive_storage() -> None:
    policy = RoutingPolicy(audit_share=0.2, disputed_overlap=3, overlap=2, bands=(2.0, 1.0, 0.5))
    assert RoutingPolicy.from_mapping(json.loads(json.dumps(policy.as_dict()))) == policy
    assert RoutingPolicy.from_mapping({}) == RoutingPolicy()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"audit_shares": 0.1},
            "routing setting audit_shares; use one of accept_unanimous",
        ),
        ({"audit_share": 5}, "audit_share is 5; give a number from 0 to 1"),
        ({"blind_share": "0.1"}, "blind_share is '0.1'"),
        ({"gold_share": True}, "gold_share is True"),
        ({"overlap": 0}, "overlap is 0; give a whole number of at least 1"),
        ({"min_voters": 1.5}, "min_voters is 1.5"),
        ({"overlap": 3, "disputed_overlap": 2}, r"at least overlap \(3\)"),
        ({"single_source": "skip"}, "single_source is 'skip'; give person or accept"),
        ({"audit_mode": "open"}, "audit_mode is 'open'"),
        ({"max_entropy": float("nan")}, "max_entropy is nan"),
        ({"accept_unanimous": 1}, "accept_unanimous is 1; give true or false"),
        ({"bands": [0.1, 0.2, 0.3]}, "three falling limits"),
        ({"bands": 3}, "three falling limits"),
        ({"seed": ""}, "seed is ''"),
        ({"planted_share": 0.6, "gold_share": 0.6}, "add up to 1.2"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RoutingPolicy.from_mapping(settings)


def test_labels_trust_and_languages() -> None:
    """What a label, a machine's history and a language change."""
    seen = dataclasses.replace(PLAIN, person_labels=("x",))
    routing = route(tally("x", "x"), seen, "k")
    assert (routing.route, routing.reason) == ("person", "label")
    assert "label x" in routing.sentence
    assert route(tally("y", "y"), seen, "k").route == "accept"
    assert route(tally("y", "y"), PLAIN, "k", trusted=1).reason == "untrusted"
    assert route(tally("y", "y", "y"), PLAIN, "k", trusted=2).route == "accept"
    policy = RoutingPolicy.from_mapping(
        {"by_language": {"sw": {"overlap": 3, "person_labels": ["x"]}}, "person_labels": ["z"]}
    )
    assert RoutingPolicy.from_mapping(policy.as_dict()) == policy
    assert (policy.of("sw").overlap, policy.of("sw").person_labels) == (3, ("x",))
    assert policy.of("es").person_labels == ("z",)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"person_labels": "PER"}, "a list of labels"),
        ({"trusted_from": 2}, "from 0 to 1"),
        ({"by_language": {"sw": {"seed": "x"}}}, "by_language of sw has seed"),
        ({"by_language": {"sw": {"overlap": 0}}}, "by_language of sw: overlap"),
    ],
)
def test_overrides_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RoutingPolicy.from_mapping(settings)
