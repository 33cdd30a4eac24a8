"""Bodies above the limit are refused unread, whoever sends them."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from annotate.middleware import FORM_BYTES, BodyLimit


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/sign-in/", str(FORM_BYTES + 1), 413),
        ("/sign-in/", str(FORM_BYTES), 200),
        ("/p/news/import/", str(FORM_BYTES + 1), 200),
        ("/p/news/import/", "9000", 200),
        ("/p/news/import/", str(FORM_BYTES + 2 * 10**6 + 1), 413),
        ("/api/v1/projects/news/import/", str(FORM_BYTES + 2), 200),
        ("/p/news/", "", 200),
    ],
)
def test_the_limit_of_an_address(path, length, status, settings):
    settings.UPLOAD_MAX_BYTES = 10**6
    request = RequestFactory().post(path)
    request.META["CONTENT_LENGTH"] = length
    answer = BodyLimit(lambda _: HttpResponse("through"))(request)
    assert answer.status_code == status
    if status == 413:
        assert b"at most" in answer.content
