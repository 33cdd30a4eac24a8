"""Plan a release, note what became of it, withdraw it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from annotate.actions.notices import tell
from annotate.actions.runs import queue_run
from annotate.models import Project
from verify.models import Release
from verify.releasing import ReleaseScope, obstacles


class ReleaseRefused(ValueError):
    """A release cannot be made; ``reasons`` say why and what to do."""

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__(" ".join(reasons))


def plan_release(
    *,
    project: Project,
    version: str,
    licence: str,
    scope: ReleaseScope,
    notes: str = "",
    by: Any = None,
) -> Release:
    """Begin a release of what is decided now; a worker makes its files.

    Raises ReleaseRefused where something stands in its way or the version is taken.
    """
    reasons = obstacles(project, scope, licence)
    if reasons:
        raise ReleaseRefused(reasons)
    try:
        with transaction.atomic():
            release = Release.objects.create(
                project=project, version=version, licence=licence, notes=notes,
                scope=scope.as_dict(), made_by=by,
            )  # fmt: skip
    except IntegrityError:
        raise ReleaseRefused([_("There is a release %s already.") % version]) from None
    run = queue_run(project, "release", scope={"release": release.pk}, made_by=by)
    Release.objects.filter(pk=release.pk).update(run=run)
    return release


@transaction.atomic
def finish_release(
    *, release: Release, file: str, index: str, sha256: str, body: Mapping[str, Any]
) -> None:
    """Fix the files of a release; from now on nothing of it can be changed."""
    found = Release.objects.select_for_update().get(pk=release.pk)
    found.state, found.sha256, found.body = Release.State.READY, sha256, dict(body)
    found.file.name, found.index.name = file, index
    found.save()
    tell(found.project, "release.made", version=found.version, sha256=sha256)


def fail_release(*, release: Release) -> None:
    """Let the version be used again: its files could not be made."""
    Release.objects.filter(pk=release.pk, state="making").update(state=Release.State.FAILED)


def withdraw_release(*, release: Release, because: str) -> None:
    """Say that a release should no longer be used, and why; its files stay for those who cite it."""
    Release.objects.filter(pk=release.pk).update(withdrawn_because=because.strip()[:300])
