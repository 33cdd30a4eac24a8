"""Files that are wrong, through the import's run: each row's cause is told and nothing half written."""

from __future__ import annotations

import json
import re

import pytest
from django_scopes import scope

from annotate.actions.runs import cancel
from annotate.models import Item, Passage, Run
from pipeline.stages import moving
from tests import factories
from tests.walking import row_counts, take_in

GOOD = {"id": "a", "text": "Amina lives in Dakar.", "spans": [[0, 5, "PER"]]}


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        yield made


def lines(*rows):
    return b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in rows)


def other(**changes):
    return {**GOOD, "id": "b", **changes}


CASES = {
    "wrong encoding": ('{"id": "b", "text": "café"}\n'.encode("latin-1"), r"0xE9.*not UTF-8.*save it as UTF-8"),
    "offsets outside the text": (other(spans=[[0, 99, "PER"]]), r"offset 99 lies outside the text \(21 code points\)"),
    "offsets beside the surface": (
        other(spans=[{"start": 1, "end": 6, "label": "PER", "surface": "Amina"}]), r"surface|Amina",
    ),
    "an end before its start": (other(spans=[[5, 0, "PER"]]), r"start|end"),
    "an unknown label": (other(spans=[[0, 5, "PERS"]]), r"unknown label 'PERS'; did you mean 'PER'"),
    "an empty text": (other(text="  "), r"the text is empty; give a text or leave the row out"),
    "a second id": (GOOD, r"'a' occurs twice in this file; give every item an id of its own"),
    "a line of 5 MB": (other(text="x" * 5_000_000), r"the line has more than 4,194,304 bytes|more than [\d,]+ (bytes|characters)"),
    "no JSON": (b"{'id': 'b'}\n", r"not valid JSON: .* \(character 2 of the line\)"),
    "NUL": (other(text="a\0b"), r"NUL"),
    "no object": (b"[1, 2]\n", r"expected a JSON object per line, found a list"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("whole", [True, False])
def test_a_bad_line_is_told_with_number_and_cause(project, case, whole):
    bad, cause = CASES[case]
    before = row_counts()
    content = lines(GOOD, bad, {**GOOD, "id": "c"})
    run = take_in(project, content, format="native", language="en", all_or_nothing=whole)
    error = run.errors.get()
    assert error.row == 2
    assert error.message.startswith("Line 2")
    assert re.search(cause, error.message), error.message
    assert len(error.message) < 1000
    if whole:
        assert run.state == "failed"
        assert "nothing was imported" in run.message
        assert row_counts() == {**before, "Run": before["Run"] + 1, "RunError": 1}
    else:
        assert (run.state, run.report["items"], run.report["errors"]) == ("done", 2, 1)
        assert set(Item.objects.values_list("external_id", flat=True)) == {"a", "c"}


def test_utf_16_is_named(project):
    content = lines(GOOD).decode().encode("utf-16")
    run = take_in(project, content, format="native", language="en")
    assert run.state == "failed"
    assert "UTF-16; save it as UTF-8" in run.errors.get().message


def test_parallel_files_of_unequal_length(project):
    source, target = b"Amina\tB-PER\n\nDakar\tB-LOC\n", b"Amina\tO\n\nDakar\tO\n\nMas\tO\n"
    before = row_counts()
    run = take_in(
        project, source, target, format="conll", language="en", target_language="es",
        target_labels="ignore",
    )  # fmt: skip
    assert run.state == "failed"
    message = run.errors.get().message
    assert "the source has 2 sentences and the target 3" in message
    assert "(line 5)" in message
    assert row_counts() == {**before, "Run": before["Run"] + 1, "RunError": 1}


def test_many_errors_are_all_told(project):
    rows = [{**GOOD, "id": f"i{n}", "text": "" if n % 2 else "Amina"} for n in range(40)]
    run = take_in(project, lines(*rows), format="native", language="en")
    assert run.message == "20 rows have errors; nothing was imported."
    assert list(run.errors.order_by("row").values_list("row", flat=True)) == list(range(2, 41, 2))


def test_an_id_that_is_there_with_another_text(project):
    take_in(project, lines(GOOD), format="native", language="en")
    changed = lines({**GOOD, "text": "Amina left Dakar."})
    run = take_in(project, changed, format="native", language="en")
    assert run.state == "failed"
    assert "'a'" in run.errors.get().message
    assert Passage.objects.get().text == GOOD["text"]


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_cancelled_half_way_leaves_nothing(project, monkeypatch):
    """The run's row is not held by the import's transaction, so whoever cancels does not wait."""
    real, seen = moving.report_progress, []

    def cancelled(run, total):
        from django.db import connection

        real(run, total)
        own = connection.copy()
        with own.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute("UPDATE annotate_run SET state = 'cancelled' WHERE id = %s", [run.pk])
        own.close()
        seen.append(total)

    monkeypatch.setattr(moving, "report_progress", cancelled)
    rows = [{**GOOD, "id": f"i{n}"} for n in range(2500)]
    run = take_in(project, lines(*rows), format="native", language="en")
    assert (run.state, seen) == ("cancelled", [1000])
    assert not Item.objects.exists()
    assert not cancel(run)
    assert Run.objects.get().total == 1000
