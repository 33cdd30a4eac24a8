"""How a person wants the interface, wherever they sign in."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Preference(models.Model):
    """A person's interface language ('' for what the browser asks) and keys of the desk.

    ``keys`` maps a command to the key that a person gave it; commands that it lacks keep theirs.
    ``news_seen`` maps a project's id to the newest notice that the person has seen.
    ``guidelines_seen`` maps a project's id to the fingerprint of the guidelines that the person read.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="preference"
    )
    language = models.CharField(max_length=10, blank=True)
    keys = models.JSONField(default=dict, blank=True)
    guidelines_seen = models.JSONField(default=dict, blank=True)
    news_seen = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.user} ({self.language or '-'})"
