"""What every page of a project shares: its frame, and the question whether workers are alive."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from redis.exceptions import RedisError

from annotate.access import RANK, Role, role_in
from annotate.models import Project

log = logging.getLogger(__name__)

# Where the sweep leaves the time, in seconds since 1970, at which it last ran.
HEARTBEAT = "worker-heartbeat"
# The workers' sweep says it is alive every 30 s; four misses in a row are no accident.
SILENT_SECONDS = 120


def workers_alive() -> bool:
    """Whether some worker was heard of lately. Without Redis nothing works, so that is a no."""
    try:
        heard = cache.get(HEARTBEAT)
    except (RedisError, OSError):
        log.exception("Redis does not answer")
        return False
    return heard is not None and time.time() - float(heard) < SILENT_SECONDS


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment, not for a page."""
    htmx = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted


def page(
    request: HttpRequest, project: Project, template: str, *, status: int = 200, **context: Any
) -> HttpResponse:
    """Render a page or fragment of a project with what its frame shows."""
    role = Role(role_in(request.user, project) or Role.REVIEWER)
    context |= {
        "project": project,
        "role": role,
        "is_manager": role == Role.MANAGER,
        "is_adjudicator": RANK[role] >= RANK[Role.ADJUDICATOR],
    }
    response = render(request, template, context, status=status)
    response["Vary"] = "HX-Request, Cookie"
    return response
