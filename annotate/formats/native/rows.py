"""Parse one row of native JSONL, in its full form or in one of the short ones, into an ItemRecord."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotate.formats.checks import describe, filled_text, language_tag, object_in, short_text
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.labels import LabelParser
from annotate.readings import Reading
from annotate.records import CandidateRecord, FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Ruler

_FIELD_KEYS = frozenset(("name", "text", "role", "position", "speaker", "language"))
_READING_KEYS = frozenset(("spans", "answers", "relations"))
# What stands beside a text of the row's own, and would be lost beside renditions.
_OF_ONE_TEXT = (
    "spans", "answers", "relations", "text", "fields", "reading", "candidates", "translations",
)  # fmt: skip
_CANDIDATE_KEYS = _READING_KEYS | {"annotator", "ballot"}
_RENDITION_KEYS = _READING_KEYS | {
    "language", "origin", "text", "fields", "reading", "candidates", "decision", "judgements",
}  # fmt: skip
_ITEM_KEYS = frozenset(
    (
        "id", "split", "group", "position", "variety", "metadata", "inputs", "renditions",
        "translations", "source_language",
    )
)  # fmt: skip
_ORIGINS = ("original", "machine", "person")
_ROLES = ("labelled", "context", "reference")
_INT32 = 2**31
_MOST_BALLOTS = 32767


@dataclass(frozen=True, slots=True)
class _Draft:
    """A rendition whose texts are known and whose labels are not yet parsed."""

    language: str
    origin: str
    fields: tuple[FieldRecord, ...]
    row: Mapping[str, Any]
    where: str


class RowParser:
    """Turns decoded rows into ItemRecords, with the options of the file."""

    def __init__(self, options: ReadOptions) -> None:
        self.options = options
        self.labels = LabelParser(options)
        self.language = language_tag(options.language, "language")
        target = options.target_language
        self.target = language_tag(target, "target_language") if target else None

    def item(self, row: Mapping[str, Any], line: int) -> ItemRecord:
        """The item of a row. Raises Fault naming the column and the cure."""
        self.labels.extra = {}
        language = _tag(row.get("source_language"), self.language, "source_language")
        drafts, known = self._drafts(row, language)
        _once([draft.language for draft in drafts])
        source = next((d for d in drafts if d.language == language), drafts[0])
        renditions = tuple(self._rendition(draft, source) for draft in drafts)
        for key in row:
            if key not in known:
                self.labels.extra[key] = row[key]
        return ItemRecord(
            _ident(row.get("id"), line, self.options.id_prefix),
            renditions,
            short_text(row.get("split") or self.options.split, "split", "split"),
            short_text(row.get("group") or "", "group", "group"),
            _whole(row.get("position"), 0, "position"),
            short_text(row.get("variety") or "", "variety", "variety"),
            self._metadata(row.get("metadata")),
            object_in(row.get("inputs"), "inputs"),
            line,
        )

    def _drafts(self, row: Mapping[str, Any], language: str) -> tuple[list[_Draft], frozenset[str]]:
        """The row's renditions without labels, and the keys of the row that were understood."""
        main = self.options.field
        full = row.get("renditions")
        if full is not None:
            if not isinstance(full, list) or not full:
                raise Fault("renditions", f"expected a list of renditions, found {describe(full)}")
            stray = [key for key in (*_OF_ONE_TEXT, main) if row.get(key)]
            if stray:
                raise Fault(stray[0], "the row has renditions: put it into one of these")
            drafts = [
                self._draft(part, language, f"renditions[{index}].")
                for index, part in enumerate(full)
            ]
            return drafts, _ITEM_KEYS
        if "text" in row or main in row or "fields" in row:
            for side in ("source", "target"):
                if isinstance(row.get(side), dict) and "text" in row[side]:
                    raise Fault(side, "the row has a text of its own; give source and target alone")
            drafts = [self._draft(row, language, "", known=_ITEM_KEYS)]
            known = _ITEM_KEYS | _RENDITION_KEYS | {main}
        elif "source" in row:
            drafts = [self._draft(row["source"], language, "source.")]
            if row.get("target") is not None:
                drafts.append(self._draft(row["target"], self.target, "target."))
            known = _ITEM_KEYS | {"source", "target"}
        elif row.get("inputs"):
            drafts = [
                _Draft(_tag(row.get("language"), language, "language"), "original", (), {}, "")
            ]
            known = _ITEM_KEYS | {"language"}
        else:
            raise Fault("text", "the row has no text; give text, fields, source or renditions")
        return drafts + self._translations(row.get("translations")), known

    def _translations(self, value: Any) -> list[_Draft]:
        if value is None:
            return []
        if not isinstance(value, dict):
            raise Fault("translations", "expected an object from language tag to translation")
        return [
            self._draft(part, language_tag(tag, "translations"), f"translations.{tag}.")
            for tag, part in value.items()
            if part is not None
        ]

    def _draft(
        self, value: Any, language: str | None, where: str, known: frozenset[str] = frozenset()
    ) -> _Draft:
        """Texts of a rendition; ``known`` are keys that belong to the row around it."""
        place = where.rstrip(".")
        if isinstance(value, str):
            value = {"text": value}
        if not isinstance(value, dict):
            raise Fault(place, f"expected a text or an object, found {describe(value)}")
        main = self.options.field
        if not known:
            for key in value:
                if key not in _RENDITION_KEYS and key != main:
                    self.labels.extra[where + key] = value[key]
        own = value.get("language")
        if own is None and language is None:
            raise Fault(
                f"{where}language", "no language is known; name it, or choose a target language"
            )
        origin = value.get("origin") or "original"
        if origin not in _ORIGINS:
            raise Fault(
                f"{where}origin", f"expected {', '.join(_ORIGINS)}, found {describe(origin)}"
            )
        name = main if main in value else "text"
        fields = value.get("fields")
        if fields is None:
            text = filled_text(value.get(name), where + name)
            parts: tuple[FieldRecord, ...] = (FieldRecord(main, text),)
        elif value.get(name) is not None:
            raise Fault(where + name, "the row also has fields; give one or the other")
        else:
            parts = self._fields(fields, f"{where}fields")
        tag = _tag(own, language or "", f"{where}language")
        return _Draft(tag, origin, parts, value, where)

    def _fields(self, value: Any, where: str) -> tuple[FieldRecord, ...]:
        if isinstance(value, dict):
            value = [
                {"name": name} | (part if isinstance(part, dict) else {"text": part})
                for name, part in value.items()
            ]
        if not isinstance(value, list):
            raise Fault(where, f"expected a list or an object of fields, found {describe(value)}")
        fields = [self._field(row, index, f"{where}[{index}]") for index, row in enumerate(value)]
        if len({field.name for field in fields}) < len(fields):
            raise Fault(where, "two fields have the same name; names must differ")
        return tuple(fields)

    def _field(self, row: Any, index: int, where: str) -> FieldRecord:
        if not isinstance(row, dict):
            raise Fault(where, f"expected a field, found {describe(row)}")
        for key in row:
            if key not in _FIELD_KEYS:
                self.labels.extra[f"{where}.{key}"] = row[key]
        name = short_text(row.get("name"), f"{where}.name", "name")
        role: Any = row.get("role") or "labelled"
        if role not in _ROLES:
            raise Fault(f"{where}.role", f"expected {', '.join(_ROLES)}, found {describe(role)}")
        language = row.get("language")
        return FieldRecord(
            filled_text(name, f"{where}.name"),
            filled_text(row.get("text"), f"{where}.text"),
            role,
            _whole(row.get("position"), index, f"{where}.position"),
            short_text(row.get("speaker") or "", f"{where}.speaker", "speaker"),
            None if language is None else language_tag(language, f"{where}.language"),
        )

    def _rendition(self, draft: _Draft, source: _Draft) -> RenditionRecord:
        unit = self.options.unit
        rulers = {("target", part.name): Ruler(part.text, unit) for part in draft.fields}
        if draft is not source:
            for part in source.fields:
                rulers["source", part.name] = Ruler(part.text, unit)
        candidates: list[CandidateRecord] = []
        row, where = draft.row, draft.where
        direct = any(row.get(key) is not None for key in _READING_KEYS)
        final = row.get("reading")
        if direct and final is not None:
            raise Fault(f"{where}reading", "labels stand beside it as well; give one or the other")
        if direct or final is not None:
            inside = where if direct else f"{where}reading."
            said = row if direct else object_in(final, f"{where}reading")
            if not direct:
                self.labels.keep(said, _READING_KEYS, f"{where}reading")
            reading = self.labels.reading(said, rulers, inside)
            candidates.append(CandidateRecord(self.options.annotator, reading))
        self._candidates(row.get("candidates"), rulers, where, candidates, final is not None)
        for name in ("decision", "judgements"):
            if row.get(name):
                count = len(row[name]) if isinstance(row[name], list) else 1
                self.options.notes[f"{name} in the file, not imported"] += count
        return RenditionRecord(draft.language, draft.fields, tuple(candidates), draft.origin)  # type: ignore[arg-type]

    def _candidates(
        self, value: Any, rulers: dict[tuple[str, str], Ruler], where: str,
        candidates: list[CandidateRecord], decided: bool,
    ) -> None:  # fmt: skip
        """Append the named annotators' readings.

        Where a final reading stands, the annotator it is credited to may have said something else
        before; that is kept under a name of its own.
        """
        if value is None:
            return
        if not isinstance(value, list):
            raise Fault(f"{where}candidates", f"expected a list, found {describe(value)}")
        taken = {(candidate.annotator, candidate.ballot) for candidate in candidates}
        for index, row in enumerate(value):
            place = f"{where}candidates[{index}]"
            if not isinstance(row, dict):
                raise Fault(place, f"expected a candidate, found {describe(row)}")
            self.labels.keep(row, _CANDIDATE_KEYS, place)
            annotator = row.get("annotator")
            annotator = self.options.annotator if annotator is None else annotator
            short_text(annotator, f"{place}.annotator", "annotator")
            reading = self.labels.reading(row, rulers, f"{place}.")
            if decided and annotator == self.options.annotator:
                if _is_first(candidates, reading):
                    continue
                annotator = f"{annotator}-original"
            ballot = _ballot(row.get("ballot"), annotator, taken, f"{place}.ballot")
            taken.add((annotator, ballot))
            candidates.append(CandidateRecord(annotator, reading, ballot))

    def _metadata(self, value: Any) -> Mapping[str, Any]:
        """The row's metadata with every key that nothing else understood."""
        metadata = object_in(value, "metadata")
        if not self.labels.extra:
            return metadata
        for key in self.labels.extra:
            if key in metadata:
                raise Fault(key, "stands in the row and in its metadata; keep one of them")
        return {**metadata, **self.labels.extra}


