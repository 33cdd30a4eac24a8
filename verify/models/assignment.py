"""Raters and the seats that are asked of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models import Project, Rendition
from annotate.models.scoping import ProjectManager


class Rater(models.Model):
    """The pseudonym under which a person judges in a project.

    ``cursor`` is where on the ring of shuffled seats this person looks next, from 0 to 1. ``credit``
    is the name under which they want to be thanked in the data set's card; '' for not at all.
    """

    project = models.ForeignKey(Project, models.CASCADE, related_name="raters")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="raters"
    )
    pseudonym = models.CharField(max_length=20)
    cursor = models.FloatField(default=0.0)
    credit = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="one_rater_per_person"),
            models.UniqueConstraint(fields=["project", "pseudonym"], name="pseudonym_once"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class Sample(models.Model):
    """A random draw from a frame; membership is by keyed hash and so survives recomputation."""

    class Purpose(models.TextChoices):
        AUDIT = "audit"
        CERTIFICATE = "certificate"

    project = models.ForeignKey(Project, models.CASCADE, related_name="samples")
    purpose = models.CharField(max_length=11, choices=Purpose.choices)
    frame = models.JSONField(default=dict)
    seed = models.CharField(max_length=40)
    size = models.PositiveIntegerField(null=True, blank=True)
    frame_size = models.PositiveIntegerField(null=True, blank=True)
    probability = models.FloatField(null=True, blank=True)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(size__isnull=False) | Q(probability__isnull=False),
                name="sample_has_size_or_probability",
            ),
            models.CheckConstraint(
                condition=Q(probability__isnull=True)
                | (Q(probability__gt=0) & Q(probability__lte=1)),
                name="sample_probability_in_0_1",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} sample {self.pk}"


class Assignment(models.Model):
    """A seat: a rendition asked of one person."""

    class Kind(models.TextChoices):
        REVIEW = "review"
        ADJUDICATE = "adjudicate"
        WRITE = "write"

    class Mode(models.TextChoices):
        BLIND = "blind"
        ASSISTED = "assisted"
        PLANTED = "planted"
        REPEAT = "repeat"
        AUDIT = "audit"
        TUTORIAL = "tutorial"

    class State(models.TextChoices):
        OPEN = "open"
        LEASED = "leased"
        DONE = "done"
        SKIPPED = "skipped"
        VOID = "void"

    project = models.ForeignKey(Project, models.CASCADE, related_name="assignments")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="assignments")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.REVIEW)
    round = models.PositiveSmallIntegerField(default=1)
    seat = models.PositiveSmallIntegerField(default=1)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.ASSISTED)
    # Who may take it: "review:es", "adjudicate:es", "write:sw".
    pool = models.CharField(max_length=50)
    band = models.PositiveSmallIntegerField(default=1)
    shuffle = models.FloatField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.OPEN)
    rater = models.ForeignKey(
        Rater, models.PROTECT, null=True, blank=True, related_name="assignments"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    shown = models.JSONField(null=True, blank=True)
    skip_reason = models.CharField(max_length=80, blank=True)
    sample = models.ForeignKey(
        Sample, models.SET_NULL, null=True, blank=True, related_name="assignments"
    )

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rendition", "round", "seat"], name="seat_once"),
            models.UniqueConstraint(
                fields=["rendition", "round", "rater"],
                condition=Q(rater__isnull=False),
                name="one_seat_per_person_and_round",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "void"])
                | Q(rater__isnull=False, claimed_at__isnull=False),
                name="taken_seat_has_a_rater",
            ),
            models.CheckConstraint(
                condition=~Q(state="leased") | Q(lease_until__isnull=False),
                name="leased_seat_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "leased", "done", "skipped", "void"]),
                name="seat_state_known",
            ),
        ]
        indexes = [
            # Leased and finished seats leave this index, which keeps a claim flat at any size.
            models.Index(
                fields=["project", "pool", "band", "shuffle"],
                condition=Q(state="open"),
                name="seat_open",
            ),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="seat_leased"),
            models.Index(
                fields=["rater", "claimed_at"], condition=Q(state="leased"), name="seat_held_by"
            ),
            models.Index(
                fields=["project", "rater", "-closed_at"],
                condition=Q(state="done"),
                name="seat_done_by",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rendition_id} round {self.round} seat {self.seat}"
