"""Trial: let an annotator do a few rows and show what came of it; nothing is stored as candidates."""

from __future__ import annotations

from typing import Any

from annotate.actions.readings import load_readings
from annotate.models import Annotator, AnnotatorVersion, Field, Passage, Rendition, Run
from annotate.readings import Reading
from annotate.usefulness import rates_usefulness
from pipeline.label.contract import LabelTask
from pipeline.label.judge import RatingTask
from pipeline.machines import (
    FITTED_LABELLERS,
    FITTED_PROJECTORS,
    current_version,
    label_choices,
    labeller,
    question_choices,
    translator,
)

from . import judging, sifting
from .labelling import price_of
from .projecting import carried
from .shots import shots, without
from .texts import texts_of
from .translating import target_languages

ROWS = 5
SHOWN = 500


def is_due(run: Run) -> bool:
    """Trials are run when someone asks."""
    return False


def whole(run: Run) -> dict[str, Any]:
    """Try the annotator on a few rows; the report has one entry a row. Raises ValueError."""
    annotator = run.annotator
    if annotator is None:
        raise ValueError("a trial needs an annotator")
    rows = int(run.scope.get("trial") or ROWS)
    if annotator.kind == Annotator.Kind.TRANSLATOR:
        shown, used, version = _translated(run, annotator, rows)
    elif annotator.kind == Annotator.Kind.LABELLER:
        shown, used, version = _labelled(run, annotator, rows)
    elif annotator.kind == Annotator.Kind.PROJECTOR:
        shown, used, version = _projected(run, annotator, rows)
    elif annotator.kind == Annotator.Kind.JUDGE:
        shown, used, version = _rated(run, annotator, rows)
    else:
        raise ValueError(f"a {annotator.kind} cannot be tried on rows of its own")
    cost = price_of(version, *used)
    Run.objects.filter(pk=run.pk).update(tokens_in=used[0], tokens_out=used[1], cost=cost)
    return {"rows": shown}


def _labelled(
    run: Run, annotator: Annotator, rows: int
) -> tuple[list[dict[str, Any]], tuple[int, int], AnnotatorVersion]:
    language, version = _fitted(run, annotator)
    found = list(
        Rendition.objects.ready()
        .filter(project=run.project, language=language)
        .select_related("item")
        .order_by("pk")[:rows]
    )
    if not found:
        raise ValueError(f"there is no text in {language} to try it on; import some first")
    labels, questions = (
        label_choices(run.project, language),
        question_choices(run.project, language),
    )
    count = int(version.settings.get("shots") or 0)
    decided = shots(run.project, language, count) if count else []
    tasks = []
    for rendition in found:
        fields = Field.objects.filter(rendition=rendition, role=Field.Role.LABELLED)
        texts = dict(fields.values_list("name", "passage__text"))
        key = rendition.item.external_id
        own = without(decided, key, count)
        tasks.append(LabelTask(key, language, texts, labels, questions, own))
    results = labeller(version).label(tasks)
    shown = [
        {
            "item": task.key,
            "language": task.language,
            "text": " / ".join(task.fields.values())[:SHOWN],
            "state": result.state,
            "reading": _words(result.reading),
            "reason": result.reason,
            "reply": result.raw_reply[:SHOWN],
        }
        for task, result in zip(tasks, results, strict=True)
    ]
    used = (sum(r.tokens_in for r in results), sum(r.tokens_out for r in results))
    return shown, used, version


def _fitted(run: Run, annotator: Annotator) -> tuple[str, AnnotatorVersion]:
    """The language to try it in, and its version for that."""
    is_fitted = annotator.backend in FITTED_LABELLERS | FITTED_PROJECTORS
    if not is_fitted:
        return target_languages(run.project)[0], current_version(annotator)
    version = AnnotatorVersion.objects.filter(annotator=annotator, is_current=True).first()
    if version is None:
        raise ValueError(f"{annotator.name} has not been fitted yet; start the stage fit first")
    return version.language, version


