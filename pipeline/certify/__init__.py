"""Certify: exact bounds on an error rate from a random sample, and how large the sample must be."""

from pipeline.certify.bounds import (
    Bound,
    Interval,
    certificate,
    finite_interval,
    interval,
    upper_bound,
    upper_count,
    wilson,
)
from pipeline.certify.missed import MissedBound, missed_bound
from pipeline.certify.plans import (
    HOPED,
    Plan,
    acceptance,
    plan,
    plans,
    sequential,
    two_point_plan,
    wilson_size,
)
from pipeline.certify.weighted import WeightedRate, weighted_rate

__all__ = [
    "HOPED",
    "Bound",
    "Interval",
    "MissedBound",
    "Plan",
    "WeightedRate",
    "acceptance",
    "certificate",
    "finite_interval",
    "interval",
    "missed_bound",
    "plan",
    "plans",
    "sequential",
    "two_point_plan",
    "upper_bound",
    "upper_count",
    "weighted_rate",
    "wilson",
    "wilson_size",
]
