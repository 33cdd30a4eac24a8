"""Every page there is opens in the browser, for an admin, without a fault of script or policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from annotate.models import Project
from tests import factories as make
from tests.access.access_routes import address, rows_of
from tests.access.test_access_matrix import TABLE

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Files, and what answers programs.
NO_PAGES = (
    "api:",
    "verify:api",
    "font",
    "fonts",
    "verify:worker",
    "verify:manifest",
    "verify:parts",
)


def test_no_page_meets_the_content_security_policy(
    browser_page: Page, live_server: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    page, project = browser_page, make.make_project(slug="ours")
    rows, client = rows_of(Project.objects.get(pk=project.pk)), Client()
    client.force_login(make.make_user("keeper", is_staff=True))
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    page.context.add_cookies([{**cookie, "url": live_server.url}])
    told: list[str] = []
    page.on("console", lambda said: told.append(said.text) if said.type == "error" else None)
    opened, wrong = 0, []
    for (route, method), _ in TABLE.items():
        if method != "GET" or route.startswith(NO_PAGES):
            continue
        where, found = address(route, "ours", rows), client.get(address(route, "ours", rows))
        kind = found.headers.get("Content-Type", "")
        if found.status_code != 200 or not kind.startswith("text/html"):
            continue
        policy = found.headers.get("Content-Security-Policy", "")
        if "default-src 'self'" not in policy or "unsafe" in policy:
            wrong.append((route, policy))
        page.goto(where)
        page.wait_for_selector("body:not(:has(.htmx-request))")
        wrong += [(route, text) for text in told]
        told.clear()
        opened += 1
    assert wrong == []
    assert opened > 60
