"""The nouns of what there is."""

from .annotator import Annotator, AnnotatorVersion
from .notice import Delivery, Notice, Webhook
from .preference import Preference
from .project import Membership, Project, ProjectLanguage
from .reading import Candidate, Consensus, Reading, Relation, Span
from .run import Run, RunError
from .schema import Concept, Label, Question
from .spending import Call, Endpoint, Spending
from .text import Field, Item, Passage, Rendition, Translation
from .token import Answered, TokenReach

__all__ = [
    "Annotator",
    "AnnotatorVersion",
    "Answered",
    "Call",
    "Candidate",
    "Concept",
    "Consensus",
    "Delivery",
    "Endpoint",
    "Field",
    "Item",
    "Label",
    "Membership",
    "Notice",
    "Passage",
    "Preference",
    "Project",
    "ProjectLanguage",
    "Question",
    "Reading",
    "Relation",
    "Rendition",
    "Run",
    "RunError",
    "Span",
    "Spending",
    "TokenReach",
    "Translation",
    "Webhook",
]
