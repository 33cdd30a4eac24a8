"""Runs: one execution of a stage over a scope, and the rows that failed in it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .annotator import Annotator
from .project import Project
from .scoping import ProjectManager

# Runs of these stages concern their own file, so several may be live at once.
FREE_STAGES = ("import", "export")


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about runs."""

    def live(self) -> RunQuerySet:
        """Queued or running."""
        return self.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING])

    def unfinished(self) -> RunQuerySet:
        """Live or paused: work may still come of them."""
        return self.filter(state__in=[Run.State.QUEUED, Run.State.RUNNING, Run.State.PAUSED])


class Run(models.Model):
    """One execution of a stage: what was asked, how far it is, what it cost."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        PAUSED = "paused"

    project = models.ForeignKey(Project, models.CASCADE, related_name="runs")
    stage = models.CharField(max_length=20)
    annotator = models.ForeignKey(
        Annotator, models.CASCADE, null=True, blank=True, related_name="runs"
    )
    is_trial = models.BooleanField(default=False)
    scope = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.QUEUED)
    total = models.BigIntegerField(default=0)
    remaining = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    # The last row handed to a worker; only a hint, pending decides.
    cursor = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    report = models.JSONField(default=dict, blank=True)
    message = models.TextField(blank=True)
    upload = models.FileField(upload_to="uploads/", blank=True)
    upload_pair = models.FileField(upload_to="uploads/", blank=True)
    result = models.FileField(upload_to="exports/", blank=True)
    # Of an import: the ids of the items and renditions that it added, as ranges (annotate.idranges).
    brought = models.JSONField(default=dict, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ProjectManager.from_queryset(RunQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "stage", "annotator"],
                condition=Q(state__in=["queued", "running"])
                & ~Q(stage__in=FREE_STAGES)
                & Q(is_trial=False),
                nulls_distinct=False,
                name="one_live_run",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["queued", "running", "done", "failed", "cancelled", "paused"]
                ),
                name="run_state_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                condition=Q(state__in=["queued", "running"]),
                name="run_live",
            ),
            models.Index(fields=["project", "-id"], name="run_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether work may still come of it."""
        return self.state in (self.State.QUEUED, self.State.RUNNING)


class RunError(models.Model):
    """A row that a run could not do; it is left out of pending until someone retries it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="run_errors")
    run = models.ForeignKey(Run, models.CASCADE, related_name="errors")
    stage = models.CharField(max_length=20)
    annotator = models.ForeignKey(Annotator, models.CASCADE, null=True, blank=True)
    # The id of the row, or the line number of an import.
    row = models.BigIntegerField()
    where = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    raw = models.TextField(blank=True)
    is_resolved = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "row", "where"], name="error_once_per_row"),
        ]
        indexes = [
            models.Index(
                fields=["project", "stage", "annotator", "row"],
                condition=Q(is_resolved=False),
                name="error_blocks_row",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} row {self.row}: {self.message[:60]}"
