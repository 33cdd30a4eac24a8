"""Who may take which seats: adds languages and pseudonyms to annotate's gate."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404
from django.utils.translation import gettext as _

from annotate.access import RANK, ConsentMissing, Role
from annotate.guidelines import fingerprint
from annotate.models import Project
from annotate.prepared import Prepared

from .actions.raters import rater_for
from .actions.seats import pool_of
from .models import Assignment, Rater

# The role that each kind of seat asks for.
ROLES = {
    Assignment.Kind.REVIEW: Role.REVIEWER,
    Assignment.Kind.WRITE: Role.REVIEWER,
    Assignment.Kind.ADJUDICATE: Role.ADJUDICATOR,
}

# Source first: an error healed there is healed in every language.
HOLDER = Prepared(
    "holder",
    """SELECT m.role, m.languages, m.consent, r.id, r.pseudonym, r.cursor,
    (SELECT json_agg(l.tag ORDER BY l.role, l.priority DESC, l.tag)
     FROM annotate_projectlanguage l WHERE l.project_id = p.id)
FROM annotate_project p
LEFT JOIN annotate_membership m ON m.project_id = p.id AND m.user_id = %(user)s
LEFT JOIN verify_rater r ON r.project_id = p.id AND r.user_id = %(user)s
WHERE p.id = %(project)s""",
    {"user": "bigint", "project": "bigint"},
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person at the desk: the pseudonym they judge under and the languages they take seats in."""

    rater: Rater
    kind: str
    languages: tuple[str, ...]

    @property
    def pools(self) -> tuple[str, ...]:
        """The queues their seats come from, the most useful first."""
        return tuple(pool_of(self.kind, language) for language in self.languages)


def seat_holder(
    user: Any, project: Project, kind: str = Assignment.Kind.REVIEW, language: str | None = None
) -> Holder:
    """The person as a holder of seats of a kind, in all their languages or in one.

    One query, but for the first visit, which makes their rater. Raises PermissionDenied without
    the role, ConsentMissing, Http404 for a language that is not theirs.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLDER.ready(), {"user": user.pk, "project": project.pk})
        role, own, consent, pk, pseudonym, place, tags = cursor.fetchone()
    role = Role.MANAGER if getattr(user, "is_staff", False) else role
    if role is None:
        raise Http404(_("No such project."))
    if RANK[Role(role)] < RANK[ROLES[Assignment.Kind(kind)]]:
        raise PermissionDenied(_("Adjudicating is for adjudicators and managers of the project."))
    if project.consent and consent is not None and consent != fingerprint(project.consent):
        raise ConsentMissing
    tags = tags or []
    languages = _languages(tags, json.loads(own) if own else [], role)
    if language is not None:
        if language not in languages:
            raise Http404(_("That language is not one of yours here."))
        languages = (language,)
    if pk is None:
        return Holder(rater_for(project=project, user=user), kind, languages)
    rater = Rater(pk=pk, project=project, user=user, pseudonym=pseudonym, cursor=place)
    return Holder(rater, kind, languages)


def _languages(tags: list[str], own: list[str], role: str) -> tuple[str, ...]:
    """All for managers who name none; else those they named."""
    if not own and role == Role.MANAGER:
        return tuple(tags)
    return tuple(tag for tag in tags if tag in own)
