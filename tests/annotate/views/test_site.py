"""The pages of those who keep the site: state, people, metrics."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from annotate import site
from annotate.actions.tokens import make_token
from annotate.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> Any:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "a.jsonl").write_bytes(b"x" * 3000)
    return tmp_path


def test_the_state_of_the_site(project: Any, admin: Any, manager: Any) -> None:
    Run.objects.create(project=project, stage="label", state="running")
    page = admin.get(reverse("site")).content.decode()
    assert "uploads" in page
    assert "2.9\xa0KB" in page
    assert "annotate_" in page
    assert b"This site" in admin.get(reverse("annotate:projects")).content
    for who in (manager, Client()):
        assert who.get(reverse("site")).status_code in (302, 404)
    assert b"This site" not in manager.get(reverse("annotate:projects")).content


def test_workers_and_queues(admin: Any, monkeypatch: Any) -> None:
    page = admin.get(reverse("site-machines")).content.decode()
    assert "No worker answers" in page
    assert page.count("<tr>") == 3 + len(site.QUEUES)

    class Asked:
        def active_queues(self) -> Any:
            return {"batch@one": [{"name": "llm"}, {"name": "default"}]}

        def active(self) -> Any:
            return {"batch@one": [{}, {}]}

    monkeypatch.setattr(site.current_app.control, "inspect", lambda timeout: Asked())
    assert site.workers() == [site.Worker("batch@one", ("default", "llm"), 2)]
    assert "default, llm" in admin.get(reverse("site-machines")).content.decode()


def deed(client: Any, user: Any, what: str) -> Any:
    return client.post(reverse("site-person", args=[user.pk]), {"deed": what})


def test_people_are_found_closed_and_opened(people: Any, admin: Any, reviewer: Any) -> None:
    page = admin.get(reverse("site-people"), {"q": "REVIEW"}).content.decode()
    assert "reviewer" in page
    assert "adjudicator" not in page
    _row, token = make_token(people.reviewer, days=3)
    deed(admin, people.reviewer, "close")
    assert reviewer.get(reverse("annotate:projects")).status_code == 302
    program = Client(headers={"authorization": f"Bearer {token}"})
    assert program.get("/api/v1/projects/").status_code == 401
    sent = {"login": "reviewer", "password": "pass"}
    assert Client().post(reverse("account_login"), sent).url == reverse("account_inactive")
    deed(admin, people.reviewer, "open")
    assert Client().post(reverse("account_login"), sent).url == reverse("annotate:projects")


def test_the_last_keeper_stays(people: Any, admin: Any) -> None:
    for what in ("close", "plain"):
        page = admin.post(
            reverse("site-person", args=[people.admin.pk]), {"deed": what}, follow=True
        )
        assert b"make another person staff first" in page.content
    deed(admin, people.manager, "staff")
    deed(admin, people.admin, "plain")
    people.admin.refresh_from_db()
    assert not people.admin.is_staff
    assert admin.get(reverse("site")).status_code == 404


def test_a_link_for_a_new_password_holds_once(people: Any, admin: Any) -> None:
    page = deed(admin, people.reviewer, "link").content.decode()
    link = re.search(r'value="http://testserver(/sign-in/new-password/[^"]+)"', page)
    assert link is not None
    client = Client()
    form = client.get(link[1]).url
    new = {"new_password1": "a-long-and-odd-one", "new_password2": "a-long-and-odd-one"}
    assert client.post(form, new).url == reverse("account_login")
    sent = {"login": "reviewer", "password": "a-long-and-odd-one"}
    assert client.post(reverse("account_login"), sent).url == reverse("annotate:projects")
    assert b"does not hold any more" in Client().get(link[1], follow=True).content


def test_somebody_who_lost_the_phone_is_helped_back_in(people: Any, admin: Any) -> None:
    Authenticator.objects.create(user=people.reviewer, type="totp", data={"secret": "x"})
    sent = {"login": "reviewer", "password": "pass"}
    assert "code" in Client().post(reverse("account_login"), sent).url
    deed(admin, people.reviewer, "second-step")
    client = Client()
    assert client.post(reverse("account_login"), sent).url == reverse("annotate:projects")
    deed(admin, people.reviewer, "sign-out")
    assert client.get(reverse("annotate:projects")).status_code == 302
    assert deed(admin, people.reviewer, "fly").status_code == 404


def test_metrics_are_for_whoever_shows_the_token(project: Any, admin: Any, settings: Any) -> None:
    assert admin.get(reverse("metrics")).status_code == 404
    settings.METRICS_TOKEN = "a token of the watcher"
    assert admin.get(reverse("metrics")).status_code == 404
    Run.objects.create(project=project, stage="label", state="queued")
    watcher = Client(headers={"authorization": "Bearer a token of the watcher"})
    answer = watcher.get(reverse("metrics"))
    families = {one.name: one for one in text_string_to_metric_families(answer.content.decode())}
    runs = {row.labels["state"]: row.value for row in families["vouch_runs"].samples}
    assert runs == {"queued": 1.0, "running": 0.0, "failed": 0.0}
    assert {row.labels["queue"] for row in families["vouch_queue_messages"].samples} == set(
        site.QUEUES
    )
    assert families["vouch_database_bytes"].samples[0].value > 1e6
    assert families["vouch_files_bytes"].samples[0].value == 3000
    assert "vouch_sweep_age_seconds" in families
