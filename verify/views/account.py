"""One's own account: projects, tokens for programs, leaving, and being erased."""

from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from django_scopes import scopes_disabled
from knox.models import AuthToken

from annotate.actions.people import LastManager
from annotate.actions.tokens import make_token, revoke_token
from annotate.forms.account import EraseForm, TokenForm
from annotate.models import Membership, Project
from verify.actions.erase import StillNeeded, erase_account, leave_project


def _page(request: HttpRequest, *, status: int = 200, **context: Any) -> HttpResponse:
    user = request.user
    with scopes_disabled():
        members = Membership.objects.filter(user=user.pk).select_related("project")
        projects = Project.objects.filter(memberships__user=user.pk).order_by("name")
        tokens = AuthToken.objects.filter(user=user.pk).select_related("reach__project")
        shown = {
            "members": members.order_by("project__name"), "tokens": tokens.order_by("-created"),
            "token_form": TokenForm(projects=projects, auto_id="token_%s"),
            "erase_form": EraseForm(user=user, auto_id="erase_%s"),
            "has_second_step": is_mfa_enabled(user), **context,
        }  # fmt: skip
        return render(request, "account/account.html", shown, status=status)


@require_GET
@login_required
@never_cache
def account(request: HttpRequest) -> HttpResponse:
    """What the site keeps of a person, and what they may do about it."""
    return _page(request)


@require_POST
@login_required
@never_cache
def new_token(request: HttpRequest) -> HttpResponse:
    """Make a token, and show it this once."""
    projects = Project.objects.filter(memberships__user=request.user.pk).order_by("name")
    form = TokenForm(request.POST, projects=projects, auto_id="token_%s")
    if not form.is_valid():
        return _page(request, status=422, token_form=form)
    _row, text = make_token(request.user, **form.cleaned_data)
    return _page(request, made=text)


@require_POST
@login_required
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """End a token at once."""
    if not revoke_token(request.user, key=key):
        raise Http404
    return redirect("account")


@require_POST
@login_required
def leave(request: HttpRequest, project: str) -> HttpResponse:
    """Leave a project; what was judged stays under the pseudonym."""
    with scopes_disabled():
        rows = Membership.objects.filter(user=request.user.pk).select_related("project")
        member = rows.filter(project__slug=project).first()
        if member is None:
            raise Http404
        try:
            leave_project(member)
        except LastManager as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("You left %(name)s.") % {"name": member.project.name})
    return redirect("account")


@require_POST
@login_required
def erase(request: HttpRequest) -> HttpResponse:
    """Erase the account for good, once its name was typed."""
    user: Any = request.user
    form = EraseForm(request.POST, user=user, auto_id="erase_%s")
    if form.is_valid():
        try:
            with transaction.atomic():
                erase_account(user=user)
        except StillNeeded as error:
            form.add_error(None, str(error))
        else:
            logout(request)
            messages.success(request, _("Your account is erased."))
            answer = redirect("account_login")
            answer["Clear-Site-Data"] = '"storage"'
            return answer
    return _page(request, status=422, erase_form=form)
