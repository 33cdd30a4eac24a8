"""Add items with their texts and labels in bulk: what an import ends in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db import transaction

from annotate import models
from annotate.idranges import Ranges, with_ids
from annotate.records import ItemRecord, RowError
from annotate.spans import SpanError

from .arrivals import Arrivals, Entry, Origin, origins_of
from .labels import LabelKeeper
from .passages import sha256
from .readings import UnknownLabel

BATCH = 1000

Text = tuple[str, str, bytes]


@dataclass(slots=True)
class Added:
    """What came of adding items.

    ``items`` are new, ``extended`` were there and got a language more, ``unchanged`` were there.
    ``brought`` holds the ids of the new items and renditions as ranges.
    """

    items: int = 0
    extended: int = 0
    unchanged: int = 0
    renditions: int = 0
    candidates: int = 0
    spans: int = 0
    errors: list[RowError] = field(default_factory=list)
    brought: dict[str, Ranges] = field(default_factory=dict)

    def note(self, arrivals: Arrivals, extended: int) -> None:
        """Count what was written."""
        self.items += len(arrivals.items)
        self.extended += extended
        self.renditions += len(arrivals.renditions)
        self.candidates += len(arrivals.labels)
        self.spans += sum(len(row.candidate.reading.spans) for row in arrivals.labels)
        for name, rows in (("items", arrivals.items), ("renditions", arrivals.renditions)):
            self.brought[name] = with_ids(self.brought.get(name, []), (row[0] for row in rows))


class ImportRefused(Exception):
    """An all-or-nothing import met bad rows; nothing of it was stored."""

    def __init__(self, added: Added) -> None:
        self.added = added
        super().__init__(f"{len(added.errors)} rows have errors; nothing was imported.")


def add_items(
    project: models.Project,
    records: Iterable[ItemRecord | RowError],
    *,
    all_or_nothing: bool = True,
    create_labels: bool = False,
    most_errors: int = 1000,
) -> Iterator[Added]:
    """Store records by batches of 1,000, yielding the running totals after each.

    An item whose id and texts are there already is left as it is, so importing again changes
    nothing; languages it does not have yet are added to it, made from its current source; the same
    id with other texts is an error of that row. With ``all_or_nothing`` any error undoes the whole
    and raises ImportRefused once the input is read. Memory does not grow with the input, but for at
    most ``most_errors`` errors. Labels come first to stand for the renditions in the source
    language; spans of other languages that name their keys point to them.
    """
    total = Added()
    source = iter(records)
    keeper = LabelKeeper(project, create=create_labels)
    with transaction.atomic():
        while batch := list(islice(source, BATCH)):
            rows = [row for row in batch if isinstance(row, ItemRecord)]
            errors = [row for row in batch if isinstance(row, RowError)]
            if not (all_or_nothing and total.errors):
                errors += _store(project, keeper, rows, total)
            total.errors += errors[: most_errors - len(total.errors)]
            yield total
        if all_or_nothing and total.errors:
            raise ImportRefused(total)


def _store(
    project: models.Project, keeper: LabelKeeper, records: Sequence[ItemRecord], total: Added
) -> list[RowError]:
    """Write what is new and sound of a batch; return the errors of the rest."""
    errors: list[RowError] = []
    sound: list[Entry] = []
    for entry in _entries(project, records, total, errors):
        try:
            _check(project, keeper, entry)
        except (SpanError, UnknownLabel) as error:
            record = entry.record
            errors.append(RowError(record.line, f"{record.external_id}: {error}"))
        else:
            sound.append(entry)
    arrivals = Arrivals(project, sound)
    arrivals.write(keeper)
    total.note(arrivals, extended=len(sound) - len(arrivals.items))
    return errors


def _entries(
    project: models.Project, records: Sequence[ItemRecord], total: Added, errors: list[RowError]
) -> list[Entry]:
    """What each record adds; those that add nothing are counted, those that clash are errors."""
    ids = [record.external_id for record in records]
    rows = models.Item.objects.filter(external_id__in=ids).values_list("external_id", "id")
    known = dict(rows)
    texts, languages = _stored(known.values()) if known else ({}, {})
    entries: list[Entry] = []
    seen: set[str] = set()
    for record in records:
        name, item = record.external_id, known.get(record.external_id)
        there = languages.get(item or 0, set())
        cause = _clash(record, seen, texts.get(item or 0, set()), there)
        if cause:
            errors.append(RowError(record.line, f"id {name!r} {cause}"))
            continue
        fresh = tuple(r for r in record.renditions if r.language not in there)
        if item is not None and not fresh:
            total.unchanged += 1
            continue
        seen.add(name)
        entries.append(Entry(record, fresh, item))
    origins = origins_of(project, (e.item for e in entries if e.item is not None)) if known else {}
    return [replace(entry, origin=origins.get(entry.item or 0, Origin())) for entry in entries]


def _clash(record: ItemRecord, seen: set[str], texts: set[Text], there: set[str]) -> str:
    """Why a record cannot be taken beside what is there and what came before, or nothing."""
    if record.external_id in seen:
        return "occurs twice"
    tags = [rendition.language for rendition in record.renditions]
    doubled = next((tag for tag in tags if tags.count(tag) > 1), "")
    if doubled:
        return f"comes twice in {doubled}; give one text per language"
    if not _texts(record, there) <= texts:
        return "is already there with another text; give the new text an id of its own"
    return ""


def _check(project: models.Project, keeper: LabelKeeper, entry: Entry) -> None:
    """Check labels and offsets before anything is written, so that one row fails alone."""
    source = {place: slot.text for place, slot in entry.origin.slots.items()}
    for rendition in entry.renditions:
        if rendition.language == project.source_language:
            source = {("source", part.name): part.text for part in rendition.fields}
    for rendition in entry.renditions:
        texts = {("target", part.name): part.text for part in rendition.fields}
        if rendition.language != project.source_language:
            texts |= source
        for candidate in rendition.candidates:
            keeper.check(candidate.reading, texts)


def _texts(record: ItemRecord, languages: set[str]) -> set[Text]:
    return {
        (rendition.language, part.name, sha256(part.text))
        for rendition in record.renditions
        if rendition.language in languages
        for part in rendition.fields
    }


def _stored(items: Iterable[int]) -> tuple[dict[int, set[Text]], dict[int, set[str]]]:
    """The texts that items have or had, and the languages they have."""
    wanted = list(items)
    texts: dict[int, set[Text]] = {}
    fields = models.Field.objects.filter(rendition__item_id__in=wanted).values_list(
        "rendition__item_id", "rendition__language", "name", "passage__sha256"
    )
    for item, language, name, digest in fields:
        texts.setdefault(item, set()).add((language, name, bytes(digest)))
    languages: dict[int, set[str]] = {}
    renditions = models.Rendition.objects.filter(item_id__in=wanted, is_current=True)
    for item, language in renditions.values_list("item_id", "language"):
        languages.setdefault(item, set()).add(language)
    return texts, languages
