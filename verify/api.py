"""Judging by program: claim, submit and undo, as the desk does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django_scopes import scope
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.access import project_for
from annotate.models import Project

from . import actions
from .access import Holder, seat_holder
from .card import card_of, next_card
from .errors import MendUnconfirmed, SubmissionError, VerifyError
from .forms import read_body, read_seat, read_submission
from .models import Assignment, Judgement, SpanVerdict
from .progress import note_done, progress
from .reveal import revealed


class Claiming(serializers.Serializer[Any]):
    """Which seats to claim."""

    kind = serializers.ChoiceField(["review", "adjudicate"], default="review")
    language = serializers.CharField(
        required=False, max_length=35, help_text="BCP-47 tag; without it any language of yours."
    )


class SentSpan(serializers.Serializer[Any]):
    """A span of a judgement. Offsets are Unicode code points, end-exclusive."""

    key = serializers.CharField(required=False, max_length=80)
    shown = serializers.CharField(required=False, allow_null=True, max_length=80)
    verdict = serializers.ChoiceField(SpanVerdict.Verdict.values)
    cause = serializers.CharField(required=False, allow_blank=True, max_length=40)
    label = serializers.CharField(required=False, max_length=80)  # type: ignore[assignment]
    field = serializers.CharField(required=False, default="text", max_length=80)
    start = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    end = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    surface = serializers.CharField(required=False, allow_blank=True)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_null=True, max_length=80
    )
    side = serializers.ChoiceField(["target", "source"], default="target")
    anchor = serializers.ChoiceField(
        ["text", "missing"], default="text", help_text="missing: an omission, which has no offsets"
    )
    attributes = serializers.DictField(required=False, help_text="such as severity")


class SentAnswer(serializers.Serializer[Any]):
    """An answer to one of the project's questions."""

    question = serializers.CharField()
    target = serializers.CharField(required=False, default="rendition")
    value = serializers.JSONField()


class SentRelation(serializers.Serializer[Any]):
    """A link from one span of the judgement to another, both by key."""

    label = serializers.CharField(max_length=80)  # type: ignore[assignment]
    head = serializers.CharField(max_length=80)
    tail = serializers.CharField(max_length=80)
    key = serializers.CharField(required=False, max_length=80)
    source = serializers.CharField(  # type: ignore[assignment]
        required=False, allow_null=True, max_length=80, help_text="the source's relation, by key"
    )


class Sent(Claiming):
    """A judgement. The same ``client_id`` again returns the first result."""

    seat = serializers.IntegerField(min_value=1)
    client_id = serializers.UUIDField()
    outcome = serializers.ChoiceField(
        [o for o in Judgement.Outcome.values if o != Judgement.Outcome.WITHDRAWN]
    )
    spans = SentSpan(many=True, required=False)
    answers = SentAnswer(many=True, required=False)
    relations = SentRelation(
        many=True, required=False, help_text="without it those shown stay whose ends remain"
    )
    comment = serializers.CharField(required=False, allow_blank=True)
    fault = serializers.ChoiceField(
        Judgement.Fault.values, required=False, help_text="an adjudicator's: why people differed"
    )
    shown_at = serializers.DateTimeField(required=False, allow_null=True)
    first_input_at = serializers.DateTimeField(required=False, allow_null=True)
    hidden_seconds = serializers.FloatField(required=False, min_value=0)


@extend_schema_field({"type": ["object", "null"]})
class CardField(serializers.JSONField):
    """A text to judge with all that is shown beside it, or null."""


class Counts(serializers.Serializer[Any]):
    """How far the person is; at most 10,000 is counted."""

    done = serializers.IntegerField()
    left = serializers.IntegerField()


class Told(serializers.Serializer[Any]):
    """What a person learns after an answer, where the policy says so."""

    kind = serializers.CharField(help_text="planted, gold, repeat or votes")
    title = serializers.CharField()
    lines = serializers.ListField(child=serializers.CharField())


class Given(serializers.Serializer[Any]):
    """A card, or null where nothing is left."""

    card = CardField()
    progress = Counts()
    saved = serializers.IntegerField(required=False, help_text="The stored judgement's number.")
    revealed = Told(
        required=False, allow_null=True,
        help_text="About the text just judged: that it was a check, or what machines had said.",
    )  # fmt: skip


class Refused(serializers.Serializer[Any]):
    """Why not, and for bad input where."""

    error = serializers.CharField()
    rows = serializers.ListField(child=serializers.CharField(), required=False)
    confirm = serializers.DictField(
        child=serializers.IntegerField(), required=False,
        help_text="Of an edit: what it costs; send the number as confirmed to mend all the same.",
    )  # fmt: skip


ANSWERS = {
    200: Given,
    404: OpenApiResponse(description="No such project, or a language that is not yours."),
    409: OpenApiResponse(Refused, description="The seat is not yours, or it cannot be undone."),
    422: OpenApiResponse(Refused, description="What was sent does not fit what was shown."),
}
Deed = Callable[[Project, Holder, dict[str, Any]], dict[str, Any]]


class JudgingView(APIView):
    """What the three deeds share: the gate, the scope, the errors."""

    def answer(
        self, request: Request, slug: str, deed: Deed, *, with_progress: bool = True
    ) -> Response:
        """Do it as the person whose token was sent."""
        project = project_for(request.user, slug)
        try:
            data = read_body(request.body)
            kind = data.get("kind", Assignment.Kind.REVIEW)
            if kind not in (Assignment.Kind.REVIEW, Assignment.Kind.ADJUDICATE):
                raise SubmissionError([f"kind: {kind!r} is neither review nor adjudicate."])
            with scope(project=project):
                holder = seat_holder(request.user, project, kind, data.get("language"))
                found = deed(project, holder, data)
                told = {"progress": progress(project, holder)} if with_progress else {}
                return Response({**found, **told})
        except SubmissionError as error:
            return Response({"error": str(error), "rows": list(error.rows)}, status=422)
        except MendUnconfirmed as error:
            return Response({"error": str(error), "confirm": error.confirm}, status=409)
        except VerifyError as error:
            return Response({"error": str(error)}, status=409)


class ClaimView(JudgingView):
    """Claiming seats."""

    @extend_schema(request=Claiming, responses=ANSWERS, tags=["judging"], operation_id="claim")
    def post(self, request: Request, slug: str) -> Response:
        """The seat you hold, or your next one, with all it shows."""
        return self.answer(request, slug, _claim)


class SubmitView(JudgingView):
    """Submitting judgements."""

    @extend_schema(request=Sent, responses=ANSWERS, tags=["judging"], operation_id="submit")
    def post(self, request: Request, slug: str) -> Response:
        """Store a judgement and claim the next seat."""
        return self.answer(request, slug, _submit)


class UndoView(JudgingView):
    """Undoing judgements."""

    @extend_schema(request=Claiming, responses=ANSWERS, tags=["judging"], operation_id="undo")
    def post(self, request: Request, slug: str) -> Response:
        """Take your last judgement back; its seat is yours again."""
        return self.answer(request, slug, _undo)


def _claim(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    return {"card": next_card(project, holder, timezone.now())}


def _submit(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    submission = read_submission(data)
    saved = actions.record_judgement(read_seat(data), rater=holder.rater, submission=submission)
    note_done(holder.rater)
    told = revealed(project, saved)
    return {"saved": saved.pk, "revealed": told, **_claim(project, holder, data)}


def _undo(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    seat = actions.undo_last(holder.rater, pools=holder.pools)
    note_done(holder.rater, -1)
    return {"card": card_of(project, seat)}
