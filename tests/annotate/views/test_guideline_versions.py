"""Guidelines: their versions, what changed, and who is told so."""

from __future__ import annotations

import pytest
from django.test import Client

from annotate.actions.project_settings import save_details, save_guidelines
from annotate.guidelines import fingerprint, versions

VERSIONS = "/p/news/settings/guidelines/versions/"
READ = "/p/news/guidelines/read/"


@pytest.fixture
def written(project):
    for text in ("# Names\n\nMark all.", "# Names\n\nMark all.", "# Names\n\nLeave titles out."):
        save_guidelines(project, text)
    save_details(project, name="News", description="x", licence="")
    return project


def test_each_text_is_one_version(written):
    found = versions(written)
    assert [(one.number, one.text.splitlines()[-1]) for one in found] == [
        (1, "Mark all."), (2, "Leave titles out."),
    ]  # fmt: skip
    assert found[0].since <= found[1].since


def test_a_manager_sees_what_changed_and_can_go_back(written, manager):
    page = manager.get(VERSIONS).content.decode()
    assert page.index("Version 2") < page.index("Version 1")
    assert "<del>" in page
    assert "<h3>Names</h3>" in page
    assert manager.post("/p/news/settings/guidelines/restore/", {"version": "1"}).url == VERSIONS
    written.refresh_from_db()
    assert written.guidelines.endswith("Mark all.")
    assert len(versions(written)) == 3
    for wrong in ("9", "x", ""):
        answer = manager.post("/p/news/settings/guidelines/restore/", {"version": wrong})
        assert answer.status_code == 404


def test_a_reviewer_is_told_what_changed_since_they_read_it(written, reviewer):
    page = reviewer.get("/p/news/").content.decode()
    assert "I have read them" in page
    assert "changed since" not in page
    reviewer.post(READ, {"fingerprint": fingerprint(written.guidelines)})
    assert "I have read them" not in reviewer.get("/p/news/").content.decode()
    save_guidelines(written, written.guidelines + "\nMark <b>rivers</b>.")
    page = reviewer.get("/p/news/").content.decode()
    assert "changed since you read them" in page
    assert "added</span>" in page or "added: </span>" in page
    assert "Mark &lt;b&gt;rivers&lt;/b&gt;." in page
    reviewer.post(READ, {"fingerprint": "nonsense"})
    page = reviewer.get("/p/news/").content.decode()
    assert "I have read them" in page
    assert "changed since" not in page


def test_who_may_see_versions(written, reviewer, stranger):
    assert reviewer.get(VERSIONS).status_code == 403
    assert stranger.get(VERSIONS).status_code == 404
    assert stranger.post(READ, {"fingerprint": "x"}).status_code == 404
    assert Client().post(READ).status_code == 302
    assert reviewer.get(READ).status_code == 405
