"""Requests that may be repeated safely: the answer to an ``Idempotency-Key`` is kept for a day.

The key is claimed in the transaction in which the deed is done and the answer kept. So a repeat that
comes while the first is under way waits for it, one that comes after gets the same answer, and a deed
that failed leaves the key free.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from typing import Any, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Answered

HEADER = "Idempotency-Key"
LONGEST = 200


class _Repeated(APIException):
    """Not an error: the way out of a view whose answer is there already."""

    def __init__(self, answered: Answered) -> None:
        super().__init__()
        self.answered = answered


class KeyTaken(APIException):
    """The key came with another request before."""

    status_code = 422
    default_detail = "This Idempotency-Key came with another request before: make a new one."
    default_code = "key_taken"


class RepeatableView(APIView):
    """A view whose POST honours an ``Idempotency-Key``."""

    _answered: Answered | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Hold what the request opens (its transaction, its project's scope) until it is answered."""
        with ExitStack() as self.held:
            return super().dispatch(request, *args, **kwargs)

    def claim(self, request: Request) -> None:
        """Take the key, once the person is known and let in. Raises _Repeated and KeyTaken."""
        key = request.headers.get(HEADER, "")
        if request.method != "POST" or not key:
            return
        if len(key) > LONGEST or not key.isascii() or not key.isprintable():
            raise ValidationError({HEADER: [f"Give at most {LONGEST} printable ASCII characters."]})
        asked = _fingerprint(request)
        self.held.enter_context(transaction.atomic())
        # Where another request holds the key, this waits until that one has ended.
        person = {"user_id": cast("int", request.user.pk), "key": key}
        fresh = Answered(**person, asked=asked)
        Answered.objects.bulk_create([fresh], ignore_conflicts=True)
        row = Answered.objects.select_for_update().get(**person)
        if row.status:
            raise _Repeated(row) if row.asked == asked else KeyTaken
        self._answered = row

    def handle_exception(self, exc: Exception) -> Response:
        """Answer a repeated request as the first time."""
        if isinstance(exc, _Repeated):
            row = exc.answered
            answer = Response(json.loads(row.body) if row.body else None, status=row.status)
            answer["Idempotent-Replayed"] = "true"
            return answer
        return super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Keep the answer; a request that was refused leaves nothing behind, its key neither."""
        if self._answered is not None:
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                self._answered.status = response.status_code
                self._answered.body = JSONRenderer().render(response.data).decode()
                self._answered.save(update_fields=["status", "body"])
        return super().finalize_response(request, response, *args, **kwargs)


def _fingerprint(request: Request) -> str:
    """What is asked for: the address and every field; of files the name and size."""
    files = sorted((name, str(file.name), file.size) for name, file in request.FILES.items())
    data = {key: value for key, value in dict(request.data).items() if key not in request.FILES}
    said = json.dumps([request.get_full_path(), data, files], sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()
