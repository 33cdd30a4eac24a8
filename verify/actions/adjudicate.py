"""What an adjudicator says ends the matter."""

from __future__ import annotations

from annotate.models import Project, Reading, Rendition
from verify.models import Assignment, Decision, Judgement

from .decide import decide
from .seats import replace_seat


def settle_adjudication(
    *, project: Project, rendition: Rendition, seat: Assignment, judgement: Judgement
) -> Decision | None:
    """Decide a rendition as its adjudicator says; return the decision.

    An adjudicator who is unsure passes it on to another. A text that they too call bad stays
    undecided. Call under the rendition's lock.
    """
    if judgement.outcome == Judgement.Outcome.ANSWERED:
        return decide(
            project,
            rendition,
            Reading(pk=judgement.reading_id),
            origin=Decision.Origin.ADJUDICATED,
            by=judgement.rater.user,
        )
    if judgement.outcome in (Judgement.Outcome.UNSURE, Judgement.Outcome.NOT_MY_VARIETY):
        replace_seat(project=project, seat=seat, language=rendition.language)
    return None
