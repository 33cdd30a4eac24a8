"""What a project asks, and the vocabulary that answers may link to."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.actions.concepts import NewConcept, save_concepts
from annotate.actions.questions import QuestionError, questions_of, set_questions
from annotate.models import Concept

from .described import FAULTY, FORBIDDEN
from .gate import ProjectView
from .paging import PageAsked, page, page_of

MOST_CONCEPTS = 1000


class QuestionsAsked(serializers.Serializer):
    """The questions of a project, in order."""

    questions = serializers.ListField(
        child=serializers.DictField(), help_text="as in a preset: docs/questions.md"
    )


class ConceptSerializer(serializers.ModelSerializer):
    """An entry of the vocabulary."""

    key = serializers.CharField(max_length=120)
    names = serializers.DictField(
        child=serializers.CharField(max_length=500), help_text="by language"
    )
    aliases = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=500)),
        default=dict, help_text="further names, by language",
    )  # fmt: skip

    class Meta:
        model = Concept
        fields = ("key", "names", "aliases", "description")


class ConceptsAsked(serializers.Serializer):
    """Entries to be stored, those with a known key in place of the old ones."""

    concepts = ConceptSerializer(many=True)

    def validate_concepts(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Not too many at once."""
        if len(rows) > MOST_CONCEPTS:
            raise serializers.ValidationError(f"Send at most {MOST_CONCEPTS} at a time.")
        return rows


class Stored(serializers.Serializer):
    """How many were stored."""

    stored = serializers.IntegerField()


class QuestionsView(ProjectView):
    """What a project asks."""

    @extend_schema(
        tags=["projects"], operation_id="questions_list",
        responses={200: QuestionsAsked, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the project's questions in order."""
        return Response({"questions": questions_of(self.project)})

    @extend_schema(
        tags=["projects"], operation_id="questions_set", request=QuestionsAsked,
        responses={200: QuestionsAsked, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def put(self, request: Request, slug: str) -> Response:
        """Make these the project's questions; answers that were given stay."""
        asked = QuestionsAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            set_questions(self.project, rows=asked.validated_data["questions"])
        except QuestionError as error:
            raise serializers.ValidationError({"questions": error.faults}) from error
        return Response({"questions": questions_of(self.project)})


class ConceptsView(ProjectView):
    """The vocabulary of a project."""

    @extend_schema(
        tags=["projects"], operation_id="concepts_list", parameters=[PageAsked],
        responses={200: page_of(ConceptSerializer), **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the concepts in the order of their arrival."""
        return page(request, Concept.objects.filter(project=self.project), ConceptSerializer)

    @extend_schema(
        tags=["projects"], operation_id="concepts_save", request=ConceptsAsked,
        responses={200: Stored, **FAULTY, **FORBIDDEN},
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Store concepts, at most 1000 at a time."""
        asked = ConceptsAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        rows = [NewConcept(**row) for row in asked.validated_data["concepts"]]
        try:
            return Response({"stored": save_concepts(self.project, rows=rows)})
        except ValueError as error:
            raise serializers.ValidationError({"concepts": [str(error)]}) from error
