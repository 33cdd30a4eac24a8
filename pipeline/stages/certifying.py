"""Certify: draw what is planned, count what was judged, and issue or refuse at the plan's end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotate.models import Label, Project, Question, Run
from annotate.questions import MARKED
from pipeline.certify import HOPED, missed_bound, plan, sequential, two_point_plan
from pipeline.certify import certificate as exact
from pipeline.certify.bounds import interval
from verify.actions.certificates import (
    FIXED,
    OPEN,
    end_certificate,
    frame_of_plan,
    note_progress,
    open_certificate,
    open_more,
)
from verify.certified import OPINIONS, TAKEN_AWAY, Found, counts_of, decided_readings, found_in
from verify.models import Certificate

from . import rating
from .comparable import asked_of_machines

# A sequential plan opens seats in steps: people are not to judge what is not needed.
FIRST, STEP = 40, 20


def _live(project: Project) -> list[Certificate]:
    found = Certificate.objects.filter(project=project, state__in=OPEN)
    return list(found.select_related("sample", "project").order_by("pk"))


def is_due(run: Run) -> bool:
    """Whether a plan waits to be drawn, or people judged items of a sample since it was counted."""
    for row in _live(run.project):
        if row.state == Certificate.State.PLANNED:
            return True
        if counts_of(found_in(row)).mark != row.body.get("mark"):
            return True
    return False


def whole(run: Run) -> dict[str, Any]:
    """Draw and count; return the states by certificate."""
    states = {}
    for row in _live(run.project):
        if row.state == Certificate.State.PLANNED:
            draw(row)
        if row.state == Certificate.State.JUDGING:
            count(row)
        states[str(row.pk)] = row.state
    return {"certificates": states}


def draw(row: Certificate) -> None:
    """Draw the sample that the plan asks for; one that cannot be drawn has failed."""
    frame_size = decided_readings(row.project, frame_of_plan(row)).count()
    rate, confidence, asked = row.plan["rate"], row.confidence, counted(row.project)
    if not frame_size:
        end_certificate(row, passed=False, bound=1.0, because="nothing is decided in this language")
        return
    try:
        if row.plan["design"] == FIXED:
            n = plan(rate, row.plan["allowed"], confidence, frame_size)
            open_certificate(row, size=n, first=n, plan={"hoped": None, "asked": asked})
            return
        good = rate / HOPED
        longest, _ = two_point_plan(good, rate, 1 - confidence)
    except ValueError as error:
        end_certificate(row, passed=False, bound=1.0, because=str(error))
        return
    n = min(longest, frame_size)
    open_certificate(row, size=n, first=min(FIRST, n), plan={"hoped": good, "asked": asked})


def counted(project: Project) -> list[str] | None:
    """The questions that machines were asked, by which errors are counted: stated with the plan.

    None where that would leave nothing to be wrong about: then all that people say counts.
    """
    asked = asked_of_machines(project)
    marks = Label.objects.filter(project=project).exclude(kind="choice").exists()
    labels = Question.objects.filter(project=project).exclude(kind__in=[*OPINIONS, *MARKED])
    return sorted(asked) if marks or asked or labels.exists() else None


def count(row: Certificate) -> None:
    """Count what was judged; end the certificate where its plan has come to an end."""
    found = found_in(row)
    counts = counts_of(found)
    known = [one for one in found if one.is_wrong is not None]
    judges = sorted({rater for one in known for rater in one.raters})
    body = {
        "mark": counts.mark,
        "seats": counts.seats,
        "blind": sum(one.is_blind for one in known),
        "own": sum(one.is_own for one in known),
        "judges": judges,
    }
    note_progress(row, judged=counts.judged, errors=counts.errors, body=body)
    if counts.lost:
        end_certificate(row, passed=False, bound=1.0, judges=judges, because=TAKEN_AWAY)
    elif row.plan["design"] == FIXED:
        _fixed(row, found, judges)
    else:
        _sequential(row, found, judges)


def _fixed(row: Certificate, found: Sequence[Found], judges: list[str]) -> None:
    """A fixed plan is looked at once all of it is judged, or once it can no longer pass."""
    counts, n = counts_of(found), row.plan["n"]
    if counts.judged < n:
        if counts.errors > row.plan["allowed"]:
            why = f"{counts.errors} errors are more than the {row.plan['allowed']} allowed"
            end_certificate(row, passed=False, bound=1.0, judges=judges, because=why)
        return
    bound = exact(row.frame_size, n, counts.errors, row.confidence)
    passed = counts.errors <= row.plan["allowed"]
    caught, planted = _caught(row.project, judges)
    carried = missed_bound(row.frame_size, n, counts.errors, planted, caught, row.confidence)
    body = {"exact": bound.as_dict(), "missed": carried.as_dict()}
    note_progress(row, judged=n, errors=counts.errors, body=body)
    row.method = bound.method
    why = (
        "" if passed else f"{counts.errors} errors are more than the {row.plan['allowed']} allowed"
    )
    end_certificate(row, passed=passed, bound=bound.upper, judges=judges, because=why)


def _sequential(row: Certificate, found: Sequence[Found], judges: list[str]) -> None:
    """Wald's test, looked at after every item in the order drawn, as far as all before are known."""
    rate, good = row.plan["rate"], row.plan["hoped"]
    # Wald's limit bounds the risk by risk / (1 - risk); this risk makes that what was promised.
    promised = 1 - row.confidence
    risk = promised / (1 + promised)
    errors = n = 0
    verdict = "continue"
    for one in found:
        if one.is_wrong is None:
            break
        n, errors = n + 1, errors + one.is_wrong
        verdict = sequential(n, errors, good, rate, risk)
        if verdict != "continue":
            break
    note_progress(row, judged=n, errors=errors, body={})
    row.method = "sequential"
    if n == row.frame_size and errors <= rate * row.frame_size:
        verdict = "accept"  # all of the frame is judged: nothing is left to chance
    if verdict == "accept":
        note_progress(row, judged=n, errors=errors, body={"missed": _carried(row, judges, rate)})
        end_certificate(row, passed=True, bound=rate, judges=judges)
    elif verdict == "refuse" or n >= row.plan["n"]:
        why = "the test refused the frame" if verdict == "refuse" else "the test found no end"
        end_certificate(row, passed=False, bound=1.0, judges=judges, because=why)
    elif n == len(found):
        open_more(row, len(found) + STEP)
        body = {"mark": counts_of(found_in(row)).mark}
        note_progress(row, judged=n, errors=errors, body=body)


def _carried(row: Certificate, judges: list[str], rate: float) -> dict[str, Any]:
    """What judges miss, carried into a sequential bound; the doubt of both adds up."""
    caught, planted = _caught(row.project, judges)
    half = (1 - row.confidence) / 2
    low = interval(planted, caught, 1 - 2 * half).low if planted else 0.0
    upper = min(1.0, rate / low) if low else 1.0
    return {
        "planted": planted, "caught": caught, "catch_low": low, "upper": upper,
        "confidence": row.confidence - half, "reason": "" if planted else "unmeasured",
    }  # fmt: skip


def _caught(project: Project, judges: Sequence[str]) -> tuple[int, int]:
    """Planted errors that these people caught, and how many they met."""
    found = rating.caught_by(project)
    rows = [found[rater] for rater in judges if rater in found]
    return sum(row[0] for row in rows), sum(row[1] for row in rows)
