"""What happened in a project that its managers, or programs of theirs, want to hear of."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .project import Project
from .scoping import ProjectManager


class Notice(models.Model):
    """Something that happened: its kind, the facts, when; of a language where it has one."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=30)
    language = models.CharField(max_length=35, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="notice_newest"),
            models.Index(
                fields=["project", "language", "-id"], condition=~Q(language=""),
                name="notice_of_language",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Webhook(models.Model):
    """An address that notices of some kinds are sent to; its secret lies sealed."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks")
    url = models.URLField(max_length=500)
    kinds = models.JSONField(default=list)
    secret = models.CharField(max_length=300)
    is_enabled = models.BooleanField(default=True)
    # Refusals in a row; too many switch it off.
    failures = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """A notice on its way to a webhook: how often it was tried, and what came back."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    project = models.ForeignKey(Project, models.CASCADE, related_name="deliveries")
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=200, blank=True)

    objects = ProjectManager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} to {self.webhook_id}"
