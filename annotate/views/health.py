"""Whether the site works, for a load balancer or a watcher."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from .shell import workers_alive

log = logging.getLogger(__name__)


@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """State of database, Redis and workers; 503 when the first two do not both answer."""
    found = {"database": _database(), "redis": _redis()}
    sound = all(found.values())
    state = {part: "ok" if works else "down" for part, works in found.items()}
    state["workers"] = "ok" if found["redis"] and workers_alive() else "silent"
    return JsonResponse(state, status=200 if sound else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())
    except DatabaseError:
        log.exception("The database does not answer")
        return False


def _redis() -> bool:
    try:
        cache.get("health")
    except (RedisError, OSError):
        log.exception("Redis does not answer")
        return False
    return True
