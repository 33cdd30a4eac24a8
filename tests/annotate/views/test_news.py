"""News for managers, and the page of webhooks."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django_scopes import scope

from annotate.actions.notices import TRY, secret_of, tell
from annotate.models import Delivery, Notice, Project, Webhook

pytestmark = pytest.mark.django_db


def page_of(client: Any, name: str, **asked: Any) -> str:
    return str(client.get(reverse(f"annotate:{name}", args=["news"]), asked).content.decode())


def test_news_are_new_until_they_are_looked_at(project: Project, manager: Any, admin: Any) -> None:
    assert "Nothing yet" in page_of(manager, "news")
    with scope(project=project):
        tell(project, "run.failed", run=1, stage="label", message="The key is <wrong>.")
        tell(project, "language.done", language="es")
        tell(project, "run.done", run=2, stage="label", message="")
    assert '<span class="chip good">2</span>' in page_of(manager, "project")
    page = page_of(manager, "news")
    assert "Label failed: The key is &lt;wrong&gt;." in page
    assert "Nothing is left to judge in Spanish." in page
    assert page.count(">new<") == 2
    assert ">new<" not in page_of(manager, "news")
    assert '<span class="chip good">' not in page_of(manager, "project")
    assert page_of(admin, "news").count(">new<") == 2, "each for themselves"


def test_news_come_in_pages(project: Project, manager: Any) -> None:
    with scope(project=project):
        for number in range(60):
            tell(project, "release.made", version=f"1.0.{number}")
    page = page_of(manager, "news")
    assert page.count("Release 1.0.") == 50
    older = page.split('rel="next" href="?before=')[1].split('"')[0]
    assert page_of(manager, "news", before=older).count("Release 1.0.") == 10


def test_a_webhook_is_added_shown_tried_and_removed(project: Project, manager: Any) -> None:
    add = reverse("annotate:webhook-add", args=["news"])
    bad = manager.post(add, {"url": "https://me:pass@example.org/", "kinds": ["run.failed"]})
    assert bad.status_code == 422
    assert b"Leave name and password out" in bad.content
    assert manager.post(add, {"url": "ftp://example.org/", "kinds": ["x"]}).status_code == 422
    made = manager.post(add, {"url": "https://example.org/hook", "kinds": ["run.failed"]})
    with scope(project=project):
        hook = Webhook.objects.get()
        secret = secret_of(hook)
    assert secret in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    shown = page_of(manager, "webhooks")
    assert "https://example.org/hook" in shown
    assert secret not in shown
    one = reverse("annotate:webhook", args=["news", hook.pk])
    manager.post(one, {"deed": "try"})
    with scope(project=project):
        assert Delivery.objects.get().notice.kind == TRY
    assert TRY in page_of(manager, "webhooks")
    assert TRY not in page_of(manager, "news")
    for deed, state in (("off", False), ("on", True)):
        manager.post(one, {"deed": deed})
        hook.refresh_from_db()
        assert hook.is_enabled is state
    manager.post(one, {"deed": "remove"})
    with scope(project=project):
        assert not Webhook.objects.exists()
        assert Notice.objects.exists()
