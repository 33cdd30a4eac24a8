"""Deliveries: notices sent to webhooks, signed, tried again with growing pauses, and given up at last.

Messages follow the Standard Webhooks specification 1.0 (standardwebhooks.com): ``webhook-id``,
``webhook-timestamp`` and ``webhook-signature``, an HMAC-SHA256 over the three parts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from datetime import timedelta

import httpx2
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from annotate.actions.notices import TRY, secret_of, switch_webhook, tell
from annotate.models import Delivery, Webhook
from annotate.sealing import SealBroken
from pipeline.backends.base import BackendError
from pipeline.backends.transport import GuardedTransport

log = logging.getLogger(__name__)

# Seconds to wait after each try; the last comes about a day and a half after the first.
PAUSES = (10, 60, 600, 3600, 6 * 3600, 24 * 3600)
# Given-up deliveries in a row after which a webhook is switched off.
MOST_FAILURES = 10
SECONDS = 15.0
MOST_BYTES = 64 * 1024
AT_ONCE = 50


def deliver_due() -> int:
    """Send what is due, each at most once at a time over all workers; returns how many were tried.

    A delivery is held by its row's lock while it is sent, so that a worker that dies gives it back.
    """
    tried = 0
    while tried < AT_ONCE and _deliver_one():
        tried += 1
    return tried


def _deliver_one() -> bool:
    with transaction.atomic(), scopes_disabled():
        due = Delivery.objects.filter(state="waiting", due_at__lte=timezone.now())
        row = (
            due.select_for_update(skip_locked=True, of=("self",))
            .select_related("webhook__project", "notice")
            .order_by("due_at").first()
        )  # fmt: skip
        if row is None:
            return False
        with scope(project=row.webhook.project):
            _note(row, *_send(row))
    return True


def _send(row: Delivery) -> tuple[bool, str]:
    """Whether it was taken, and what came back in a line."""
    try:
        headers, body = message(row, secret_of(row.webhook))
        transport = GuardedTransport(
            settings.ENDPOINT_ALLOW, seconds=SECONDS, most_bytes=MOST_BYTES
        )
        with httpx2.Client(transport=transport, trust_env=False) as client:
            answer = client.post(row.webhook.url, content=body, headers=headers)
    except (BackendError, SealBroken, httpx2.HTTPError, httpx2.InvalidURL) as error:
        return False, str(error)[:200]
    return answer.is_success, f"HTTP {answer.status_code}"


def message(row: Delivery, secret: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of a delivery, signed with the webhook's secret."""
    notice = row.notice
    body = json.dumps({
        "type": notice.kind, "timestamp": notice.made_at.isoformat(),
        "data": {
            "project": row.webhook.project.slug,
            **({"language": notice.language} if notice.language else {}), **notice.facts,
        },
    }, ensure_ascii=False).encode()  # fmt: skip
    name, at = f"msg_{notice.pk}", str(int(timezone.now().timestamp()))
    return {
        "content-type": "application/json", "webhook-id": name, "webhook-timestamp": at,
        "webhook-signature": f"v1,{sign(secret, name, at, body)}", "user-agent": "Vouch",
    }, body  # fmt: skip


def sign(secret: str, name: str, at: str, body: bytes) -> str:
    """The signature of a message, in base64."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    found = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    return base64.b64encode(found.digest()).decode()


def _note(row: Delivery, is_taken: bool, answer: str) -> None:
    row.tries, row.answer = row.tries + 1, answer
    if is_taken:
        row.state = Delivery.State.DONE
        Webhook.objects.filter(pk=row.webhook_id).exclude(failures=0).update(failures=0)
    elif row.notice.kind == TRY:
        row.state = Delivery.State.FAILED
    elif row.tries > len(PAUSES):
        row.state = Delivery.State.FAILED
        _count_failure(row)
    else:
        row.due_at = timezone.now() + timedelta(seconds=PAUSES[row.tries - 1])
    row.save(update_fields=["state", "tries", "answer", "due_at"])


def _count_failure(row: Delivery) -> None:
    hook = Webhook.objects.select_for_update().get(pk=row.webhook_id)
    hook.failures += 1
    hook.save(update_fields=["failures"])
    if hook.failures >= MOST_FAILURES and hook.is_enabled:
        log.warning("Webhook %s of %s is switched off: %s", hook.pk, hook.project, row.answer)
        switch_webhook(hook, on=False)
        tell(hook.project, "webhook.off", url=hook.url, answer=row.answer)
