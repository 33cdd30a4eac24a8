"""Set projects up: languages, labels, questions, annotators and people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django_scopes import scope, scopes_disabled

from annotate import languages, models, presets
from annotate.access import RANK
from annotate.models.project import new_invite_key

from .labels import add_label
from .texts import mark_translate_due

INVITE_DAYS = 30
INVITE_SALT = "vouch.invite"


class InviteError(ValueError):
    """An invite link that does not hold; the message says why."""


@transaction.atomic
def create_project(
    *,
    name: str,
    source: str,
    targets: Sequence[str],
    preset: str = "",
    by: Any = None,
    slug: str = "",
    **fields: Any,
) -> models.Project:
    """Make a project from a preset, the usual one if none is named; ``by`` becomes its manager.

    Raises UnknownLanguage for a tag that names no language, ValueError for no or repeated targets.
    """
    preset = preset or presets.default()
    chosen = presets.load(preset)
    tags = [languages.standard_tag(tag) for tag in targets]
    source = languages.standard_tag(source)
    if not tags or len({source, *tags}) < len(tags) + 1:
        raise ValueError("name at least one target language, each once and not the source's")
    project = models.Project.objects.create(
        name=name,
        slug=_free_slug(slug or slugify(name) or "project"),
        source_language=source,
        preset=preset,
        policy={"advance": "auto", **chosen.get("policy", {})},
        **fields,
    )
    with scope(project=project):
        add_language(project, source, role="source")
        for tag in tags:
            add_language(project, tag)
        _add_schema(project, chosen)
        if by is not None:
            join(project, by, role="manager")
    return project


def _free_slug(wanted: str) -> str:
    slug, number = wanted[:50], 2
    while models.Project.objects.filter(slug=slug).exists():
        slug, number = f"{wanted[:50]}-{number}", number + 1
    return slug


def _add_schema(project: models.Project, preset: dict[str, Any]) -> None:
    for row in preset.get("labels", []):
        label = add_label(
            project, key=row["key"], kind=row.get("kind", "span"), hotkey=row.get("hotkey", "")
        )
        label.names = row.get("names", {})
        label.definition = row.get("definition", "")
        label.save(update_fields=["names", "definition"])
    models.Question.objects.bulk_create(
        models.Question(project=project, position=position, **row)
        for position, row in enumerate(preset.get("questions", []))
    )
    for position, row in enumerate(preset.get("annotators", [])):
        add_annotator(project, position=position, **row)


def add_language(
    project: models.Project, tag: str, *, role: str = "target", priority: int = 0
) -> models.ProjectLanguage:
    """Give the project a language, its direction and script filled in from the tag."""
    tag = languages.standard_tag(tag)
    row = models.ProjectLanguage.objects.create(
        project=project,
        tag=tag,
        role=role,
        direction=languages.direction(tag),
        script=languages.script(tag),
        priority=priority,
    )
    mark_translate_due(project)
    return row


def add_annotator(
    project: models.Project | None, *, name: str, kind: str, backend: str, **fields: Any
) -> models.Annotator:
    """Configure a machine for the project, or a template of the instance without one."""
    return models.Annotator.objects.create(
        project=project, name=name, kind=kind, backend=backend, **fields
    )


def join(
    project: models.Project, user: Any, *, role: str, languages: Sequence[str] = (),
    variety: str = "",
) -> models.Membership:  # fmt: skip
    """Make someone a member; a member keeps the higher of the two roles and gains languages."""
    with scopes_disabled():
        member, is_new = models.Membership.objects.get_or_create(
            project=project,
            user=user,
            defaults={"role": role, "languages": list(languages), "variety": variety},
        )
        if not is_new:
            if RANK[models.Membership.Role(role)] > RANK[models.Membership.Role(member.role)]:
                member.role = role
            member.languages = sorted({*member.languages, *languages})
            member.save(update_fields=["role", "languages"])
    return member


def invite_token(project: models.Project, *, role: str, languages: Sequence[str]) -> str:
    """The text of an invite link: signed, good for 30 days, void once the invite key changes."""
    return signing.dumps(
        {"p": project.pk, "k": project.invite_key, "r": role, "l": list(languages)},
        salt=INVITE_SALT,
        compress=True,
    )


def read_invite(token: str) -> tuple[models.Project, str, list[str]]:
    """Project, role and languages of an invite. Raises InviteError when it does not hold."""
    try:
        invite = signing.loads(token, salt=INVITE_SALT, max_age=INVITE_DAYS * 86_400)
    except signing.SignatureExpired as error:
        raise InviteError(_("This invite is older than 30 days. Ask for a new link.")) from error
    except signing.BadSignature as error:
        raise InviteError(_("This invite link is not whole. Copy it again, all of it.")) from error
    project = models.Project.objects.filter(pk=invite["p"], invite_key=invite["k"]).first()
    if project is None:
        raise InviteError(_("This invite was withdrawn. Ask for a new link."))
    return project, invite["r"], invite["l"]


def void_invites(project: models.Project) -> None:
    """Make every invite link given out so far worthless."""
    project.invite_key = new_invite_key()
    project.save(update_fields=["invite_key"])
