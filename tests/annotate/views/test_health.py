"""Health tells what works; the guide opens for those who are signed in."""

from __future__ import annotations

from django.db import DatabaseError
from django.test import Client
from redis.exceptions import ConnectionError as RedisDown

from annotate.views import health as module
from pipeline.tasks import sweep


def test_all_is_well(db):
    sweep()
    answer = Client().get("/health")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "redis": "ok", "workers": "ok"}


def test_silent_workers_do_not_make_the_site_unhealthy(db):
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()["workers"]) == (200, "silent")


def test_a_lost_database(db, monkeypatch):
    class Down:
        def cursor(self):
            raise DatabaseError("gone")

    monkeypatch.setattr(module, "connection", Down())
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()["database"]) == (503, "down")


def test_a_lost_redis(db, monkeypatch):
    def down(*args):
        raise RedisDown("gone")

    monkeypatch.setattr(module.cache, "get", down)
    answer = Client().get("/health")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "redis": "down", "workers": "silent"}


def test_the_guide(manager):
    assert Client().get("/guide/").status_code == 302
    assert manager.get("/guide/").status_code == 200
