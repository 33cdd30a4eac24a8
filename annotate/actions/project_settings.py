"""Change a project's settings: words, policy, guidelines, labels and languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django_scopes import scope

from annotate import models

from .labels import add_label
from .projects import add_language
from .texts import mark_translate_due


class InUse(ValueError):
    """What should be removed carries data; the message says what."""


def save_details(
    project: models.Project, *, name: str, description: str, licence: str, consent: str = ""
) -> models.Project:
    """Change what the project is called and said to be, and what people agree to."""
    project.name, project.description, project.licence = name, description, licence
    project.consent = consent
    project.save(update_fields=["name", "description", "licence", "consent"])
    return project


def save_guidelines(project: models.Project, text: str) -> models.Project:
    """Change what reviewers are told."""
    project.guidelines = text
    project.save(update_fields=["guidelines"])
    return project


def save_policy(project: models.Project, changes: Mapping[str, Any]) -> models.Project:
    """Set keys of the policy; the others stay. It counts for what is added up and routed from now."""
    project.policy = {**project.policy, **changes}
    project.save(update_fields=["policy"])
    return project


def archive_project(project: models.Project, *, archived: bool) -> models.Project:
    """Put a project away, or take it out again; nothing of it is deleted."""
    project.is_archived = archived
    project.save(update_fields=["is_archived"])
    return project


@transaction.atomic
def set_labels(project: models.Project, rows: Sequence[tuple[str, str]]) -> list[models.Label]:
    """Give the project exactly these span labels, (key, English name) in order.

    Labels with other keys are removed. Raises InUse when one of them marks a span.
    """
    with scope(project=project):
        present = {
            label.key: label for label in models.Label.objects.filter(project=project, kind="span")
        }
        wanted = [key for key, _ in rows]
        gone = [label for key, label in present.items() if key not in wanted]
        used = models.Label.objects.filter(pk__in=[x.pk for x in gone], spans__isnull=False)
        found = sorted(set(used.values_list("key", flat=True)))
        if found:
            raise InUse(
                _("Spans carry the label %(keys)s, so it cannot be removed.")
                % {"keys": ", ".join(found)}
            )
        models.Label.objects.filter(pk__in=[label.pk for label in gone]).delete()
        kept = []
        for position, (key, name) in enumerate(rows):
            label = present.get(key) or add_label(project, key=key, name=name)
            label.names = {**label.names, "en": name or label.names.get("en") or key}
            label.position = position
            label.save(update_fields=["names", "position"])
            kept.append(label)
    return kept


def save_label(
    label: models.Label, *, name: str, hotkey: str, colour: int, definition: str,
    names: Mapping[str, str] | None = None,
) -> models.Label:  # fmt: skip
    """Change how a label is shown; its key, which data carry, stays.

    ``name`` is the English one, ``names`` those of other languages; an empty one is taken away.
    """
    said = {**label.names, **(names or {}), "en": name}
    label.names = {tag: text for tag, text in said.items() if text}
    label.hotkey, label.colour, label.definition = hotkey, colour, definition
    label.save(update_fields=["names", "hotkey", "colour", "definition"])
    return label


@transaction.atomic
def set_targets(project: models.Project, tags: Sequence[str]) -> list[models.ProjectLanguage]:
    """Give the project exactly these target languages, the most urgent first.

    ``tags`` are standard tags. Raises InUse when a language that should go has texts already.
    """
    with scope(project=project):
        present = {
            row.tag: row
            for row in models.ProjectLanguage.objects.filter(project=project, role="target")
        }
        for tag in set(present) - set(tags):
            if models.Rendition.objects.filter(project=project, language=tag).exists():
                raise InUse(
                    _("There are texts in %(tag)s already, so the language stays.") % {"tag": tag}
                )
            present.pop(tag).delete()
        kept = []
        for place, tag in enumerate(reversed(tags)):
            row = present.get(tag) or add_language(project, tag)
            row.priority = place
            row.save(update_fields=["priority"])
            kept.append(row)
        mark_translate_due(project)
    return kept[::-1]
