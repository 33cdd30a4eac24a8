"""The app of the machine: stages, tasks and commands, without tables or views."""

from __future__ import annotations

from django.apps import AppConfig


class PipelineConfig(AppConfig):
    """Registers pipeline with Django, for its commands."""

    name = "pipeline"
