"""Spend within limits: set money aside before a call, settle it afterwards, stop everything at once.

The annotator's row is locked while its limits are compared with what is spent and set aside, so calls of
any number of workers are admitted one after the other. What is set aside is the most that a call can cost,
so limits hold however many calls are under way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from annotate.models import Annotator, Call, Endpoint, Project, Run, Spending
from annotate.prices import Usage

STOPPED = "stopped"
# A full server is asked again after so many seconds.
AGAIN = 0.2


class SpendingRefused(Exception):
    """The call may not be made: calls are stopped, or a limit on spending is reached.

    It is said to a worker, which keeps it with the run; so it is not translated.
    """


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model server may be called: requests a minute and at once; None for no limit."""

    per_minute: float | None = None
    at_once: int | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """The call's number, or None and the seconds after which to ask again."""

    call: int | None
    wait: float = 0.0


@transaction.atomic
def reserve_call(
    annotator_id: int, *, host: str, run_id: int | None, most: Decimal, seconds: float, pace: Pace
) -> Admission:
    """Set aside what a call may cost at ``most``; it is taken for lost after ``seconds``.

    Raises SpendingRefused when calls are stopped or a limit leaves less than ``most``.
    """
    annotator = _held(annotator_id)
    if annotator.project is None:
        raise SpendingRefused(f"{annotator.name} belongs to no project and calls nothing.")
    Endpoint.objects.get_or_create(host=host)
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(host=host)
    now = timezone.now()
    _refuse_if_stopped(annotator, endpoint)
    _settle_lost(annotator, now)
    wait = 0.0 if _fits(annotator, run_id, most, now) else AGAIN
    wait = wait or _wait(endpoint, pace, now)
    if wait > 0:
        return Admission(None, wait)
    call = Call.objects.create(
        project=annotator.project, annotator=annotator, run_id=run_id, endpoint=endpoint,
        reserved=most, made_at=now, ends_at=now + timedelta(seconds=seconds),
    )  # fmt: skip
    return Admission(call.pk)


@transaction.atomic
def settle_call(call_id: int, *, cost: Decimal, usage: Usage) -> None:
    """Count what a call cost in place of what was set aside. One taken for lost is counted already."""
    found = Call.objects.filter(pk=call_id).values_list("annotator_id", flat=True).first()
    if found is None:
        return
    _held(found)
    call = Call.objects.filter(pk=call_id).first()
    if call is not None:
        _spend(call, cost, usage)


def release_call(call_id: int) -> None:
    """Give back what was set aside for a call that cost nothing."""
    Call.objects.filter(pk=call_id).delete()


def pause_endpoint(host: str, seconds: float) -> None:
    """Leave a model server alone for so long, in all workers."""
    until = timezone.now() + timedelta(seconds=seconds)
    rows = Endpoint.objects.filter(host=host)
    rows.update(paused_until=Greatest(Coalesce(F("paused_until"), until), until))


@transaction.atomic
def stop_calls(project: Project | None, *, stopped: bool) -> None:
    """Stop all calls to model servers, or allow them again: of a project, or of the whole site.

    Calls under way come back; none begins after this has returned.
    """
    # A call that is being admitted holds its annotator's row.
    held_back = Annotator.objects.select_for_update(no_key=True).order_by("pk")
    list(held_back.filter(project=project) if project else held_back)
    if project is None:
        Endpoint.objects.update_or_create(host="", defaults={"is_stopped": stopped})
        return
    held = Project.objects.select_for_update().get(pk=project.pk)
    held.policy = {**held.policy, "paid_calls": STOPPED if stopped else "on"}
    held.save(update_fields=["policy"])
    project.policy = held.policy


def count_cost(run: Run) -> None:
    """Bring a run's cost up to what its calls cost, also those of work that was not saved."""
    total = _total(Spending.objects.filter(run=run), "cost")
    Run.objects.filter(pk=run.pk, cost__lt=total).update(cost=total)


def stopped_everywhere() -> bool:
    """Whether the site's admins stopped all calls to model servers."""
    return Endpoint.objects.filter(host="", is_stopped=True).exists()


def _held(annotator_id: int) -> Annotator:
    """The annotator, its row locked until the transaction ends."""
    return Annotator.objects.select_for_update(no_key=True).get(pk=annotator_id)


