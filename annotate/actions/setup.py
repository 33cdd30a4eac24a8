"""A project's set-up as a file: everything but its data and its people, by natural keys."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django_scopes import scope

from annotate import models, presets

from .concepts import NewConcept, save_concepts
from .labels import add_label
from .projects import add_annotator, create_project
from .questions import questions_of, set_questions

# Written into every set-up file; a reader of another form refuses it.
FORM = 1
MONEY = ("budget", "budget_per_day", "budget_per_run")
MACHINE = (
    "name", "kind", "backend", "family", "settings", "price", "output_terms", "is_enabled",
    "weight", "ballots", "secret_reference",
)  # fmt: skip


def setup_of(project: models.Project) -> dict[str, Any]:
    """The set-up of a project, ready to be written as JSON.

    Labels, parents and templates are named by key; a secret only by the reference under which workers
    find it. People, invites, texts and what was spent are no part of it.
    """
    with scope(project=project):
        languages = project.languages.filter(role="target").order_by("-priority", "id")
        return {
            "vouch_setup": FORM,
            "name": project.name,
            "description": project.description,
            "licence": project.licence,
            "preset": project.preset,
            "source": project.source_language,
            "targets": list(languages.values_list("tag", flat=True)),
            "guidelines": project.guidelines,
            "consent": project.consent,
            "policy": project.policy,
            "labels": [_label(row) for row in project.labels.select_related("parent")],
            "questions": questions_of(project),
            "concepts": [
                {"key": row.key, "names": row.names, "aliases": row.aliases,
                 "description": row.description}
                for row in project.concepts.order_by("key")
            ],
            "annotators": [
                _machine(row) for row in project.annotators.exclude(kind="imported")
                .select_related("template")
            ],
        }  # fmt: skip


def _label(row: models.Label) -> dict[str, Any]:
    return {
        "key": row.key, "kind": row.kind, "parent": row.parent.key if row.parent else None,
        "names": row.names, "colour": row.colour, "hotkey": row.hotkey,
        "definition": row.definition,
    }  # fmt: skip


def _machine(row: models.Annotator) -> dict[str, Any]:
    money = {key: None if (value := getattr(row, key)) is None else str(value) for key in MONEY}
    said = {key: getattr(row, key) for key in MACHINE}
    return {**said, **money, "template": row.template.name if row.template else None}


@transaction.atomic
def create_from_setup(
    setup: Mapping[str, Any], *, by: Any, name: str = "", keep_secrets: bool = False
) -> models.Project:
    """Make a project with this set-up, checked beforehand; ``by`` becomes its manager.

    Without ``keep_secrets`` machines come without their keys' references, which only the site's admins
    name, and without those templates that the site does not have.
    """
    project = create_project(
        name=name or setup["name"], source=setup["source"], targets=setup["targets"],
        preset=presets.bare(), by=by, description=setup.get("description", ""),
        licence=setup.get("licence", ""), guidelines=setup.get("guidelines", ""),
    )  # fmt: skip
    project.preset = setup.get("preset") or project.preset
    project.policy = {**project.policy, **setup.get("policy", {})}
    project.consent = setup.get("consent", "")
    project.save(update_fields=["preset", "policy", "consent"])
    with scope(project=project):
        _put_in_order(project, setup["targets"])
        _add_labels(project, setup.get("labels", []))
        set_questions(project, rows=setup.get("questions", []))
        concepts = [NewConcept(**row) for row in setup.get("concepts", [])]
        save_concepts(project, rows=concepts)
        for position, row in enumerate(setup.get("annotators", [])):
            _add_machine(project, row, position, keep_secrets)
    return project


def _put_in_order(project: models.Project, tags: list[str]) -> None:
    for place, tag in enumerate(reversed(tags)):
        project.languages.filter(tag=tag).update(priority=place)


def _add_labels(project: models.Project, rows: list[dict[str, Any]]) -> None:
    made = {}
    for row in rows:
        kind = row.get("kind", "span")
        label = add_label(project, key=row["key"], kind=kind, hotkey=row.get("hotkey", ""))
        label.names = row.get("names") or label.names
        label.colour = row.get("colour") or label.colour
        label.hotkey, label.definition = row.get("hotkey", ""), row.get("definition", "")
        label.save()
        made[kind, row["key"]] = label
    for row in rows:
        parent = made.get((row.get("kind", "span"), row.get("parent")))
        if parent is not None:
            label = made[row.get("kind", "span"), row["key"]]
            label.parent = parent
            label.save(update_fields=["parent"])


def _add_machine(
    project: models.Project, row: Mapping[str, Any], position: int, keep_secrets: bool
) -> None:
    fields = {key: row[key] for key in MACHINE if key in row}
    for key in MONEY:
        fields[key] = None if row.get(key) in (None, "") else Decimal(str(row[key]))
    if row.get("template"):
        found = models.Annotator.objects.filter(
            project=None, name=row["template"], kind=row["kind"], backend=row["backend"]
        ).first()
        if found is None and not keep_secrets:
            return
        # How a template is reached stays the template's, whatever a file says of it.
        fields["template"] = found
        if found is not None:
            fields["settings"] = found.settings
    if not keep_secrets:
        fields["secret_reference"] = ""
    add_annotator(project, position=position, **fields)
