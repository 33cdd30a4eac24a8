"""Replace a rendition's text: what rested on the old one ends, and its labels are offered anew."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.labels import imported_version
from annotate.actions.readings import load_readings
from annotate.actions.texts import write_rendition
from annotate.models import Consensus, Field, Project, Reading, Rendition
from annotate.readings import Reading as ReadingValue
from annotate.readings import Relation
from annotate.reanchor import reanchored
from annotate.spans import Span

from .decide import current_decision, supersede
from .seats import void_seats

# Whom the re-anchored labels of the earlier text are credited to.
CREDITED = "earlier text"


@transaction.atomic
def replace_rendition(
    *, project: Project, rendition: Rendition, texts: Mapping[str, str], origin: str
) -> Rendition:
    """Give a rendition's fields new texts; return the successor, which is current now.

    Open seats of the old one are void and its decision ends (certificates with it). The reading that
    stood, or else the machines' consensus, is offered on the new text through the edit; spans that
    only their surroundings place have a score under 1. Raises ValueError for an empty text.
    """
    decision = current_decision(rendition, lock=True)
    reading = decision.reading_id if decision else None
    if reading is None:
        machines = Consensus.objects.filter(rendition=rendition, of=Consensus.Of.MACHINES)
        reading = machines.values_list("reading_id", flat=True).first()
    before = texts_of(rendition)
    successor = write_rendition(rendition, texts, origin=origin)
    void_seats(renditions=[rendition.pk])
    supersede(project=project, renditions=[rendition.pk], because="The text was replaced.")
    if reading is not None:
        offered = _through_edit(load_readings([reading])[reading], before, texts_of(successor))
        version = imported_version(project, CREDITED)
        row = NewCandidate(
            successor.pk, version.pk, reading=offered, basis=_basis(rendition, reading)
        )
        save_candidates(project, [row])
    return successor


def _basis(rendition: Rendition, reading: int) -> int | None:
    """The source's reading that a reading was made from, where it still stands for the source."""
    basis = Reading.objects.values_list("basis_id", flat=True).get(pk=reading)
    origin = rendition.made_from
    return basis if origin is not None and origin.standing_id == basis else None


def texts_of(rendition: Rendition) -> dict[str, str]:
    """The texts of a rendition's fields by name."""
    rows = Field.objects.filter(rendition=rendition)
    return dict(rows.values_list("name", "passage__text"))


def _through_edit(
    reading: ReadingValue, before: Mapping[str, str], after: Mapping[str, str]
) -> ReadingValue:
    spans: list[Span] = []
    for name in {span.field for span in reading.voted()}:
        own = [s for s in reading.voted() if s.field == name and s.side == "target"]
        spans += reanchored(own, before.get(name, ""), after.get(name, ""))[0]
    spans += [span for span in reading.voted() if span.side == "source"]
    keys = {span.key for span in spans}
    relations = tuple(
        Relation(r.label, r.head, r.tail, r.key)
        for r in reading.relations
        if r.head in keys and r.tail in keys
    )
    answers = tuple(
        answer
        for answer in reading.answers
        if not answer.target.startswith("span:") or answer.target[5:] in keys
    )
    return ReadingValue(answers, tuple(sorted(spans, key=lambda s: s.place)), relations)
