"""What an import brings, as rows: items, renditions, fields and candidates of a batch, table by table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from annotate import models
from annotate.copying import reserve_ids, write_tables
from annotate.readings import Reading
from annotate.records import IMPORTED, CandidateRecord, FieldRecord, ItemRecord, RenditionRecord

from .labels import LabelKeeper
from .passages import sha256, store_passages
from .readings import (
    NewReading,
    Slot,
    relation_rows_by_reading,
    span_rows_by_reading,
    write_readings,
)
from .texts import mark_translate_due

ITEM_COLUMNS = (
    "id", "project_id", "external_id", "split", "variety", "group", "position", "metadata",
    "inputs", "translate_due", "created_at",
)  # fmt: skip
RENDITION_COLUMNS = (
    "id", "project_id", "item_id", "language", "origin", "state", "made_from_id", "version_id",
    "is_current", "standing_id", "aggregate_due", "created_at",
)  # fmt: skip
FIELD_COLUMNS = (
    "id", "project_id", "rendition_id", "name", "role", "position", "speaker", "language",
    "passage_id",
)  # fmt: skip
CANDIDATE_COLUMNS = (
    "id", "project_id", "rendition_id", "version_id", "basis_id", "ballot", "reading_id", "state",
    "reason", "prompt_hash", "option_order", "seed", "raw_reply", "cost", "made_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """An item's source rendition: its fields as targets see them, and the reading that stands for it."""

    rendition: int | None = None
    slots: Mapping[tuple[str, str], Slot] = field(default_factory=dict)
    standing: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Renditions to add: to a new item, or to the known ``item`` with its ``origin``."""

    record: ItemRecord
    renditions: tuple[RenditionRecord, ...]
    item: int | None = None
    origin: Origin = Origin()


@dataclass(frozen=True, slots=True)
class Label:
    """A candidate to store as ``reading``; ``basis`` stands for the source it may name spans of."""

    rendition: int
    candidate: CandidateRecord
    slots: Mapping[tuple[str, str], Slot]
    reading: int
    basis: int | None

    def as_reading(
        self, spans: Mapping[int, Mapping[str, int]], relations: Mapping[int, Mapping[str, int]]
    ) -> NewReading:
        """The reading to write, its source keys resolved to rows of the basis."""
        if self.basis is None or not _names_source(self.candidate.reading):
            return NewReading(self.rendition, self.candidate.reading, self.slots)
        return NewReading(
            self.rendition, self.candidate.reading, self.slots, self.basis,
            spans.get(self.basis), relations.get(self.basis),
        )  # fmt: skip


class Arrivals:
    """The rows of a batch of entries, gathered table by table under ids reserved beforehand."""

    def __init__(self, project: models.Project, entries: Sequence[Entry]) -> None:
        self.project, self.now = project, timezone.now()
        self.items: list[tuple] = []
        self.renditions: list[tuple] = []
        self.fields: list[tuple] = []
        self.source_labels: list[Label] = []
        self.target_labels: list[Label] = []
        parts = [rendition for entry in entries for rendition in entry.renditions]
        new = sum(entry.item is None for entry in entries)
        self._item_ids = iter(reserve_ids(models.Item, new))
        self._rendition_ids = iter(reserve_ids(models.Rendition, len(parts)))
        self._field_ids = iter(reserve_ids(models.Field, sum(len(r.fields) for r in parts)))
        self._reading_ids = iter(reserve_ids(models.Reading, sum(len(r.candidates) for r in parts)))
        self._passages = store_passages(
            project, {_passage_key(r, part): part.text for r in parts for part in r.fields}
        )
        targets = models.ProjectLanguage.objects.filter(project=project, role="target")
        self._targets = set(targets.values_list("tag", flat=True))
        self._known = [entry.item for entry in entries if entry.item is not None]
        self._given_source: list[int] = []
        for entry in entries:
            self._add(entry)

    @property
    def labels(self) -> list[Label]:
        """All candidates, those of the source first: what is carried from them names their rows."""
        return self.source_labels + self.target_labels

    def _add(self, entry: Entry) -> None:
        item = entry.item or self._item(entry.record, {r.language for r in entry.renditions})
        origin, source = entry.origin, self.project.source_language
        for rendition in sorted(entry.renditions, key=lambda r: r.language != source):
            pk = next(self._rendition_ids)
            slots = self._slots(pk, rendition)
            made_from, standing = origin.rendition, None
            if rendition.language == source:
                labels = self._labels(pk, rendition, slots, None)
                self.source_labels += labels
                standing = next((row.reading for row in labels if _stands(row.candidate)), None)
                seen = {("source", name): slot for (_, name), slot in slots.items()}
                origin = Origin(pk, seen, standing)
                if entry.item is not None:
                    self._given_source.append(item)
            else:
                labels = self._labels(pk, rendition, {**origin.slots, **slots}, origin.standing)
                self.target_labels += labels
            due = bool(labels) and rendition.language != source
            state = "ready" if rendition.fields else "empty"
            self.renditions.append(
                (pk, self.project.pk, item, rendition.language, rendition.origin, state, made_from,
                 None, True, standing, due, self.now)
            )  # fmt: skip

    def _item(self, record: ItemRecord, languages: set[str]) -> int:
        pk = next(self._item_ids)
        self.items.append(
            (pk, self.project.pk, record.external_id, record.split, record.variety, record.group,
             record.position, dict(record.metadata), dict(record.inputs),
             not self._targets <= languages, self.now)
        )  # fmt: skip
        return pk

    def _slots(self, pk: int, rendition: RenditionRecord) -> dict[tuple[str, str], Slot]:
        slots: dict[tuple[str, str], Slot] = {}
        for part in rendition.fields:
            slots["target", part.name] = Slot(next(self._field_ids), part.text)
            self.fields.append(
                (slots["target", part.name].id, self.project.pk, pk, part.name, part.role,
                 part.position, part.speaker, part.language or "",
                 self._passages[_passage_key(rendition, part)])
            )  # fmt: skip
        return slots

    def _labels(
        self, pk: int, rendition: RenditionRecord, slots: Mapping[tuple[str, str], Slot],
        basis: int | None,
    ) -> list[Label]:  # fmt: skip
        return [
            Label(pk, candidate, slots, next(self._reading_ids), basis)
            for candidate in rendition.candidates
        ]

    def write(self, keeper: LabelKeeper) -> None:
        """Store everything. Constraints between the tables are checked when the transaction ends."""
        write_tables(
            (models.Item, ITEM_COLUMNS, self.items),
            (models.Rendition, RENDITION_COLUMNS, self.renditions),
            (models.Field, FIELD_COLUMNS, self.fields),
        )
        self._write_readings(self.source_labels, keeper)
        self._write_readings(self.target_labels, keeper)
        if self.labels:
            self._write_candidates(keeper)
        if self._given_source:
            self._link_to_source()
        if self._known:
            mark_translate_due(self.project, self._known)

    def _write_readings(self, labels: Sequence[Label], keeper: LabelKeeper) -> None:
        if not labels:
            return
        bases = {row.basis for row in labels if _names_source(row.candidate.reading)}
        spans = span_rows_by_reading(bases)
        relations = relation_rows_by_reading(bases)
        write_readings(
            self.project,
            [row.as_reading(spans, relations) for row in labels],
            labels=keeper.book,
            ids=[row.reading for row in labels],
        )

    def _write_candidates(self, keeper: LabelKeeper) -> None:
        # Without a basis: labels that came with the data stay when the source's reading changes,
        # for nothing would carry them again.
        ids = reserve_ids(models.Candidate, len(self.labels))
        rows = [
            (pk, self.project.pk, row.rendition, keeper.version(row.candidate.annotator), None,
             row.candidate.ballot, row.reading, "ok", "", "", None, None, "", 0, self.now)
            for pk, row in zip(ids, self.labels, strict=True)
        ]  # fmt: skip
        write_tables((models.Candidate, CANDIDATE_COLUMNS, rows))

    def _link_to_source(self) -> None:
        """Let what known items had before their source be made from the source that has come."""
        language = self.project.source_language
        current = models.Rendition.objects.filter(is_current=True)
        source = current.filter(item=OuterRef("item"), language=language)
        lacking = current.filter(item__in=self._given_source, made_from=None)
        lacking.exclude(language=language).update(made_from=Subquery(source.values("pk")))


def origins_of(project: models.Project, items: Iterable[int]) -> dict[int, Origin]:
    """The current source rendition of items that have one: two queries."""
    rows = models.Rendition.objects.filter(
        item__in=list(items), language=project.source_language, is_current=True
    ).values_list("item_id", "pk", "standing_id")
    found = {item: (pk, standing) for item, pk, standing in rows}
    slots: dict[int, dict[tuple[str, str], Slot]] = {pk: {} for pk, _ in found.values()}
    for rendition, name, pk, text in models.Field.objects.filter(
        rendition_id__in=slots
    ).values_list("rendition_id", "name", "id", "passage__text"):
        slots[rendition]["source", name] = Slot(pk, text)
    return {item: Origin(pk, slots[pk], standing) for item, (pk, standing) in found.items()}


def _stands(candidate: CandidateRecord) -> bool:
    return candidate.annotator == IMPORTED and candidate.ballot == 1


def _names_source(reading: Reading) -> bool:
    return any(span.source for span in reading.spans) or any(r.source for r in reading.relations)


def _passage_key(rendition: RenditionRecord, part: FieldRecord) -> tuple[str, bytes]:
    return (part.language or rendition.language, sha256(part.text))
