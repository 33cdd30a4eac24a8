"""Fit: learn projectors from parallel texts and labellers from readings, one version per language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from annotate.actions.readings import load_readings
from annotate.actions.runs import record_errors
from annotate.actions.versions import make_version
from annotate.models import (
    Annotator,
    AnnotatorVersion,
    Candidate,
    Field,
    Project,
    Rendition,
    Run,
)
from annotate.readings import Reading
from pipeline.align.model import fit as fit_aligner
from pipeline.align.tokens import tokenise
from pipeline.backends.base import BackendError
from pipeline.label import catalog as labellers
from pipeline.label.contract import Example, FitError
from pipeline.machines import FITTED_LABELLERS
from pipeline.projection import catalog as projectors
from pipeline.projection.contract import Example as Carried
from verify.models import Decision

from .translating import target_languages

# Fewer pairs teach an aligner nothing that spelling and position do not tell already.
LEAST_PAIRS = 2
LEAST_EXAMPLES = 20
# Data must have grown by so much before the same thing is fitted again.
GROWTH = 1.25
# A labeller that does worse than this on held-back readings does not vote; it may still confirm.
DEFAULT_FLOOR = 0.75


def _grown(version: AnnotatorVersion | None, size: int, least: int) -> bool:
    if size < least:
        return False
    return version is None or size >= GROWTH * version.fitted_on


def _versions(annotators: Iterable[Annotator | None]) -> dict[tuple[int, str], AnnotatorVersion]:
    rows = AnnotatorVersion.objects.filter(
        annotator__in=[annotator for annotator in annotators if annotator], is_current=True
    )
    return {(row.annotator_id, row.language): row for row in rows}


def _failed(run: Run) -> set[str]:
    """Languages whose fit failed and was not let try again."""
    errors = run.project.run_errors.filter(
        stage=run.stage, annotator=run.annotator, is_resolved=False
    )
    return set(errors.values_list("where", flat=True))


def fits_projectors(project: Project) -> list[Annotator | None]:
    """Projectors share one aligner per language pair, so they are fitted in one run."""
    found = Annotator.objects.filter(
        project=project, kind=Annotator.Kind.PROJECTOR, is_enabled=True
    )
    return [None] if any(row.backend in projectors.FITTED for row in found) else []


def fits_labellers(project: Project) -> list[Annotator | None]:
    """The labellers that learn from the project's own readings."""
    rows = Annotator.objects.filter(project=project, kind=Annotator.Kind.LABELLER, is_enabled=True)
    return [row for row in rows if row.backend in FITTED_LABELLERS]


def _projectors(run: Run) -> list[Annotator]:
    rows = Annotator.objects.filter(
        project=run.project, kind=Annotator.Kind.PROJECTOR, is_enabled=True
    )
    return [row for row in rows if row.backend in projectors.FITTED]


def _pairs(run: Run, language: str) -> Any:
    return (
        Rendition.objects.ready()
        .filter(project_id=run.project_id, language=language, made_from__standing__isnull=False)
        .order_by("pk")
    )


def projectors_due(run: Run) -> bool:
    """Whether some language pair has enough new texts for its projectors."""
    return any(_due_projectors(run))


def _due_projectors(run: Run) -> Iterable[tuple[str, list[Annotator]]]:
    annotators = _projectors(run)
    versions = _versions(annotators)
    failed = _failed(run)
    asked = set(run.scope.get("languages", ()))
    for language in target_languages(run.project):
        if language in failed:
            continue
        size = _pairs(run, language).count()
        due = [
            annotator
            for annotator in annotators
            if _place(language, annotator) not in failed
            and _may_fit(versions.get((annotator.pk, language)), size, language in asked)
        ]
        if due:
            yield language, due


def _may_fit(version: AnnotatorVersion | None, size: int, is_asked: bool) -> bool:
    return _grown(version, size, LEAST_PAIRS) or (is_asked and size >= LEAST_PAIRS)


def _place(language: str, annotator: Annotator) -> str:
    """Where a projector's fit failed, when its language's aligner did not."""
    return f"{language} {annotator.name}"


def fit_projectors(run: Run) -> dict[str, Any]:
    """Fit the aligner of each due language pair once, and each projector on it."""
    report: dict[str, Any] = {}
    for language, annotators in list(_due_projectors(run)):
        size = _pairs(run, language).count()
        carried = to_be_carried(_pairs(run, language).values_list("pk", "made_from_id"))
        try:
            model = fit_aligner([(_forms(c.source_text), _forms(c.target_text)) for c in carried])
        except ValueError as error:
            record_errors(run, [(0, language, str(error), "")])
            continue
        for annotator in annotators:
            try:
                fitted = projectors.prepare(annotator.backend, model, carried)
            except (ValueError, BackendError) as error:
                record_errors(run, [(0, _place(language, annotator), str(error), "")])
                continue
            artifact = projectors.dump(fitted)
            make_version(annotator, language=language, artifact=artifact, fitted_on=size)
        report[language] = {"pairs": len(carried)}
    return report


