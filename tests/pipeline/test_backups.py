"""A site is written to a file and stands again in an empty database, also across an upgrade."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django_scopes import scope, scopes_disabled

from annotate.models import Project
from pipeline.backups import BackupError, restore_backup, write_backup
from tests import factories as make
from tests.conftest import _admin
from verify.actions import Accepted, accept

OTHER = f"test_other_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


def at(name: str) -> psycopg.Connection[Any]:
    """A connection to another database of the same server."""
    row = connection.settings_dict
    return psycopg.connect(
        host=row["HOST"], port=row["PORT"] or None, user=row["USER"],
        password=row["PASSWORD"] or None, dbname=name, autocommit=True,
    )  # fmt: skip


@pytest.fixture
def other(transactional_db: None, tmp_path: Path) -> Iterator[dict[str, str]]:
    """An empty database and storage, as what a child process is told of them."""
    _admin(f'DROP DATABASE IF EXISTS "{OTHER}"')
    _admin(f'CREATE DATABASE "{OTHER}"')
    row = connection.settings_dict
    port = f":{row['PORT']}" if row["PORT"] else ""
    yield {
        **os.environ, "DATABASE_URL": f"postgres://{row['USER']}@{port}/{row['HOST']}/{OTHER}",
        "MEDIA_ROOT": str(tmp_path / "media"), "DATABASE_POOL": "0",
    }  # fmt: skip
    _admin(f'DROP DATABASE IF EXISTS "{OTHER}"')


def manage(environment: dict[str, str], *args: str) -> subprocess.CompletedProcess[str]:
    """Run ``manage.py`` on the other database."""
    argv = [sys.executable, "manage.py", *args]
    return subprocess.run(
        argv, env=environment, cwd=settings.BASE_DIR, text=True, capture_output=True, check=False
    )


def count(table: str, database: str = "") -> int:
    statement = f"SELECT count(*) FROM {table}".encode()
    if not database:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.fetchone()[0])
    with at(database) as there:
        row = there.execute(statement).fetchone()
        assert row
        return int(row[0])


TABLES = (
    "auth_user", "annotate_project", "annotate_projectevent", "annotate_item", "annotate_reading",
    "annotate_span", "verify_assignment", "verify_decision", "verify_decisionevent",
    "django_migrations", "django_content_type", "auth_permission",
)  # fmt: skip


def fill() -> Project:
    """A project with a decided text, and a stored file."""
    project = make.make_project(slug="kept")
    make.make_user("amina")
    with scope(project=project):
        rendition = make.make_task(project)
        accept(project, [Accepted(rendition.pk, make.make_consensus(rendition).reading_id)])
    default_storage.save("uploads/kept.txt", ContentFile("Ọ̀rọ̀\x00".encode()))
    return project


@pytest.mark.slow
def test_a_backup_stands_again(other: dict[str, str], tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "own")
    project = fill()
    file = tmp_path / "site.tar.gz"
    made = write_backup(file)
    assert made.files == 1
    assert file.stat().st_mode & 0o077 == 0
    done = manage(other, "restore", str(file))
    assert done.returncode == 0, done.stderr
    for table in TABLES:
        assert count(table, OTHER) == count(table) > 0, table
    assert (tmp_path / "media/uploads/kept.txt").read_bytes() == "Ọ̀rọ̀\x00".encode()
    with at(OTHER) as there:
        row = there.execute("SELECT id, slug FROM annotate_project").fetchone()
        assert row == (project.pk, "kept")
        made_id = there.execute(
            "INSERT INTO auth_user (username, password, first_name, last_name, email, is_staff,"
            " is_active, is_superuser, date_joined)"
            " VALUES ('b', '', '', '', '', false, true, false, now()) RETURNING id"
        ).fetchone()
        highest = there.execute("SELECT max(id) FROM auth_user WHERE username <> 'b'").fetchone()
        assert made_id
        assert highest
        assert made_id[0] == highest[0] + 1
        # Triggers stand: a decision of the restored site is written to its history again.
        before = count("verify_decisionevent", OTHER)
        there.execute("UPDATE verify_decision SET gold = NOT gold")
        assert count("verify_decisionevent", OTHER) > before
    again = manage(other, "restore", str(file))
    assert again.returncode == 1
    assert "This site is in use" in again.stderr


@pytest.mark.slow
def test_a_backup_of_an_earlier_version_is_upgraded(other: dict[str, str], tmp_path: Path) -> None:
    assert manage(other, "migrate", "annotate", "0007").returncode == 0
    assert manage(other, "migrate", "auth").returncode == 0
    with at(OTHER) as there:
        there.execute(
            "INSERT INTO annotate_project (slug, name, description, source_language, preset,"
            " guidelines, policy, licence, invite_key, is_archived, created_at) VALUES ('old',"
            " 'Old', '', 'en', 'ner', '', '{}', '', 'k', false, now())"
        )
    file = tmp_path / "old.tar.gz"
    assert manage(other, "backup", str(file)).returncode == 0
    _admin(f'DROP DATABASE "{OTHER}"')
    _admin(f'CREATE DATABASE "{OTHER}"')
    assert manage(other, "migrate").returncode == 0
    done = manage(other, "restore", str(file))
    assert done.returncode == 0, done.stderr
    assert count("annotate_project", OTHER) == 1
    assert count("django_migrations", OTHER) == count("django_migrations")
    assert manage(other, "migrate", "--check").returncode == 0


def test_what_is_no_backup_is_refused(db: None, tmp_path: Path) -> None:
    file = tmp_path / "a.tar.gz"
    file.write_bytes(b"not a tar at all")
    with pytest.raises(BackupError, match="cannot be read as a backup"):
        restore_backup(file)
    with tarfile.open(file, "w:gz") as archive:
        archive.add(__file__, arcname="files/../../etc/passwd")
    with pytest.raises(BackupError, match="no backup that this version"):
        restore_backup(file)
    with pytest.raises(BackupError, match="there already"):
        write_backup(file)


@pytest.mark.django_db(transaction=True)
def test_a_torn_backup_changes_nothing(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "own")
    file = tmp_path / "site.tar.gz"
    write_backup(file)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BackupError, match=r"cannot be read as a backup|not whole"):
        restore_backup(file)
    with scopes_disabled():
        assert not Project.objects.exists()
    assert count("django_migrations") > 0
