"""What is asked in a project: labels, questions and concepts, all as data."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q

from .project import Project
from .scoping import ProjectManager


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Label(models.Model):
    """A stable key that spans, relations or choices carry, with a display name per language."""

    class Kind(models.TextChoices):
        SPAN = "span"
        RELATION = "relation"
        CHOICE = "choice"

    project = models.ForeignKey(Project, models.CASCADE, related_name="labels")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.SPAN)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    names = models.JSONField(default=dict, blank=True)
    colour = models.PositiveSmallIntegerField(default=1)
    hotkey = models.CharField(max_length=1, blank=True)
    definition = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ProjectManager()

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "kind", "key"], name="label_key_once"),
            models.CheckConstraint(condition=Q(colour__range=(1, 8)), name="label_colour_1_to_8"),
            models.CheckConstraint(
                condition=Q(kind__in=["span", "relation", "choice"]), name="label_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    def name_in(self, language: str) -> str:
        """The display name in a language, else in English, else the key."""
        return str(self.names.get(language) or self.names.get("en") or self.key)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Question(models.Model):
    """Something asked about a rendition or a part of it."""

    class Kind(models.TextChoices):
        SPANS = "spans"
        RELATIONS = "relations"
        CHOICE = "choice"
        CHOICES = "choices"
        CHECKLIST = "checklist"
        RATING = "rating"
        SCORE = "score"
        RANKING = "ranking"
        PICK = "pick"
        LINK = "link"
        TEXT = "text"

    class Scope(models.TextChoices):
        RENDITION = "rendition"
        FIELD = "field"
        SPAN = "span"
        RELATION = "relation"
        OPTION = "option"
        BASIS = "basis"

    project = models.ForeignKey(Project, models.CASCADE, related_name="questions")
    key = models.CharField(max_length=80)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    scope = models.CharField(max_length=9, choices=Scope.choices, default=Scope.RENDITION)
    wording = models.JSONField(default=dict)
    options = models.JSONField(default=list, blank=True)
    condition = models.JSONField(null=True, blank=True)
    # By kind and scope: docs/questions.md.
    settings = models.JSONField(default=dict, blank=True)
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = ProjectManager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="question_key_once"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "spans", "relations", "choice", "choices", "checklist", "rating",
                        "score", "ranking", "pick", "link", "text",
                    ]
                ),
                name="question_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    scope__in=["rendition", "field", "span", "relation", "option", "basis"]
                ),
                name="question_scope_known",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.key

    def wording_in(self, language: str) -> str:
        """The question's text in a language, else in English, else its key."""
        return str(self.wording.get(language) or self.wording.get("en") or self.key)


class Concept(models.Model):
    """An entry of a vocabulary that spans can be linked to, or a glossary term."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="concepts")
    key = models.CharField(max_length=120)
    names = models.JSONField(default=dict)
    aliases = models.JSONField(default=dict, blank=True)
    description = models.TextField(blank=True)
    # What names and aliases are found by (annotate.finding).
    search = SearchVectorField(default="", editable=False)

    objects = ProjectManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "key"], name="concept_key_once"),
        ]
        indexes = [GinIndex(fields=["search"], name="concept_search")]

    def __str__(self) -> str:
        return self.key
