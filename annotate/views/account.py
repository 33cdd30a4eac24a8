"""Signing in, changing a password, and joining a project by an invite link."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from annotate.access import membership
from annotate.actions.projects import InviteError, join, read_invite
from annotate.forms.account import NewAccountForm

from .preferences import settle_language

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    """Ask for name and password; where nobody has an account yet, say how the first is made."""

    template_name = "account/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the first-run hint."""
        if not get_user_model().objects.exists():
            messages.info(
                self.request,
                _(
                    "Nobody has an account yet. Make the first one in a terminal: "
                    ".venv/bin/python manage.py createsuperuser"
                ),
            )
        return super().get_context_data(**kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Sign in, and speak the person's language from here on."""
        response = super().form_valid(form)
        settle_language(self.request, response, form.get_user())
        return response


class ChangePassword(PasswordChangeView):
    """Change one's own password; the session stays."""

    template_name = "account/password.html"
    success_url = reverse_lazy("annotate:projects")

    def form_valid(self, form: Any) -> HttpResponse:
        """Say that it is done."""
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


@sensitive_post_parameters()
def join_project(request: HttpRequest, token: str) -> HttpResponse:
    """Join by an invite: with one click when signed in, else after making an account."""
    try:
        project, role, languages = read_invite(token)
    except InviteError as error:
        return render(request, "account/join_refused.html", {"reason": error}, status=410)
    known = request.user.is_authenticated
    form = None if known else NewAccountForm(request.POST or None)
    if request.method == "POST" and (form is None or form.is_valid()):
        with transaction.atomic():
            user: Any = form.save() if form else request.user
            join(project, user, role=role, languages=languages)
        if form:
            login(request, user, backend=BACKEND)
        messages.success(request, _("Welcome to %(project)s.") % {"project": project.name})
        response = redirect("annotate:project", slug=project.slug)
        settle_language(request, response, user)
        return response
    context = {
        "invited_to": project, "role": role, "languages": languages, "form": form,
        "member": membership(request.user, project) if known else None,
    }  # fmt: skip
    return render(request, "account/join.html", context)
