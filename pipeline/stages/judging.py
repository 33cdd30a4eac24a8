"""Judge: have each judge rate what the machines agree on, and set its ratings against people's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.readings import load_readings
from annotate.models import (
    Annotator,
    Candidate,
    Consensus,
    Project,
    Question,
    Reading,
    Rendition,
    Run,
)
from annotate.prompts import Scale
from annotate.questions import Asked, options_of
from annotate.usefulness import rates_usefulness
from pipeline.agree.intervals import Resampling
from pipeline.label.judge import RatingTask
from pipeline.machines import current_version, judge, option_wording
from pipeline.raters.judges import judge_against_people
from verify.models import Judgement

from .contract import Done, enabled
from .labelling import price_of
from .texts import texts_of

KINDS = (Question.Kind.RATING, Question.Kind.SCORE)
SCOPES = (Question.Scope.BASIS, Question.Scope.RENDITION)
# Of so many judgements, the newest, ratings are compared.
_MOST = 200_000


def annotators(project: Project) -> list[Annotator | None]:
    """The judges that rate what the project asks about."""
    return [row for row in enabled("judge")(project) if row and not rates_usefulness(row)]


def pending(run: Run) -> QuerySet[Any]:
    """Translated renditions whose labels, as the machines agree on them, the judge has not rated.

    Decided ones too: only where people answered the same can a judge be measured. Labels that were
    added up anew and are the same are not rated again.
    """
    assert run.annotator is not None
    asked = set(_questions(run.project).values_list("scope", flat=True))
    rated = Candidate.objects.filter(
        rendition=OuterRef("pk"), version__annotator=run.annotator, version__is_current=True
    )
    rows = Rendition.objects.ready().filter(project_id=run.project_id)
    rows = rows.exclude(language=run.project.source_language)
    if not asked:
        return rows.none()
    if Question.Scope.BASIS not in asked:
        return rows.filter(~Exists(rated))
    agreed = Consensus.objects.filter(
        rendition=OuterRef("pk"), of=Consensus.Of.MACHINES, reading__isnull=False
    ).annotate(
        known=Exists(
            Candidate.objects.filter(
                rendition=OuterRef("rendition"), version__annotator=run.annotator,
                version__is_current=True, basis__digest=OuterRef("reading__digest"),
            )
        )
    )  # fmt: skip
    return rows.filter(Exists(agreed.filter(known=False)))


def do(run: Run, ids: list[int]) -> Done:
    """Rate a batch; what the judge could not do is a candidate that says why."""
    rows, used = rated(run, *tasks_of(run.project, ids))
    saved = save_candidates(run.project, rows, votes=False)
    cost = sum((row.cost for row in rows), Decimal(0))
    return Done(saved=saved, tokens_in=used[0], tokens_out=used[1], cost=cost)


def rated(
    run: Run, tasks: dict[int, RatingTask], bases: dict[int, int]
) -> tuple[list[NewCandidate], tuple[int, int]]:
    """The judge's candidates for what ``tasks_of`` found, and the tokens read and written."""
    assert run.annotator is not None
    version = current_version(run.annotator)
    results = judge(version).rate(list(tasks.values()))
    rows = [
        NewCandidate(
            rendition=pk, version=version.pk, state=result.state,
            reading=result.reading if result.state == "ok" else None, basis=bases.get(pk),
            reason=result.reason, prompt_hash=result.prompt_hash, seed=result.seed,
            raw_reply=result.raw_reply,
            cost=price_of(version, result.tokens_in, result.tokens_out),
        )
        for pk, result in zip(tasks, results, strict=True)
    ]  # fmt: skip
    return rows, (sum(r.tokens_in for r in results), sum(r.tokens_out for r in results))


def tasks_of(project: Project, ids: list[int]) -> tuple[dict[int, RatingTask], dict[int, int]]:
    """What is to be rated by rendition, and the readings that are rated. Seven queries."""
    renditions = list(Rendition.objects.filter(pk__in=ids).select_related("item").order_by("pk"))
    agreed = Consensus.objects.filter(rendition_id__in=ids, of=Consensus.Of.MACHINES)
    bases = dict(agreed.exclude(reading=None).values_list("rendition_id", "reading_id"))
    readings = load_readings(set(bases.values()))
    texts = texts_of([*ids, *(r.made_from_id for r in renditions if r.made_from_id)])
    questions = list(_questions(project))
    tasks: dict[int, RatingTask] = {}
    for r in renditions:
        asked = [q for q in questions if q.scope != Question.Scope.BASIS or r.pk in bases]
        scales = tuple(scale_of(q, r.language, r.item.inputs) for q in asked)
        inputs = {k: v for k, v in r.item.inputs.items() if isinstance(v, str)}
        basis = {"reading": readings[bases[r.pk]]} if r.pk in bases else {}
        tasks[r.pk] = RatingTask(
            r.item.external_id, r.language, texts.get(r.pk, {}), scales,
            source=texts.get(r.made_from_id or 0, {}), inputs=inputs, **basis,
        )  # fmt: skip
    if not any(q.scope == Question.Scope.BASIS for q in questions):
        bases = {}
    return tasks, bases


