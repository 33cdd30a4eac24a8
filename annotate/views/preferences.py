"""What people choose for themselves: the language of the interface, the keys of the desk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.actions.preferences import choose_keys, choose_language, preference_of
from annotate.forms.preferences import KeysForm

YEAR = 31_536_000


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take a language and go back to the page; works before signing in and without scripts."""
    goal = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(
        goal, {request.get_host()}, require_https=request.is_secure()
    ):
        goal = "/"
    language = request.POST.get("language", "")
    response = redirect(goal)
    if language not in dict(settings.LANGUAGES):
        messages.error(request, _("Vouch does not speak that language yet."))
        return response
    if request.user.is_authenticated:
        choose_language(user=request.user, language=language)
    speak(request, response, language)
    return response


@require_POST
@login_required
def keys(request: HttpRequest) -> HttpResponse:
    """Keep a person's own keys, sent as a JSON object of command to key."""
    form = KeysForm.of(request.body)
    if not form.is_valid():
        return JsonResponse({"error": " ".join(map(str, form.errors["keys"]))}, status=422)
    choose_keys(user=request.user, keys=form.cleaned_data["keys"])
    return JsonResponse({"keys": form.cleaned_data["keys"]})


def settle_language(request: HttpRequest, response: HttpResponse, user: Any) -> None:
    """At sign-in: a language kept on the account comes back; else one just chosen is kept there."""
    kept = preference_of(user).language
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if kept in dict(settings.LANGUAGES):
        speak(request, response, kept)
    elif chosen in dict(settings.LANGUAGES):
        choose_language(user=user, language=chosen)


def speak(request: HttpRequest, response: HttpResponse, language: str) -> None:
    """Have the pages that follow be in a language."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax", httponly=True,
        secure=request.is_secure(),
    )  # fmt: skip
