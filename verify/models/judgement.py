"""Judgements: what a person said of a rendition, and of each span they were shown."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotate.models import Project, Reading, Rendition, Span
from annotate.models.scoping import ProjectManager

from .assignment import Assignment, Rater


class Judgement(models.Model):
    """A submitted reading plus outcome and times. Append-only: a change is a successor."""

    class Outcome(models.TextChoices):
        ANSWERED = "answered"
        UNSURE = "unsure"
        NOT_MY_VARIETY = "not_my_variety"
        REPORTED = "reported"
        BAD_SENTENCE = "bad_sentence"
        WITHDRAWN = "withdrawn"

    class Fault(models.TextChoices):
        """Why people differed, as the adjudicator sees it."""

        AMBIGUOUS = "ambiguous"
        GUIDELINE_GAP = "guideline_gap"
        ANNOTATOR_ERROR = "annotator_error"
        SOURCE_ERROR = "source_error"

    project = models.ForeignKey(Project, models.CASCADE, related_name="judgements")
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="judgements")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="judgements")
    rater = models.ForeignKey(Rater, models.PROTECT, related_name="judgements")
    reading = models.OneToOneField(
        Reading, models.PROTECT, null=True, blank=True, related_name="judgement"
    )
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    client_id = models.UUIDField()
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="successor"
    )
    shown_at = models.DateTimeField(null=True, blank=True)
    first_input_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(default=timezone.now)
    hidden_seconds = models.FloatField(default=0.0)
    comment = models.TextField(blank=True)
    fault = models.CharField(max_length=15, choices=Fault.choices, blank=True)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "client_id"], name="sent_once"),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        "answered", "unsure", "not_my_variety", "reported", "bad_sentence",
                        "withdrawn",
                    ]
                ),
                name="judgement_outcome_known",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="answered") | Q(reading__isnull=False),
                name="answered_judgement_has_reading",
            ),
            models.CheckConstraint(
                condition=Q(
                    fault__in=[
                        "", "ambiguous", "guideline_gap", "annotator_error", "source_error",
                    ]
                ),
                name="judgement_fault_known",
            ),
            models.CheckConstraint(
                condition=Q(hidden_seconds__gte=0), name="hidden_seconds_not_negative"
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["project", "rater", "-id"], name="judgement_by_rater"),
            models.Index(fields=["rendition", "id"], name="judgement_by_rendition"),
            models.Index(fields=["project", "-id"], condition=~Q(fault=""), name="judgement_cases"),
            models.Index(
                fields=["project", "outcome", "rendition"],
                condition=~Q(outcome="answered"),
                name="judgement_by_outcome",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="judgement_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="judgement_fixed", exclude=["comment"]),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} on {self.rendition_id}"


class SpanVerdict(models.Model):
    """What a person said of one span they were shown, or that they added one."""

    class Verdict(models.TextChoices):
        RIGHT = "right"
        BOUNDARY = "boundary"
        LABEL = "label"
        SPLIT = "split"
        WRONG_TRANSLATION = "wrong_translation"
        NO_EQUIVALENT = "no_equivalent"
        SHOULD_NOT_BE = "should_not_be"
        SOURCE_LABEL = "source_label"
        ADDED = "added"

    project = models.ForeignKey(Project, models.CASCADE, related_name="span_verdicts")
    judgement = models.ForeignKey(Judgement, models.CASCADE, related_name="verdicts")
    # The shown span, or the source span nothing was shown for; null for a span that was added.
    span = models.ForeignKey(Span, models.PROTECT, null=True, blank=True, related_name="verdicts")
    # What it became in the person's reading; null where it is not in it.
    becomes = models.ForeignKey(Span, models.PROTECT, null=True, blank=True, related_name="became")
    verdict = models.CharField(max_length=17, choices=Verdict.choices)
    cause = models.CharField(max_length=40, blank=True)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judgement", "span"],
                condition=Q(span__isnull=False),
                name="one_verdict_per_span",
            ),
            models.CheckConstraint(
                condition=Q(
                    verdict__in=[
                        "right", "boundary", "label", "split", "wrong_translation",
                        "no_equivalent", "should_not_be", "source_label", "added",
                    ]
                ),
                name="verdict_known",
            ),
            models.CheckConstraint(
                condition=Q(verdict="added", becomes__isnull=False)
                | (~Q(verdict="added") & Q(span__isnull=False)),
                name="verdict_has_its_span",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["project", "verdict"], name="verdict_by_kind")]

    def __str__(self) -> str:
        return self.verdict
