"""Keep how a person wants the interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotate.models import Preference, Project


def preference_of(user: Any) -> Preference:
    """What a person chose; an unsaved row without choices where there is none."""
    return Preference.objects.filter(user_id=user.pk).first() or Preference(user_id=user.pk)


def choose_language(*, user: Any, language: str) -> None:
    """Keep the interface language of a person: one of the settings' LANGUAGES."""
    Preference.objects.update_or_create(user_id=user.pk, defaults={"language": language})


def choose_keys(*, user: Any, keys: Mapping[str, str]) -> None:
    """Keep a person's own keys of the desk; an empty mapping gives all the usual ones back."""
    Preference.objects.update_or_create(user_id=user.pk, defaults={"keys": dict(keys)})


@transaction.atomic
def note_news(*, user: Any, project: Project, newest: int) -> None:
    """Remember the newest notice of a project that a person has seen."""
    Preference.objects.get_or_create(user_id=user.pk)
    row = Preference.objects.select_for_update().get(user_id=user.pk)
    row.news_seen = {**row.news_seen, str(project.pk): newest}
    row.save(update_fields=["news_seen"])


@transaction.atomic
def note_guidelines(*, user: Any, project: Project, fingerprint: str) -> None:
    """Remember which version of a project's guidelines a person has read."""
    Preference.objects.get_or_create(user_id=user.pk)
    row = Preference.objects.select_for_update().get(user_id=user.pk)
    row.guidelines_seen = {**row.guidelines_seen, str(project.pk): fingerprint}
    row.save(update_fields=["guidelines_seen"])