def _forms(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


def to_be_carried(rows: Iterable[tuple[int, int]]) -> list[Carried]:
    """Source text, target text and source spans of each labelled field of renditions.

    ``rows`` are (target rendition, source rendition). Four queries for all of them.
    """
    origin = dict(rows)
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    fields = Field.objects.filter(rendition_id__in={*origin, *origin.values()})
    for rendition, name, text in fields.values_list("rendition_id", "name", "passage__text"):
        texts[rendition][name] = text
    standing = dict(
        Rendition.objects.filter(pk__in=set(origin.values())).values_list("pk", "standing_id")
    )
    readings = load_readings({pk for pk in standing.values() if pk})
    found = []
    for target, source in origin.items():
        reading = readings.get(standing.get(source) or 0, Reading())
        for name, text in texts[target].items():
            if name in texts[source]:
                spans = tuple(span for span in reading.voted() if span.field == name)
                found.append(Carried(texts[source][name], text, spans))
    return found


def _examples_size(run: Run, language: str) -> int:
    return len(_example_readings(run, language))


def _example_readings(run: Run, language: str) -> dict[int, int]:
    """The reading to learn from, by rendition: decided, else standing, else first projected."""
    own = {"project_id": run.project_id, "rendition__language": language}
    found = dict(
        Candidate.objects.filter(
            **own, rendition__is_current=True, state="ok",
            version__annotator__kind=Annotator.Kind.PROJECTOR, version__annotator__is_enabled=True,
        )
        .order_by("-version__annotator__position", "version__number", "pk")
        .values_list("rendition_id", "reading_id")
    )  # fmt: skip
    standing = Rendition.objects.ready().filter(
        project_id=run.project_id, language=language, standing__isnull=False
    )
    found |= dict(standing.values_list("pk", "standing_id"))
    decided = Decision.objects.filter(**own, is_current=True)
    return found | dict(decided.values_list("rendition_id", "reading_id"))


def labellers_due(run: Run) -> bool:
    """Whether some language has enough new readings for this labeller."""
    return any(_due_languages(run))


def _due_languages(run: Run) -> Iterable[str]:
    versions = _versions([run.annotator])
    failed = _failed(run)
    asked = set(run.scope.get("languages", ()))
    assert run.annotator is not None
    for language in target_languages(run.project):
        if language in failed:
            continue
        size = _examples_size(run, language)
        if language in asked or _grown(
            versions.get((run.annotator.pk, language)), size, LEAST_EXAMPLES
        ):
            yield language


def fit_labellers(run: Run) -> dict[str, Any]:
    """Fit this labeller for each due language; one below the project's floor does not vote."""
    annotator = run.annotator
    assert annotator is not None
    floor = float(run.project.policy.get("floor", DEFAULT_FLOOR))
    report: dict[str, Any] = {}
    for language in list(_due_languages(run)):
        examples = _examples(run, language)
        try:
            fitted = labellers.fit(annotator.backend, examples, annotator.settings)
        except FitError as error:
            record_errors(run, [(0, language, str(error), "")])
            continue
        score = float(fitted.metrics.get("f1") or 0.0)
        make_version(
            annotator,
            language=language,
            artifact=fitted.artifact,
            suffix="safetensors",
            fitted_on=len(examples),
            metrics=dict(fitted.metrics),
            may_vote=score >= floor,
        )
        report[language] = {"examples": len(examples), "f1": score, "votes": score >= floor}
    return report


def _examples(run: Run, language: str) -> list[Example]:
    chosen = _example_readings(run, language)
    readings = load_readings(chosen.values())
    keys = dict(Rendition.objects.filter(pk__in=chosen).values_list("pk", "item__external_id"))
    texts: dict[int, dict[str, str]] = defaultdict(dict)
    fields = Field.objects.filter(rendition_id__in=chosen, role=Field.Role.LABELLED)
    for rendition, name, text in fields.values_list("rendition_id", "name", "passage__text"):
        texts[rendition][name] = text
    return [
        Example(keys[rendition], language, texts[rendition], readings[reading])
        for rendition, reading in sorted(chosen.items())
    ]
