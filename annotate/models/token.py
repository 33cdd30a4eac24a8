"""What a program's token may reach beside what its person may, and answers kept for repeated requests."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from knox.models import AuthToken

from .project import Project


class TokenReach(models.Model):
    """A token's use: the one project that it is good for (None for all), its name, its last use."""

    token = models.OneToOneField(AuthToken, models.CASCADE, primary_key=True, related_name="reach")
    project = models.ForeignKey(
        Project, models.CASCADE, null=True, blank=True, related_name="token_reaches"
    )
    name = models.CharField(max_length=80, blank=True)
    # Written at most once a minute.
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or self.token.token_key


class Answered(models.Model):
    """The answer to a request with an idempotency key, given again when the request is repeated."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="answered")
    key = models.CharField(max_length=200)
    # sha256 over what was asked, so that a key is not taken for another request.
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    answered_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="key_once_per_person"),
        ]

    def __str__(self) -> str:
        return self.key