def _refuse_if_stopped(annotator: Annotator, endpoint: Endpoint) -> None:
    if endpoint.is_stopped or stopped_everywhere():
        raise SpendingRefused("The site's admins have stopped calls to model servers.")
    # Read only now: what was joined to the lock would be as old as the wait for it.
    if annotator.project is not None and annotator.project.policy.get("paid_calls") == STOPPED:
        raise SpendingRefused(
            "Calls to model servers are stopped in this project; allow them, then start again."
        )
    if annotator.template is not None and not annotator.template.is_enabled:
        raise SpendingRefused(f"{annotator.name} is switched off for the whole site.")


def _fits(annotator: Annotator, run_id: int | None, most: Decimal, now: datetime) -> bool:
    """Whether every limit leaves ``most`` beside what is spent and set aside.

    Raises SpendingRefused where what is spent alone leaves too little, so that waiting is of no use.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    limits: tuple[tuple[Decimal | None, dict[str, Any], dict[str, Any], str], ...] = (
        (annotator.budget, {}, {}, "its budget"),
        (
            annotator.budget_per_day,
            {"day": today.date()},
            {"made_at__gte": today},
            "its limit for a day",
        ),
        (annotator.budget_per_run, {"run": run_id}, {"run": run_id}, "its limit for a run"),
    )
    fits = True
    for limit, spent, reserved, named in limits:
        if not most or limit is None or (run_id is None and "run" in spent):
            continue
        taken = _total(Spending.objects.filter(annotator=annotator, **spent), "cost")
        if taken + most > limit:
            raise SpendingRefused(_refusal(annotator, taken, limit, most, named))
        held = _total(Call.objects.filter(annotator=annotator, **reserved), "reserved")
        fits = fits and taken + held + most <= limit
    return fits


def _refusal(
    annotator: Annotator, taken: Decimal, limit: Decimal, most: Decimal, named: str
) -> str:
    return (
        f"{annotator.name} has spent {taken:.4f} of {limit:.4f}, {named}; the next call may cost "
        f"{most:.4f}. Raise the limit or wait, then start again: what is done is kept."
    )


def _total(rows: Any, column: str) -> Decimal:
    return Decimal(rows.aggregate(total=Sum(column))["total"] or 0)


def _settle_lost(annotator: Annotator, now: datetime) -> None:
    lost = Call.objects.filter(annotator=annotator, ends_at__lt=now)
    for call in lost.select_related("project", "run").select_for_update(of=("self",)):
        _spend(call, call.reserved, Usage())


def _spend(call: Call, cost: Decimal, usage: Usage) -> None:
    row, _made = Spending.objects.get_or_create(
        project=call.project, annotator=call.annotator, run=call.run, day=call.made_at.date()
    )
    Spending.objects.filter(pk=row.pk).update(
        calls=F("calls") + 1,
        tokens_in=F("tokens_in") + usage.tokens_in,
        tokens_out=F("tokens_out") + usage.tokens_out,
        characters_in=F("characters_in") + usage.characters_in,
        characters_out=F("characters_out") + usage.characters_out,
        cost=F("cost") + cost,
    )
    call.delete()


def _wait(endpoint: Endpoint, pace: Pace, now: datetime) -> float:
    """Seconds until the server may be called, 0 for now; a call that may go takes its turn.

    The rate is held by the generic cell rate algorithm (ITU-T I.371): turns lie a fixed time apart, and
    a tenth of a minute's turns, or one, may be taken ahead.
    """
    if endpoint.paused_until is not None and endpoint.paused_until > now:
        return (endpoint.paused_until - now).total_seconds()
    if pace.at_once is not None:
        under_way = Call.objects.filter(endpoint=endpoint, ends_at__gte=now).count()
        if under_way >= pace.at_once:
            return AGAIN
    if pace.per_minute is None:
        return 0.0
    apart = 60.0 / pace.per_minute
    ahead = max(pace.per_minute / 10.0 - 1.0, 0.0) * apart
    turn = max(endpoint.next_at or now, now)
    early = (turn - now).total_seconds() - ahead
    # Clocks and floats are no finer than this.
    if early > 1e-6:
        return early
    endpoint.next_at = turn + timedelta(seconds=apart)
    endpoint.save(update_fields=["next_at"])
    return 0.0
