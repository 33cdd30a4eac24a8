"""Spending: calls to model servers that are under way, what they cost by day, and each server's pace."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .annotator import Annotator
from .project import Project
from .run import Run


class Endpoint(models.Model):
    """A model server, by ``host`` or ``host:port``; the row without a host stands for all of them.

    What all workers share about it: whether it may be called, when its next call is due by its rate
    limit, and until when it asked to be left alone.
    """

    host = models.CharField(max_length=255, unique=True, blank=True)
    is_stopped = models.BooleanField(default=False)
    next_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)

    objects = models.Manager()

    def __str__(self) -> str:
        return self.host or "all model servers"


class Spending(models.Model):
    """What one annotator spent in one run on one day (UTC), in the project's currency."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="spendings")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="spendings")
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="spendings")
    day = models.DateField()
    calls = models.BigIntegerField(default=0)
    tokens_in = models.BigIntegerField(default=0)
    tokens_out = models.BigIntegerField(default=0)
    characters_in = models.BigIntegerField(default=0)
    characters_out = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=8, default=0)

    # Summed under a lock by threads that have entered no scope; pages filter by project.
    objects = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["annotator", "run", "day"], nulls_distinct=False, name="spending_once_a_day"
            ),
            models.CheckConstraint(condition=Q(cost__gte=0), name="spending_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator} {self.day}: {self.cost}"


class Call(models.Model):
    """A call under way, with the most it can cost set aside; it is gone once it is settled.

    One whose time ran out belonged to a worker that died: it counts as spent, as the server may have
    answered.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="calls")
    annotator = models.ForeignKey(Annotator, models.CASCADE, related_name="calls")
    run = models.ForeignKey(Run, models.CASCADE, null=True, blank=True, related_name="calls")
    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="calls")
    reserved = models.DecimalField(max_digits=14, decimal_places=8, default=0)
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    objects = models.Manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
        ]
        indexes = [models.Index(fields=["endpoint", "ends_at"], name="calls_under_way")]

    def __str__(self) -> str:
        return f"{self.annotator}, {self.reserved} reserved"
