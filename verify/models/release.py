"""A published version of a data set: what was decided at a moment, and its files."""

from __future__ import annotations

import secrets

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models import Project, Run
from annotate.models.scoping import ProjectManager

VERSION = RegexValidator(r"^\d{1,4}\.\d{1,4}\.\d{1,4}$", "Give a version such as 1.0.0.")


# What is fixed once a release is ready.
_FIXED = (
    "project_id", "version", "licence", "notes", "scope", "at", "salt", "state", "file", "index",
    "sha256", "body",
)  # fmt: skip


def _row(name: str) -> str:
    return ", ".join(f'{name}."{column}"' for column in _FIXED)


def new_salt() -> str:
    """What pseudonyms of one release are drawn from, so that two releases cannot be joined by them."""
    return secrets.token_hex(16)


class Release(models.Model):
    """A version of the data set, never changed once it is ready.

    ``scope`` says what is in it (see ``verify.releasing``), ``at`` the moment whose decisions count:
    decisions are kept with their beginning and end, so the same files can be made again. ``body`` holds
    counts, checksums and the difference to the release before.
    """

    class State(models.TextChoices):
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="releases")
    version = models.CharField(max_length=14, validators=[VERSION])
    licence = models.CharField(max_length=80)
    notes = models.TextField(blank=True)
    scope = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    salt = models.CharField(max_length=32, default=new_salt)
    state = models.CharField(max_length=6, choices=State.choices, default=State.MAKING)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="+")
    file = models.FileField(upload_to="releases/", blank=True)
    index = models.FileField(upload_to="releases/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    body = models.JSONField(default=dict, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = ProjectManager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"],
                condition=~Q(state="failed"),
                name="release_version_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["making", "ready", "failed"]), name="release_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | ~Q(sha256=""), name="ready_release_has_a_checksum"
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="release_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__state="ready")
            ),
            pgtrigger.Protect(
                name="release_fixed", operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.state = 'ready' AND ({_row('OLD')}) IS DISTINCT FROM ({_row('NEW')})"
                ),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.project.slug} {self.version}"
