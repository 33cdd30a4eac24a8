"""Missed: judges overlook errors, so what they found is a floor; how far the bound must rise.

A judge's catch rate is measured on planted errors. A certificate that ignores it is about errors as
its judges see them; this one is about errors.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pipeline.certify.bounds import certificate, check_counts, check_share, interval

UNMEASURED = "no planted error was judged, so nothing bounds what the judges miss"
BLIND = "the judges caught so few planted errors that no error rate can be excluded"


@dataclass(frozen=True, slots=True)
class MissedBound:
    """With ``confidence`` at most ``upper`` of the frame is wrong, what judges miss included.

    ``seen`` is the bound on errors that judges see, ``catch_low`` the least share of errors that
    they catch; ``catch`` is the share they caught of those planted. ``reason`` says why ``upper``
    is 1, or is empty. ``rate`` is the best guess: errors found, over the share that is caught.
    """

    n: int
    errors: int
    planted: int
    caught: int
    confidence: float
    rate: float | None
    seen: float
    catch: float | None
    catch_low: float
    upper: float
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The bound as JSON values."""
        return asdict(self)


def missed_bound(
    frame_size: int | None,
    n: int,
    errors: int,
    planted: int,
    caught: int,
    confidence: float = 0.95,
) -> MissedBound:
    """The exact upper bound on the error rate when ``caught`` of ``planted`` errors were seen.

    The doubt is shared evenly between what the sample leaves open and what the planted errors leave
    open (Bonferroni), so the confidence holds whatever both rates are. It takes planted errors to
    be as hard to see as real ones, and right items never to be called wrong; where they are, the
    bound is only higher than it need be. Raises ValueError for counts that cannot be.

    >>> bound = missed_bound(None, 300, 3, 40, 34)
    >>> round(bound.seen, 3), round(bound.catch_low, 3), round(bound.upper, 3)
    (0.029, 0.702, 0.041)
    """
    check_counts(planted, caught, confidence, None)
    check_share("confidence", confidence)
    half = 1 - (1 - confidence) / 2
    seen = certificate(frame_size, n, errors, half).upper
    catch = caught / planted if planted else None
    # The lower end of a two-sided interval at 2 x half - 1 is a one-sided bound at half.
    low = interval(planted, caught, 2 * half - 1).low if planted else 0.0
    upper = min(1.0, seen / low) if low else 1.0
    reason = UNMEASURED if not planted else BLIND if upper >= 1.0 > seen else ""
    rate = min(1.0, errors / n / catch) if n and catch else None
    return MissedBound(
        n, errors, planted, caught, confidence, rate, seen, catch, low, upper, reason
    )
