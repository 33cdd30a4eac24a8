"""What the API answers with: each noun as JSON. Shapes describe, they never decide."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from annotate import languages
from annotate.models import Field, Item, Label, Project, ProjectLanguage, Rendition, Run, RunError


class LanguageSerializer(serializers.ModelSerializer):
    """A language of a project."""

    name = serializers.SerializerMethodField(help_text="its English name")

    class Meta:
        model = ProjectLanguage
        fields = ("tag", "name", "role", "direction", "script", "priority")
        read_only_fields = fields

    def get_name(self, row: ProjectLanguage) -> str:
        """The language's name for people."""
        return languages.name(row.tag)


class LabelSerializer(serializers.ModelSerializer):
    """A label: its key stands in files, its names are for people, by language."""

    kind = serializers.CharField(help_text="span, relation or choice")
    names = serializers.DictField(child=serializers.CharField())

    class Meta:
        model = Label
        fields = ("key", "kind", "names", "definition", "colour", "hotkey", "position")
        read_only_fields = fields


class ProjectSerializer(serializers.ModelSerializer):
    """A project and its languages."""

    languages = LanguageSerializer(many=True, read_only=True)
    policy = serializers.DictField(help_text="how its machines and people work together")

    class Meta:
        model = Project
        fields = (
            "slug", "name", "description", "source_language", "languages", "preset", "licence",
            "policy", "is_archived", "created_at",
        )  # fmt: skip
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer):
    """One execution of a stage: what was asked, how far it is, what came of it."""

    annotator = serializers.CharField(
        source="annotator.name", default=None, allow_null=True, help_text="whose run it is, if any"
    )
    scope = serializers.DictField(help_text="what was asked")
    report = serializers.DictField(help_text="what came of it")
    is_live = serializers.BooleanField(help_text="whether it is queued or running")
    has_result = serializers.SerializerMethodField(help_text="whether there is a file to fetch")

    class Meta:
        model = Run
        fields = (
            "id", "stage", "annotator", "is_trial", "state", "is_live", "total", "remaining",
            "failed", "message", "scope", "report", "has_result", "tokens_in", "tokens_out", "cost",
            "queued_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_has_result(self, run: Run) -> bool:
        """Whether the run has made a file."""
        return bool(run.result)


class RunErrorSerializer(serializers.ModelSerializer):
    """A row that a run could not do: of an import the line, else the id of what it was about."""

    class Meta:
        model = RunError
        fields = ("id", "row", "where", "message", "raw", "is_resolved", "made_at")
        read_only_fields = fields


class FieldSerializer(serializers.ModelSerializer):
    """A named slot of a rendition and the text it holds."""

    text = serializers.CharField(source="passage.text")

    class Meta:
        model = Field
        fields = ("name", "role", "speaker", "language", "text")
        read_only_fields = fields


class RenditionSerializer(serializers.ModelSerializer):
    """An item in one language."""

    class Meta:
        model = Rendition
        fields = ("id", "language", "origin", "state")
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """With its fields, a name that cannot be declared: the class keeps its own there."""
        return super().get_fields() | {"fields": FieldSerializer(many=True, read_only=True)}


class ItemSerializer(serializers.ModelSerializer):
    """One unit of the data set with its current texts in every language."""

    renditions = RenditionSerializer(many=True, read_only=True)
    metadata = serializers.DictField()
    inputs = serializers.DictField()

    class Meta:
        model = Item
        fields = (
            "id", "external_id", "split", "variety", "group", "position", "metadata", "inputs",
            "renditions",
        )  # fmt: skip
        read_only_fields = fields


class ProblemSerializer(serializers.Serializer):
    """Why a request was refused."""

    detail = serializers.CharField()
