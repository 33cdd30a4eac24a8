"""Bench: the keys and taps that a skilled person needs, on real texts and in the real page.

    .venv/bin/python bench/keystrokes.py --json

The English labels of Europarl are carried onto its Spanish text by the projectors; the gold labels of
the Spanish text say what a person would decide. Items where the proposal is right, where one span has
a wrong boundary and where one has a wrong label are opened in Chromium: at 1280 px with a keyboard, at
390 px by touch. For each, the cheapest way is computed from what the page shows, done by real keys and
taps, and what was stored is compared with the gold labels. Every key that goes down counts, Shift and
Alt too; a modifier that is held counts once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent)]

import chromium
import corpora
import filling
import journey
import scratch
from cheapest import Way, by_keys, by_taps

LIMITS = {"right": 1.5, "one boundary": 4.0, "one label": 4.0}
CASES = tuple(LIMITS)
KEYBOARD = {"viewport": {"width": 1280, "height": 800}}
TOUCH = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Marks = set[tuple[int, int, str]]


def case_of(proposed: Marks, gold: Marks) -> str | None:
    """Which case an item is: right, one boundary or one label; None for any other difference."""
    wrong, lacking = proposed - gold, gold - proposed
    if not wrong and not lacking:
        return "right" if gold else None
    if len(wrong) != 1 or len(lacking) != 1:
        return None
    (start, end, label), (left, right, name) = *wrong, *lacking
    if label == name and start < right and left < end:
        return "one boundary"
    return "one label" if (start, end) == (left, right) else None


def prepared(data: Path, sentences: int) -> tuple[Any, dict[str, Marks]]:
    """A project whose Spanish texts all have a proposal, and the gold marks by item."""
    from django.core.files.base import ContentFile
    from django_scopes import scope

    from annotate.actions.projects import create_project
    from annotate.actions.runs import queue_run
    from annotate.models import Annotator
    from pipeline.inline import drain, work_off

    project = create_project(name="Europarl", source="en", targets=["es"])
    project.policy |= {
        "blind_share": 0.0,
        "audit_share": 0.0,
        "accept_unanimous": False,
        "overlap": 2,
        # Each answer then brings the card that comes next, from which the cheapest way is read.
        "ahead": 0,
    }
    project.save(update_fields=["policy"])
    pair = [
        "\n\n".join(path.read_text(encoding="utf-8").strip().split("\n\n")[:sentences]) + "\n"
        for path in (data / f"{tag}-europarl.test.conll02" for tag in ("en", "es"))
    ]
    with scope(project=project):
        Annotator.objects.filter(kind="labeller").update(is_enabled=False)
        first, second = (ContentFile(text.encode(), "part.conll") for text in pair)
        run = queue_run(
            project, "import", upload=first, upload_pair=second,
            scope={"format": "conll", "language": "en", "target_language": "es",
                   "target_labels": "ignore", "create_labels": True},
        )  # fmt: skip
        work_off(run)
        drain(project)
    gold = journey.gold_of(data / "es-europarl.test.conll02")
    return project, {key: set(spans) for key, spans in gold.items()}


def chosen(project: Any, gold: dict[str, Marks], most: int) -> dict[int, str]:
    """Seats to judge by case, at most so many texts of each; all other seats are taken away."""
    from annotate.actions.readings import load_readings
    from annotate.models import Consensus
    from verify.actions import void_seats

    found = Consensus.objects.filter(of="machines", rendition__language="es").order_by("pk")
    rows = list(found.values_list("rendition_id", "rendition__item__external_id", "reading_id"))
    readings = load_readings([reading for _, _, reading in rows if reading])
    cases: dict[str, list[int]] = defaultdict(list)
    for rendition, name, reading in rows:
        spans = readings[reading].voted() if reading else ()
        case = case_of({(s.start or 0, s.end or 0, s.label) for s in spans}, gold[name])
        cases[case or "other"].append(rendition)
    kept = {pk: case for case in CASES for pk in cases[case][:most]}
    void_seats(pk for pk, _, _ in rows if pk not in kept)
    return kept


class Hands:
    """Does a way on the page and counts what goes down."""

    def __init__(self, page: Any, is_touch: bool) -> None:
        self.page, self.is_touch = page, is_touch

    def do(self, way: Way) -> int:
        """Keys or taps that it took, those to see the end of the text among them."""
        done = self._read()
        for step in way.steps:
            if self.is_touch:
                self.page.locator(step).first.tap()
            else:
                self.page.keyboard.press(step)
        return done + way.cost

    def _read(self) -> int:
        """Wait until the text counts as read; scroll where its end is out of sight."""
        self.page.wait_for_selector("#work:not([hidden])")
        for scrolled in range(20):
            try:
                self.page.wait_for_selector("body[data-seen]", state="attached", timeout=3000)
                return scrolled
            except chromium.timeout_error():
                if self.is_touch:
                    self.page.mouse.wheel(0, 500)
                else:
                    self.page.keyboard.press("Space")
        raise RuntimeError("the text never counts as read")


def judge(site: Any, project: Any, user: Any, gold: dict[str, Marks], *, is_touch: bool,
          browser: Any) -> dict[int, int]:  # fmt: skip
    """One person does all seats open to them; the cost by rendition."""
    from verify.models import Assignment

    options = TOUCH if is_touch else KEYBOARD
    context = chromium.signed_in(browser, site.url, filling.sign_in(user), **options)
    page = context.new_page()
    page.goto(f"/p/{project.slug}/review/")
    card = json.loads(page.locator("#card").text_content())
    hands, costs = Hands(page, is_touch), {}
    while card:
        plan = by_taps if is_touch else by_keys
        way = plan(card, sorted(gold[card["item"]["id"]]))
        with page.expect_response("**/submit/**") as caught:
            cost = hands.do(way)
        answer = caught.value
        if answer.status != 200:
            raise SystemExit(f"the server refused: {answer.text()}")
        costs[Assignment.objects.get(pk=card["seat"]).rendition_id] = cost
        (card,) = answer.json()["cards"] or [None]
        page.wait_for_selector("body:not([data-sending])", state="attached")
    context.close()
    return costs


def wrongly_stored(project: Any, gold: dict[str, Marks]) -> list[str]:
    """Items whose stored judgements are not what gold says."""
    from annotate.actions.readings import load_readings
    from verify.models import Judgement

    rows = Judgement.objects.values_list("rendition__item__external_id", "reading_id")
    readings = load_readings([reading for _, reading in rows])
    return [
        name for name, reading in rows
        if {(s.start or 0, s.end or 0, s.label) for s in readings[reading].voted()} != gold[name]
    ]  # fmt: skip


def measure(site: Any, sentences: int, most: int) -> list[dict[str, Any]]:
    """A row per case."""
    from django_scopes import scope

    project, gold = prepared(corpora.data_folder() / "europarl-ner", sentences)
    with scope(project=project):
        kept = chosen(project, gold, most)
        filled = filling.Filled(project, 0, 0)
        people = filling.people(filled, 2)
        with chromium.browser() as browser:
            keys, taps = (
                judge(site, project, user, gold, is_touch=is_touch, browser=browser)
                for user, is_touch in zip(people, (False, True), strict=True)
            )
        wrong = wrongly_stored(project, gold)
    if wrong:
        raise SystemExit(f"stored otherwise than gold says: {', '.join(sorted(set(wrong)))}")
    return [_row(case, [pk for pk in kept if kept[pk] == case], keys, taps) for case in CASES]


def _row(case: str, ids: list[int], keys: dict[int, int], taps: dict[int, int]) -> dict[str, Any]:
    def mean(costs: dict[int, int]) -> float | None:
        return round(sum(costs[pk] for pk in ids) / len(ids), 2) if ids else None

    return {
        "case": case, "mean_keys": mean(keys), "mean_taps": mean(taps), "n": len(ids),
        "most_keys": max((keys[pk] for pk in ids), default=None),
        "most_taps": max((taps[pk] for pk in ids), default=None),
        "load": round(os.getloadavg()[0], 1), "limits": {"mean_keys": LIMITS[case]},
    }  # fmt: skip


def main() -> None:
    """A line per case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=1000, help="of Europarl, from the start")
    parser.add_argument("--most", type=int, default=40, help="texts of each case")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    corpora.data_folder()
    with scratch.served() as site:
        site.setup_django()
        rows = measure(site, asked.sentences, asked.most)
        from django.db import connections

        connections.close_all()
    for row in rows:
        if asked.json:
            print(json.dumps(row), flush=True)
        else:
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
