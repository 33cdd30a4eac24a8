"""The nouns of what people say."""

from .assignment import Assignment, Rater, Sample
from .decision import Certificate, Decision, Report
from .judgement import Judgement, SpanVerdict
from .saved_view import SavedView
from .thread import Thread

__all__ = [
    "Assignment",
    "Certificate",
    "Decision",
    "Judgement",
    "Rater",
    "Report",
    "Sample",
    "SavedView",
    "SpanVerdict",
    "Thread",
]
