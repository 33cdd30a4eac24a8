"""Items and the texts they consist of: renditions, fields, passages."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .annotator import AnnotatorVersion
from .project import LANGUAGE_TAG, Project
from .scoping import ProjectManager

UPDATE_REFUSED = "{table} rows are immutable"


class Item(models.Model):
    """One unit of the data set, in whatever languages it exists."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="items")
    external_id = models.CharField(max_length=200)
    split = models.CharField(max_length=40, blank=True)
    variety = models.CharField(max_length=80, blank=True)
    group = models.CharField(max_length=200, blank=True)
    position = models.IntegerField(default=0)
    metadata = models.JSONField(default=dict, blank=True)
    inputs = models.JSONField(default=dict, blank=True)
    # Whether a target language has no current rendition yet.
    translate_due = models.BooleanField(default=True)
    # How much it is worth labelling, as judges rate it; None before they did.
    usefulness = models.FloatField(null=True, blank=True)
    # Goes on whatever its usefulness: a person said so, chance did, or no judge could tell.
    is_kept = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="external_id_once"),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="item_walk"),
            models.Index(
                fields=["project", "id"],
                condition=Q(translate_due=True),
                name="item_translate_due",
            ),
            models.Index(
                fields=["project", "usefulness", "id"],
                condition=Q(usefulness__isnull=False, is_kept=False),
                name="item_usefulness",
            ),
            models.Index(
                fields=["project", "group", "position"],
                condition=~Q(group=""),
                name="item_group",
            ),
            models.Index(
                fields=["project", "split", "id"], condition=~Q(split=""), name="item_split"
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class Passage(models.Model):
    """An immutable piece of text in one language, shared by all fields that hold it."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="passages")
    language = models.CharField(max_length=35, validators=[LANGUAGE_TAG])
    text = models.TextField()
    sha256 = models.BinaryField(max_length=32)
    aids = models.JSONField(null=True, blank=True)
    aids_version = models.PositiveSmallIntegerField(default=0)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "language", "sha256"], name="passage_stored_once"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="passage_walk"),
            # Any part of a text, in any script (pg_trgm).
            GinIndex(fields=["text"], opclasses=["gin_trgm_ops"], name="passage_parts"),
        ]
        triggers = [
            pgtrigger.ReadOnly(name="passage_text_fixed", fields=["text", "sha256", "language"])
        ]

    def __str__(self) -> str:
        return self.text[:60]


class RenditionQuerySet(models.QuerySet["Rendition"]):
    """Questions about renditions."""

    def current(self) -> RenditionQuerySet:
        """Those that stand for their item in their language."""
        return self.filter(is_current=True)

    def ready(self) -> RenditionQuerySet:
        """Current ones that someone has written."""
        return self.filter(is_current=True, state=Rendition.State.READY)


class Rendition(models.Model):
    """An item in one language."""

    class Origin(models.TextChoices):
        ORIGINAL = "original"
        MACHINE = "machine"
        PERSON = "person"
        PLANTED = "planted"

    class State(models.TextChoices):
        EMPTY = "empty"
        READY = "ready"

    project = models.ForeignKey(Project, models.CASCADE, related_name="renditions")
    item = models.ForeignKey(Item, models.CASCADE, related_name="renditions")
    language = models.CharField(max_length=35, validators=[LANGUAGE_TAG])
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.ORIGINAL)
    state = models.CharField(max_length=5, choices=State.choices, default=State.READY)
    made_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="made"
    )
    version = models.ForeignKey(AnnotatorVersion, models.PROTECT, null=True, blank=True)
    # Of a machine's text: what the translators offered and why this one was taken.
    choice = models.JSONField(null=True, blank=True)
    is_current = models.BooleanField(default=True)
    # The reading that stands for this rendition: decided, else imported. Projections start from it.
    standing = models.ForeignKey(
        "Reading", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    aggregate_due = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager.from_queryset(RenditionQuerySet)()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "language"],
                condition=Q(is_current=True),
                name="one_current_rendition",
            ),
            models.CheckConstraint(
                condition=Q(origin__in=["original", "machine", "person", "planted"]),
                name="rendition_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["empty", "ready"]), name="rendition_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(made_from=F("id")), name="rendition_not_made_from_itself"
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "language", "id"],
                condition=Q(is_current=True),
                name="rendition_current_walk",
            ),
            models.Index(
                fields=["project", "id"],
                condition=Q(aggregate_due=True),
                name="rendition_aggregate_due",
            ),
            models.Index(fields=["item", "language"], name="rendition_by_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.language}"


class Field(models.Model):
    """A named slot of a rendition, holding a passage."""

    class Role(models.TextChoices):
        LABELLED = "labelled"
        CONTEXT = "context"
        REFERENCE = "reference"

    project = models.ForeignKey(Project, models.CASCADE, related_name="fields")
    rendition = models.ForeignKey(Rendition, models.CASCADE, related_name="fields")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=9, choices=Role.choices, default=Role.LABELLED)
    position = models.IntegerField(default=0)
    speaker = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=35, blank=True)
    passage = models.ForeignKey(Passage, models.PROTECT, related_name="fields")

    objects = ProjectManager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["rendition", "name"], name="field_name_once"),
            models.CheckConstraint(
                condition=Q(role__in=["labelled", "context", "reference"]),
                name="field_role_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Translation(models.Model):
    """What an annotator version made of a passage in another language."""

    class State(models.TextChoices):
        OK = "ok"
        EMPTY = "empty"
        REFUSED = "refused"
        BROKEN = "broken"

    project = models.ForeignKey(Project, models.CASCADE, related_name="translations")
    source = models.ForeignKey(Passage, models.CASCADE, related_name="translations")
    language = models.CharField(max_length=35, validators=[LANGUAGE_TAG])
    version = models.ForeignKey(AnnotatorVersion, models.PROTECT, related_name="translations")
    marked = models.ForeignKey(
        "Reading", models.CASCADE, null=True, blank=True, related_name="marked_translations"
    )
    target = models.ForeignKey(
        Passage, models.PROTECT, null=True, blank=True, related_name="translates"
    )
    state = models.CharField(max_length=7, choices=State.choices, default=State.OK)
    flags = models.JSONField(default=list, blank=True)
    raw_reply = models.TextField(blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "language", "version", "marked"],
                nulls_distinct=False,
                name="translated_once",
            ),
            models.CheckConstraint(
                condition=Q(state="ok", target__isnull=False)
                | (~Q(state="ok") & Q(target__isnull=True)),
                name="translation_ok_has_text",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.language}"
