"""A certificate in words and as JSON: what it states, on what, by whom, and what it does not carry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate import languages
from verify.actions.certificates import SEQUENTIAL
from verify.certified import Counts, counts_of, found_in
from verify.models import Certificate

State = Certificate.State


def per_cent(share: float) -> str:
    """A share rounded up at the second place, so that no bound is printed smaller than it is."""
    # A product such as 0.07 * 100 lies a hair above the number it stands for.
    up = math.ceil(share * 10_000 - 1e-6) / 100
    return _("%s %%") % number_format(up, decimal_pos=2 if up % 1 else 0)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page says of a certificate."""

    row: Certificate
    title: str
    state: str
    statement: str
    facts: tuple[tuple[str, str], ...]
    carried: str
    caveats: tuple[str, ...]
    counts: Counts | None
    wanted: int

    @property
    def tone(self) -> str:
        """How the state is coloured: ``good``, ``warn`` or ``bad``; empty for none."""
        if self.row.state == State.ISSUED:
            return "warn" if self.row.is_stale else "good"
        return "bad" if self.row.state in (State.FAILED, State.WITHDRAWN) else ""


def stated(row: Certificate, lang: str = "en") -> Stated:
    """Put a certificate into words; one under way is counted as it is now."""
    counts = counts_of(found_in(row)) if row.state == State.JUDGING else None
    return Stated(
        row=row,
        title=languages.name(row.language, lang) if row.language else _("All languages"),
        state=_state(row),
        statement=_statement(row),
        facts=tuple(_facts(row)),
        carried=_carried(row),
        caveats=tuple(_caveats(row)),
        counts=counts,
        wanted=row.plan.get("n", 0),
    )


def _state(row: Certificate) -> str:
    if row.state == State.ISSUED and row.is_stale:
        return _("issued, out of date")
    return {
        State.PLANNED: _("planned"),
        State.JUDGING: _("being judged"),
        State.ISSUED: _("issued"),
        State.FAILED: _("failed"),
        State.WITHDRAWN: _("withdrawn"),
    }[State(row.state)]


def _statement(row: Certificate) -> str:
    if row.state == State.ISSUED:
        return _(
            "At most %(bound)s of %(frame)s texts are wrong, with %(confidence)s confidence, as "
            "judged by %(judges)s."
        ) % {
            "bound": per_cent(row.bound), "frame": number_format(row.frame_size, force_grouping=True),
            "confidence": per_cent(row.confidence), "judges": ", ".join(row.judges) or "–",
        }  # fmt: skip
    rate = per_cent(row.plan.get("rate", 0))
    if row.state == State.FAILED:
        return _("%(rate)s could not be certified: %(why)s.") % {
            "rate": rate, "why": row.ended_because
        }  # fmt: skip
    if row.state == State.WITHDRAWN:
        return _("Withdrawn: %s") % row.ended_because
    return _("To be certified: at most %(rate)s wrong, with %(confidence)s confidence.") % {
        "rate": rate, "confidence": per_cent(row.confidence)
    }  # fmt: skip


def plan_words(row: Certificate) -> str:
    """The plan in a sentence."""
    n = row.plan.get("n")
    if row.plan.get("design") == SEQUENTIAL:
        most = number_format(n, force_grouping=True) if n else "–"
        return _("Wald's sequential test, at most %s texts") % most
    if n is None:
        return _("Acceptance sampling, %s errors allowed") % row.plan.get("allowed", 0)
    return _("Acceptance sampling: %(n)s texts, %(allowed)s errors allowed") % {
        "n": number_format(n, force_grouping=True), "allowed": row.plan.get("allowed", 0),
    }  # fmt: skip


def _facts(row: Certificate) -> list[tuple[str, str]]:
    whole = _("all that was decided, but for what is known right")
    population = _("what was accepted unseen") if row.plan.get("origins") else whole
    blind, judged = row.body.get("blind", 0), row.judged
    rows = [
        (_("Population"), population),
        (_("Texts in the frame"), number_format(row.frame_size, force_grouping=True)),
        (_("Plan"), plan_words(row)),
        (_("Judged"), number_format(judged, force_grouping=True)),
        (_("Errors found"), number_format(row.errors, force_grouping=True)),
        (_("Confidence"), per_cent(row.confidence)),
        (_("Judged by"), ", ".join(row.judges or row.body.get("judges", [])) or "–"),
        (_("Judged blind"), _("%(blind)s of %(judged)s") % {"blind": blind, "judged": judged}),
        (_("Seed of the draw"), row.sample.seed if row.sample else row.plan.get("seed", "–")),
        (_("Method"), row.method),
    ]
    return rows if row.frame_size else rows[:1] + rows[2:3]


def _carried(row: Certificate) -> str:
    """The bound with what the judges overlook."""
    found = row.body.get("missed")
    if not found or row.state != State.ISSUED:
        return ""
    if not found["planted"]:
        return _(
            "Nothing is known of what these judges overlook: they met no planted error. The statement "
            "is about errors that they see."
        )
    shares = {
        "caught": found["caught"],
        "planted": found["planted"],
        "upper": per_cent(found["upper"]),
        "confidence": per_cent(found["confidence"]),
    }
    return (
        _(
            "These judges caught %(caught)s of %(planted)s planted errors. With what they overlook, at "
            "most %(upper)s is wrong, with %(confidence)s confidence."
        )
        % shares
    )


def _caveats(row: Certificate) -> list[str]:
    said = []
    if row.is_stale:
        said.append(
            _("Out of date: %s. It was true of the set as it was then.") % row.stale_because
        )
    own = row.body.get("own", 0)
    if own:
        said.append(
            ngettext(
                "%s text was judged by somebody who had judged it before.",
                "%s texts were judged by somebody who had judged them before.",
                own,
            )
            % own
        )
    if row.judged and row.body.get("blind", 0) < row.judged:
        said.append(
            _("Some judges saw the proposal: people who see one tend to keep it, errors included.")
        )
    return said


def as_json(row: Certificate) -> dict[str, Any]:
    """The certificate for programs; figures as they are, not rounded."""
    return {
        "id": row.pk,
        "project": row.project.slug,
        "language": row.language,
        "state": row.state,
        "is_stale": row.is_stale,
        "stale_because": row.stale_because,
        "ended_because": row.ended_because,
        "population": {
            "origins": row.plan.get("origins") or "all but gold",
            "frame_size": row.frame_size,
        },
        "plan": {key: row.plan.get(key) for key in ("design", "rate", "allowed", "n", "mode")},
        "seed": row.sample.seed if row.sample else row.plan.get("seed"),
        "judged": row.judged,
        "errors": row.errors,
        "bound": row.bound if row.state == State.ISSUED else None,
        "confidence": row.confidence,
        "method": row.method,
        "judges": row.judges,
        "judged_blind": row.body.get("blind"),
        "judged_before_by_the_same_person": row.body.get("own"),
        "with_what_judges_miss": row.body.get("missed"),
        "planned_at": row.planned_at.isoformat(),
        "issued_at": row.issued_at.isoformat() if row.state == State.ISSUED else None,
    }
