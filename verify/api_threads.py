"""Mending texts and asking the manager by program, as the desk does it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django_scopes import scope
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.access import Role, project_for
from annotate.api.paging import PageAsked, page, page_of
from annotate.models import Project

from . import actions
from .access import Holder, seat_holder
from .actions import threads as deeds
from .actions.siblings import alike
from .api import ANSWERS, CardField, Counts, JudgingView, Refused
from .errors import SubmissionError
from .forms import Form, read_body, read_number, read_seat
from .mending import Alike, read_mending
from .models import Judgement, Thread
from .views.mend import after_mending

MOST_ANSWERS = 20
KEEPERS = {403: OpenApiResponse(description="This is for managers of the project.")}


class SentText(serializers.Serializer[Any]):
    """One field's text, as it was read and as it should be."""

    field = serializers.CharField(required=False, default="text", max_length=80)
    before = serializers.CharField()
    after = serializers.CharField()


class Place(serializers.Serializer[Any]):
    """A span of one's own on the old text, to follow the edit."""

    key = serializers.CharField(max_length=80)
    field = serializers.CharField(required=False, default="text", max_length=80)
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)


class SentEdit(serializers.Serializer[Any]):
    """A mended text. The same ``client_id`` again returns the first result."""

    seat = serializers.IntegerField(min_value=1)
    client_id = serializers.UUIDField()
    texts = SentText(many=True)
    kept = Place(many=True, required=False)
    confirmed = serializers.IntegerField(
        required=False, min_value=0, help_text="how many judgements of others you know to be lost"
    )
    language = serializers.CharField(required=False, max_length=35)
    shown_at = serializers.DateTimeField(required=False, allow_null=True)
    hidden_seconds = serializers.FloatField(required=False, min_value=0)


class Moved(serializers.Serializer[Any]):
    """Where a span of one's own stands in the new text."""

    key = serializers.CharField()
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)
    sure = serializers.BooleanField()


class Siblings(serializers.Serializer[Any]):
    """Other items with the same text, and how many of them people have judged."""

    count = serializers.IntegerField(min_value=0)
    judged = serializers.IntegerField(min_value=0)


class Mended(serializers.Serializer[Any]):
    """The card of the new text, and what else the edit is about."""

    card = CardField()
    progress = Counts()
    mended = serializers.IntegerField(help_text="the number under which siblings are mended too")
    kept = Moved(many=True)
    siblings = Siblings()


class SentSiblings(Siblings):
    """The count as it was told: it is refused once it changed."""

    mended = serializers.IntegerField(min_value=1)
    also_judged = serializers.BooleanField(default=False)


class MendedSiblings(serializers.Serializer[Any]):
    """How many were mended, and what is left."""

    done = serializers.IntegerField()
    siblings = Siblings()
    progress = Counts()


class SentQuestion(serializers.Serializer[Any]):
    """A question about the text in a seat of one's own."""

    seat = serializers.IntegerField(min_value=1)
    client_id = serializers.UUIDField()
    question = serializers.CharField(max_length=deeds.LONGEST)


class SentAnswerTo(serializers.Serializer[Any]):
    """A manager's answer; a further one replaces it."""

    answer = serializers.CharField(max_length=deeds.LONGEST)


class ThreadShown(serializers.ModelSerializer[Thread]):
    """A question, who asked, and the answer, empty as long as there is none."""

    rater = serializers.CharField(source="rater.pseudonym", read_only=True)

    class Meta:
        model = Thread
        fields = ("id", "rater", "rendition", "question", "asked_at", "answer", "answered_at")
        read_only_fields = fields


class Unread(serializers.Serializer[Any]):
    """Answers to one's own questions that are not marked as read."""

    results = ThreadShown(many=True)


class Read(serializers.Serializer[Any]):
    """1 if it was an unread answer of yours, else 0."""

    read = serializers.IntegerField()


class MendView(JudgingView):
    """Mending translations."""

    @extend_schema(request=SentEdit, responses={**ANSWERS, 200: Mended}, tags=["judging"],
                   operation_id="mend")  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Write the text of your seat anew; you go on with the card of the new text."""
        return self.answer(request, slug, _mend)


class MendSiblingsView(JudgingView):
    """Mending the same text elsewhere."""

    @extend_schema(request=SentSiblings, responses={**ANSWERS, 200: MendedSiblings},
                   tags=["judging"], operation_id="mend_siblings")  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Mend the other items that hold the text you mended, as many as you were told of."""
        return self.answer(request, slug, _mend_siblings)


