"""Tidying: once a day, what nobody needs any more goes: old uploads, old exports, sessions long over."""

from __future__ import annotations

import logging
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from annotate.actions.notices import forget_notices
from annotate.models import Run

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)
KEY = "tidied"
ENDED = (Run.State.DONE, Run.State.FAILED, Run.State.CANCELLED)


def tidy_daily() -> bool:
    """Tidy up unless that was done within a day; whether it was done now."""
    if not cache.add(KEY, True, timeout=int(EVERY.total_seconds())):
        return False
    files = forget_files()
    with scopes_disabled():
        forget_notices()
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    log.info("Tidied up: %s files of old runs are gone", files)
    return True


def forget_files() -> int:
    """Delete the uploads and exports of runs that ended long ago; returns how many files.

    ``UPLOAD_DAYS`` and ``EXPORT_DAYS`` say how long ago; 0 keeps them. What was imported stays in the
    database, and releases are no exports.
    """
    return sum(
        _forget(fields, days)
        for fields, days in (
            (("upload", "upload_pair"), settings.UPLOAD_DAYS), (("result",), settings.EXPORT_DAYS),
        )
    )  # fmt: skip


def _forget(fields: tuple[str, ...], days: int) -> int:
    if days <= 0:
        return 0
    before = timezone.now() - timedelta(days=days)
    count = 0
    with scopes_disabled():
        some = Q()
        for field in fields:
            some |= ~Q(**{field: ""})
        for run in Run.objects.filter(some, state__in=ENDED, finished_at__lt=before).order_by("pk"):
            names = [getattr(run, field) for field in fields if getattr(run, field)]
            with transaction.atomic():
                Run.objects.filter(pk=run.pk).update(**dict.fromkeys(fields, ""))
            for file in names:
                # Several runs may be of one upload: a preview, and the import that came of it.
                if not Run.objects.filter(Q(upload=file.name) | Q(upload_pair=file.name)).exists():
                    file.storage.delete(file.name)
                    count += 1
    return count
