"""What a person is told after they have answered, where the project's policy says so; never before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.actions.readings import load_readings
from annotate.models import Consensus, Project
from annotate.readings import Reading

from .attention import TWIN, Mark, is_caught
from .models import Assignment, Judgement

Told = dict[str, Any]
# What the policy ``reveal`` may say, from the least to the most.
CHECKS, EVERYTHING = "checks", "everything"


def revealed(project: Project, judgement: Judgement) -> Told | None:
    """``kind``, a ``title`` and ``lines`` about the seat that was just judged, or None.

    Of a check: that it was one, and what was right. Under the policy ``everything`` also what the
    machines had said of any other text. Nothing, and no query, where the policy says nothing.
    """
    policy = project.policy.get("reveal")
    if policy not in (CHECKS, EVERYTHING):
        return None
    seat = judgement.assignment
    check = (seat.shown or {}).get("check")
    if check:
        return {"planted": _planted, "gold": _gold, "repeat": _repeated}[check["kind"]](
            seat, judgement
        )
    is_review = seat.kind == Assignment.Kind.REVIEW
    return _votes(seat, judgement) if policy == EVERYTHING and is_review else None


def is_sealed(project: Project, seat: Assignment) -> bool:
    """Whether a seat's answer stays because its person has seen what was hidden from them."""
    is_blind = (seat.shown or {}).get("mode") == "blind"
    return is_blind and project.policy.get("reveal") == EVERYTHING


def marks_of(reading: Reading | None) -> set[Mark]:
    """The stretches of the rendition itself that a reading marks."""
    spans = reading.voted() if reading else ()
    return {
        (s.label, s.field, s.start or 0, s.end or 0)
        for s in spans
        if s.anchor == "text" and s.side == "target"
    }


def _readings(*ids: int | None) -> list[Reading | None]:
    found = load_readings([pk for pk in ids if pk])
    return [found.get(pk) if pk else None for pk in ids]


def _lines(reading: Reading | None) -> list[str]:
    spans = [s for s in reading.voted() if s.anchor == "text"] if reading else []
    return [f"{s.label}: {s.surface}" for s in spans] or [_("Nothing is marked.")]


def _planted(seat: Assignment, judgement: Judgement) -> Told:
    check = (seat.shown or {})["check"]
    if check["how"] == TWIN:
        title = _("The last text was a check: some of its words had been replaced on purpose.")
        return {"kind": "planted", "title": title, "lines": [check["was"]]}
    (own,) = _readings(judgement.reading_id)
    verdicts = set(judgement.verdicts.values_list("verdict", flat=True))
    caught = is_caught(check, judgement.outcome, marks_of(own), verdicts)
    label, _start, _end, surface = check["right"]
    was = check["planted"]
    if check["how"] == "drop":
        line = _("A mark had been left out: %(label)s: %(right)s")
    elif check["how"] == "translation":
        line = _("The text had been changed to %(was)s. It should be %(right)s")
    else:
        line = _("Shown was %(wrong)s: %(was)s. Right is %(label)s: %(right)s")
    values = {"label": label, "right": surface, "wrong": was and was[0], "was": was and was[3]}
    if caught:
        title = _(
            "The last text was a check: an error had been put in on purpose, and you found it."
        )
    else:
        title = _(
            "The last text was a check: an error had been put in on purpose. It is easily overlooked."
        )
    return {"kind": "planted", "title": title, "lines": [line % values]}


def _gold(seat: Assignment, judgement: Judgement) -> Told:
    own, right = _readings(judgement.reading_id, (seat.shown or {})["truth"])
    if _same(own, right):
        title = _("The last text was a check: its answer is known, and yours is the same.")
    else:
        title = _("The last text was a check: its answer is known, and yours differs. Right is:")
    return {"kind": "gold", "title": title, "lines": _lines(right)}


def _repeated(seat: Assignment, judgement: Judgement) -> Told:
    own, before = _readings(judgement.reading_id, (seat.shown or {})["truth"])
    if _same(own, before):
        title = _("You had judged the last text before, and said the same.")
    else:
        title = _("You had judged the last text before, and said something else then:")
    return {"kind": "repeat", "title": title, "lines": _lines(before)}


def _same(one: Reading | None, two: Reading | None) -> bool:
    return one is not None and two is not None and one.digest() == two.digest()


def _votes(seat: Assignment, judgement: Judgement) -> Told | None:
    """What the machines said, with how many of them said it."""
    machines = Consensus.objects.filter(rendition_id=seat.rendition_id, of=Consensus.Of.MACHINES)
    found = machines.first()
    if found is None or found.reading_id is None:
        return None
    own, proposed = _readings(judgement.reading_id, found.reading_id)
    same = _same(own, proposed)
    title = (
        _("The last text: the machines read it as you did.")
        if same
        else _("The last text: the machines read it differently.")
    )
    count = ngettext("%s machine answered", "%s machines answered", found.voters) % found.voters
    return {"kind": "votes", "title": title, "lines": [*_counted(proposed, found.votes), count]}


def _counted(reading: Reading | None, votes: Iterable[Any]) -> list[str]:
    """The reading's marks, each with its votes where they are known."""
    known = {
        (row.get("label"), row.get("field"), row.get("start"), row.get("end")): row
        for row in votes
        if isinstance(row, dict)
    }
    lines = []
    for span in reading.voted() if reading else ():
        row = known.get((span.label, span.field, span.start, span.end))
        said = _("%(votes)s of %(of)s") % {"votes": row["votes"], "of": row["of"]} if row else ""
        lines.append(f"{span.label}: {span.surface}" + (f" ({said})" if said else ""))
    return lines
