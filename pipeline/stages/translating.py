"""Translate passages by every translator, and choose which translation becomes a rendition."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.actions.texts import (
    NewField,
    NewRendition,
    NewTranslation,
    add_cost,
    save_translations,
    set_current,
)
from annotate.models import (
    Field,
    Item,
    Passage,
    Project,
    Rendition,
    Run,
    Translation,
)
from pipeline.machines import current_version, translator
from pipeline.translate.checks import LANGUAGE
from pipeline.translate.choose import Offer, choose
from pipeline.translate.spoken import is_foreign

from .contract import Done
from .labelling import price_of


def target_languages(project: Project) -> list[str]:
    """The project's target languages, those of higher priority first."""
    rows = project.languages.filter(role="target").order_by("-priority", "tag")
    return list(rows.values_list("tag", flat=True))


def _lacking(language: str, item: str) -> Q:
    """Whether the item at the path has no current rendition in a language."""
    current = Rendition.objects.filter(item=OuterRef(item), language=language, is_current=True)
    return Q(~Exists(current))


def pending_translations(run: Run) -> QuerySet[Any]:
    """Source passages lacking this translator's translation into a language that needs it.

    One that failed counts as lacking; its error keeps the passage back until somebody retries it.
    """
    assert run.annotator is not None
    version = current_version(run.annotator)
    wanted = Q(pk__in=[])
    for language in target_languages(run.project):
        made = Translation.objects.filter(
            source=OuterRef("pk"),
            language=language,
            version=version,
            marked__isnull=True,
            state="ok",
        )
        needed = Field.objects.filter(
            _lacking(language, "rendition__item"),
            passage=OuterRef("pk"),
            rendition__is_current=True,
            rendition__language=run.project.source_language,
        )
        wanted |= ~Exists(made) & Exists(needed)
    due = Field.objects.filter(
        rendition__item__project_id=run.project_id,
        rendition__item__translate_due=True,
        rendition__is_current=True,
        rendition__language=run.project.source_language,
    )
    return Passage.objects.filter(
        wanted,
        project_id=run.project_id,
        language=run.project.source_language,
        pk__in=due.values("passage"),
    )


def do_translations(run: Run, ids: list[int]) -> Done:
    """Translate a batch of passages into every target language they lack."""
    annotator = run.annotator
    assert annotator is not None
    version = current_version(annotator)
    machine = translator(version)
    passages = dict(Passage.objects.filter(pk__in=ids).values_list("pk", "text"))
    made: dict[str, set[int]] = defaultdict(set)
    rows = Translation.objects.filter(source_id__in=ids, version=version, marked__isnull=True)
    for source, language in rows.filter(state="ok").values_list("source_id", "language"):
        made[language].add(source)
    new: list[NewTranslation] = []
    errors: list[tuple[int, str, str, str]] = []
    used = [0, 0]
    for language in target_languages(run.project):
        todo = [pk for pk in passages if pk not in made[language]]
        results = machine.translate(
            [passages[pk] for pk in todo], source=run.project.source_language, target=language
        )
        for pk, result in zip(todo, results, strict=True):
            used[0] += result.tokens_in
            used[1] += result.tokens_out
            text = result.text if result.state == "ok" else None
            flags = (*result.flags, *([LANGUAGE] if text and is_foreign(text, language) else []))
            new.append(
                NewTranslation(
                    pk, language, version.pk, text, result.state, None, flags,
                    result.raw_reply, price_of(version, result.tokens_in, result.tokens_out),
                )
            )  # fmt: skip
            if text is None:
                message = f"The translator's answer is {result.state}; nothing was translated."
                errors.append((pk, language, message, result.raw_reply))
    cost = sum((row.cost for row in new), Decimal(0))
    # What failed makes room for another try; its raw reply stays with the error.
    rows.exclude(state="ok").delete()
    saved = save_translations(run.project, new)
    add_cost(annotator, cost)
    return Done(saved, tuple(errors), used[0], used[1], cost)


def pending_choice(run: Run) -> QuerySet[Any]:
    """Items whose source fields are all translated into a language that has no current rendition."""
    wanted = Q(pk__in=[])
    for language in target_languages(run.project):
        translated = Translation.objects.filter(
            source=OuterRef("passage"), language=language, state="ok", marked__isnull=True
        )
        fields = Field.objects.filter(
            rendition__item=OuterRef("pk"),
            rendition__is_current=True,
            rendition__language=run.project.source_language,
        )
        wanted |= (
            _lacking(language, "pk") & Exists(fields) & ~Exists(fields.filter(~Exists(translated)))
        )
    return Item.objects.filter(wanted, project_id=run.project_id, translate_due=True)


def do_choice(run: Run, ids: list[int]) -> Done:
    """Make the best offer of each item the current rendition; translators speak in their order."""
    project = run.project
    sources = Rendition.objects.current().filter(item_id__in=ids, language=project.source_language)
    parts: dict[int, list[Field]] = defaultdict(list)
    for part in Field.objects.filter(rendition__in=sources).select_related("rendition"):
        parts[part.rendition.item_id].append(part)
    current = set(
        Rendition.objects.current().filter(item_id__in=ids).values_list("item_id", "language")
    )
    passages = {part.passage_id for fields in parts.values() for part in fields}
    offers: dict[tuple[str, int], dict[int, Translation]] = defaultdict(dict)
    for row in Translation.objects.filter(
        source_id__in=passages, state="ok", marked__isnull=True
    ).select_related("version__annotator"):
        offers[row.language, row.version_id][row.source_id] = row
    new = [
        rendition
        for item, fields in parts.items()
        for language in target_languages(project)
        if (item, language) not in current
        and (rendition := _chosen(item, language, fields, offers)) is not None
    ]
    return Done(saved=len(set_current(project, new)))


def _chosen(
    item: int,
    language: str,
    fields: list[Field],
    offers: dict[tuple[str, int], dict[int, Translation]],
) -> NewRendition | None:
    """The rendition of the best translator that translated every field, or None."""
    complete: dict[int, list[Translation]] = {}
    for (tag, version), made in offers.items():
        if tag == language and all(part.passage_id in made for part in fields):
            complete[version] = [made[part.passage_id] for part in fields]
    if not complete:
        return None
    ranked = [
        Offer(
            key=version,
            order=rows[0].version.annotator.position,
            flags=tuple(flag for row in rows for flag in row.flags),
        )
        for version, rows in sorted(complete.items())
    ]
    best = choose(ranked)
    rows = complete[best.key]
    return NewRendition(
        item,
        language,
        tuple(
            NewField(part.name, row.target_id or 0, part.role, part.position, part.speaker)
            for part, row in zip(fields, rows, strict=True)
        ),
        "machine",
        fields[0].rendition_id,
        best.key,
    )
