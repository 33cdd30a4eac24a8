"""Keep how a person wants the interface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from annotate.models import Preference


def preference_of(user: Any) -> Preference:
    """What a person chose; an unsaved row without choices where there is none."""
    return Preference.objects.filter(user_id=user.pk).first() or Preference(user_id=user.pk)


def choose_language(*, user: Any, language: str) -> None:
    """Keep the interface language of a person: one of the settings' LANGUAGES."""
    Preference.objects.update_or_create(user_id=user.pk, defaults={"language": language})


def choose_keys(*, user: Any, keys: Mapping[str, str]) -> None:
    """Keep a person's own keys of the desk; an empty mapping gives all the usual ones back."""
    Preference.objects.update_or_create(user_id=user.pk, defaults={"keys": dict(keys)})
