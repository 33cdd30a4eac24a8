"""The nouns of what people say."""

from .assignment import Assignment, Rater, Sample
from .decision import Certificate, Decision, Report
from .judgement import Judgement, SpanVerdict
from .thread import Thread

__all__ = [
    "Assignment",
    "Certificate",
    "Decision",
    "Judgement",
    "Rater",
    "Report",
    "Sample",
    "SpanVerdict",
    "Thread",
]
