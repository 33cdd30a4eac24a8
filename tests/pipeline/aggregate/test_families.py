"""Families: three annotators that err together are one witness."""

from __future__ import annotations

from annotate.readings import Reading
from annotate.spans import Span
from pipeline.aggregate import Vote, aggregate, families
from pipeline.route import RoutingPolicy, route

HERE = Reading((), (Span("LOC", 0, 4, surface="Bonn"),))
THERE = Reading((), (Span("LOC", 5, 9, surface="Kiel"),))
KIN = {"links": "aligner", "candidates": "aligner", "similarity": "aligner"}


def votes(*extra):
    return [Vote(name, 1, "ok", HERE) for name in KIN] + list(extra)


def way(cast, **policy):
    tally = aggregate(cast)
    found = families(cast, tally.reading, KIN)
    settings = RoutingPolicy.from_mapping({"audit_share": 0, **policy})
    return route(tally, settings, "k", families=len(found)), found


def test_projectors_on_one_aligner_alone_are_not_accepted():
    routed, found = way(votes())
    assert found == ["aligner"]
    assert (routed.route, routed.reason) == ("person", "one_family")


def test_a_voter_of_another_kind_confirms():
    routed, found = way(votes(Vote("gazetteer", 1, "ok", HERE)))
    assert found == ["aligner", "gazetteer"]
    assert (routed.route, routed.reason) == ("accept", "unanimous")


def test_one_that_may_not_vote_confirms_but_cannot_object():
    assert way(votes(Vote("weak", 1, "ok", HERE, weight=0.0)))[0].route == "accept"
    objecting = way(votes(Vote("weak", 1, "ok", THERE, weight=0.0)))[0]
    assert (objecting.route, objecting.reason) == ("person", "one_family")


def test_a_policy_may_take_one_kind_for_enough():
    assert way(votes(), min_families=1)[0].route == "accept"
    assert way(votes(), single_source="accept")[0].route == "accept"


def test_a_refusal_confirms_nothing():
    assert way(votes(Vote("llm", 1, "refused", None, weight=0.0)))[1] == ["aligner"]
