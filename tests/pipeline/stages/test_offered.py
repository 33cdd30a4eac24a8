"""Values by agreeing sources, from import to report: by hand, and on the released WikiKGE candidates."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope

from annotate.actions.items import add_items
from annotate.actions.projects import create_project
from annotate.formats import native
from annotate.formats.contract import ReadOptions
from annotate.records import ItemRecord
from pipeline.stages import quality
from pipeline.stages.offered import votes_of
from tests import factories as make
from verify.actions import import_decisions

FOLDER = Path(os.environ.get("VOUCH_DATA", "../shared/data")) / "wikikge"


def report(tag: str, rows: Iterable[tuple[str, list[tuple[str, int, bool]]]]) -> Any:
    """Import (item, values with votes and whether each is right), decide, and make the report."""
    project = create_project(name=f"Names {tag}", source=tag, targets=["en"], preset="value-list")
    lines = [
        json.dumps({
            "id": name, "text": name,
            "inputs": {"values": [{"text": text, "votes": votes} for text, votes, _ in values]},
            "answers": [
                ["value", f"option:{n}", "correct" if is_right else "incorrect"]
                for n, (_, _, is_right) in enumerate(values, 1)
            ],
        })
        for name, values in rows
    ]  # fmt: skip
    stream = io.BytesIO("\n".join(lines).encode())
    with scope(project=project):
        items = list(native.read(stream, ReadOptions(language=tag)))
        assert all(isinstance(item, ItemRecord) for item in items), items[:2]
        for added in add_items(project, items):
            assert not added.errors, added.errors
        import_decisions(project)
        quality.save(project)
    return project


def table(project: Any, tag: str) -> list[tuple[int, int, int, int]]:
    with scope(project=project):
        body = project.reports.get(kind="quality").body
    return [
        (row["votes"], row["accepted"], row["right"], row["left"])
        for row in body["thresholds"][tag]
    ]


@pytest.mark.django_db
def test_by_hand_and_on_the_page() -> None:
    project = report("es", [("Dakar", [("Dakar", 3, True), ("Dacar", 1, False)]),
                            ("Thiès", [("Thies", 2, True), ("Tiés", 2, False)])])  # fmt: skip
    assert table(project, "es") == [(1, 4, 2, 0), (2, 3, 2, 1), (3, 1, 1, 3)]
    client = Client()
    client.force_login(make.make_user(is_staff=True))
    page = client.get(reverse("verify:quality", args=[project.slug])).content.decode()
    words = " ".join(re.sub(r"<[^>]*>", " ", page).split())
    assert "Values by the sources that agree, Spanish" in words
    assert re.search(r"3 1 100 % \(21–100 %\)|3 1 100 %", words)


def test_votes_are_counted_or_named() -> None:
    given = ({"votes": 4}, {"by": ["a", "b", "a"]}, {"by": "search"}, {}, {"votes": 0})
    assert [votes_of(option) for option in given] == [4, 2, 1, 1, 1]


@pytest.mark.django_db
@pytest.mark.parametrize("tag", ["ar", "es", "ko"])
def test_released_candidates(tag: str) -> None:
    """Precision by import and report is what a count over the files gives."""
    paths = [FOLDER / f"{name}.{tag}.jsonl" for name in ("gold", "m-nta-gpt4")]
    if not all(path.is_file() for path in paths):
        pytest.skip(f"no WikiKGE in {FOLDER}: set VOUCH_DATA to the data folder")
    gold, made = ([json.loads(line) for line in path.open(encoding="utf-8")] for path in paths)
    right = {row["wikidata_id"]: set(row["correct_values"]) for row in gold}
    rows = [
        (row["wikidata_id"], [(v, n, v in right[row["wikidata_id"]]) for n, v, _ in row["values"]])
        for row in made
        if row["wikidata_id"] in right
    ]
    found = table(report(tag, rows), tag)
    for votes, accepted, hits, _left in found:
        chosen = [is_right for _, values in rows for _, n, is_right in values if n >= votes]
        assert (accepted, hits) == (len(chosen), sum(chosen))
    shares = [hits / accepted for _, accepted, hits, _ in found]
    assert shares[3] > shares[2] > shares[1] > shares[0]
