"""The browser of texts by program: the same filters, pages by key."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.gate import ProjectView

from .browsing import find, rows_of
from .filters import VOTES, Asked, Unknown
from .models import Decision


class Browsing(serializers.Serializer[Any]):
    """What is looked for; what is left out means anything."""

    language = serializers.CharField(max_length=35)
    text = serializers.CharField(required=False, max_length=300, help_text="a part of the text")
    item = serializers.CharField(required=False, max_length=200, help_text="how the id begins")
    label = serializers.CharField(  # type: ignore[assignment]
        required=False, max_length=80, help_text="of a span in the reading that stands"
    )
    answer = serializers.CharField(required=False, max_length=200, help_text="QUESTION=VALUE")
    route = serializers.CharField(required=False, max_length=6)
    annotator = serializers.CharField(required=False, max_length=80)
    vote = serializers.ChoiceField(VOTES, required=False, help_text="what the annotator did")
    verdict = serializers.CharField(required=False, max_length=20)
    reviewer = serializers.CharField(required=False, max_length=20, help_text="a pseudonym")
    origin = serializers.ChoiceField([*Decision.Origin.values, "none"], required=False)
    split = serializers.CharField(required=False, max_length=40)
    everywhere = serializers.ChoiceField(
        ["yes"], required=False, help_text="decided in every target language"
    )
    after = serializers.IntegerField(
        required=False, min_value=0, max_value=2**63 - 1, help_text="the key to go on from"
    )


class TextsView(ProjectView):
    """The texts of a project."""

    @extend_schema(
        parameters=[Browsing], responses=OpenApiTypes.OBJECT, tags=["projects"],
        operation_id="texts_list",
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """List the current texts in a language that meet the filters, 50 at most.

        ``next`` is the key to go on from, null at the end; where ``is_cut`` is true the time was over
        before the page was full, and more may come.
        """
        sent = Browsing(data=request.query_params)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        after = given.pop("after", None)
        try:
            found = find(self.project, Asked.of(given), after=after)
        except Unknown as unknown:
            raise ValidationError({str(unknown): ["The project has none of this name."]}) from None
        results = [_shown(row) for row in rows_of(found.ids)]
        return Response(
            {"results": results, "next": found.after, "count": found.count, "is_cut": found.is_cut}
        )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    text, said, reading = row["rendition"], row["said"], row["reading"]
    return {
        "id": text.pk,
        "item": text.item.external_id,
        "split": text.item.split,
        "language": text.language,
        "fields": {part.name: part.passage.text for part in text.fields.all()},
        "route": said.route,
        "origin": said.origin,
        "gold": bool(said.gold),
        "judgements": said.judgements,
        "spans": [
            {"label": s.label.key, "start": s.start, "end": s.end, "surface": s.surface}
            for s in (reading.spans.all() if reading else ())
        ],
        "answers": reading.answers if reading else [],
    }
