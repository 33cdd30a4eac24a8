"""Secrets are planted everywhere they may be, then searched for everywhere they must not be."""

from __future__ import annotations

import io
import json
import logging
import tarfile
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from celery import current_app
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from annotate.actions import runs
from annotate.actions.notices import add_webhook
from annotate.actions.projects import add_annotator
from annotate.actions.tokens import make_token
from annotate.actions.versions import make_version
from annotate.models import Candidate, Project, Question, Run
from pipeline.archive import write_archive
from pipeline.backups import write_backup
from pipeline.deliveries import deliver_due
from pipeline.inline import work_off
from tests import factories as make
from tests.access.access_routes import address, routes, rows_of
from tests.access.test_access_matrix import TABLE
from tests.chat_server import chat_server

pytestmark = pytest.mark.django_db(transaction=True)

MODEL_KEY = "sk-sentinel-model-7b1f09c2"
PASSWORD = "a sentinel of a password 51c7"


@pytest.fixture
def project(settings: Any, tmp_path: Path, monkeypatch: Any) -> Project:
    settings.MEDIA_ROOT = tmp_path / "files"
    monkeypatch.setenv("SENTINEL_KEY", MODEL_KEY)
    cache.clear()
    made = make.make_project(slug="ours", policy={"advance": "manual"})
    with scope(project=made):
        Question.objects.create(project=made, key="spans", kind="spans", scope="field")
    return made


@pytest.fixture
def ear(settings: Any) -> Iterator[str]:
    """A program that a webhook tells: it says back what it got, headers and all."""

    class Echo(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = str(self.headers).encode() + body
            self.send_response(500)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.ENDPOINT_ALLOW = frozenset({f"127.0.0.1:{server.server_port}"})
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    server.server_close()


def ask_models(project: Project, settings: Any, broker: list[str]) -> None:
    """Run labellers whose servers say the key back: in replies, in refusals, with every status."""

    said: list[str | tuple[int, str]] = [
        f"Your key is {MODEL_KEY}.", (401, json.dumps({"error": {"message": f"{MODEL_KEY}!"}})),
        (200, f"no JSON {MODEL_KEY}"), (400, json.dumps({"error": {"code": MODEL_KEY}})),
    ]  # fmt: skip
    with chat_server(lambda asked: said[0]) as server, scope(project=project):
        settings.ENDPOINT_ALLOW |= {server.host}
        annotator = add_annotator(
            project, name="echo", kind="labeller", backend="llm",
            secret_reference="env:SENTINEL_KEY",
            settings={"base_url": server.url, "model": "tiny", "parallel": 1, "tries": 1},
        )  # fmt: skip
        make_version(annotator)
        while said:
            make.make_item(project, texts={"en": "Of Dakar", "es": "Dakar"}, source_spans=())
            run = runs.queue_run(project, "label", annotator=annotator)
            broker += waiting()
            work_off(run)
            said.pop(0)
        told = Candidate.objects.filter(version__annotator=annotator)
        assert "Your key is …." in told.values_list("raw_reply", flat=True)
    assert server.keys == {f"Bearer {MODEL_KEY}"}


def waiting() -> list[str]:
    """The messages in the broker's queues, whole."""
    found = []
    with current_app.connection_for_read() as channel:
        client = channel.default_channel.client
        for name in ("default", "llm", "gpu", "interactive"):
            found += [row.decode() for row in client.lrange(name, 0, -1)]
    return found


def sign_in(name: str) -> tuple[Client, str]:
    """Sign in with the password and turn the second step on; its secret."""
    client = Client()
    client.post(reverse("account_login"), {"login": name, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = page.split('<code class="wrap">')[1].split("<")[0]
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    return client, secret


def tables() -> Iterator[tuple[str, str]]:
    """Every row of the database as text, by table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{name}\" t")
            yield f"table {name}", cursor.fetchone()[0] or ""


def pages(client: Client, project: Project) -> Iterator[tuple[str, str]]:
    """Every page and answer that an admin gets of the project."""
    rows = rows_of(project)
    asked = [route for route, method in TABLE if method == "GET" and route in set(routes())]
    for route in asked:
        answer = client.get(address(route, "ours", rows))
        content = (
            b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        )
        yield f"page {route}", content.decode("utf-8", "replace")


def packed(path: Path) -> Iterator[tuple[str, str]]:
    """Every file in an archive, unpacked."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"{path.name}: {name}", archive.read(name).decode("utf-8", "replace")
        return
    with tarfile.open(path) as archive:
        for member in archive:
            held = archive.extractfile(member)
            yield (
                f"{path.name}: {member.name}",
                (held or io.BytesIO()).read().decode("utf-8", "replace"),
            )


def exported(project: Project, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """An export, the project's archive and a backup of the site."""
    with scope(project=project):
        wanted = {"format": "native", "decided_only": False, "judgements": True, "candidates": True}
        run = work_off(runs.queue_run(project, "export", scope=wanted))
        assert run.state == "done", run.message
        (tmp_path / "export.zip").write_bytes(run.result.read())
    write_archive(project, tmp_path / "archive.zip")
    write_backup(tmp_path / "backup.tar.gz")
    for name in ("export.zip", "archive.zip", "backup.tar.gz"):
        yield from packed(tmp_path / name)


def test_no_secret_shows_anywhere(
    project: Project, ear: str, settings: Any, tmp_path: Path, caplog: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = make.make_user("admin", is_staff=True)
    admin.set_password(PASSWORD)
    admin.save()
    broker: list[str] = []
    ask_models(project, settings, broker)
    client, second_step = sign_in("admin")
    _row, token = make_token(admin, days=3, name="script")
    with scope(project=project):
        _hook, hook_secret = add_webhook(project, url=ear, kinds=["run.done", "run.failed"])
        run = Run.objects.create(project=project, stage="label", state="running")
        runs.close(run, "failed", message="It failed.")
    broker += waiting()
    with scopes_disabled():
        assert deliver_due() > 0
    assert Client(headers={"authorization": f"Bearer {token}"}).get(
        "/api/v1/projects/ours/"
    ).status_code == 200  # fmt: skip

    secrets = {
        "a model's key": MODEL_KEY, "a password": PASSWORD, "a token": token,
        "the secret of a second step": second_step, "the secret of a webhook": hook_secret,
        "the site's secret": settings.SECRET_KEY,
    }  # fmt: skip
    places = [
        *((f"message {number}", text) for number, text in enumerate(broker)),
        *pages(client, project), *tables(), *exported(project, tmp_path), ("the log", caplog.text),
    ]  # fmt: skip
    found = [
        (what, where) for where, text in places for what, said in secrets.items() if said in text
    ]
    # A secret that is looked for in nothing is found nowhere.
    assert len(broker) >= 3
    assert len(places) > 150
    assert "SENTINEL_KEY" in dict(places)["page annotate:annotators"] + str(places)
    assert found == []
