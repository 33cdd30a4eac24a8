"""People beside each other: pace, what the sight of proposals does, hard languages and able people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from annotate.models import Project
from pipeline.raters.sway import sway
from pipeline.stages.rating import languages, paces, save, swayed
from tests import factories as make
from verify.actions import record_judgement
from verify.actions.reports import save_report
from verify.models import Report
from verify.rated import people_of, sway_of


def test_a_pace_stands_beside_that_of_all_in_the_same_language() -> None:
    rows = [
        ("R1", None, 30, 20.0, 30), ("R2", None, 10, 12.0, 10),
        ("R1", "es", 20, 20.0, 20), ("R1", "sw", 10, 60.0, 10), ("R2", "es", 10, 10.0, 10),
        (None, "es", 30, 20.0, 30), (None, "sw", 10, 30.0, 10),
    ]  # fmt: skip
    found = paces(rows)
    assert found["R1"]["against"] == pytest.approx((20 * 1 + 10 * 2) / 30)
    assert found["R2"]["against"] == pytest.approx(0.5)
    assert paces(
        [("R1", None, 2, None, 0), ("R1", "es", 2, None, 0), (None, "es", 2, None, 0)]
    ) == {"R1": {"judgements": 2, "seconds": None, "timed": 0, "against": None}}


def test_sway_is_newcombe_s_difference() -> None:
    """Newcombe 1998, Statistics in Medicine 17, table II, method 10: 56 of 70 and 48 of 80."""
    found = sway((56, 70), (48, 80))
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert sway((1, 1), (0, 0)) is None
    kept = {("R1", "assisted"): (50, 60), ("R2", "assisted"): (6, 10), ("R1", "blind"): (48, 80),
            ("R1", "other"): (1, 1)}  # fmt: skip
    assert swayed(kept) == found.as_dict()
    assert "20 points, 5 to 33" in sway_of({"sway": found.as_dict()})
    small = sway((3, 4), (2, 4))
    assert small is not None
    assert "may be luck" in sway_of({"sway": small.as_dict()})
    assert sway_of({}) == ""


def test_a_hard_language_is_told_from_people_who_are_less_sure() -> None:
    """R1 and R2 answer both languages alike well; R3, in Swahili alone, answers worse than they do."""
    rows = [
        (who, tag, n % 10 != 0) for who in ("R1", "R2") for tag in ("es", "sw") for n in range(40)
    ]
    rows += [("R3", "sw", n % 2 == 0) for n in range(40)]
    found = languages(rows)
    assert found is not None
    by_tag = {row["name"]: row for row in found["languages"]}
    assert found["is_linked"]
    assert by_tag["sw"]["raw"] == pytest.approx((72 + 20) / 120)
    assert by_tag["es"]["raw"] == pytest.approx(0.9)
    # By the same people the languages are equally hard, but for the prior.
    assert abs(by_tag["sw"]["fair"] - by_tag["es"]["fair"]) < 0.03
    apart = languages([row for row in rows if (row[0], row[1]) != ("R1", "sw") and row[0] != "R2"])
    assert apart is not None
    assert not apart["is_linked"]
    assert languages(rows[:40]) is None
    assert languages([*rows[:40], ("R1", "sw", True)]) is None


def test_the_page_tells_all_three(project: Project) -> None:
    rater, other = make.make_rater(project), make.make_rater(project)
    for number in range(6):
        make.make_task(project, mode="blind" if number % 2 else "assisted")
    for person, seconds in ((rater, 10), (other, 40)):
        for _ in range(3):
            seat = make.claim(project, person)
            assert seat is not None
            spent: dict[str, Any] = {"shown_at": timezone.now() - timedelta(seconds=seconds)}
            blind = seat.shown["mode"] == "blind"
            said = make.submission(**spent) if blind else make.accepted(**spent)
            record_judgement(seat, rater=person, submission=said)
    save(project)
    body = Report.objects.get(project=project, kind="raters").body
    assert (body["sway"]["shown_n"], body["sway"]["unseen_n"]) == (3, 3)
    assert body["languages"] is None
    slow = next(row for row in people_of(body) if row.rater == other.pseudonym)
    assert slow.against.startswith("1.6 ×")
    body["languages"] = languages(
        [("R1", "en", True)] * 8 + [("R2", "es", n > 2) for n in range(8)]
    )
    save_report(project, kind="raters", body=body)
    client = Client()
    client.force_login(make.make_member(project, role="manager", name="chief"))
    page = client.get(reverse("verify:raters", args=[project.slug])).content.decode()
    for words in (
        "× the usual",
        "Shown a proposal, people say",
        "Is a language hard",
        "Nobody answered in several",
    ):
        assert words in page
