"""Decisions, certificates and reports: what stands, how right it is, what was computed of it."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models import Project, Reading, Rendition
from annotate.models.scoping import ProjectManager

from .assignment import Sample


@pghistory.track()
class Decision(models.Model):
    """Points to the final reading of a rendition."""

    class Origin(models.TextChoices):
        IMPORTED = "imported"
        ACCEPTED = "accepted"
        AGREED = "agreed"
        SINGLE = "single"
        ADJUDICATED = "adjudicated"

    project = models.ForeignKey(Project, models.CASCADE, related_name="decisions")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="decisions")
    reading = models.ForeignKey(Reading, models.PROTECT, related_name="decisions")
    origin = models.CharField(max_length=11, choices=Origin.choices)
    gold = models.BooleanField(default=False)
    is_current = models.BooleanField(default=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rendition"], condition=Q(is_current=True), name="one_current_decision"
            ),
            models.CheckConstraint(
                condition=Q(is_current=True, ended_at__isnull=True)
                | Q(is_current=False, ended_at__isnull=False),
                name="ended_decision_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["imported", "accepted", "agreed", "single", "adjudicated"]),
                name="decision_origin_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "origin", "rendition"],
                condition=Q(is_current=True),
                name="decision_current_walk",
            ),
            models.Index(
                fields=["project", "rendition"],
                condition=Q(is_current=True, gold=True),
                name="decision_gold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin} for {self.rendition_id}"


class Certificate(models.Model):
    """An error-rate statement on a sample: at most ``bound``, with ``confidence``.

    It begins as a plan, made before the first answer: ``plan`` holds the rate to be certified and
    how. ``body`` holds what was found beside the counts. What failed or was withdrawn is kept.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        JUDGING = "judging"
        ISSUED = "issued"
        FAILED = "failed"
        WITHDRAWN = "withdrawn"

    project = models.ForeignKey(Project, models.CASCADE, related_name="certificates")
    # Null until the plan is drawn.
    sample = models.ForeignKey(
        Sample, models.PROTECT, null=True, blank=True, related_name="certificates"
    )
    state = models.CharField(max_length=9, choices=State.choices, default=State.ISSUED)
    language = models.CharField(max_length=35, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    body = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    planned_at = models.DateTimeField(default=timezone.now)
    ended_because = models.CharField(max_length=200, blank=True)
    frame_size = models.PositiveIntegerField()
    judged = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    confidence = models.FloatField(default=0.95)
    bound = models.FloatField()
    method = models.CharField(max_length=40)
    judges = models.JSONField(default=list)
    is_stale = models.BooleanField(default=False)
    stale_because = models.CharField(max_length=200, blank=True)
    issued_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(bound__gte=0, bound__lte=1), name="certificate_bound_in_0_1"
            ),
            models.CheckConstraint(
                condition=Q(errors__lte=models.F("judged")),
                name="certificate_errors_at_most_judged",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "failed", "withdrawn"]) | Q(sample__isnull=False),
                name="certificate_has_a_sample",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "judging", "issued", "failed", "withdrawn"]),
                name="certificate_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"at most {self.bound:.3f} wrong"


class Report(models.Model):
    """A stored computation, with the fingerprint of the data it was made from."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=30)
    language = models.CharField(max_length=35, blank=True)
    scope = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    body = models.JSONField(default=dict)
    is_stale = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind", "language"], name="one_report_per_kind_and_language"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}"
