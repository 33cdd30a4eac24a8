"""Short help: what the words mean and what to do first."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def guide(request: HttpRequest) -> HttpResponse:
    """The journey in one page of words."""
    return render(request, "annotate/guide.html")
