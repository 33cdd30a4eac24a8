"""Quality: one stored report that answers how right a data set is, where it is weak, whom to trust,
what to do next and what that costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from statistics import mean, median
from typing import Any

from annotate.models import Project
from pipeline.certify import plans, weighted_rate, wilson
from pipeline.raters.hours import Worked, fatigue, hours, pay
from verify.actions.reports import save_report
from verify.models import Report

from . import habits, judged, judging, offered, rating
from .panels import confusion, panel_of
from .trials import trials

KIND = "quality"
RATES = (0.01, 0.02, 0.05, 0.1)
MOST_ALLOWED = 3
# A person's part of the work without which their pay is not looked at, in texts.
LEAST = 5


def is_due(project: Project) -> bool:
    """Whether somebody judged, or something was decided, since the report was made."""
    mark = rating.fingerprint(project)
    known = Report.objects.filter(project=project, kind=KIND, fingerprint=mark, is_stale=False)
    return bool(mark) and not known.exists()


def save(project: Project) -> int:
    """Make and store the report; return how many judged texts it rests on."""
    mark = rating.fingerprint(project)
    rows, strata = judged.judged_rows(project)
    body = made(project, rows, strata)
    save_report(project, kind=KIND, body=body, fingerprint=mark)
    return len(rows)


def made(
    project: Project, rows: Sequence[judged.Row], strata: Mapping[judged.Stratum, int]
) -> dict[str, Any]:
    """The body of the report."""
    work = judged.work_rows(project)
    errors = [_errors(tag, rows, strata) for tag in sorted({key[0] for key in strata})]
    pace = _pace(work)
    decided = judged.decided_counts(project)
    own = {tag: [row for row in rows if row.language == tag] for tag in {r.language for r in rows}}
    return {
        "judged": len(rows),
        "errors": errors,
        "decided": _decided(decided),
        "plans": _plans(decided, errors, pace),
        "panels": {tag: panel_of(project, part) for tag, part in sorted(own.items())},
        "confusion": {tag: confusion(part) for tag, part in sorted(own.items())},
        "cost": _cost(project, work),
        "trials": trials(project, rows, strata),
        "thresholds": offered.by_votes(project),
        "judges": judging.against_people(project),
        "habits": habits.habits(project),
    }


def _errors(
    tag: str, rows: Sequence[judged.Row], strata: Mapping[judged.Stratum, int]
) -> dict[str, Any]:
    """How often the machines' proposal is wrong in a language: of all, and of what was accepted."""
    own = [row for row in rows if row.language == tag and not row.is_gold]
    accepted = [row for row in own if row.route == "accept"]
    sizes: dict[str, int] = defaultdict(int)
    for (language, route, _entropy), count in strata.items():
        if language == tag:
            sizes[route] += count
    whole = sum(sizes.values())
    found = weighted_rate([(not row.is_right, row.chance) for row in own], whole).as_dict()
    seen = {row.stratum for row in own}
    wrong = sum(not row.is_right for row in accepted)
    return {
        "language": tag,
        "texts": whole,
        "accepted": sizes["accept"],
        "judged": len(own),
        "unseen_strata": sum(n for key, n in strata.items() if key[0] == tag and key not in seen),
        "proposals": found,
        "audit": asdict(wilson(len(accepted), wrong)) if accepted else None,
        "audited": len(accepted),
        "audit_errors": wrong,
        # What stays wrong: the errors among what was accepted and that nobody has looked at.
        "left": _left(accepted, sizes["accept"], whole),
    }


def _left(accepted: Sequence[judged.Row], size: int, whole: int) -> dict[str, float] | None:
    if not whole or (size and not accepted):
        return None
    if not size:
        return {"rate": 0.0, "low": 0.0, "high": 0.0}
    found = wilson(len(accepted), sum(not row.is_right for row in accepted))
    unseen = (size - len(accepted)) / whole
    return {
        "rate": found.rate * unseen,
        "low": found.low * unseen,
        "high": found.high * unseen,
    }


def _pace(work: Sequence[Any]) -> dict[tuple[str, str], float]:
    """Mean active seconds per text by language and mode; ``""`` for all."""
    times: dict[tuple[str, str], list[float]] = defaultdict(list)
    for rater, language, at, shown, hidden, mode in work:
        active = Worked(rater, language, at, shown, hidden).active
        for key in ((language, mode or ""), (language, "")):
            times[key].append(active)
    return {key: mean(rows) for key, rows in times.items()}


def _decided(rows: Sequence[tuple[str, str, bool, int]]) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for language, origin, gold, count in rows:
        own = made.setdefault(language, {"language": language, "gold": 0, "origins": {}})
        own["origins"][origin] = own["origins"].get(origin, 0) + count
        own["gold"] += count if gold else 0
    return [made[tag] for tag in sorted(made)]


def _plans(
    decided: Sequence[tuple[str, str, bool, int]],
    errors: Sequence[Mapping[str, Any]],
    pace: Mapping[tuple[str, str], float],
) -> list[dict[str, Any]]:
    """For each language and bound: texts, chance of passing and hours by the errors allowed."""
    frames: dict[str, int] = defaultdict(int)
    for language, _origin, gold, count in decided:
        frames[language] += 0 if gold else count
    hoped = {row["language"]: row["left"]["rate"] for row in errors if row["left"]}
    made = []
    for tag, frame in sorted(frames.items()):
        if tag not in hoped or not frame:
            continue
        seconds = pace.get((tag, "blind")) or pace.get((tag, ""))
        for rate in RATES:
            found = plans(rate, 0.95, frame, most=MOST_ALLOWED, hoped=min(hoped[tag], 1.0))
            cells = [
                {"n": p.n, "passes": p.passes, "hours": p.n * seconds / 3600 if seconds else None}
                for p in found
            ]
            cells += [{"n": None}] * (MOST_ALLOWED + 1 - len(cells))
            made.append({"language": tag, "rate": rate, "cells": cells})
    return made


def _cost(project: Project, work: Sequence[Any]) -> dict[str, Any]:
    """Hours per language, pay against the floor of the policy, and the trend within sessions."""
    worked = [Worked(rater, tag, at, shown, hidden) for rater, tag, at, shown, hidden, _ in work]
    left: dict[str, int] = defaultdict(int)
    for language, _kind, count in judged.waiting_counts(project):
        left[language] += count
    own: dict[str, list[float]] = defaultdict(list)
    for row in worked:
        own[row.rater].append(row.active)
    times = [median(rows) for rows in own.values() if len(rows) >= LEAST and median(rows) > 0]
    price, floor = (float(project.policy.get(k) or 0) for k in ("pay_per_text", "wage_floor"))
    return {
        "languages": [asdict(row) for row in hours(worked, left)],
        "hours": sum(row.active for row in worked) / 3600,
        "pay": asdict(pay(times, price, floor)) if times and (price or floor) else None,
        "spent": price * len(worked),
        "currency": project.policy.get("currency", ""),
        "fatigue": fatigue(worked).as_dict(),
    }
