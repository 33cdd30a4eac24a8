"""Sending a disagreement back by program."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.models import Project

from . import actions
from .access import Holder
from .actions.send_back import LONGEST_REASON
from .api import ANSWERS, JudgingView
from .errors import SubmissionError
from .forms import read_reason, read_seat
from .models import Assignment
from .progress import note_done


class SendingBack(serializers.Serializer[Any]):
    """An adjudicator's seat, and what its reviewers should look at again."""

    kind = serializers.CharField(help_text="adjudicate")
    language = serializers.CharField(required=False, max_length=35)
    seat = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class Returned(serializers.Serializer[Any]):
    """How many seats wait for those who judged before, and how many are open to anybody."""

    returned = serializers.IntegerField()
    opened = serializers.IntegerField()


class SendBackView(JudgingView):
    """Sending disagreements back."""

    @extend_schema(
        request=SendingBack, responses={**ANSWERS, 200: Returned}, tags=["judging"],
        operation_id="send_back",
    )  # fmt: skip
    def post(self, request: Request, slug: str) -> Response:
        """Give an adjudicator's seat up and have its reviewers judge again, knowing the reason."""
        return self.answer(request, slug, _send_back, with_progress=False)


def _send_back(project: Project, holder: Holder, data: dict[str, Any]) -> dict[str, Any]:
    if holder.kind != Assignment.Kind.ADJUDICATE:
        raise SubmissionError(["kind: only adjudicate can be sent back."])
    sent = actions.send_back(
        read_seat(data), rater=holder.rater, reason=read_reason(data, "reason")
    )
    for rater in sent.raters:
        note_done(rater, -1)
    return {"returned": len(sent.raters), "opened": sent.opened}
