"""Translate passages by every translator, there and, by those that check the others, back again."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotate.actions.texts import NewTranslation, save_translations
from annotate.models import (
    Annotator,
    AnnotatorVersion,
    Field,
    Passage,
    Project,
    Rendition,
    Run,
    Translation,
)
from annotate.prices import Usage, cost_of
from annotate.usefulness import wanted
from pipeline.machines import current_version, translator
from pipeline.translate.checks import LANGUAGE
from pipeline.translate.contract import Translated
from pipeline.translate.spoken import is_foreign

from .contract import Done


def target_languages(project: Project) -> list[str]:
    """The project's target languages, those of higher priority first."""
    rows = project.languages.filter(role="target").order_by("-priority", "tag")
    return list(rows.values_list("tag", flat=True))


def lacking(language: str, item: str) -> Q:
    """Whether the item at the path has no current rendition in a language."""
    current = Rendition.objects.filter(item=OuterRef(item), language=language, is_current=True)
    return Q(~Exists(current))


def goes_back(annotator: Annotator) -> bool:
    """Whether the translator translates what others made back into the source language."""
    return annotator.settings.get("direction") == "back"


def pending_translations(run: Run) -> QuerySet[Any]:
    """Passages lacking this translator's translation into a language that needs it.

    One that failed counts as lacking; its error keeps the passage back until somebody retries it.
    """
    assert run.annotator is not None
    version = current_version(run.annotator)
    if goes_back(run.annotator):
        return _to_send_back(run.project, version)
    lacks = Q(pk__in=[])
    for language in target_languages(run.project):
        needed = Field.objects.filter(
            lacking(language, "rendition__item"),
            passage=OuterRef("pk"),
            rendition__is_current=True,
            rendition__language=run.project.source_language,
        )
        lacks |= ~Exists(_made(version, language)) & Exists(needed)
    return Passage.objects.filter(
        lacks,
        project_id=run.project_id,
        language=run.project.source_language,
        pk__in=_due(run.project).values("passage"),
    )


def _made(version: AnnotatorVersion, language: str) -> QuerySet[Translation]:
    """The version's good translations of the passage at hand into a language."""
    return Translation.objects.filter(
        source=OuterRef("pk"), language=language, version=version, marked__isnull=True, state="ok"
    )


def _due(project: Project) -> QuerySet[Field]:
    """Source fields of items that lack a rendition."""
    return Field.objects.filter(
        wanted(project, "rendition__item"),
        rendition__item__project_id=project.pk,
        rendition__item__translate_due=True,
        rendition__is_current=True,
        rendition__language=project.source_language,
    )


def _to_send_back(project: Project, version: AnnotatorVersion) -> QuerySet[Any]:
    """Translations still to be chosen from, and texts of machines that stand."""
    offered = Translation.objects.filter(
        target=OuterRef("pk"), state="ok", marked__isnull=True,
        source__language=project.source_language,
        source__in=_due(project).values("passage"),
    )  # fmt: skip
    standing = Field.objects.filter(
        passage=OuterRef("pk"), rendition__is_current=True, rendition__origin="machine"
    )
    return Passage.objects.filter(
        Exists(offered) | Exists(standing),
        ~Exists(_made(version, project.source_language)),
        project_id=project.pk,
        language__in=target_languages(project),
    )


def _work(
    project: Project, annotator: Annotator, passages: dict[int, tuple[str, str]]
) -> list[tuple[str, str, list[int]]]:
    """What to translate: (from, into, passages)."""
    if not goes_back(annotator):
        source = project.source_language
        return [(source, language, list(passages)) for language in target_languages(project)]
    found: dict[str, list[int]] = defaultdict(list)
    for pk, (language, _text) in passages.items():
        found[language].append(pk)
    return [(language, project.source_language, rows) for language, rows in found.items()]


def _cost(annotator: Annotator, text: str, made: Translated) -> Decimal:
    used = Usage(made.tokens_in, made.tokens_out, len(text), len(made.text))
    return cost_of(annotator.price, used)


def do_translations(run: Run, ids: list[int]) -> Done:
    """Translate a batch of passages into every target language they lack."""
    annotator = run.annotator
    assert annotator is not None
    version = current_version(annotator)
    machine = translator(version)
    passages = {
        pk: (language, text)
        for pk, language, text in Passage.objects.filter(pk__in=ids).values_list(
            "pk", "language", "text"
        )
    }
    made: dict[str, set[int]] = defaultdict(set)
    rows = Translation.objects.filter(source_id__in=ids, version=version, marked__isnull=True)
    for source, language in rows.filter(state="ok").values_list("source_id", "language"):
        made[language].add(source)
    new: list[NewTranslation] = []
    errors: list[tuple[int, str, str, str]] = []
    used = [0, 0]
    for spoken, language, rows_there in _work(run.project, annotator, passages):
        todo = [pk for pk in rows_there if pk not in made[language]]
        texts = [passages[pk][1] for pk in todo]
        results = machine.translate(texts, source=spoken, target=language)
        for pk, result in zip(todo, results, strict=True):
            used[0] += result.tokens_in
            used[1] += result.tokens_out
            text = result.text if result.state == "ok" else None
            flags = (*result.flags, *([LANGUAGE] if text and is_foreign(text, language) else []))
            new.append(
                NewTranslation(
                    pk, language, version.pk, text, result.state, None, flags,
                    result.raw_reply, _cost(annotator, passages[pk][1], result),
                )
            )  # fmt: skip
            if text is None:
                message = f"The translator's answer is {result.state}; nothing was translated."
                errors.append((pk, language, message, result.raw_reply))
    cost = sum((row.cost for row in new), Decimal(0))
    # What failed makes room for another try; its raw reply stays with the error.
    rows.exclude(state="ok").delete()
    saved = save_translations(run.project, new)
    return Done(saved, tuple(errors), used[0], used[1], cost)
