"""Signing in, changing a password, and joining a project by an invite link."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from allauth.account.views import LoginView
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.views import PasswordChangeView, PasswordResetConfirmView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from annotate.access import membership
from annotate.actions.projects import InviteError, join, read_invite
from annotate.forms.account import NewAccountForm


class SignIn(LoginView):
    """Ask for name and password; where nobody has an account yet, say how the first is made."""

    template_name = "account/sign_in.html"

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


class ChangePassword(PasswordChangeView):
    """Change one's own password; the session stays."""

    template_name = "account/password.html"
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Whoever signs in elsewhere has no password to change."""
        user: Any = request.user
        if user.is_authenticated and not user.has_usable_password():
            messages.info(
                request, _("You sign in with an outside account and have no password here.")
            )
            return redirect("account")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Say that it is done."""
        messages.success(self.request, _("Your password is changed."))
        return super().form_valid(form)


class NewPassword(PasswordResetConfirmView):
    """Choose a password by a link that somebody who keeps the site handed on."""

    template_name = "account/new_password.html"
    success_url = reverse_lazy("account_login")

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
        messages.success(request, _("Welcome to %(project)s.") % {"project": project.name})
        goal = reverse("annotate:project", kwargs={"slug": project.slug})
        return perform_login(request, user, redirect_url=goal) if form else redirect(goal)
    context = {
        "invited_to": project, "role": role, "languages": languages, "form": form,
        "member": membership(request.user, project) if known else None,
    }  # fmt: skip
    return render(request, "account/join.html", context)
