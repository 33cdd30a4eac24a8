"""Families: how many kinds of evidence stand behind a proposal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annotate.readings import Reading
from pipeline.aggregate.votes import OK, Vote


def families(votes: Sequence[Vote], proposal: Reading, family_of: Mapping[str, str]) -> list[str]:
    """The families with an annotator who says exactly what is proposed, in alphabetical order.

    Annotators of one family (``family_of`` by name; without one, a family of their own) share what
    they err by: three projectors on one aligner are one witness, not three. An annotator of weight
    0 does not vote, yet confirms when it comes to the same by itself.
    """
    digest = proposal.digest()
    return sorted(
        {
            family_of.get(vote.annotator) or vote.annotator
            for vote in votes
            if vote.state == OK
            and vote.reading is not None
            and (vote.digest or vote.reading.digest()) == digest
        }
    )
