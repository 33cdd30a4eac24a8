"""Fourteen walks through the nouns: each stores, reads back, asks what is pending, goes out and returns.

(a) a relation in two languages, two translators, three projectors, two reviewers, an adjudicator;
(b) five questions on one context; (c) a dialogue written from an outline; (d) relevance by ballots;
(e) one label carried to 200 renditions; (f) entity linking; (g) error spans and an omission;
(h) gold, planted and blind seats, a sample and its certificate; (i) a new translation after
judgements; (j) a post-edit; (k) overlap three; (l) undo, resubmit, erasure; (m) the archive;
(n) a judge model and two people rate one candidate.
"""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("walks", "walks_texts", "walks_marks", "walks_people")

from walks_marks import (  # noqa: E402
    TestArchive,
    TestEntityLinking,
    TestErrorSpans,
    TestNewTranslationAfterJudgements,
    TestPostEdit,
)
from walks_people import (  # noqa: E402
    TestDialogueWrittenFromAnOutline,
    TestKnownAndPlanted,
    TestOverlapThree,
    TestRatingOneCandidate,
    TestUndoResubmitErase,
    TestVerdicts,
)
from walks_texts import (  # noqa: E402
    TestOneLabelCarriedFar,
    TestQuestionsOnOneContext,
    TestRelationInTwoLanguages,
    TestRelevanceByBallots,
)

pytestmark = pytest.mark.django_db

__all__ = [
    "TestArchive",
    "TestDialogueWrittenFromAnOutline",
    "TestEntityLinking",
    "TestErrorSpans",
    "TestKnownAndPlanted",
    "TestNewTranslationAfterJudgements",
    "TestOneLabelCarriedFar",
    "TestOverlapThree",
    "TestPostEdit",
    "TestQuestionsOnOneContext",
    "TestRatingOneCandidate",
    "TestRelationInTwoLanguages",
    "TestRelevanceByBallots",
    "TestUndoResubmitErase",
    "TestVerdicts",
]