def _words(reading: Reading | None) -> str:
    if reading is None:
        return ""
    spans = [f"{span.surface} ({span.label})" for span in reading.voted()]
    answers = [f"{answer.question}: {answer.value}" for answer in reading.answers]
    return ", ".join([*spans, *answers]) or "nothing marked"


def _projected(
    run: Run, annotator: Annotator, rows: int
) -> tuple[list[dict[str, Any]], tuple[int, int], AnnotatorVersion]:
    language, version = _fitted(run, annotator)
    found = Rendition.objects.ready().filter(
        project=run.project, language=language, made_from__standing__isnull=False
    )
    chosen = list(found.select_related("item").order_by("pk")[:rows])
    if not chosen:
        raise ValueError(f"no text in {language} has a labelled source yet; translate some first")
    made, *tokens = carried(run, [rendition.pk for rendition in chosen])
    by_rendition = {row.rendition: row for row in made}
    texts = texts_of([r.pk for r in chosen] + [r.made_from_id or 0 for r in chosen])
    readings = load_readings({row.basis for row in made if row.basis})
    shown = [
        {
            "item": rendition.item.external_id,
            "language": language,
            "source": " / ".join(texts[rendition.made_from_id or 0].values())[:SHOWN],
            "asked": _words(readings.get(by_rendition[rendition.pk].basis or 0)),
            "text": " / ".join(texts[rendition.pk].values())[:SHOWN],
            "state": by_rendition[rendition.pk].state,
            "reading": _words(by_rendition[rendition.pk].reading),
            "reason": by_rendition[rendition.pk].reason,
            "reply": by_rendition[rendition.pk].raw_reply[:SHOWN],
        }
        for rendition in chosen
        if rendition.pk in by_rendition
    ]
    return shown, (tokens[0], tokens[1]), version


def _rated(
    run: Run, annotator: Annotator, rows: int
) -> tuple[list[dict[str, Any]], tuple[int, int], AnnotatorVersion]:
    version = current_version(annotator)
    tasks, bases = _to_rate(run, annotator, rows)
    if not any(task.scales for task in tasks.values()):
        raise ValueError(
            "there is nothing to rate by: ask a question of the kind rating or score, of the text "
            "(scope rendition) or of the labels (scope basis), and have some texts added up"
        )
    made, used = judging.rated(run, tasks, bases)
    shown = [
        {
            "item": task.key,
            "language": task.language,
            "text": " / ".join(task.fields.values())[:SHOWN],
            "asked": _words(task.reading),
            "state": row.state,
            "reading": _words(row.reading),
            "reason": row.reason,
            "reply": row.raw_reply[:SHOWN],
        }
        for task, row in zip(tasks.values(), made, strict=True)
    ]
    return shown, used, version


def _to_rate(
    run: Run, annotator: Annotator, rows: int
) -> tuple[dict[int, RatingTask], dict[int, int]]:
    found = Rendition.objects.ready().filter(project=run.project).order_by("pk")
    if rates_usefulness(annotator):
        found = found.filter(origin="original", made_from__isnull=True)
        return sifting.tasks_of(run.project, list(found.values_list("pk", flat=True)[:rows])), {}
    found = found.filter(language=target_languages(run.project)[0])
    return judging.tasks_of(run.project, list(found.values_list("pk", flat=True)[:rows]))


def _translated(
    run: Run, annotator: Annotator, rows: int
) -> tuple[list[dict[str, Any]], tuple[int, int], AnnotatorVersion]:
    version = current_version(annotator)
    source, target = run.project.source_language, target_languages(run.project)[0]
    found = Passage.objects.filter(project=run.project, language=source).order_by("pk")
    texts = list(found.values_list("text", flat=True)[:rows])
    if not texts:
        raise ValueError(f"there is no text in {source} to try it on; import some first")
    results = translator(version).translate(texts, source=source, target=target)
    shown = [
        {
            "text": text[:SHOWN],
            "language": target,
            "state": result.state,
            "translation": result.text[:SHOWN],
            "flags": ", ".join(result.flags),
        }
        for text, result in zip(texts, results, strict=True)
    ]
    used = (sum(r.tokens_in for r in results), sum(r.tokens_out for r in results))
    return shown, used, version
