"""Webhooks: what arrives is signed, what fails is tried again, what fails for good is switched off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scope
from standardwebhooks.webhooks import Webhook as Reference
from standardwebhooks.webhooks import WebhookVerificationError

from annotate.actions import runs
from annotate.actions.notices import add_webhook, switch_webhook, tell, try_webhook
from annotate.models import Delivery, Notice, Project, Run, Webhook
from pipeline import deliveries
from pipeline.deliveries import MOST_FAILURES, PAUSES, deliver_due
from tests import factories as make
from verify.actions import record_judgement
from verify.actions.finished import tell_languages

pytestmark = pytest.mark.django_db


class Ear:
    """A program that listens: what it got, and the status that it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.status, self.location, self.url = 204, "", ""


@pytest.fixture
def ear(settings: Any) -> Iterator[Ear]:
    own = Ear()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: Any) -> None: ...

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            own.got.append((dict(self.headers), body))
            self.send_response(own.status)
            if own.location:
                self.send_header("Location", own.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    own.url = f"http://127.0.0.1:{server.server_port}/hook"
    settings.ENDPOINT_ALLOW = frozenset({f"127.0.0.1:{server.server_port}"})
    Thread(target=server.serve_forever, daemon=True).start()
    yield own
    server.shutdown()
    server.server_close()


@pytest.fixture
def inside() -> Iterator[Project]:
    made = make.make_project(slug="news")
    with scope(project=made):
        yield made


def again() -> None:
    """Let what waits be due, and deliver it."""
    Delivery.objects.filter(state="waiting").update(due_at=timezone.now())
    deliver_due()


def test_a_message_is_signed_as_the_standard_says(inside: Project, ear: Ear) -> None:
    hook, secret = add_webhook(inside, url=ear.url, kinds=["run.failed"])
    assert secret not in hook.secret
    tell(inside, "run.failed", run=7, stage="label", message="Ñandú ist weg")
    tell(inside, "run.done", run=8, stage="label", message="")
    assert deliver_due() == 1
    ((headers, body),) = ear.got
    said = Reference(secret).verify(body, headers)
    assert said == json.loads(body)
    assert said["type"] == "run.failed"
    assert said["data"] == {
        "project": "news", "run": 7, "stage": "label", "message": "Ñandú ist weg",
    }  # fmt: skip
    with pytest.raises(WebhookVerificationError):
        Reference(secret).verify(body.replace(b"weg", b"da!"), headers)
    assert Delivery.objects.get().answer == "HTTP 204"
    assert deliver_due() == 0


def test_what_fails_is_tried_again_later_and_given_up_at_last(inside: Project, ear: Ear) -> None:
    hook, _secret = add_webhook(inside, url=ear.url, kinds=["run.done"])
    tell(inside, "run.done", run=1, stage="label", message="")
    ear.status = 500
    deliver_due()
    row = Delivery.objects.get()
    assert (row.state, row.tries, row.answer) == ("waiting", 1, "HTTP 500")
    assert timedelta(seconds=5) < row.due_at - timezone.now() <= timedelta(seconds=PAUSES[0])
    assert deliver_due() == 0, "not before its time"
    again()
    ear.status = 200
    again()
    assert Delivery.objects.get().state == "done"
    ids = {headers["webhook-id"] for headers, _ in ear.got}
    assert len(ids) == 1, "the same message has the same id, so that the program takes it once"

    ear.status = 503
    tell(inside, "run.done", run=2, stage="label", message="")
    for _ in range(len(PAUSES) + 1):
        again()
    row = Delivery.objects.latest("pk")
    assert (row.state, row.tries) == ("failed", len(PAUSES) + 1)
    hook.refresh_from_db()
    assert (hook.failures, hook.is_enabled) == (1, True)


def test_a_webhook_that_never_answers_is_switched_off_and_told_of(
    inside: Project, ear: Ear, monkeypatch: Any
) -> None:
    monkeypatch.setattr(deliveries, "PAUSES", ())
    hook, _secret = add_webhook(inside, url=ear.url, kinds=["run.done"])
    ear.status = 404
    for number in range(MOST_FAILURES + 2):
        tell(inside, "run.done", run=number, stage="label", message="")
    deliver_due()
    hook.refresh_from_db()
    assert not hook.is_enabled
    assert len(ear.got) == MOST_FAILURES
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert Notice.objects.get(kind="webhook.off").facts == {"url": ear.url, "answer": "HTTP 404"}
    switch_webhook(hook, on=True)
    ear.status = 200
    tell(inside, "run.done", run=99, stage="label", message="")
    deliver_due()
    assert Delivery.objects.latest("pk").state == "done"


@pytest.mark.parametrize("elsewhere", ["http://169.254.169.254/", "https://10.0.0.1/x"])
def test_no_message_goes_into_our_own_network(inside: Project, ear: Ear, elsewhere: str) -> None:
    add_webhook(inside, url=elsewhere, kinds=["run.done"])
    add_webhook(inside, url=ear.url, kinds=["run.done"])
    ear.status, ear.location = 302, elsewhere
    tell(inside, "run.done", run=1, stage="label", message="")
    deliver_due()
    refused, led_on = Delivery.objects.order_by("webhook_id")
    assert "not public" in refused.answer or "without https" in refused.answer
    assert "redirects" in led_on.answer


def test_a_try_goes_to_one_webhook_and_is_no_failure(inside: Project, ear: Ear) -> None:
    hook, _ = add_webhook(inside, url=ear.url, kinds=["run.done"])
    add_webhook(inside, url=ear.url, kinds=["run.done"])
    ear.status = 500
    try_webhook(hook)
    assert deliver_due() == 1
    assert Delivery.objects.get().state == "failed"
    assert not Webhook.objects.exclude(failures=0).exists()


def test_another_secret_key_sends_nothing_unsigned(
    inside: Project, ear: Ear, settings: Any
) -> None:
    add_webhook(inside, url=ear.url, kinds=["run.done"])
    settings.SECRET_KEY = "another key than the one that the webhook's secret was sealed with"
    tell(inside, "run.done", run=1, stage="label", message="")
    deliver_due()
    assert ear.got == []
    assert "another SECRET_KEY" in Delivery.objects.get().answer


def test_runs_that_end_are_told_of_and_trials_are_not(inside: Project) -> None:
    for state, is_trial in (("done", False), ("failed", False), ("done", True)):
        run = Run.objects.create(project=inside, stage="export", state="running", is_trial=is_trial)
        assert runs.close(run, state, message="Because.")
        assert not runs.close(run, state, message="Because.")
    told = Notice.objects.order_by("pk").values_list("kind", "facts__message")
    assert list(told) == [("run.done", "Because."), ("run.failed", "Because.")]


def test_a_language_is_told_of_when_its_queue_fills_and_when_it_is_empty(inside: Project) -> None:
    assert tell_languages(inside) == []
    make.make_task(inside)
    assert tell_languages(inside) == ["es"]
    assert tell_languages(inside) == []
    rater = make.make_rater(inside)
    seat = make.claim(inside, rater)
    assert tell_languages(inside) == [], "a seat that somebody holds is not done"
    record_judgement(seat, rater=rater, submission=make.accepted())
    assert tell_languages(inside) == ["es"]
    kinds = Notice.objects.filter(language="es").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["language.open", "language.done"]
