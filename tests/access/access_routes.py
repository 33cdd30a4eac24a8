"""Every address there is, read from the addresses themselves, and rows for each to lead to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django_scopes import scope

from annotate.actions.notices import add_webhook
from annotate.actions.projects import add_annotator
from annotate.models import Label, Membership, Project, Run
from tests import factories as make
from verify.actions import Accepted, accept
from verify.actions.certificates import plan_certificate
from verify.models import Assignment, Decision, Release, Thread

# What an argument other than a row's key is given.
GIVEN = {
    "language": "es",
    "token": "no-invite",
    "key": "0" * 8,
    "tag": "ar",
    "project": "no-project",
    "provider_id": "oidc",
    "uidb64": "MQ",
}
# Routes whose row is not the one that the first word of their name says.
ROWS = {"import-again": "run", "answer": "thread", "answer-read": "thread", "gold": "decision"}


def routes(resolver: Any = None, space: str = "") -> Iterator[str]:
    """Each address as its name, with namespace, and what it needs beside the project's slug."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from routes(one, f"{space}{one.namespace}:" if one.namespace else space)
        else:
            assert isinstance(one, URLPattern)
            needs = [f"/{name}" for name in one.pattern.converters if name != "slug"]
            yield f"{space}{one.name or one.pattern}{''.join(needs)}"


def has_slug(route: str) -> bool:
    """Whether an address lies below a project."""
    return route not in WITHOUT


def _without(resolver: Any = None, space: str = "") -> Iterator[str]:
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from _without(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif "slug" not in one.pattern.converters:
            needs = "".join(f"/{name}" for name in one.pattern.converters)
            yield f"{space}{one.name or one.pattern}{needs}"


WITHOUT = frozenset(_without())


def address(route: str, slug: str, rows: dict[str, int]) -> str:
    """Where a route leads, for a project and rows by their noun."""
    name, *needs = route.split("/")
    if name == "favicon.ico":
        return "/favicon.ico"
    values: dict[str, Any] = {need: GIVEN.get(need, rows.get(need)) for need in needs}
    if "pk" in needs:
        word = name.rpartition(":")[2].removeprefix("api-")
        noun = "run" if name.startswith("api:") else ROWS.get(word, word.split("-")[0])
        values["pk"] = rows[noun]
    if has_slug(route):
        values["slug"] = slug
    return reverse(name, kwargs=values)


def rows_of(project: Project) -> dict[str, int]:
    """A row of every noun that an address leads to, by its noun."""
    with scope(project=project):
        rendition = make.make_task(project)
        accept(project, [Accepted(rendition.pk, make.make_consensus(rendition).reading_id)])
        rater = make.make_rater(project)
        thread = Thread.objects.create(
            project=project, client_id=uuid.uuid4(), rater=rater, rendition=rendition, question="?"
        )
        release = Release.objects.create(project=project, version="1.0.0", licence="CC-BY-4.0")
        annotator = add_annotator(project, name="links", kind="projector", backend="links")
        return {
            "webhook": add_webhook(project, url="https://example.org/", kinds=[])[0].pk,
            "seat": Assignment.objects.filter(rendition=rendition)[0].pk,
            "thread": thread.pk, "release": release.pk, "annotator": annotator.pk,
            "run": Run.objects.create(project=project, stage="label", state="done").pk,
            "certificate": plan_certificate(project, language="es", rate=0.9).pk,
            "item": rendition.item_id, "decision": Decision.objects.filter(project=project)[0].pk,
            "label": Label.objects.filter(project=project)[0].pk,
            "site": rater.user_id,
            "member": Membership.objects.get(user=rater.user_id, project=project).pk,
        }  # fmt: skip