class ThreadsView(JudgingView):
    """Questions to the manager."""

    @extend_schema(
        responses={200: page_of(ThreadShown), **KEEPERS}, tags=["threads"],
        operation_id="list_threads",
        parameters=[PageAsked, OpenApiParameter("all", bool, description="answered ones too")],
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> Response:
        """What reviewers ask and nobody has answered; for managers."""
        project = project_for(request.user, slug, Role.MANAGER)
        with scope(project=project):
            found = Thread.objects.select_related("rater")
            if request.query_params.get("all", "") not in ("1", "true", "True"):
                found = found.filter(answer="")
            return page(request, found, ThreadShown, newest_first=True)

    @extend_schema(request=SentQuestion, responses={**ANSWERS, 200: ThreadShown},
                   tags=["threads"], operation_id="ask")  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Ask the manager about the text in your seat; the same ``client_id`` asks once."""
        return self.answer(request, slug, _ask, with_progress=False)


class AnswersView(APIView):
    """Answers that wait to be read."""

    @extend_schema(responses={200: Unread}, tags=["threads"], operation_id="unread_answers")
    def get(self, request: Request, slug: str) -> Response:
        """Answers to your own questions that you have not marked as read, the oldest first."""
        project = project_for(request.user, slug)
        with scope(project=project):
            rater = seat_holder(request.user, project).rater
            found = Thread.objects.select_related("rater").filter(
                rater=rater, answered_at__isnull=False, read_at__isnull=True
            )
            shown = ThreadShown(found.order_by("answered_at")[:MOST_ANSWERS], many=True).data
        return Response({"results": shown})


class AnswerView(APIView):
    """Answering questions."""

    @extend_schema(
        request=SentAnswerTo, tags=["threads"], operation_id="answer_thread",
        responses={200: ThreadShown, **KEEPERS, 404: OpenApiResponse(description="No such question."),
                   422: OpenApiResponse(Refused, description="The answer is empty or too long.")},
    )  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Answer a question, or answer it anew; for managers. The person is told at their desk."""
        project = project_for(request.user, slug, Role.MANAGER)
        with scope(project=project):
            thread = Thread.objects.select_related("rater").filter(pk=pk).first()
            if thread is None:
                raise Http404
            try:
                form, data = Form(), read_body(request.body)
                text = form.text(data, "answer", "", deeds.LONGEST)
                if form.faults:
                    raise SubmissionError(form.faults)
                said = deeds.answer(thread=thread, by=request.user, text=text)
            except SubmissionError as error:
                return Response({"error": str(error), "rows": list(error.rows)}, status=422)
            return Response(ThreadShown(said).data)


class ReadView(APIView):
    """Marking answers as read."""

    @extend_schema(request=None, responses={200: Read}, tags=["threads"],
                   operation_id="mark_answer_read")  # fmt: skip
    def post(self, request: Request, slug: str, pk: int) -> Response:
        """Note that you have read the answer to a question of yours."""
        project = project_for(request.user, slug)
        with scope(project=project):
            rater = seat_holder(request.user, project).rater
            return Response({"read": deeds.mark_read(rater=rater, thread=pk)})


def _mend(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    done = actions.mend(read_seat(data), rater=holder.rater, mending=read_mending(data))
    return after_mending(project, holder, done)


def _mend_siblings(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    judgement = read_number(data, "mended")
    done = actions.mend_siblings(
        project=project, rater=holder.rater, judgement=judgement,
        confirmed=Alike(read_number(data, "count"), read_number(data, "judged")),
        also_judged=data.get("also_judged") is True,
    )  # fmt: skip
    written = Judgement.objects.select_related("assignment", "rendition").get(pk=judgement)
    return {"done": done, "siblings": asdict(alike(written))}


def _ask(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    form = Form()
    client_id = form.uuid(data.get("client_id"))
    question = form.text(data, "question", "", deeds.LONGEST)
    if form.faults:
        raise SubmissionError(form.faults)
    thread = deeds.ask(
        rater=holder.rater, seat=read_seat(data), client_id=client_id, question=question
    )
    return dict(ThreadShown(thread).data)
