"""Keep the project's labels and imported annotators at hand while rows come in."""

from __future__ import annotations

from collections.abc import Mapping

from annotate import models, readings
from annotate.records import IMPORTED
from annotate.spans import SpanError, anchored

from .readings import LabelBook, UnknownLabel


class LabelKeeper:
    """Checks readings against the project's labels, making labels when it may."""

    def __init__(self, project: models.Project, *, create: bool) -> None:
        self.project, self.create = project, create
        self.book = LabelBook.of(project)
        self._versions: dict[str, int] = {}

    def check(self, reading: readings.Reading, texts: Mapping[tuple[str, str], str]) -> None:
        """Raise SpanError or UnknownLabel when the reading does not fit the texts by side and field."""
        keys = set()
        for number, span in enumerate(reading.spans, 1):
            if span.label not in self.book.spans:
                self._add("span", span.label)
            place = (span.side, span.field)
            if span.anchor == "text" and place not in texts:
                raise SpanError(
                    f"a span names the field {span.field!r} of the {span.side}, which is not there"
                )
            anchored(span, texts.get(place, ""))
            keys.add(span.key or str(number))
        if len(keys) < len(reading.spans):
            raise SpanError("two spans of one reading have the same key")
        for relation in reading.relations:
            if relation.label not in self.book.relations:
                self._add("relation", relation.label)
            if relation.head not in keys or relation.tail not in keys:
                raise SpanError(f"relation {relation.label} joins a span that is not there")

    def _add(self, kind: str, key: str) -> None:
        if not self.create:
            known = ", ".join(sorted(self.book.spans if kind == "span" else self.book.relations))
            raise UnknownLabel(
                f"the project has no {kind} label {key!r} (it has {known or 'none'}); add it to the "
                "project, or let the import make new labels"
            )
        add_label(self.project, key=key, kind=kind)
        self.book = LabelBook.of(self.project)

    def version(self, name: str) -> int:
        """The version row of the imported annotator that labels are credited to."""
        if name not in self._versions:
            self._versions[name] = imported_version(self.project, name).pk
        return self._versions[name]


def imported_version(project: models.Project, name: str = IMPORTED) -> models.AnnotatorVersion:
    """The version of the project's imported annotator of this name, made when lacking."""
    annotator, _ = models.Annotator.objects.get_or_create(
        project=project,
        name=name,
        defaults={"kind": models.Annotator.Kind.IMPORTED, "backend": "imported"},
    )
    version, _ = models.AnnotatorVersion.objects.get_or_create(
        annotator=annotator, project=project, language="", is_current=True
    )
    return version


def add_label(
    project: models.Project, *, key: str, kind: str = "span", name: str = "", hotkey: str = ""
) -> models.Label:
    """Give the project a label, with the next free colour and hotkey."""
    others = list(models.Label.objects.filter(project=project).values_list("hotkey", "kind"))
    taken = {used for used, _ in others}
    free = [c for c in (key + "abcdefghijklmnopqrstuvwxyz").lower() if c.isalnum()]
    position = sum(used == kind for _, used in others)
    return models.Label.objects.create(
        project=project,
        key=key,
        kind=kind,
        names={"en": name or key},
        colour=position % 8 + 1,
        hotkey=hotkey or next((c for c in free if c not in taken), ""),
        position=position,
    )
