"""The line of stations on the project page: figures put in order, each with what to do there now."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from django.utils.translation import gettext as _

from annotate.journey import MOST, LanguageFigures, Standing, Station, Step


def line(standing: Standing) -> list[Station]:
    """The stations of the whole project, all target languages together."""
    targets = standing.targets
    total = _sum(targets)
    stations = [
        Station(
            "imported", _("Imported"), standing.items, run=standing.live_run("import"),
            step=_import_step(standing),
        ),
        _translated(standing, total),
        _projected(standing, total),
        _labelled(standing, total),
        _routed(standing, total),
        Station("judged", _("Judged"), step=Step(_("see the work"), to="judge")),
        Station("decided", _("Decided"), step=Step(_("see agreement"), to="agreement")),
        _exported(standing),
    ]  # fmt: skip
    return _marked(stations, items=standing.items > MOST, rest=standing.is_capped)


def _marked(stations: list[Station], *, items: bool, rest: bool) -> list[Station]:
    """Say of each figure whether it is only a lower bound; exports are always counted whole."""
    capped = {"imported": items, "exported": False}
    return [dataclasses.replace(s, is_capped=capped.get(s.key, rest)) for s in stations]


def row(standing: Standing, figures: LanguageFigures) -> list[Station]:
    """The same line for one language, without steps."""
    items = standing.items
    waiting = {
        "translated": standing.lacking(figures),
        "projected": _left(standing, "projector", figures.translated, figures.projected,
                           figures.manual),
        "labelled": _left(standing, "labeller", figures.translated, figures.labelled),
        "routed": max(figures.proposed - figures.routed, 0),
    }  # fmt: skip
    stations = [
        Station("imported", _("Imported"), items),
        Station("translated", _("Translated"), figures.translated, waiting["translated"]),
        Station(
            "projected",
            _("Projected"),
            figures.projected,
            waiting["projected"],
            manual=figures.manual,
        ),
        Station("labelled", _("Labelled"), figures.labelled, waiting["labelled"]),
        Station("routed", _("Routed"), figures.routed, waiting["routed"]),
        Station("judged", _("Judged")),
        Station("decided", _("Decided")),
    ]
    rest = figures.translated > standing.most
    return _marked(stations, items=standing.items > MOST, rest=rest)


def _sum(rows: Iterable[LanguageFigures]) -> Callable[[str], int]:
    """Add a figure up over languages; once one language is beyond our count, so is the sum."""
    chosen = list(rows)

    def add(name: str) -> int:
        return sum(int(getattr(figures, name)) for figures in chosen)

    return add


def _left(standing: Standing, kind: str, asked: int, done: int, failed: int = 0) -> int:
    """What an enabled kind of annotator has still to do; nothing where there is none."""
    return max(asked - done - failed, 0) if kind in standing.kinds else 0


def _wait_step(standing: Standing, *stages: str) -> Step | None:
    """Watch the live run of these stages, else look at what failed in them."""
    run = standing.live_run(*stages)
    if run is not None:
        return Step(_("watch"), to="run", run=run.pk)
    found = next((e for e in standing.errors if e.stage in stages), None)
    return Step(_("see what failed"), to="run", run=found.run) if found else None


def _import_step(standing: Standing) -> Step:
    run = standing.live_run("import")
    if run is not None:
        return Step(_("watch"), to="run", run=run.pk)
    return Step(_("import more") if standing.items else _("import a file"), to="import")


def _translated(standing: Standing, total: Callable[[str], int]) -> Station:
    failed = standing.errors_of("translate", "choose")
    waiting = max(sum(map(standing.lacking, standing.targets)) - failed, 0)
    step = _wait_step(standing, "translate", "choose")
    if step is None and waiting:
        has = "translator" in standing.kinds
        step = (
            Step(_("translate"), stage="translate")
            if has
            else Step(_("add a translator"), to="annotators")
        )
    return Station(
        "translated", _("Translated"), total("translated"), waiting,
        failed, standing.live_run("translate", "choose"), step,
    )  # fmt: skip


def _projected(standing: Standing, total: Callable[[str], int]) -> Station:
    failed, manual = standing.errors_of("fit", "projection"), total("manual")
    waiting = _left(standing, "projector", total("translated"), total("projected"), failed + manual)
    step = _wait_step(standing, "fit", "projection")
    if step is None and "projector" not in standing.kinds:
        step = Step(_("add a projector"), to="annotators")
    elif step is None and waiting:
        step = Step(_("project"), stage="fit" if not total("projected") else "projection")
    return Station(
        "projected", _("Projected"), total("projected"), waiting,
        failed, standing.live_run("fit", "projection"), step, manual=manual,
    )  # fmt: skip


def _labelled(standing: Standing, total: Callable[[str], int]) -> Station:
    failed = standing.errors_of("label")
    waiting = _left(standing, "labeller", total("translated"), total("labelled"), failed)
    step = _wait_step(standing, "label")
    if step is None and "labeller" not in standing.kinds:
        step = Step(_("add a labeller"), to="annotators")
    elif step is None and waiting:
        step = Step(_("label"), stage="label")
    return Station(
        "labelled", _("Labelled"), total("labelled"), waiting,
        failed, standing.live_run("label"), step,
    )  # fmt: skip


def _routed(standing: Standing, total: Callable[[str], int]) -> Station:
    failed = standing.errors_of("aggregate", "route")
    waiting = max(total("proposed") - total("routed") - failed, 0)
    step = _wait_step(standing, "aggregate", "route")
    if step is None and waiting:
        step = Step(_("add up and route"), stage="aggregate")
    return Station(
        "routed", _("Routed"), total("routed"), waiting,
        failed, standing.live_run("aggregate", "route"), step,
    )  # fmt: skip


def _exported(standing: Standing) -> Station:
    run, last = standing.live_run("export"), standing.exported
    step = Step(_("watch"), to="run", run=run.pk) if run else Step(_("export"), to="export")
    if last is not None and run is None:
        step = Step(_("export again"), to="export")
    count = int(last.report.get("records") or 0) if last else 0
    return Station("exported", _("Exported"), count, run=run, step=step)
