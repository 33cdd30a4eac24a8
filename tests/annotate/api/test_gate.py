"""Who gets in, who is told nothing, and what is said of bad input."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import URLPattern, get_resolver, reverse
from django_scopes import scope
from rest_framework.test import APIClient

from annotate import api_urls
from annotate.models import Project, Run
from tests import factories

pytestmark = pytest.mark.django_db

POSTED = {"import", "export", "stages", "cancel", "retry"}
OPEN_TO_REVIEWERS = {"project", "languages", "labels"}


def project_addresses(project: Project) -> list[tuple[str, str]]:
    """(name, address) of everything below a project, read from the addresses themselves."""
    with scope(project=project):
        run = Run.objects.create(project=project, stage="import")
    found = []
    for one in api_urls.urlpatterns:
        assert isinstance(one, URLPattern)
        given: dict[str, Any] = {"slug": project.slug, "pk": run.pk}
        wanted = {key: given[key] for key in one.pattern.converters if key in given}
        if "slug" in wanted:
            found.append((str(one.name), reverse(f"api:{one.name}", kwargs=wanted)))
    assert len(found) >= 13
    return found


def ask(client: APIClient, name: str, address: str) -> int:
    return (client.post if name in POSTED else client.get)(address).status_code


def test_a_stranger_finds_nothing(stranger: APIClient, project: Project) -> None:
    assert {ask(stranger, *one) for one in project_addresses(project)} == {404}
    assert stranger.get("/api/v1/projects/").json()["results"] == []


def test_without_a_token_nothing_is_answered(project: Project) -> None:
    client = APIClient()
    assert {ask(client, *one) for one in project_addresses(project)} == {401}
    assert client.get("/api/v1/projects/").status_code == 401
    assert client.get("/api/v1/tokens/").status_code == 401
    client.credentials(HTTP_AUTHORIZATION="Bearer " + "0" * 64)
    assert client.get("/api/v1/projects/").status_code == 401


def test_a_reviewer_reads_the_project_and_no_more(reviewer: APIClient, project: Project) -> None:
    for name, address in project_addresses(project):
        expected = 200 if name in OPEN_TO_REVIEWERS else 403
        assert ask(reviewer, name, address) == expected, name


def test_runs_of_another_project_do_not_exist(manager: APIClient, project: Project) -> None:
    other = factories.make_project(slug="other")
    with scope(project=other):
        run = Run.objects.create(project=other, stage="import")
    assert manager.get(f"/api/v1/projects/news/runs/{run.pk}/").status_code == 404
    assert manager.post(f"/api/v1/projects/news/runs/{run.pk}/cancel/").status_code == 404
    with scope(project=other):
        run.refresh_from_db()
    assert run.state == "queued"


def some_file(content: bytes = b"Amina B-PER\n") -> SimpleUploadedFile:
    return SimpleUploadedFile("a.conll", content)


@pytest.mark.parametrize(
    ("fields", "at_fault", "says"),
    [
        ({"format": "conll"}, "upload", "No file"),
        ({"upload": b"", "format": "conll"}, "upload", "empty"),
        ({"upload": b"x", "format": "csv?"}, "format", "conll"),
        ({"upload": b"x", "format": "conll", "language": "fr"}, "language", "en, es"),
        ({"upload": b"x", "format": "conll", "language": "no such"}, "language", "language tag"),
        ({"upload": b"x", "format": "conll", "unit": "words"}, "unit", "codepoint"),
        ({"upload": b"x", "format": "conll", "all_or_nothing": "maybe"}, "all_or_nothing", "valid"),
        (
            {"upload": b"x", "upload_pair": b"y", "format": "conll"},
            "target_language", "second file",
        ),
        (
            {"upload": b"x", "upload_pair": b"y", "format": "native", "target_language": "es"},
            "upload_pair", "native",
        ),
    ],
)  # fmt: skip
def test_bad_imports_name_the_field(
    manager: APIClient, project: Project, fields: dict[str, Any], at_fault: str, says: str
) -> None:
    data = {k: some_file(v) if isinstance(v, bytes) else v for k, v in fields.items()}
    answer = manager.post("/api/v1/projects/news/import/", data)
    assert answer.status_code == 400
    assert list(answer.json()) == [at_fault]
    assert says in answer.json()[at_fault][0]
    with scope(project=project):
        assert not Run.objects.exists()


def test_a_file_above_the_limit_is_refused(manager: APIClient, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 10
    answer = manager.post(
        "/api/v1/projects/news/import/", {"upload": some_file(), "format": "conll"}
    )
    assert answer.status_code == 400
    assert "at most 10" in answer.json()["upload"][0]


@pytest.mark.parametrize(
    ("path", "data", "at_fault"),
    [
        ("projects/", {"name": "N", "source": "en"}, "targets"),
        ("projects/", {"name": "N", "source": "en", "targets": []}, "targets"),
        ("projects/", {"name": "N", "source": "en", "targets": ["en"]}, "targets"),
        ("projects/", {"name": "N", "source": "??", "targets": ["es"]}, "source"),
        ("projects/", {"name": "", "source": "en", "targets": ["es"]}, "name"),
        ("projects/", {"name": "N", "source": "en", "targets": ["es"], "preset": "x"}, "preset"),
        ("projects/news/export/", {}, "format"),
        ("projects/news/export/", {"format": "conll", "languages": ["fr"]}, "languages"),
        ("projects/news/stages/", {"stage": "import"}, "stage"),
        ("tokens/", {"days": 0}, "days"),
    ],
)
def test_bad_requests_name_the_field(
    project: Project, path: str, data: dict[str, Any], at_fault: str
) -> None:
    client = APIClient()
    client.force_authenticate(factories.make_member(project, role="manager"))
    answer = client.post(f"/api/v1/{path}", data, format="json")
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == [at_fault]


@pytest.mark.parametrize(
    ("query", "at_fault"), [("after=x", "after"), ("after=-1", "after"), ("size=501", "size")]
)
def test_bad_pages_name_the_field(manager: APIClient, query: str, at_fault: str) -> None:
    answer = manager.get(f"/api/v1/projects/news/items/?{query}")
    assert (answer.status_code, list(answer.json())) == (400, [at_fault])


@pytest.mark.parametrize("seconds", ["26", "-1", "soon"])
def test_nobody_waits_longer_than_allowed(
    manager: APIClient, project: Project, seconds: str
) -> None:
    with scope(project=project):
        run = Run.objects.create(project=project, stage="import")
    answer = manager.get(f"/api/v1/projects/news/runs/{run.pk}/wait/?seconds={seconds}")
    assert (answer.status_code, list(answer.json())) == (400, ["seconds"])


def test_a_project_is_made_and_managed_by_who_asked(stranger: APIClient) -> None:
    sent = {"name": "Health leaflets", "source": "en", "targets": ["sw", "pt_br"]}
    made = stranger.post("/api/v1/projects/", sent, format="json")
    assert made.status_code == 201
    assert made.json()["slug"] == "health-leaflets"
    tags = stranger.get("/api/v1/projects/health-leaflets/languages/").json()
    assert [(row["tag"], row["role"]) for row in tags] == [
        ("en", "source"), ("pt-BR", "target"), ("sw", "target"),
    ]  # fmt: skip
    labels = stranger.get("/api/v1/projects/health-leaflets/labels/").json()
    assert "PER" in [row["key"] for row in labels]
    assert stranger.get("/api/v1/projects/health-leaflets/runs/").status_code == 200


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class TestTokens:
    def test_made_with_a_password_used_and_revoked(self, project: Project) -> None:
        factories.make_member(project, name="ann")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=basic("ann", "pass"))
        made = client.post("/api/v1/tokens/", {"days": 7}, format="json")
        assert made.status_code == 201
        token, key = made.json()["token"], made.json()["key"]
        assert token.startswith(key)
        listed = client.get("/api/v1/tokens/")
        assert [row["key"] for row in listed.json()] == [key]
        assert token not in listed.content.decode()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        assert client.get("/api/v1/projects/news/").status_code == 200
        assert client.delete(f"/api/v1/tokens/{key}/").status_code == 204
        assert client.get("/api/v1/projects/news/").status_code == 401

    def test_a_token_makes_no_tokens(self, reviewer: APIClient) -> None:
        assert reviewer.post("/api/v1/tokens/").status_code == 401
        assert reviewer.post("/api/v1/tokens/0123/").status_code == 405

    def test_nobody_revokes_anothers(self, reviewer: APIClient, manager: APIClient) -> None:
        from knox.models import AuthToken

        key = AuthToken.objects.get(user__username="mia").token_key
        assert reviewer.delete(f"/api/v1/tokens/{key}/").status_code == 404
        assert manager.get("/api/v1/projects/news/").status_code == 200

    def test_guessing_is_slowed_for_the_name_alone(self, project: Project) -> None:
        factories.make_member(project, name="ann")
        factories.make_member(project, name="ben")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=basic("ann", "wrong"))
        codes = [client.get("/api/v1/tokens/").status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        client.credentials(HTTP_AUTHORIZATION=basic("ann", "pass"))
        assert client.get("/api/v1/tokens/").status_code == 429
        client.credentials(HTTP_AUTHORIZATION=basic("ben", "pass"))
        assert client.get("/api/v1/tokens/").status_code == 200

    def test_a_session_must_bring_its_csrf_token(self, project: Project) -> None:
        client = APIClient(enforce_csrf_checks=True)
        client.force_login(factories.make_member(project))
        assert client.get("/api/v1/tokens/").status_code == 200
        assert client.post("/api/v1/tokens/").status_code == 403


def test_the_api_is_mounted_where_programs_expect_it() -> None:
    assert reverse("api:projects") == "/api/v1/projects/"
    assert "api" in get_resolver().namespace_dict
