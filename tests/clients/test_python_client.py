"""The Python client against a live server, and the example of its README word for word."""

from __future__ import annotations

import importlib.util
import io
import json
import re
import sys
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.core.cache import cache
from django.db import connection
from django_scopes import scope, scopes_disabled
from pyarrow import parquet

from annotate.actions.tokens import make_token
from annotate.models import Project, Run
from pipeline.inline import work_off
from tests import factories

CLIENT = Path(__file__).parents[2] / "clients/python"
sys.path.insert(0, str(CLIENT / "src"))

from vouch_client import RunFailed, Vouch, VouchError, http  # noqa: E402
from vouch_client.http import multipart  # noqa: E402

_spec = importlib.util.spec_from_file_location("journey", CLIENT / "examples/journey.py")
assert _spec is not None
assert _spec.loader is not None
example = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(example)

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


SENTENCES = [
    ("Mary NNP B-PER|met - O|Ana NNP B-PER|in - O|Lima NNP B-LOC", "María|conoció|a|Ana|en|Lima"),
    ("Lima NNP B-LOC|is - O|far - O|from - O|Quito NNP B-LOC", "Lima|está|lejos|de|Quito"),
    ("Ana NNP B-PER|left - O|Quito NNP B-LOC|today - O", "Ana|dejó|Quito|hoy"),
    ("Nobody - O|met - O|Mary NNP B-PER|today - O", "Nadie|conoció|a|María|hoy"),
]


def conll(folder: Path) -> tuple[Path, Path]:
    """The sentences as two files, the second without labels."""
    source, target = folder / "news.en.conll", folder / "news.es.conll"
    rows = [[token.split()[0] + " " + token.split()[2] for token in en.split("|")]
            for en, _es in SENTENCES]  # fmt: skip
    source.write_text("\n\n".join("\n".join(row) for row in rows) + "\n", encoding="utf-8")
    words = ["\n".join(f"{word} O" for word in es.split("|")) for _en, es in SENTENCES]
    target.write_text("\n\n".join(words) + "\n", encoding="utf-8")
    return source, target


def released(file: Path) -> dict[str, int]:
    """How many texts of each language a release holds, and that it is documented."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        assert {"README.md", "croissant.json"} <= set(names)
        files = [name for name in names if name.startswith("data/")]
        tables = [(name, parquet.read_table(io.BytesIO(archive.read(name)))) for name in files]
    counts: Counter[str] = Counter()
    for name, table in tables:
        counts[name.split("/")[1]] += table.num_rows
    return dict(counts)


def test_the_whole_journey_by_program(vouch: Vouch, worker: None, tmp_path: Path) -> None:
    source, target = conll(tmp_path)
    judged, file = example.journey(vouch, source, target, "es", tmp_path / "out.zip")
    assert judged
    assert released(file)["es"] >= judged


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


def test_what_was_done_before_the_line_broke_is_not_done_again(
    live_server: Any, user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "PAUSES", (0.01, 0.01))
    asked = []

    class Broken(BaseHTTPRequestHandler):
        """Passes a request on and, twice, hangs up instead of giving the answer."""

        def log_message(self, *args: Any) -> None: ...

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(self.headers["Idempotency-Key"])
            sent = {key: value for key, value in self.headers.items() if key.lower() != "host"}
            there = urlopen(Request(f"{live_server.url}{self.path}", body, sent))
            if len(asked) < 3:
                self.close_connection = True
                return
            said = there.read()
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Broken)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        token = make_token(user, days=1)[1]
        client = Vouch(f"http://127.0.0.1:{server.server_port}", token)
        made = client.create_project("News", source="en", targets=["es"])
    finally:
        server.shutdown()
        server.server_close()
    assert len(asked) == 3
    assert len(set(asked)) == 1
    with scopes_disabled():
        assert list(Project.objects.values_list("slug", flat=True)) == [made.slug]
