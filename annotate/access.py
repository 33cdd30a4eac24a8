"""Who may see or change what: the one gate that views and the API go through.

A stranger gets 404, so that a project's existence does not show; a member without the role 403.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import Any, Concatenate

import pghistory
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from annotate.models import Membership, Project
from annotate.prepared import Prepared

User = AbstractBaseUser | AnonymousUser
Role = Membership.Role


class ConsentMissing(PermissionDenied):
    """A person has not agreed to what the project asks of all who judge."""

    def __init__(self) -> None:
        super().__init__(_("Agree first to what this project asks: open its review page."))


# Each role may do what the ones before it may.
RANK = {Role.REVIEWER: 1, Role.ADJUDICATOR: 2, Role.MANAGER: 3}

# Every request asks this: to have Django make the statement each time takes longer than running it.
_FIELDS = Project._meta.concrete_fields
_CONVERTED = [
    (place, field) for place, field in enumerate(_FIELDS) if hasattr(field, "from_db_value")
]
KNOWN = Prepared(
    "known",
    f"""SELECT m.role, {", ".join(f'p."{field.column}"' for field in _FIELDS)}
FROM annotate_project p JOIN annotate_membership m ON m.project_id = p.id
WHERE p.slug = %(slug)s AND m.user_id = %(user)s""",
    {"user": "bigint", "slug": "text"},
)


def membership(user: User, project: Project) -> Membership | None:
    """The person's membership in a project, if any."""
    if not user.is_authenticated:
        return None
    with scopes_disabled():
        return Membership.objects.filter(project=project, user_id=user.pk).first()


def role_in(user: User, project: Project) -> str | None:
    """The person's role in a project; instance admins are managers everywhere."""
    if getattr(user, "is_staff", False):
        return Role.MANAGER
    found = membership(user, project)
    return found.role if found else None


def may(user: User, project: Project, role: str) -> bool:
    """Whether the person's role in the project reaches ``role``."""
    own = role_in(user, project)
    return own is not None and RANK[Role(own)] >= RANK[Role(role)]


def project_for(user: User, slug: str, role: str = Role.REVIEWER) -> Project:
    """The project, for someone who has at least ``role`` in it.

    Raises Http404 for strangers and unknown projects, PermissionDenied for members with less.
    """
    project, own = _known(user, slug)
    if project is None or own is None:
        raise Http404(_("No such project."))
    if RANK[Role(own)] < RANK[Role(role)]:
        raise PermissionDenied(_for_whom(role))
    return project


def _known(user: User, slug: str) -> tuple[Project | None, str | None]:
    """The project and the person's role in it; one query, since every request asks this."""
    if getattr(user, "is_staff", False):
        return Project.objects.filter(slug=slug).first(), Role.MANAGER
    if not user.is_authenticated:
        return None, None
    with connection.cursor() as cursor:
        cursor.execute(KNOWN.ready(), {"user": user.pk, "slug": slug})
        found = cursor.fetchone()
    if found is None:
        return None, None
    role, *values = found
    for place, field in _CONVERTED:
        values[place] = field.from_db_value(values[place], None, connection)
    return Project.from_db("default", [field.attname for field in _FIELDS], values), role


def _for_whom(role: str) -> str:
    if role == Role.MANAGER:
        return _("This page is for the project's managers.")
    return _("This page is for the project's adjudicators and managers.")


def languages_of(user: User, project: Project) -> list[str]:
    """The target languages a person may judge: all for instance admins and managers who name none."""
    with scopes_disabled():
        tags = list(
            project.languages.filter(role="target")
            .order_by("-priority", "tag")
            .values_list("tag", flat=True)
        )
    found = membership(user, project)
    if found is None:
        return tags if getattr(user, "is_staff", False) else []
    if not found.languages:
        return tags if found.role == Role.MANAGER else []
    return [tag for tag in tags if tag in found.languages]


def remembered(request: HttpRequest, role: str) -> AbstractContextManager[Any]:
    """Note in the history who changed what, for as long as a manager's deed lasts."""
    if role != Role.MANAGER or request.method in ("GET", "HEAD", "OPTIONS"):
        return nullcontext()
    return pghistory.context(user=request.user.pk)


def staff_view(view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Make a view reachable for those who keep the site; for anybody else there is no such page."""

    @wraps(view)
    def gated(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not getattr(request.user, "is_staff", False):
            raise Http404
        return view(request, **kwargs)

    return gated


ProjectView = Callable[Concatenate[HttpRequest, Project, ...], HttpResponseBase]


def project_view(role: str = Role.REVIEWER) -> Callable[[ProjectView], Callable[..., Any]]:
    """Make a view of ``(request, project, ...)`` reachable by slug, for ``role`` and above.

    The view runs inside the project's scope: rows of other projects do not exist there.
    """

    def decorate(view: ProjectView) -> Callable[..., Any]:
        @wraps(view)
        def gated(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            project = project_for(request.user, slug, role)
            with scope(project=project), remembered(request, role):
                try:
                    return view(request, project, **kwargs)
                except ConsentMissing:
                    if request.method != "GET" or not request.accepts("text/html"):
                        raise
            asked = reverse("annotate:consent", kwargs={"slug": slug})
            return redirect(f"{asked}?{urlencode({'next': request.get_full_path()})}")

        return gated

    return decorate
