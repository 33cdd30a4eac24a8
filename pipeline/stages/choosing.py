"""Choose which of the translators' offers becomes an item's rendition, and keep why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.actions.texts import NewField, NewRendition, set_current
from annotate.models import Annotator, Field, Item, Project, Rendition, Run, Translation
from annotate.usefulness import wanted
from pipeline.translate import round_trip
from pipeline.translate.choose import Offer, choose

from .contract import Done
from .translating import goes_back, lacking, target_languages

# Translations of one translator, by the source passage.
Made = Mapping[int, Translation]


def pending_choice(run: Run) -> QuerySet[Any]:
    """Items whose source fields are all translated into a language that has no current rendition."""
    lacks = Q(pk__in=[])
    for language in target_languages(run.project):
        translated = Translation.objects.filter(
            source=OuterRef("passage"), language=language, state="ok", marked__isnull=True
        )
        fields = Field.objects.filter(
            rendition__item=OuterRef("pk"),
            rendition__is_current=True,
            rendition__language=run.project.source_language,
        )
        lacks |= (
            lacking(language, "pk") & Exists(fields) & ~Exists(fields.filter(~Exists(translated)))
        )
    return Item.objects.filter(
        lacks, wanted(run.project), project_id=run.project_id, translate_due=True
    )


def do_choice(run: Run, ids: list[int]) -> Done:
    """Make the best offer of each item the current rendition."""
    project = run.project
    sources = Rendition.objects.current().filter(item_id__in=ids, language=project.source_language)
    parts: dict[int, list[Field]] = defaultdict(list)
    rows = Field.objects.filter(rendition__in=sources).select_related("rendition", "passage")
    for part in rows:
        parts[part.rendition.item_id].append(part)
    current = set(
        Rendition.objects.current().filter(item_id__in=ids).values_list("item_id", "language")
    )
    passages = {part.passage_id for fields in parts.values() for part in fields}
    offers: dict[str, dict[int, dict[int, Translation]]] = defaultdict(lambda: defaultdict(dict))
    for row in Translation.objects.filter(
        source_id__in=passages, state="ok", marked__isnull=True
    ).select_related("version__annotator"):
        offers[row.language][row.version_id][row.source_id] = row
    back = _back(
        project, [row for by in offers.values() for m in by.values() for row in m.values()]
    )
    new = [
        rendition
        for item, fields in parts.items()
        for language in target_languages(project)
        if (item, language) not in current
        and (rendition := _chosen(item, language, fields, offers[language], back)) is not None
    ]
    return Done(saved=len(set_current(project, new)))


def _back(project: Project, rows: Sequence[Translation]) -> dict[int, str]:
    """What the first translator that goes back made of each translation, by its passage."""
    checkers = Annotator.objects.filter(project=project, kind="translator", is_enabled=True)
    checker = next((one for one in checkers if goes_back(one)), None)
    if checker is None:
        return {}
    made = Translation.objects.filter(
        source_id__in={row.target_id for row in rows}, language=project.source_language,
        version__annotator=checker, version__is_current=True, state="ok", marked__isnull=True,
    )  # fmt: skip
    return dict(made.values_list("source_id", "target__text"))


def _chosen(
    item: int, language: str, fields: Sequence[Field], offers: Mapping[int, Made],
    back: Mapping[int, str],
) -> NewRendition | None:  # fmt: skip
    """The rendition of the best translator that translated every field, or None."""
    complete = {
        version: [made[part.passage_id] for part in fields]
        for version, made in sorted(offers.items())
        if all(part.passage_id in made for part in fields)
    }
    if not complete:
        return None
    ranked = [_offer(version, fields, rows, back) for version, rows in complete.items()]
    best = choose(ranked)
    rows = complete[best.offer.key]
    return NewRendition(
        item,
        language,
        tuple(
            NewField(part.name, row.target_id or 0, part.role, part.position, part.speaker)
            for part, row in zip(fields, rows, strict=True)
        ),
        "machine",
        fields[0].rendition_id,
        best.offer.key,
        {
            "reason": best.reason,
            "offers": [
                {
                    "version": offer.key,
                    "name": complete[offer.key][0].version.annotator.name,
                    "flags": sorted(set(offer.flags)),
                    "round_trip": offer.round_trip,
                }
                for offer in ranked
            ],
        },
    )


def _offer(
    version: int, fields: Sequence[Field], rows: Sequence[Translation], back: Mapping[int, str]
) -> Offer:
    returned = [back[row.target_id or 0] for row in rows if row.target_id in back]
    whole = len(returned) == len(fields)
    texts = [part.passage.text for part in fields]
    return Offer(
        key=version,
        order=rows[0].version.annotator.position,
        flags=tuple(flag for row in rows for flag in row.flags),
        round_trip=round(round_trip.score(texts, returned), 1) if whole else None,
    )
