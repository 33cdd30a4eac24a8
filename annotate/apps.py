"""The app that stores what there is: projects, texts, candidates, runs."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class AnnotateConfig(AppConfig):
    """Registers annotate with Django."""

    name = "annotate"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the site's Celery application the one that runs are sent through."""
        import_module("config.celery")
