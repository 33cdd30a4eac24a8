"""The app that stores what people say: seats, judgements, decisions."""

from __future__ import annotations

from django.apps import AppConfig


class VerifyConfig(AppConfig):
    """Registers verify with Django."""

    name = "verify"
    default_auto_field = "django.db.models.BigAutoField"
