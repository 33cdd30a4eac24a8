"""The Python client against a live server, and the example of its README word for word."""

from __future__ import annotations

import json
import re
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django_scopes import scope, scopes_disabled

from annotate.actions.tokens import make_token
from annotate.models import Run
from pipeline.inline import work_off
from tests import factories

CLIENT = Path(__file__).parents[2] / "clients/python"
sys.path.insert(0, str(CLIENT / "src"))

from vouch_client import RunFailed, Vouch, VouchError  # noqa: E402
from vouch_client.http import multipart  # noqa: E402

pytestmark = pytest.mark.django_db(transaction=True)

ROW = {
    "id": "n1",
    "renditions": [{"language": "en", "fields": [{"name": "text", "text": "Nobody came. 🎈"}]}],
}


@pytest.fixture(autouse=True)
def _empty_cache(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def user() -> Any:
    return factories.make_user("mia")


@pytest.fixture
def vouch(live_server: Any, user: Any) -> Vouch:
    return Vouch(live_server.url, make_token(user, days=1)[1])


@pytest.fixture
def worker() -> Iterator[None]:
    """Stand in for a worker: what is queued is done."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.05):
            with scopes_disabled():
                queued = list(Run.objects.filter(state="queued").select_related("project"))
            for run in queued:
                with scope(project=run.project):
                    work_off(run)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    over.set()
    thread.join(30)
    assert not thread.is_alive()


def test_the_readme_runs_word_for_word(
    live_server: Any, user: Any, worker: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (CLIENT / "README.md").read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 10
    monkeypatch.chdir(tmp_path)
    Path("train.jsonl").write_text(json.dumps(ROW), encoding="utf-8")
    code = code.replace("http://localhost:8000", live_server.url)
    exec(code.replace("TOKEN", make_token(user, days=1)[1]), {})
    archive = zipfile.ZipFile("labelled.zip")
    told = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "Nobody came." in told


def test_a_failed_import_says_which_rows(vouch: Vouch, worker: None, tmp_path: Path) -> None:
    project = vouch.create_project("News", source="en", targets=["es"])
    file = tmp_path / 'odd "name".jsonl'
    file.write_text(json.dumps(ROW) + "\n{not json", encoding="utf-8")
    with pytest.raises(RunFailed) as failed:
        project.wait(project.import_file(file, format="native"))
    assert [row["row"] for row in project.errors(failed.value.run)] == [2]
    assert list(project.items()) == []


def test_waiting_ends_in_time(vouch: Vouch, tmp_path: Path) -> None:
    project = vouch.create_project("News", source="en", targets=["es"])
    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps(ROW), encoding="utf-8")
    with pytest.raises(TimeoutError, match="still queued"):
        project.wait(project.import_file(file, format="native"), timeout=0.2)


def test_refusals_carry_the_servers_words(live_server: Any, vouch: Vouch) -> None:
    with pytest.raises(VouchError) as refused:
        vouch.create_project("News", source="zzzz", targets=["es"])
    assert refused.value.status == 400
    assert "source" in refused.value.answer
    with pytest.raises(VouchError) as unknown:
        vouch.project("nobody").start("aggregate")
    assert unknown.value.status == 404
    with pytest.raises(VouchError) as wrong:
        list(Vouch(live_server.url, "wrong").projects())
    assert wrong.value.status == 401
    with pytest.raises(ValueError, match="no address"):
        Vouch("file:///etc", "token")


def test_lists_are_walked_to_their_end(vouch: Vouch) -> None:
    from vouch_client.client import _pages

    names = [f"Project {n}" for n in range(5)]
    for name in names:
        vouch.create_project(name, source="en", targets=["es"])
    assert [row["name"] for row in vouch.projects()] == names[::-1]
    assert [row["name"] for row in _pages(vouch.connection, "projects/", 2)] == names[::-1]


def test_a_password_makes_a_token(live_server: Any, user: Any) -> None:
    user.set_password("correct horse")
    user.save()
    assert list(Vouch.sign_in(live_server.url, "mia", "correct horse").projects()) == []
    with pytest.raises(VouchError):
        Vouch.sign_in(live_server.url, "mia", "wrong")


def test_no_name_ends_its_header() -> None:
    body = multipart("edge", {}, {"upload": ('a"\r\nX: y', b"1")})
    assert b'filename="a%22%0D%0AX: y"\r\n' in body
