"""Readings and what is made of them: spans, relations, candidates, consensus."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.utils import timezone

from .annotator import AnnotatorVersion
from .project import Project
from .schema import Label
from .scoping import ProjectManager
from .text import Field, Rendition


class Reading(models.Model):
    """One rater's complete answers to one rendition; never changed."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="readings")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="readings")
    basis = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="built")
    answers = models.JSONField(default=list, blank=True)
    digest = models.BinaryField(max_length=16)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        indexes = [
            GinIndex(
                fields=["answers"],
                opclasses=["jsonb_path_ops"],
                condition=~Q(answers=[]),
                name="reading_answers",
            )
        ]
        triggers = [pgtrigger.Protect(name="reading_fixed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"reading {self.pk} of {self.rendition_id}"


class Span(models.Model):
    """A label of a reading on ``[start, end)`` of a field, in code points."""

    class Anchor(models.TextChoices):
        TEXT = "text"
        MISSING = "missing"

    project = models.ForeignKey(Project, models.CASCADE, related_name="spans")
    reading = models.ForeignKey(Reading, models.CASCADE, related_name="spans")
    key = models.CharField(max_length=80)
    label = models.ForeignKey(Label, models.PROTECT, related_name="spans")
    field = models.ForeignKey(Field, models.PROTECT, null=True, blank=True, related_name="spans")
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    surface = models.TextField(blank=True)
    anchor = models.CharField(max_length=7, choices=Anchor.choices, default=Anchor.TEXT)
    attributes = models.JSONField(default=dict, blank=True)
    source = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="made")
    method = models.CharField(max_length=40, blank=True)
    score = models.FloatField(null=True, blank=True)
    rank = models.PositiveSmallIntegerField(default=1)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "key"], name="span_key_once"),
            models.CheckConstraint(
                condition=Q(anchor="text", field__isnull=False, start__isnull=False)
                & Q(end__gt=F("start"))
                | Q(anchor="missing", start__isnull=True, end__isnull=True, surface=""),
                name="span_has_offsets_or_is_missing",
            ),
            models.CheckConstraint(
                condition=Q(anchor="missing")
                | Q(
                    end=F("start")
                    + Func(F("surface"), function="char_length", output_field=IntegerField())
                ),
                name="span_surface_fits_offsets",
            ),
            models.CheckConstraint(condition=Q(rank__gte=1), name="span_rank_from_1"),
        ]
        triggers = [pgtrigger.Protect(name="span_fixed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return self.surface or self.anchor


class Relation(models.Model):
    """A labelled link between two spans of one reading."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="relations")
    reading = models.ForeignKey(Reading, models.CASCADE, related_name="relations")
    key = models.CharField(max_length=80)
    label = models.ForeignKey(Label, models.PROTECT, related_name="relations")
    head = models.ForeignKey(Span, models.CASCADE, related_name="relations_from")
    tail = models.ForeignKey(Span, models.CASCADE, related_name="relations_to")
    source = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="made")

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reading", "key"], name="relation_key_once"),
        ]
        triggers = [pgtrigger.Protect(name="relation_fixed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.head_id} → {self.tail_id}"


class CandidateState(models.TextChoices):
    """How a machine's try at a rendition ended."""

    OK = "ok"
    REFUSED = "refused"
    UNPARSEABLE = "unparseable"
    AMBIGUOUS = "ambiguous"
    UNSUPPORTED = "unsupported"
    MANUAL = "manual"


class Candidate(models.Model):
    """A machine's reading of a rendition plus how it came about; never changed."""

    State = CandidateState

    project = models.ForeignKey(Project, models.CASCADE, related_name="candidates")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="candidates")
    version = models.ForeignKey(AnnotatorVersion, models.PROTECT, related_name="candidates")
    basis = models.ForeignKey(
        Reading, models.PROTECT, null=True, blank=True, related_name="candidates_from"
    )
    ballot = models.PositiveSmallIntegerField(default=1)
    reading = models.OneToOneField(
        Reading, models.CASCADE, null=True, blank=True, related_name="candidate"
    )
    state = models.CharField(
        max_length=11, choices=CandidateState.choices, default=CandidateState.OK
    )
    reason = models.TextField(blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    option_order = ArrayField(models.CharField(max_length=80), null=True, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    raw_reply = models.TextField(blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rendition", "version", "basis", "ballot"],
                nulls_distinct=False,
                name="candidate_made_once",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "ok", "refused", "unparseable", "ambiguous", "unsupported", "manual",
                    ]
                ),
                name="candidate_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="ok") | Q(reading__isnull=False), name="ok_candidate_has_reading"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["version", "rendition"], condition=~Q(state="ok"), name="candidate_failed"
            )
        ]
        triggers = [pgtrigger.Protect(name="candidate_fixed", operation=pgtrigger.Update)]

    def __str__(self) -> str:
        return f"{self.version} on {self.rendition_id}"


class Consensus(models.Model):
    """What the readings of a rendition add up to; derived, replaced when recomputed."""

    class Of(models.TextChoices):
        MACHINES = "machines"
        PEOPLE = "people"

    class Route(models.TextChoices):
        ACCEPT = "accept"
        PERSON = "person"
        MANUAL = "manual"

    project = models.ForeignKey(Project, models.CASCADE, related_name="consensus")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="consensus")
    of = models.CharField(max_length=8, choices=Of.choices)
    method = models.CharField(max_length=40, default="majority")
    reading = models.ForeignKey(Reading, models.CASCADE, null=True, blank=True, related_name="+")
    votes = models.JSONField(default=list)
    voters = models.PositiveSmallIntegerField(default=0)
    entropy = models.FloatField(default=0.0)
    route = models.CharField(max_length=6, choices=Route.choices, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    routing = models.JSONField(default=dict, blank=True)
    route_due = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rendition", "of"], name="one_consensus"),
            models.CheckConstraint(
                condition=Q(route__in=["", "accept", "person", "manual"]),
                name="consensus_route_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "rendition"],
                condition=Q(route_due=True),
                name="consensus_route_due",
            ),
            models.Index(
                fields=["project", "route", "rendition"],
                condition=Q(of="machines"),
                name="consensus_by_route",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of} on {self.rendition_id}: {self.route or 'no route'}"
