"""What is answered where there is nothing: a page to people, JSON to programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found

API = "/api/"


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that there is no such thing, in the way that who asks can read."""
    if request.path.startswith(API):
        return JsonResponse({"detail": "There is no such thing for you."}, status=404)
    return page_not_found(request, exception)
