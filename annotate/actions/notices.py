"""Telling managers and their programs what happened: notices, and the webhooks that carry them."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone

from annotate.models import Delivery, Notice, Project, Webhook
from annotate.sealing import seal, unseal

# What may be told, as programs know it; the facts of each are in docs/operations.md.
KINDS = (
    "run.done", "run.failed", "question.asked", "language.open", "language.done",
    "release.made", "certificate.issued", "certificate.failed", "webhook.off",
)  # fmt: skip
# Sent to one webhook on its owner's wish; it tells nobody else anything.
TRY = "webhook.try"
DELIVER = "pipeline.tasks.deliver"
PURPOSE = "webhook"
# Notices are kept for half a year.
KEPT = timedelta(days=180)


@transaction.atomic
def tell(project: Project, kind: str, *, language: str = "", **facts: Any) -> Notice:
    """Note what happened, and send it to the webhooks that want its kind, once all is committed.

    ``facts`` are JSON values and hold neither texts of the data nor secrets.
    """
    notice = Notice.objects.create(project=project, kind=kind, language=language, facts=facts)
    hooks = Webhook.objects.filter(project=project, is_enabled=True)
    _send(notice, [hook for hook in hooks if kind in hook.kinds])
    return notice


def try_webhook(webhook: Webhook) -> Notice:
    """Send a notice to this webhook alone, to see whether it arrives."""
    with transaction.atomic():
        notice = Notice.objects.create(project=webhook.project, kind=TRY)
        _send(notice, [webhook])
    return notice


def add_webhook(
    project: Project, *, url: str, kinds: Sequence[str], made_by: Any = None
) -> tuple[Webhook, str]:
    """A webhook and its secret, which is shown this once."""
    secret = new_secret()
    row = Webhook.objects.create(
        project=project, url=url, kinds=sorted(kinds), secret=seal(secret, PURPOSE), made_by=made_by
    )
    return row, secret


def switch_webhook(webhook: Webhook, *, on: bool) -> None:
    """Stop sending, or begin again; what was told meanwhile is not sent later."""
    webhook.is_enabled, webhook.failures = on, 0
    webhook.save(update_fields=["is_enabled", "failures"])
    if not on:
        Delivery.objects.filter(webhook=webhook, state="waiting").update(
            state=Delivery.State.FAILED, answer="The webhook was switched off."
        )


def secret_of(webhook: Webhook) -> str:
    """What its messages are signed with. Raises SealBroken."""
    return unseal(webhook.secret, PURPOSE)


def new_secret() -> str:
    """A secret as the Standard Webhooks specification writes it: 32 random bytes."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def forget_notices() -> int:
    """Delete notices older than half a year, and their deliveries; returns how many rows."""
    return Notice.objects.filter(made_at__lt=timezone.now() - KEPT).delete()[0]


def _send(notice: Notice, hooks: Iterable[Webhook]) -> None:
    rows = [Delivery(project=notice.project, webhook=hook, notice=notice) for hook in hooks]
    if rows:
        Delivery.objects.bulk_create(rows)
        transaction.on_commit(
            lambda: current_app.signature(DELIVER).apply_async(queue="interactive")
        )
