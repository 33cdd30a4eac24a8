"""Change what a project's people are asked to do."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate import models
from annotate.guidelines import fingerprint

Role = models.Membership.Role


class LastManager(ValueError):
    """A project must keep somebody who manages it."""

    def __init__(self) -> None:
        super().__init__(_("A project needs a manager: make someone else one first."))


@transaction.atomic
def change_member(
    member: models.Membership, *, role: str, languages: Sequence[str]
) -> models.Membership:
    """Set a member's role and languages. Raises LastManager."""
    if role != Role.MANAGER:
        _keep_a_manager(member)
    member.role, member.languages = role, list(languages)
    member.save(update_fields=["role", "languages"])
    return member


def say_variety(member: models.Membership, variety: str) -> None:
    """Keep which variety of the language a person says they speak; '' for nothing said."""
    member.variety = variety
    member.save(update_fields=["variety"])


def give_consent(member: models.Membership, project: models.Project) -> None:
    """Keep that a person agrees to the project's text as it is now, and when."""
    member.consent, member.consented_at = fingerprint(project.consent), timezone.now()
    member.save(update_fields=["consent", "consented_at"])


@transaction.atomic
def remove_member(member: models.Membership) -> None:
    """End a membership; what the person judged stays, under the pseudonym. Raises LastManager."""
    _keep_a_manager(member)
    member.delete()


def _keep_a_manager(member: models.Membership) -> None:
    managers = models.Membership.objects.select_for_update().filter(
        project_id=member.project_id, role=Role.MANAGER
    )
    if [row.pk for row in managers] == [member.pk]:
        raise LastManager
