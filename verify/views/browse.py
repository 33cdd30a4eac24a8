"""The browser of texts: filters, pages by key, views to keep, and deeds on many at once."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from annotate.access import Role, project_view
from annotate.models import (
    Annotator,
    Consensus,
    Label,
    Project,
    Question,
)
from annotate.views.paging import number_or_none
from annotate.views.shell import page
from verify.actions.bulk import MOST, Bulk, send_to_people, set_split, undo_bulk
from verify.actions.views import drop_view, save_view, views_of
from verify.browsing import Found, every, find, rows_of, splits_of
from verify.filters import OUTCOMES, VOTES, Asked, Unknown
from verify.models import Decision, Rater, SpanVerdict

# Seconds that a deed can be taken back.
UNDO_SECONDS = 3600


@require_GET
@project_view(Role.MANAGER)
def browse(request: HttpRequest, project: Project) -> HttpResponse:
    """The texts in one language that meet the filters, with what stands and how it came about."""
    tags = _tags(project)
    asked = _asked(request.GET, project, tags)
    after, before = (number_or_none(request.GET.get(name)) for name in ("after", "before"))
    try:
        found, unknown = find(project, asked, after=after, before=before), ""
    except Unknown as error:
        found, unknown = Found((), None, None, 0), str(error)
    context: dict[str, Any] = {
        "tab": "items", "asked": asked, "found": found, "unknown": unknown, "tags": tags,
        "rows": rows_of(found.ids), "choices": _choices(project),
        "views": views_of(project, request.user), "most": MOST,
        "newer": asked.as_query(before=found.before) if found.before else "",
        "older": asked.as_query(after=found.after) if found.after else "",
        "undo": request.GET.get("undo", ""), "done": _done(project, request.GET.get("undo", "")),
    }  # fmt: skip
    return page(request, project, "verify/browse.html", **context)


def _tags(project: Project) -> list[str]:
    rows = project.languages.order_by("role", "-priority", "tag")
    return list(rows.values_list("tag", flat=True))


def _asked(values: Any, project: Project, tags: list[str]) -> Asked:
    asked = Asked.of(values)
    if asked.language in tags:
        return asked
    return Asked.of({**values.dict(), "language": project.source_language})


def _carried(request: HttpRequest, project: Project) -> Asked:
    """The filters that a form carries along."""
    return _asked(QueryDict(request.POST.get("asked", "")[:4000]), project, _tags(project))


def _choices(project: Project) -> dict[str, Any]:
    """What filters can be set to. Five queries."""
    questions = Question.objects.filter(project=project, kind__in=["choice", "choices", "rating"])
    return {
        "labels": list(Label.objects.filter(project=project, kind="span").order_by("key")),
        "answers": [
            f"{q.key}={o['key']}" for q in questions for o in q.options if isinstance(o, dict)
        ],
        "routes": [value for value in Consensus.Route.values if value],
        "annotators": list(
            Annotator.objects.filter(project=project).exclude(kind="translator").order_by("name")
        ),
        "votes": VOTES,
        "verdicts": [*SpanVerdict.Verdict.values, *OUTCOMES],
        "reviewers": list(Rater.objects.filter(project=project).order_by("pseudonym")[:200]),
        "origins": [*Decision.Origin.values, "none"],
        "splits": splits_of(project),
    }


@require_POST
@project_view(Role.MANAGER)
def save(request: HttpRequest, project: Project) -> HttpResponse:
    """Keep the filters under a name, or let a view go."""
    asked = _carried(request, project)
    gone = number_or_none(request.POST.get("drop"))
    if gone:
        drop_view(project=project, user=request.user, pk=gone)
    elif request.POST.get("name", "").strip():
        save_view(
            project=project, user=request.user, name=request.POST["name"], asked=asked,
            shared=request.POST.get("shared") == "yes",
        )  # fmt: skip
    else:
        messages.error(request, _("Give the view a name."))
    return _back(project, asked)


@require_POST
@project_view(Role.MANAGER)
def bulk(request: HttpRequest, project: Project) -> HttpResponse:
    """Do something with the chosen texts, or with all that meet the filters."""
    asked = _carried(request, project)
    chosen = [pk for value in request.POST.getlist("text") if (pk := number_or_none(value))]
    if request.POST.get("all") == "yes":
        chosen = every(project, asked, most=MOST)
    if not chosen:
        messages.error(request, _("Choose some texts first."))
        return _back(project, asked)
    if request.POST.get("deed") == "send":
        done = send_to_people(project=project, renditions=chosen)
        said = ngettext("%s text goes to people.", "%s texts go to people.", done.count)
    else:
        split = request.POST.get("split", "").strip()[:40]
        done = set_split(project=project, renditions=chosen, split=split)
        said = ngettext(
            "The split of %s item was set.", "The split of %s items was set.", done.count
        )
    return _back(project, asked, undo=_kept(project, done, said % done.count))


def _kept(project: Project, done: Bulk, said: str) -> str:
    """Keep what undoes a deed for an hour, with what is said of it; the key to both."""
    key = secrets.token_urlsafe(16)
    cache.set(f"bulk:{project.pk}:{key}", {"said": said, "undo": dict(done.undo)}, UNDO_SECONDS)
    return key


def _done(project: Project, key: str) -> dict[str, Any] | None:
    return cache.get(f"bulk:{project.pk}:{key[:40]}") if key else None


@require_POST
@project_view(Role.MANAGER)
def undo(request: HttpRequest, project: Project) -> HttpResponse:
    """Take the last deed back, within an hour."""
    key = request.POST.get("undo", "")
    kept = _done(project, key)
    if kept is None:
        messages.error(request, _("This can no longer be taken back."))
    else:
        cache.delete(f"bulk:{project.pk}:{key[:40]}")
        count = undo_bulk(project=project, undo=kept["undo"])
        said = ngettext("Taken back for %s text.", "Taken back for %s texts.", count)
        messages.success(request, said % count)
    return _back(project, _carried(request, project))


def _back(project: Project, asked: Asked, **more: str) -> HttpResponse:
    return redirect(f"{reverse('verify:browse', args=[project.slug])}?{asked.as_query(**more)}")
