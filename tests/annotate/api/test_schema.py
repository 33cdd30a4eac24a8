"""The schema is valid, complete, and shown on a page of our own that needs no script."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from annotate import api_urls
from tests import factories


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict:
    file = Path(tmp_path_factory.mktemp("schema")) / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(file))
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def test_it_is_openapi_3_1_and_has_every_address(schema: dict) -> None:
    assert schema["openapi"].startswith("3.1")
    described = {path.replace("{id}", "{pk}") for path in schema["paths"]}
    for one in api_urls.urlpatterns:
        if one.name not in ("schema", "docs"):
            path = str(one.pattern).replace("<slug:", "{").replace("<int:", "{")
            path = path.replace("<str:", "{").replace(">", "}")
            assert f"/api/v1/{path}" in described


def test_every_operation_says_what_it_does(schema: dict) -> None:
    for path, methods in schema["paths"].items():
        for method, one in methods.items():
            if isinstance(one, dict) and "operationId" in one:
                assert one.get("description"), f"{method} {path}"


def test_an_upload_is_described_as_one(schema: dict) -> None:
    body = schema["paths"]["/api/v1/projects/{slug}/import/"]["post"]["requestBody"]
    assert list(body["content"]) == ["multipart/form-data"]
    assert {"upload"} <= set(schema["components"]["schemas"]["ImportAsked"]["required"])


@pytest.mark.django_db
def test_the_page_lists_every_operation_without_inline_script(schema: dict) -> None:
    client = Client()
    assert client.get("/api/v1/docs/").status_code == 302
    client.force_login(factories.make_user())
    page = client.get("/api/v1/docs/")
    text = page.content.decode()
    for path, methods in schema["paths"].items():
        for method in methods:
            if method in ("get", "post", "delete"):
                assert f"{method.upper()} {path}" in text
    assert "style=" not in text
    assert "<script>" not in text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_schema_is_served() -> None:
    answer = Client().get("/api/v1/schema/?format=json")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "Vouch"
