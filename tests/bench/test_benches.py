"""The benches of the desk run, all on one site, and give the keys that their budgets are read by."""

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
# What their command lines do, but for starting services of their own each.
DRIVER = """
import json, sys
from argparse import Namespace
sys.path.insert(0, "bench")
import desk, page_weight, reviewers, scratch
from django.db import connections
crowd = Namespace(people=3, items=300, overlap=2, seconds=1.0, kill=True, exporting=True, ahead=0)
with scratch.served() as site:
    site.setup_django()
    rows = [desk.measure(site, 90, 5), reviewers.measure(site, crowd), *page_weight.measure(site, 1)]
    connections.close_all()
print(json.dumps(rows))
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.runtime,
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        find_chromium() is None and os.environ.get("VOUCH_REQUIRE_BROWSER") != "1",
        reason="no Chromium: install one, or name it in VOUCH_CHROMIUM",
    ),
]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Desk, reviewers, first visit, repeat visit."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER], cwd=ROOT, capture_output=True, text=True, timeout=850,
        env=environment(),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_desk(rows: list[dict[str, Any]]) -> None:
    row = rows[0]
    assert row["items"] == 90
    assert 0 < row["next_p50_ms"] <= row["next_p95_ms"]
    assert row["submit_p95_ms"] > 0
    assert 0 < row["queries"] <= 8


def test_reviewers_and_a_killed_process(rows: list[dict[str, Any]]) -> None:
    row = rows[1]
    assert (row["people"], row["items"], row["doubled"], row["lost"]) == (3, 300, 0, 0)
    assert row["per_second"] > 0
    assert row["p95_ms"] > 0
    assert row["failures"] == []


def test_the_weight_of_the_page(rows: list[dict[str, Any]]) -> None:
    first, repeat = rows[2:]
    assert (first["visit"], repeat["visit"]) == ("first", "repeat")
    assert 0 < repeat["bytes"] < first["bytes"] <= 80_000
    assert repeat["requests"] == 1
    assert first["origins"] == repeat["origins"] == 1
    assert first["ready_ms"] > 0
