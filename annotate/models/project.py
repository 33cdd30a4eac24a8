"""Projects, their languages and their people."""

from __future__ import annotations

import secrets
from typing import Any

import pghistory
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate import presets

from .scoping import ProjectManager

LANGUAGE_TAG = RegexValidator(
    r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
    "Give a BCP-47 language tag such as es, sw or pt-BR.",
)


def default_policy() -> dict[str, Any]:
    """The policy of a new project: every key may be changed on the project's settings page."""
    return {"advance": "auto"}


def new_invite_key() -> str:
    """A random key; changing it makes every earlier invite link void."""
    return secrets.token_urlsafe(12)


class ProjectQuerySet(models.QuerySet["Project"]):
    """Questions about projects."""

    def for_user(self, user: Any) -> ProjectQuerySet:
        """The projects a person may see: their own, or all for instance admins."""
        if user.is_staff:
            return self
        return self.filter(memberships__user=user).distinct()


@pghistory.track()
class Project(models.Model):
    """A data set in the making."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    source_language = models.CharField(max_length=35, validators=[LANGUAGE_TAG])
    preset = models.CharField(max_length=40, default=presets.default)
    guidelines = models.TextField(blank=True)
    # What people agree to before they judge; '' asks for nothing.
    consent = models.TextField(blank=True)
    policy = models.JSONField(default=default_policy)
    licence = models.CharField(max_length=80, blank=True)
    invite_key = models.CharField(max_length=40, default=new_invite_key)
    is_archived = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class ProjectLanguage(models.Model):
    """One language of a project, as source or target."""

    class Role(models.TextChoices):
        SOURCE = "source"
        TARGET = "target"

    class Direction(models.TextChoices):
        LTR = "ltr"
        RTL = "rtl"

    project = models.ForeignKey(Project, models.CASCADE, related_name="languages")
    tag = models.CharField(max_length=35, validators=[LANGUAGE_TAG])
    role = models.CharField(max_length=6, choices=Role.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.LTR)
    script = models.CharField(max_length=4, blank=True)
    priority = models.SmallIntegerField(default=0)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "tag"], name="language_once_per_project"),
            models.UniqueConstraint(
                fields=["project"], condition=Q(role="source"), name="one_source_language"
            ),
            models.CheckConstraint(
                condition=Q(role__in=["source", "target"]), name="language_role_known"
            ),
        ]

    def __str__(self) -> str:
        return self.tag


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Membership(models.Model):
    """A person in a project, and the languages they work in."""

    class Role(models.TextChoices):
        REVIEWER = "reviewer"
        ADJUDICATOR = "adjudicator"
        MANAGER = "manager"

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=11, choices=Role.choices)
    languages = models.JSONField(default=list, blank=True)
    proficiency = models.JSONField(default=dict, blank=True)
    variety = models.CharField(max_length=80, blank=True)
    joined_at = models.DateTimeField(default=timezone.now)
    # The fingerprint of the consent text that the person agreed to, and when.
    consent = models.CharField(max_length=16, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_membership_per_person"),
            models.CheckConstraint(
                condition=Q(role__in=["reviewer", "adjudicator", "manager"]),
                name="membership_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"
