"""The Celery application of the workers; the web process only sends task names through it."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("vouch")
app.config_from_object("django.conf:settings", namespace="CELERY")
