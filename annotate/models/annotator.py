"""Annotators: the machines that translate, project, label and judge, configured as data."""

from __future__ import annotations

from typing import Any

import pghistory
from django.db import models
from django.db.models import Q
from django.utils import timezone

from .project import Project
from .scoping import ProjectManager


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Annotator(models.Model):
    """A configured machine: a template of the instance, or a project's copy of one."""

    class Kind(models.TextChoices):
        IMPORTED = "imported"
        TRANSLATOR = "translator"
        PROJECTOR = "projector"
        LABELLER = "labeller"
        JUDGE = "judge"

    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="annotators"
    )
    template = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="copies"
    )
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # The entry of the kind's catalog that does the work: links, candidates, gazetteer, llm, ...
    backend = models.CharField(max_length=40, blank=True)
    family = models.CharField(max_length=80, blank=True)
    settings = models.JSONField(default=dict, blank=True)
    # Where the secret is found at the time of use: env:NAME or file:PATH. Never the secret itself.
    secret_reference = models.CharField(max_length=200, blank=True)
    price = models.JSONField(default=dict, blank=True)
    output_terms = models.CharField(max_length=80, blank=True)
    is_enabled = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    weight = models.FloatField(default=1.0)
    ballots = models.PositiveSmallIntegerField(default=1)
    # The most it may spend: in all, on one day (UTC) and in one run; None for no limit.
    budget = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    budget_per_day = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    budget_per_run = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)

    # Templates have no project, so isolation is by filter here, not by scope.
    objects = models.Manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name"], nulls_distinct=False, name="annotator_name_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["imported", "translator", "projector", "labeller", "judge"]),
                name="annotator_kind_known",
            ),
            models.CheckConstraint(condition=Q(ballots__gte=1), name="annotator_has_a_ballot"),
            models.CheckConstraint(
                condition=Q(weight__gte=0), name="annotator_weight_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        """Whether it may work: enabled here, and its template not switched off."""
        return self.is_enabled and (self.template is None or self.template.is_enabled)


class AnnotatorVersion(models.Model):
    """What votes: the settings of an annotator at one time, or parameters fitted on data."""

    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="versions")
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="annotator_versions"
    )
    # The language it was fitted for, or empty where one version serves all.
    language = models.CharField(max_length=35, blank=True)
    number = models.PositiveIntegerField(default=1)
    settings = models.JSONField(default=dict, blank=True)
    artifact = models.FileField(upload_to="artifacts/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    # What it was fitted on (count of readings) and how well it did on held-back ones.
    fitted_on = models.PositiveIntegerField(default=0)
    metrics = models.JSONField(default=dict, blank=True)
    may_vote = models.BooleanField(default=True)
    is_current = models.BooleanField(default=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = models.Manager()
    scoped = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "language", "number"], name="version_number_once"
            ),
            models.UniqueConstraint(
                fields=["annotator", "language"],
                condition=Q(is_current=True),
                name="one_current_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} v{self.number}" + (f" {self.language}" if self.language else "")

    def setting(self, key: str, default: Any = None) -> Any:
        """One of the frozen settings."""
        return self.settings.get(key, default)