def _questions(project: Project) -> QuerySet[Question]:
    return Question.objects.filter(project=project, kind__in=KINDS, scope__in=SCOPES)


def scale_of(question: Question, language: str, inputs: Mapping[str, Any]) -> Scale:
    """A rating or score question as a scale for an item, which may bring levels of its own.

    Levels are options with a number for a key; any other option, such as "cannot tell", is for people.
    """
    numbers = [
        (float(option["key"]), option_wording(option, language))
        for option in options_of(_asked(question), inputs)
        if _is_level(option["key"])
    ]
    is_rating = question.kind == Question.Kind.RATING
    low = float(question.settings.get("min", 1 if is_rating else 0))
    high = float(question.settings.get("max", 5 if is_rating else 100))
    levels = tuple(n for n, _ in numbers) or tuple(map(float, range(int(low), int(high) + 1)))
    words = tuple(word for _, word in numbers)
    return Scale(
        question.key, question.wording_in(language), question.scope,
        min(levels) if is_rating else low, max(levels) if is_rating else high,
        levels if is_rating else (), words if is_rating else (),
    )  # fmt: skip


def _asked(question: Question) -> Asked:
    return Asked(
        question.key, question.kind, question.scope, question.wording, question.options,
        question.condition, question.required, question.settings,
    )  # fmt: skip


def against_people(project: Project) -> list[dict[str, Any]]:
    """Each judge's ratings beside the median of people's, by language and question.

    Of labels, only people who rated the same labels count. Three queries and the readings' answers.
    """
    asked = set(_questions(project).values_list("key", flat=True))
    judges = Candidate.objects.filter(
        project=project, version__annotator__kind="judge", version__is_current=True, state="ok"
    )
    if not asked or not judges.exists():
        return []
    people = _people(project, asked)
    said: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    rows = judges.filter(rendition_id__in={rendition for rendition, _, _ in people}).order_by("pk")
    newest: dict[tuple[int, str, str], tuple[str, float, float]] = {}
    for rendition, language, name, basis, answers in rows.values_list(
        "rendition_id", "rendition__language", "version__annotator__name", "basis__digest",
        "reading__answers",
    ):  # fmt: skip
        for question, target, value in answers:
            key = (rendition, question, bytes(basis).hex() if target == "basis" and basis else "")
            if question in asked and key in people:
                pair = (language, float(value), median(people[key]))
                newest[rendition, name, question] = pair
    for (_, name, question), (language, own, theirs) in newest.items():
        said[language, name, question].append((own, theirs))
    return [
        {
            "language": language, "judge": name, "question": question,
            **judge_against_people(
                [own for own, _ in pairs], [theirs for _, theirs in pairs],
                resampling=Resampling(),
            ).as_dict(),
        }
        for (language, name, question), pairs in sorted(said.items())
    ]  # fmt: skip


def _people(project: Project, asked: set[str]) -> dict[tuple[int, str, str], list[float]]:
    """People's ratings by rendition, question and, where labels were rated, what these were."""
    rows = list(
        Judgement.objects.filter(
            project=project, outcome=Judgement.Outcome.ANSWERED, successor__isnull=True,
            assignment__kind="review", reading__isnull=False,
        )
        .exclude(reading__answers=[])
        .order_by("-pk")
        .values_list("rendition_id", "assignment__shown", "reading__answers")[:_MOST]
    )  # fmt: skip
    shown = [_rated(seen or {}) for _, seen, _ in rows]
    digests = dict(
        Reading.objects.filter(pk__in={pk for pk in shown if pk}).values_list("pk", "digest")
    )
    found: dict[tuple[int, str, str], list[float]] = defaultdict(list)
    for (rendition, _, answers), labels in zip(rows, shown, strict=True):
        for question, target, value in answers:
            if question not in asked or not _is_level(value):
                continue
            of = bytes(digests[labels]).hex() if target == "basis" and labels in digests else ""
            found[rendition, question, of].append(float(value))
    return found


def _is_level(value: Any) -> bool:
    """Whether an answer is a number, and not "cannot tell" or the like."""
    if isinstance(value, str):
        return value.removeprefix("-").replace(".", "", 1).isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _rated(shown: dict[str, Any]) -> int | None:
    """The reading whose labels a seat showed."""
    readings = shown.get("readings") or []
    return readings[0] if readings else shown.get("basis")
