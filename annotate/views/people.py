"""A project's people: who they are, what they are asked for, and links that invite more."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.access import Role, membership, project_view
from annotate.actions.people import (
    LastManager,
    change_member,
    give_consent,
    remove_member,
)
from annotate.actions.projects import INVITE_DAYS, invite_token, void_invites
from annotate.forms.people import InviteForm, MemberForm, target_choices
from annotate.guidelines import fingerprint
from annotate.models import Membership, Project

from .guard import settings_view, settle
from .shell import page

MOST_PEOPLE = 500


def _members(project: Project) -> dict[str, Any]:
    choices = target_choices(project)
    found = Membership.objects.filter(project=project).select_related("user")
    members = list(found.order_by("joined_at")[:MOST_PEOPLE])
    return {"tab": "people", "members": members, "choices": choices, "days": INVITE_DAYS}


@project_view(Role.MANAGER)
def index(request: HttpRequest, project: Project) -> HttpResponse:
    """The members, and the maker of invite links."""
    context = _members(project)
    context["invite"] = InviteForm(choices=context["choices"])
    return page(request, project, "annotate/people.html", **context)


@require_POST
@project_view(Role.MANAGER)
def invite(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a link and show it; whoever opens it joins. Nothing is sent."""
    context = _members(project)
    form = InviteForm(request.POST, choices=context["choices"])
    context["invite"] = form
    if not form.is_valid():
        return page(request, project, "annotate/people.html", status=422, **context)
    token = invite_token(project, **form.cleaned_data)
    link = request.build_absolute_uri(reverse("annotate:join", args=[token]))
    return page(request, project, "annotate/people.html", link=link, **context)


@require_POST
@project_view(Role.MANAGER)
def void(request: HttpRequest, project: Project) -> HttpResponse:
    """Make every link given out so far worthless."""
    void_invites(project)
    messages.success(request, _("Every invite link given out so far is void now."))
    return redirect("annotate:people", slug=project.slug)


@settings_view
def change(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Change a member's role and languages."""
    member: Membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    form = MemberForm(request.POST or None, member=member, choices=target_choices(project))
    return settle(
        request, project, form, lambda: change_member(member, **form.chosen()),
        template="annotate/member.html", back=reverse("annotate:people", args=[project.slug]),
        tab="people", member=member,
    )  # fmt: skip


@require_POST
@project_view(Role.MANAGER)
def remove(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """End a membership; the person's judgements stay."""
    member: Membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    try:
        remove_member(member)
    except LastManager as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("%s is no longer in this project.") % member.user)
    own = member.user_id == request.user.pk and not request.user.is_staff
    target = "annotate:projects" if own and not member.pk else "annotate:people"
    return redirect(target) if target.endswith("projects") else redirect(target, slug=project.slug)


@project_view()
def consent(request: HttpRequest, project: Project) -> HttpResponse:
    """What everybody agrees to before they judge, and the button that does."""
    member = membership(request.user, project)
    goal = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(goal, None):
        goal = reverse("annotate:project", args=[project.slug])
    if request.method == "POST" and member is not None:
        # Agreed is what was read, not what stands there by now.
        if request.POST.get("fingerprint") == fingerprint(project.consent):
            give_consent(member, project)
            return redirect(goal)
        messages.warning(request, _("The text was changed meanwhile. Please read it again."))
    is_given = member is not None and member.consent == fingerprint(project.consent)
    context: dict[str, Any] = {
        "member": member, "fingerprint": fingerprint(project.consent), "is_given": is_given,
    }  # fmt: skip
    return page(request, project, "annotate/consent.html", tab="", **context)
