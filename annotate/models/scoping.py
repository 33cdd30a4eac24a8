"""The manager of every model that belongs to a project: without a project's scope it answers nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import models
from django_scopes import ScopedManager

M = TypeVar("M", bound=models.Model)

if TYPE_CHECKING:
    _Scoped = models.Manager
else:
    # django_scopes makes its manager in a function, which no type checker follows.
    _Scoped = type(ScopedManager(project="project"))


class ProjectManager(_Scoped[M]):
    """Rows of the project in scope. Raises ScopeError when no scope is entered."""