def _is_first(candidates: list[CandidateRecord], reading: Reading) -> bool:
    return bool(candidates) and candidates[0].reading == reading


def _ident(value: Any, line: int, prefix: str) -> str:
    """The item's id; a row without one is named after its line."""
    if value is None:
        value = f"row-{line}"
    elif type(value) is int:
        value = str(value)
    return filled_text(short_text(prefix + value if prefix else value, "id", "id"), "id")


def _ballot(value: Any, annotator: str, taken: set[tuple[str, int]], where: str) -> int:
    if value is None:
        value = 1
        while (annotator, value) in taken:
            value += 1
    if type(value) is not int or not 1 <= value <= _MOST_BALLOTS:
        raise Fault(
            where, f"expected a whole number from 1 to {_MOST_BALLOTS}, found {describe(value)}"
        )
    if (annotator, value) in taken:
        raise Fault(where, f"{annotator!r} has ballot {value} already; number the ballots")
    return value


def _once(languages: list[str]) -> None:
    for language in languages:
        if languages.count(language) > 1:
            raise Fault("language", f"the item has two texts in {language}; keep one of them")


def _tag(value: Any, default: str, where: str) -> str:
    return default if value is None else language_tag(value, where)


def _whole(value: Any, default: int, where: str) -> int:
    if value is None:
        return default
    if type(value) is not int or not -_INT32 <= value < _INT32:
        raise Fault(where, f"expected a whole number, found {describe(value)}")
    return value
