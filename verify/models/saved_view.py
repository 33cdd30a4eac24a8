"""A way of looking at a project's texts that somebody kept."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from annotate.models import Project
from annotate.models.scoping import ProjectManager


class SavedView(models.Model):
    """Filters of the browser under a name: one's own, or shared with all managers of the project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="saved_views")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    # As the query of an address: verify.browsing.Asked.
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)

    objects = ProjectManager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "user", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name
