"""Plan a certificate, open the seats of its sample, and say what came of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.actions.notices import tell
from annotate.actions.runs import RunIsLive, queue_run
from annotate.models import Project
from verify.certified import decided_readings
from verify.errors import VerifyError
from verify.models import Assignment, Certificate

from .reports import draw_sample
from .seats import NewSeat, next_rounds, open_seats

STAGE = "certify"
FIXED, SEQUENTIAL = "fixed", "sequential"
# What a judged sample is taken before other work: it holds a delivery up.
BAND = 0
State = Certificate.State
OPEN = (State.PLANNED, State.JUDGING)


class PlanRefused(VerifyError):
    """The plan cannot be carried out as it is."""


@transaction.atomic
def plan_certificate(
    project: Project,
    *,
    language: str,
    rate: float,
    confidence: float = 0.95,
    design: str = FIXED,
    allowed: int = 0,
    mode: str = "blind",
    origins: Sequence[str] = (),
    seed: str = "",
    by: Any = None,
) -> Certificate:
    """State, before the first answer, what is to be certified and how; the worker draws and opens.

    ``rate`` is the share of wrong items that the certificate is to exclude; ``allowed`` errors may be
    found under a fixed plan. Raises PlanRefused for a language that is certified already or not one
    of the project's.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if not project.languages.filter(tag=language).exists():
        raise PlanRefused(_("That is not a language of this project."))
    if Certificate.objects.filter(project=project, language=language, state__in=OPEN).exists():
        raise PlanRefused(
            _("A certificate of this language is being judged: wait for it or withdraw it.")
        )
    plan = {
        "design": design, "rate": rate, "allowed": allowed, "mode": mode,
        "origins": list(origins), "seed": seed or secrets.token_hex(8),
    }  # fmt: skip
    made = Certificate.objects.create(
        project=project, language=language, state=State.PLANNED, plan=plan, confidence=confidence,
        made_by=by, frame_size=0, judged=0, errors=0, bound=1.0, method=design,
    )  # fmt: skip
    look_again(project, by=by)
    return made


def look_again(project: Project, *, by: Any = None) -> None:
    """Have a worker draw what is planned and count what was judged; nothing where it does already."""
    try:
        queue_run(project, STAGE, made_by=by)
    except RunIsLive:
        return


@transaction.atomic
def open_certificate(
    certificate: Certificate, *, size: int, first: int, plan: Mapping[str, Any]
) -> Certificate:
    """Draw ``size`` items of the frame and open seats for the ``first`` of them.

    ``plan`` is kept beside what the manager chose. Raises ValueError where the frame is smaller.
    """
    project = certificate.project
    frame = frame_of_plan(certificate)
    sample, members = draw_sample(
        project=project, purpose="certificate", frame=frame, seed=certificate.plan["seed"],
        size=size,
    )  # fmt: skip
    certificate.sample, certificate.frame_size = sample, sample.frame_size or 0
    certificate.plan = {**certificate.plan, **plan, "n": size, "members": members}
    certificate.state = State.JUDGING
    certificate.save()
    open_more(certificate, first)
    return certificate


def frame_of_plan(certificate: Certificate) -> dict[str, Any]:
    """What the sample is drawn from: all that is decided in the language, but for gold."""
    frame: dict[str, Any] = {"language": certificate.language}
    if certificate.plan.get("origins"):
        frame["origins"] = certificate.plan["origins"]
    return frame


def open_more(certificate: Certificate, upto: int) -> int:
    """Open seats for the first ``upto`` members that have none; return for how many.

    A seat keeps the reading that was decided when it was opened: an error is what differs from it.
    """
    members = certificate.plan["members"][:upto]
    seated = set(
        Assignment.objects.filter(sample=certificate.sample).values_list("rendition_id", flat=True)
    )
    lacking = [pk for pk in members if pk not in seated]
    decided = dict(
        decided_readings(certificate.project, {})
        .filter(rendition_id__in=lacking)
        .values_list("rendition_id", "reading_id")
    )
    rounds = next_rounds(lacking)
    rows = [
        NewSeat(
            pk, certificate.language, rounds[pk], mode="audit", band=BAND,
            sample=certificate.sample_id,
            preset={"certifies": decided[pk], "mode": certificate.plan["mode"]},
        )
        for pk in lacking if pk in decided
    ]  # fmt: skip
    return open_seats(certificate.project, rows)


@transaction.atomic
def note_progress(
    certificate: Certificate, *, judged: int, errors: int, body: Mapping[str, Any]
) -> None:
    """Keep how far the sample is."""
    certificate.judged, certificate.errors = judged, errors
    certificate.body = {**certificate.body, **body}
    certificate.save(update_fields=["judged", "errors", "body"])


@transaction.atomic
def end_certificate(
    certificate: Certificate,
    *,
    passed: bool,
    bound: float,
    judges: Sequence[str] = (),
    because: str = "",
) -> Certificate:
    """Issue the certificate, or say that it failed; the seats that are still open are taken away."""
    certificate.state = State.ISSUED if passed else State.FAILED
    certificate.bound, certificate.judges = bound, list(judges)
    certificate.ended_because, certificate.issued_at = because[:200], timezone.now()
    certificate.save()
    _void(certificate)
    tell(
        certificate.project, "certificate.issued" if passed else "certificate.failed",
        language=certificate.language, certificate=certificate.pk, bound=bound,
    )  # fmt: skip
    return certificate


@transaction.atomic
def withdraw_certificate(certificate: Certificate, *, because: str, by: Any = None) -> Certificate:
    """Take a certificate back, or stop one that is being judged; it is kept, with the reason.

    Raises PlanRefused without a reason and for one that ended already.
    """
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if not because.strip():
        raise PlanRefused(_("Say why the certificate is withdrawn."))
    if locked.state in (State.FAILED, State.WITHDRAWN):
        raise PlanRefused(_("This certificate has ended already."))
    locked.state, locked.ended_because = State.WITHDRAWN, because.strip()[:200]
    locked.body = {**locked.body, "withdrawn_by": str(by) if by else ""}
    locked.save(update_fields=["state", "ended_because", "body"])
    _void(locked)
    return locked


def _void(certificate: Certificate) -> None:
    if certificate.sample_id:
        Assignment.objects.filter(sample=certificate.sample_id, state="open").update(
            state=Assignment.State.VOID, closed_at=timezone.now()
        )
