"""Threads: a reviewer's question about a text, and a manager's answer to it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models import Project, Rendition
from annotate.models.scoping import ProjectManager

from .assignment import Rater


class Thread(models.Model):
    """A question that a person asked at the desk about one rendition, with its answer."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="threads")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="threads")
    rater = models.ForeignKey(Rater, models.PROTECT, related_name="threads")
    client_id = models.UUIDField()
    question = models.TextField()
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    # When the person who asked said that they had read the answer.
    read_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "client_id"], name="asked_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="answer_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "id"], condition=Q(answer=""), name="thread_unanswered"
            ),
            models.Index(
                fields=["rater"],
                condition=Q(answered_at__isnull=False, read_at__isnull=True),
                name="thread_unread",
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]
