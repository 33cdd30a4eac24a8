"""Store translations and aids, and choose which rendition is current."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from annotate import models

from .passages import sha256, store_passages


@dataclass(frozen=True, slots=True)
class NewTranslation:
    """What a version made of a passage; ``text`` is None unless the state is ok."""

    source: int
    language: str
    version: int
    text: str | None
    state: str = "ok"
    marked: int | None = None
    flags: tuple[str, ...] = ()
    raw_reply: str = ""
    cost: Decimal = Decimal(0)


@transaction.atomic
def save_translations(project: models.Project, rows: Sequence[NewTranslation]) -> int:
    """Store translations, each once per passage, language, version and marking; return the count."""
    wanted = {(row.language, sha256(row.text)): row.text for row in rows if row.text is not None}
    passages = store_passages(project, wanted) if wanted else {}
    made = models.Translation.objects.bulk_create(
        [
            models.Translation(
                project=project,
                source_id=row.source,
                language=row.language,
                version_id=row.version,
                marked_id=row.marked,
                target_id=(None if row.text is None else passages[row.language, sha256(row.text)]),
                state=row.state,
                flags=list(row.flags),
                raw_reply=row.raw_reply,
                cost=row.cost,
            )
            for row in rows
        ],
        ignore_conflicts=True,
    )
    return len(made)


def save_aids(rows: Mapping[int, dict], version: int) -> None:
    """Store derived reading helps of passages, replacing those of an earlier version."""
    passages = [models.Passage(pk=pk, aids=aids, aids_version=version) for pk, aids in rows.items()]
    models.Passage.objects.bulk_update(passages, ["aids", "aids_version"])


@dataclass(frozen=True, slots=True)
class NewField:
    """A field of a rendition to be, holding a passage that is stored."""

    name: str
    passage: int
    role: str = "labelled"
    position: int = 0
    speaker: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class NewRendition:
    """A rendition to become current for its item and language."""

    item: int
    language: str
    fields: tuple[NewField, ...]
    origin: str = "machine"
    made_from: int | None = None
    version: int | None = None
    # What was offered and why this was taken; for texts of machines.
    choice: dict[str, Any] | None = None


@transaction.atomic
def set_current(
    project: models.Project, rows: Sequence[NewRendition], *, replace: bool = False
) -> list[models.Rendition]:
    """Make renditions current; earlier ones are kept but stand back.

    Without ``replace`` an item that has a current rendition in the language is left alone, so a
    batch delivered twice changes nothing. Who replaces must also void seats and end decisions,
    which verify does. Cost: five statements for the batch.
    """
    held = models.Rendition.objects.select_for_update().filter(
        item_id__in=[row.item for row in rows], is_current=True
    )
    current = {(r.item_id, r.language): r for r in held}
    chosen = [row for row in rows if replace or (row.item, row.language) not in current]
    old = [
        current[row.item, row.language].pk for row in chosen if (row.item, row.language) in current
    ]
    models.Rendition.objects.filter(pk__in=old).update(is_current=False)
    made = models.Rendition.objects.bulk_create(
        [
            models.Rendition(
                project=project,
                item_id=row.item,
                language=row.language,
                origin=row.origin,
                state="ready" if row.fields else "empty",
                made_from_id=row.made_from,
                version_id=row.version,
                choice=row.choice,
            )
            for row in chosen
        ]
    )
    models.Field.objects.bulk_create(
        [
            models.Field(
                project=project,
                rendition=rendition,
                name=part.name,
                role=part.role,
                position=part.position,
                speaker=part.speaker,
                language=part.language,
                passage_id=part.passage,
            )
            for rendition, row in zip(made, chosen, strict=True)
            for part in row.fields
        ]
    )
    mark_translate_due(project, [row.item for row in chosen])
    return made


def mark_translate_due(project: models.Project, items: Sequence[int] | None = None) -> None:
    """Note of these items, or of all, which lack a current rendition in a target language.

    To be called when renditions or the project's languages change: one statement.
    """
    current = models.Rendition.objects.filter(
        item=OuterRef(OuterRef("pk")), language=OuterRef("tag"), is_current=True
    )
    targets = models.ProjectLanguage.objects.filter(project=project, role="target")
    lacking = Exists(targets.filter(~Exists(current)))
    chosen = models.Item.objects.filter(project=project)
    if items is not None:
        chosen = chosen.filter(pk__in=items)
    chosen.alias(lacking=lacking).exclude(translate_due=F("lacking")).update(translate_due=lacking)


@transaction.atomic
def write_rendition(
    rendition: models.Rendition, texts: Mapping[str, str], *, origin: str = "person"
) -> models.Rendition:
    """Make a successor of a rendition with other texts in some of its fields; it becomes current.

    Fields not named keep their passage. Raises ValueError for an empty text or an unknown field.
    """
    parts = list(models.Field.objects.filter(rendition=rendition).select_related("passage"))
    unknown = set(texts) - {part.name for part in parts}
    if unknown:
        raise ValueError(f"the rendition has no field {', '.join(sorted(unknown))}")
    if any(not text.strip() for text in texts.values()):
        raise ValueError("a text may not be empty; report the sentence instead")
    languages = {part.name: part.language or rendition.language for part in parts}
    wanted = {(languages[name], sha256(text)): text for name, text in texts.items()}
    project = rendition.project
    passages = store_passages(project, wanted)
    fields = tuple(
        NewField(
            part.name,
            passages[languages[part.name], sha256(texts[part.name])]
            if part.name in texts
            else part.passage_id,
            part.role, part.position, part.speaker, part.language,
        )
        for part in parts
    )  # fmt: skip
    row = NewRendition(
        rendition.item_id, rendition.language, fields, origin, rendition.made_from_id
    )
    return set_current(project, [row], replace=True)[0]


def write_planted(rendition: models.Rendition, texts: Mapping[str, str]) -> models.Rendition:
    """Make a corrupted twin of a rendition, which is never current: it only checks attention.

    ``texts`` are those of the fields that differ or of all; the others keep their passage. Call in a
    transaction.
    """
    parts = list(models.Field.objects.filter(rendition=rendition).select_related("passage"))
    project = rendition.project
    wanted = {
        (part.passage.language, sha256(texts[part.name])): texts[part.name]
        for part in parts
        if part.name in texts
    }
    passages = store_passages(project, wanted)
    twin = models.Rendition.objects.create(
        project=project, item_id=rendition.item_id, language=rendition.language,
        origin=models.Rendition.Origin.PLANTED, made_from_id=rendition.made_from_id,
        is_current=False,
    )  # fmt: skip
    models.Field.objects.bulk_create(
        models.Field(
            project=project, rendition=twin, name=part.name, role=part.role,
            position=part.position, speaker=part.speaker, language=part.language,
            passage_id=passages[part.passage.language, sha256(texts[part.name])]
            if part.name in texts
            else part.passage_id,
        )
        for part in parts
    )  # fmt: skip
    return twin
