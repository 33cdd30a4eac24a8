"""What the walks of test_nouns share: building items, judging, and going out and in again."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django_scopes import scope

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.items import add_items
from annotate.actions.labels import add_label
from annotate.actions.projects import add_annotator, create_project, join
from annotate.actions.readings import load_readings
from annotate.actions.versions import make_version
from annotate.formats import catalog
from annotate.formats.contract import CardFacts, ReadOptions
from annotate.models import Project, Question, Rendition, Run
from annotate.models import Span as SpanRow
from annotate.readings import Reading
from annotate.records import CandidateRecord, FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Span
from pipeline.archive import read_archive, write_archive
from pipeline.export import ExportScope, records
from pipeline.stages import stage_of
from verify.actions.claim import claim_next
from verify.actions.judge import record_judgement
from verify.actions.raters import rater_for
from verify.actions.seats import NewSeat, open_seats
from verify.models import Assignment
from verify.submission import Submission, SubmittedSpan


def new_project(name: str, source: str = "en", targets: tuple[str, ...] = ("de",)) -> Project:
    """A project without any labels, questions or annotators of its own."""
    project = create_project(name=name, source=source, targets=targets, preset="scratch")
    return project


def question(project: Project, key: str, kind: str, **fields: Any) -> Question:
    return Question.objects.create(project=project, key=key, kind=kind, **fields)


def labels(project: Project, *keys: str, kind: str = "span") -> None:
    for key in keys:
        add_label(project, key=key, kind=kind)


def machine(
    project: Project, name: str, kind: str, backend: str = "imported", **fields: Any
) -> Any:
    """An annotator with a version to credit candidates to."""
    annotator = add_annotator(project, name=name, kind=kind, backend=backend, **fields)
    return make_version(annotator)


def text(language: str, words: str, *candidates: CandidateRecord, name: str = "text", **more: Any):
    """A rendition of one field."""
    return RenditionRecord(language, (FieldRecord(name, words, **more),), candidates)


def given(*spans: Span, answers: tuple = (), relations: tuple = (), by: str = "imported"):
    """Labels that come with the data."""
    return CandidateRecord(by, Reading(tuple(answers), tuple(spans), tuple(relations)))


def mark(surface: str, label: str, within: str, key: str = "", **more: Any) -> Span:
    """A span on the first place where the surface stands."""
    start = within.index(surface)
    return Span(label, start, start + len(surface), surface=surface, key=key, **more)


def store(project: Project, *items: ItemRecord) -> None:
    for added in add_items(project, items):
        assert not added.errors, added.errors


def rendition(project: Project, external_id: str, language: str) -> Rendition:
    return Rendition.objects.get(
        project=project, item__external_id=external_id, language=language, is_current=True
    )


def vote(project: Project, version: Any, where: Rendition, reading: Reading | None, **more: Any):
    """A candidate of a version."""
    row = NewCandidate(where.pk, version.pk, reading=reading, **more)
    return save_candidates(project, [row])


def pending(project: Project, stage: str, annotator: Any = None) -> list[int]:
    """The rows a stage would be given now."""
    run = Run(project=project, stage=stage, annotator=annotator)
    return list(stage_of(run).rows(run).values_list("pk", flat=True))


def work(project: Project, stage: str, annotator: Any = None) -> None:
    """Do everything pending of a stage."""
    run = Run.objects.create(project=project, stage=stage, annotator=annotator, state="running")
    found = stage_of(run)
    rows = list(found.rows(run).values_list("pk", flat=True))
    done = found.do(run, rows)
    assert not done.errors, done.errors
    run.state = "done"
    run.save()
    assert not found.rows(run).exists(), f"{stage} left rows pending"


def person(project: Project, name: str, role: str = "reviewer", languages: tuple = ("de",)):
    user = get_user_model().objects.create_user(name)
    join(project, user, role=role, languages=languages)
    return user


def client_id() -> uuid.UUID:
    return uuid.uuid4()


def there_and_back(project: Project, folder: Path) -> Project:
    """Archive into an empty place and back, and native JSONL out and in; both must lose nothing."""
    first, second = folder / "first.zip", folder / "second.zip"
    write_archive(project, first)
    slug = project.slug
    Project.objects.filter(pk=project.pk).update(slug=f"{slug}-original")
    copy = read_archive(first)
    write_archive(copy, second)
    assert first.read_bytes() == second.read_bytes()
    assert_native_returns(project, folder)
    return copy


def assert_native_returns(project: Project, folder: Path) -> None:
    """Every final reading and text is the same after export and import of native JSONL."""
    scope_ = ExportScope(decided_only=False, candidates=True)
    (folder / "native").mkdir()
    out = list(records(project, scope_))
    losses = catalog.FORMATS["native"].write(iter(out), folder / "native", CardFacts(project.name))
    assert losses == []
    files = sorted((folder / "native").rglob("*.jsonl"))
    assert files
    back = new_project(
        project.name + " again",
        project.source_language,
        tuple(project.languages.filter(role="target").values_list("tag", flat=True)),
    )
    with scope(project=back):
        for file in files:
            with file.open("rb") as stream:
                rows = list(
                    catalog.FORMATS["native"].read(
                        stream, ReadOptions(language=project.source_language)
                    )
                )
            for added in add_items(back, rows, create_labels=True):
                assert not added.errors, added.errors
        again = list(records(back, scope_))
    assert _texts(again) == _texts(out)


def _texts(rows: list[Any]) -> set[Any]:
    return {
        (r.external_id, r.language, tuple((f.name, f.text, f.role) for f in r.fields)) for r in rows
    }


def reading_of(pk: int) -> Reading:
    return load_readings([pk])[pk]


def submit(project, user, *, kind="review", language="de", **fields):
    """Claim the next seat and answer it; returns the judgement."""
    rater = rater_for(project=project, user=user)
    seat = claim_next(project, rater, [f"{kind}:{language}"], timezone.now())
    assert seat is not None, "nothing to judge"
    return record_judgement(seat, rater=rater, submission=Submission(client_id(), **fields))


def shown_spans(seat: Assignment) -> list[SpanRow]:
    return list(SpanRow.objects.filter(reading__in=seat.shown["readings"], rank=1).order_by("pk"))


def all_right(seat: Assignment) -> tuple[SubmittedSpan, ...]:
    return tuple(
        SubmittedSpan(
            s.key,
            s.key,
            "right",
            "",
            s.label.key,
            s.field.name,
            s.start,
            s.end,
            s.surface,
            s.source.key if s.source else None,
        )
        for s in shown_spans(seat)
    )


def seats(project, where: Rendition, number: int = 1, **fields) -> None:
    rows = [NewSeat(where.pk, where.language, seat=seat, **fields) for seat in range(1, number + 1)]
    open_seats(project=project, rows=rows)
