"""What people send in the tests of stages."""

from __future__ import annotations

from tests import factories as make
from verify.submission import Submission, SubmittedSpan


def blind() -> Submission:
    """The right marks of the factories' text, by somebody who saw none of them."""
    rows = [
        SubmittedSpan(f"n{number}", None, "added", "", s.label, s.field, s.start, s.end, s.surface)
        for number, s in enumerate(make.TARGET_SPANS)
    ]
    return make.submission(*rows)
