"""Aggregate: what the machines' readings of one rendition add up to."""

from pipeline.aggregate.families import families
from pipeline.aggregate.majority import aggregate
from pipeline.aggregate.votes import Tally, Vote

__all__ = ["Tally", "Vote", "aggregate", "families"]
