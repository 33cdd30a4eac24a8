"""Fit: learn projectors from parallel texts and labellers from readings, one version per language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from annotate.actions.readings import load_readings
from annotate.actions.runs import record_errors
from annotate.actions.versions import make_version, note_challenge
from annotate.models import (
    Annotator,
    AnnotatorVersion,
    Candidate,
    Field,
    Project,
    Rendition,
    Run,
)
from pipeline.align.model import fit as fit_aligner
from pipeline.align.tokens import tokenise
from pipeline.backends.base import BackendError
from pipeline.label import catalog as labellers
from pipeline.label.contract import Example, FitError
from pipeline.learn.correction import Correction
from pipeline.learn.match import Match, play
from pipeline.learn.teaching import TAUGHT, taught
from pipeline.machines import FITTED_LABELLERS, label_choices, labeller
from pipeline.projection import catalog as projectors
from pipeline.projection.pivots import PivotsProjector
from verify.models import Decision

from .lessons import LEAST_JUDGED, corrections, decided_by_people, is_taught, judged_counts
from .several import with_pivots
from .texts import carried_texts, texts_of
from .translating import target_languages

# Fewer pairs teach an aligner nothing that spelling and position do not tell already.
LEAST_PAIRS = 2
LEAST_EXAMPLES = 20
# Data must have grown by so much before the same thing is fitted again.
GROWTH = 1.25
# A labeller that does worse than this on held-back readings does not vote; it may still confirm.
DEFAULT_FLOOR = 0.75


def _grown(version: AnnotatorVersion | None, size: int) -> bool:
    """Whether there is so much more to fit on that it is worth it."""
    if version is None:
        return True
    tried = version.metrics.get("challenge", {}).get("fitted_on", 0)
    return size >= GROWTH * max(version.fitted_on, tried)


def _taught_more(version: AnnotatorVersion | None, judged: int) -> bool:
    """The same of what people judged."""
    known = 0
    if version is not None:
        tried = version.metrics.get("challenge", {})
        known = max(version.metrics.get("judged_texts", 0), tried.get("judged_texts", 0))
    return judged >= max(LEAST_JUDGED, GROWTH * known)


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
    judged = judged_counts(run.project) if is_taught(run.project) else {}
    for language in target_languages(run.project):
        if language in failed:
            continue
        size = _pairs(run, language).count()
        if size < LEAST_PAIRS:
            continue
        due = []
        for annotator in annotators:
            version = versions.get((annotator.pk, language))
            news = judged.get(language, 0) if annotator.backend in TAUGHT else 0
            if _place(language, annotator) not in failed and (
                language in asked or _grown(version, size) or _taught_more(version, news)
            ):
                due.append(annotator)
        if due:
            yield language, due


def _place(language: str, annotator: Annotator) -> str:
    """Where a projector's fit failed, when its language's aligner did not."""
    return f"{language} {annotator.name}"


def fit_projectors(run: Run) -> dict[str, Any]:
    """Fit the aligner of each due language pair once, and each projector on it."""
    report: dict[str, Any] = {}
    judged = judged_counts(run.project)
    for language, annotators in list(_due_projectors(run)):
        size = _pairs(run, language).count()
        pairs = _pairs(run, language).values_list("pk", "made_from_id")
        carried = [example for _, _, example in carried_texts(pairs)]
        try:
            model = fit_aligner([(_forms(c.source_text), _forms(c.target_text)) for c in carried])
        except ValueError as error:
            record_errors(run, [(0, language, str(error), "")])
            continue
        lessons = _lessons(run.project, language, annotators)
        report[language] = {"pairs": len(carried)}
        for annotator in annotators:
            try:
                fitted = projectors.prepare(annotator.backend, model, carried)
                if isinstance(fitted, PivotsProjector):
                    fitted = with_pivots(fitted, annotator, language)
            except (ValueError, BackendError) as error:
                record_errors(run, [(0, _place(language, annotator), str(error), "")])
                continue
            known = lessons if annotator.backend in TAUGHT else []
            learnt = taught(fitted, known)
            make_version(
                annotator, language=language, artifact=projectors.dump(learnt.projector),
                fitted_on=size, metrics={**learnt.gain, "judged_texts": judged.get(language, 0)},
            )  # fmt: skip
            if learnt.gain:
                report[language][annotator.name] = learnt.gain
    return report


def _lessons(project: Project, language: str, annotators: Iterable[Annotator]) -> list[Correction]:
    """What people set right, for the projectors that learn from it."""
    if any(annotator.backend in TAUGHT for annotator in annotators) and is_taught(project):
        return corrections(project, language)
    return []


def _forms(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


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
    judged = judged_counts(run.project) if is_taught(run.project) else {}
    for language in target_languages(run.project):
        if language in failed:
            continue
        version = versions.get((run.annotator.pk, language))
        size = len(_example_readings(run, language))
        has_news = _grown(version, size) or _taught_more(version, judged.get(language, 0))
        if language in asked or (size >= LEAST_EXAMPLES and has_news):
            yield language


def fit_labellers(run: Run) -> dict[str, Any]:
    """Fit this labeller for each due language; one below the project's floor does not vote."""
    annotator = run.annotator
    assert annotator is not None
    floor = float(run.project.policy.get("floor", DEFAULT_FLOOR))
    versions = _versions([annotator])
    report: dict[str, Any] = {}
    for language in list(_due_languages(run)):
        examples, judged = _examples(run, language)
        try:
            fitted = labellers.fit(annotator.backend, examples, annotator.settings)
        except FitError as error:
            record_errors(run, [(0, language, str(error), "")])
            continue
        version = versions.get((annotator.pk, language))
        match = _match(run, version, fitted.artifact, judged)
        score = float(fitted.metrics.get("f1") or 0.0)
        told = {"examples": len(examples), "f1": score, **(match.told() if match else {})}
        report[language] = told
        if version and match and not match.is_won:
            note_challenge(version, fitted_on=len(examples), metrics=match.told())
            continue
        told["votes"] = score >= floor
        make_version(
            annotator, language=language, artifact=fitted.artifact, suffix="safetensors",
            fitted_on=len(examples), may_vote=score >= floor,
            metrics={**fitted.metrics, "judged_texts": len(judged), **(match.told() if match else {})},
        )  # fmt: skip
    return report


def _match(
    run: Run, current: AnnotatorVersion | None, artifact: bytes, judged: Sequence[Example]
) -> Match | None:
    """How a new labeller does against its predecessor of the same settings, where people judged enough."""
    assert run.annotator is not None
    if current is None or len(judged) < LEAST_JUDGED or current.settings != run.annotator.settings:
        return None
    labels = label_choices(run.project, current.language)
    fresh = labellers.load(run.annotator.backend, artifact)
    return play(labeller(current), fresh, judged, labels)


def _examples(run: Run, language: str) -> tuple[list[Example], list[Example]]:
    """All there is to learn from, and of these what people decided."""
    chosen = _example_readings(run, language)
    readings = load_readings(chosen.values())
    keys = dict(Rendition.objects.filter(pk__in=chosen).values_list("pk", "item__external_id"))
    texts = texts_of(chosen, role=Field.Role.LABELLED)
    decided = set(
        decided_by_people(run.project)
        .filter(rendition__language=language)
        .values_list("rendition_id", flat=True)
    )
    examples = {
        rendition: Example(keys[rendition], language, texts[rendition], readings[reading])
        for rendition, reading in sorted(chosen.items())
    }
    return list(examples.values()), [e for pk, e in examples.items() if pk in decided]
