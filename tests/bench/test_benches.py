"""The benches of the desk run from a set-up clone and print the keys that their budgets are read by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import find_chromium
from tests.runtime.installations import environment

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.runtime]


def lines(*arguments: str) -> list[dict[str, Any]]:
    """What a bench prints."""
    command = [sys.executable, *arguments, "--json"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_desk() -> None:
    (row,) = lines("bench/desk.py", "--items", "90", "--rounds", "5")
    assert row["items"] == 90
    assert 0 < row["next_p50_ms"] <= row["next_p95_ms"]
    assert row["submit_p95_ms"] > 0
    assert 0 < row["queries"] <= 8


def test_reviewers_and_a_killed_process() -> None:
    options = ("--people", "3", "--items", "300", "--overlap", "2", "--seconds", "1")
    (row,) = lines("bench/reviewers.py", *options, "--kill", "--exporting")
    assert (row["people"], row["items"], row["doubled"], row["lost"]) == (3, 300, 0, 0)
    assert row["per_second"] > 0
    assert row["p95_ms"] > 0
    assert row["failures"] == []


@pytest.mark.browser
@pytest.mark.skipif(
    find_chromium() is None and os.environ.get("VOUCH_REQUIRE_BROWSER") != "1",
    reason="no Chromium: install one, or name it in VOUCH_CHROMIUM",
)
def test_the_weight_of_the_page() -> None:
    first, repeat = lines("bench/page_weight.py", "--visits", "1")
    assert (first["visit"], repeat["visit"]) == ("first", "repeat")
    assert 0 < repeat["bytes"] < first["bytes"] <= 80_000
    assert repeat["requests"] == 1
    assert first["origins"] == repeat["origins"] == 1
    assert first["ready_ms"] > 0
