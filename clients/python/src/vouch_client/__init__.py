"""A client of Vouch's API: projects, files, runs, judgements, releases."""

from .client import Project, Vouch
from .http import VouchError
from .shapes import Page, ProjectRow, Run, RunFailed

__all__ = ["Page", "Project", "ProjectRow", "Run", "RunFailed", "Vouch", "VouchError"]
