"""Imports looked at before, paused, and undone."""

from __future__ import annotations

import json
import threading

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django_scopes import scope

from annotate.actions import imports, runs
from annotate.forms.imports import ReadingForm
from annotate.idranges import count
from annotate.journey import standing
from annotate.models import (
    Candidate,
    Consensus,
    Field,
    Item,
    Label,
    Passage,
    Preference,
    Reading,
    Rendition,
    Run,
    RunError,
    Span,
    Translation,
)
from pipeline.beating import RunStopped
from pipeline.inline import drain, work_off
from pipeline.stages import moving, previewing, stage_of
from tests import factories
from verify.actions import mark_gold, record_judgement
from verify.models import Assignment, Decision, Report

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [
    {"id": "a", "text": "😀 Ada left Kisumu.", "spans": [[3, 6, "PER"], [12, 18, "LOC"]],
     "translations": {"es": "Ada dejó Kisumu."}},
    {"id": "b", "text": "Write to ada@example.org in Kisumu.", "spans": [[28, 34, "LOC"]]},
]  # fmt: skip
BAD = {"id": "c", "text": "Ada.", "spans": [[0, 3, "PERS"]]}


def lines(*rows):
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def scope_of(**fields):
    return {"format": "native", "unit": "auto", "name": "a.jsonl", "all_or_nothing": True, **fields}


def previewed(project, content, **fields):
    run = imports.queue_preview(
        project, scope=scope_of(**fields), upload=ContentFile(content, "a.jsonl")
    )
    return work_off(run)


def imported(project, content, **fields):
    run = runs.queue_run(
        project, "import", scope=scope_of(**fields), upload=ContentFile(content, "a.jsonl")
    )
    return work_off(run)


def stored():
    models = (Item, Rendition, Field, Passage, Reading, Span, Candidate, Consensus, Decision,
              Assignment, Translation, Label)  # fmt: skip
    return {model.__name__: model.objects.count() for model in models}


def test_a_preview_shows_rows_unit_problems_and_findings_and_stores_nothing(project):
    before = stored()
    run = previewed(project, lines(*ROWS, BAD))
    assert (run.state, run.is_trial) == ("done", True), run.message
    assert stored() == before
    report = run.report
    assert (report["checked"], report["is_whole"], report["items"]) == (3, True, 2)
    assert report["errors"] == 1
    error = RunError.objects.get(run=run)
    assert error.row == 3
    assert error.is_resolved  # nothing waits for it
    assert standing(project).errors == ()
    assert "PERS" in error.message
    assert report["unit"]["taken"] == "utf16"
    assert report["unit"]["is_told"] is True
    first = report["rows"][0]
    assert (first["id"], first["line"]) == ("a", 1)
    english = first["renditions"][0]
    assert english["fields"][0]["text"] == "😀 Ada left Kisumu."
    assert english["fields"][0]["direction"] == "ltr"
    spans = english["candidates"][0]["spans"]
    assert [(s["start"], s["end"], s["surface"]) for s in spans] == [
        (2, 5, "Ada"),
        (11, 17, "Kisumu"),
    ]
    assert {row["kind"] for row in report["sensors"]} == {"mail_address"}


def test_a_preview_knows_what_is_there_already(project):
    imported(project, lines(ROWS[0]))
    other = {**ROWS[1], "id": "a"}
    report = previewed(project, lines(ROWS[0])).report
    assert (report["items"], report["unchanged"], report["errors"]) == (0, 1, 0)
    assert previewed(project, lines(other)).report["errors"] == 1


def test_a_preview_is_bounded(project, monkeypatch):
    monkeypatch.setattr(previewing, "MOST_ROWS", 20)
    many = [{"id": str(n), "text": f"Ada {n}"} for n in range(100)]
    report = previewed(project, lines(*many)).report
    assert (report["checked"], report["is_whole"], len(report["rows"])) == (20, False, 10)
    monkeypatch.setattr(previewing, "MOST_SECONDS", -1.0)
    assert previewed(project, lines(*many)).report["checked"] == 0


def test_a_preview_of_what_cannot_be_read_fails_and_says_so(project):
    run = previewed(project, b"x", format="tar")
    assert run.state == "failed"
    assert "there is no format 'tar'" in run.message


def test_the_columns_of_a_table_are_shown_and_taken_as_the_manager_says(project):
    table = b"nr,phrase,note\n1,Ada left.,n\n"
    upload = ContentFile(table, "a.csv")
    run = work_off(imports.queue_preview(project, scope=scope_of(format="csv"), upload=upload))
    assert run.report["columns"] == [
        {"name": "nr", "meaning": "metadata"}, {"name": "phrase", "meaning": "metadata"},
        {"name": "note", "meaning": "metadata"},
    ]  # fmt: skip
    assert run.report["errors"] == 1
    form = ReadingForm(
        {"format": "csv", "language": "en", "unit": "auto", "column_0": "id", "column_1": "text",
         "column_2": "nothing"}, run=run, project=project,
    )  # fmt: skip
    assert form.is_valid(), form.errors
    again = work_off(imports.preview_again(run, scope=form.scope()))
    assert (again.report["items"], again.report["errors"]) == (1, 0)
    (row,) = again.report["rows"]
    assert (row["id"], row["metadata"]) == ("1", {})
    assert row["renditions"][0]["fields"][0]["text"] == "Ada left."
    (made,) = imports.import_previewed([again], keep_good_rows=False)
    assert work_off(made).report["items"] == 1


def test_what_was_previewed_is_imported_as_it_was_shown(project):
    shown = previewed(project, lines(*ROWS))
    (run,) = imports.import_previewed([shown], keep_good_rows=False)
    assert run.scope["unit"] == "utf16"
    run = work_off(run)
    assert run.state == "done", run.message
    assert run.report["sensors"][0]["examples"][0]["pk"] == Item.objects.get(external_id="b").pk
    assert Span.objects.get(surface="Ada").start == 2
    assert count(run.brought["items"]) == 2
    assert count(run.brought["renditions"]) == 3


def test_good_rows_alone_are_imported_when_asked(project):
    shown = previewed(project, lines(*ROWS, BAD))
    (strict,) = imports.import_previewed([shown], keep_good_rows=False)
    assert work_off(strict).state == "failed"
    assert strict.brought == {}
    (lenient,) = imports.import_previewed([shown], keep_good_rows=True)
    assert work_off(lenient).state == "done"
    assert Item.objects.count() == 2


# Pausing


def pause_elsewhere(run):
    with scope(project=run.project):
        runs.pause(run)
    connection.close()


def test_a_paused_import_leaves_nothing_and_begins_anew(project, monkeypatch):
    run = runs.queue_run(
        project, "import", scope=scope_of(), upload=ContentFile(lines(*ROWS), "a.jsonl")
    )
    tell = moving.report_progress

    def pause_meanwhile(run, total):
        elsewhere = threading.Thread(target=pause_elsewhere, args=[run])
        elsewhere.start()
        elsewhere.join()
        tell(run, total)

    monkeypatch.setattr(moving, "report_progress", pause_meanwhile)
    with pytest.raises(RunStopped):
        stage_of(run).whole(run)
    run.refresh_from_db()
    assert run.state == "paused"
    assert not Item.objects.exists()
    assert work_off(run).state == "paused"
    monkeypatch.setattr(moving, "report_progress", tell)
    assert runs.resume(run)
    assert not runs.resume(run)
    run.refresh_from_db()
    assert work_off(run).state == "done"
    assert Item.objects.count() == 2


def test_a_paused_stage_is_not_begun_by_another_run(project):
    project.policy = {"advance": "auto"}
    project.save()
    factories.make_item(project)
    run = runs.queue_run(project, "prepare")
    assert runs.pause(run)
    assert not runs.pause(run)
    drain(project)
    assert not Run.objects.filter(stage="prepare").exclude(pk=run.pk).exists()
    again = runs.queue_run(project, "prepare")
    with pytest.raises(runs.RunIsLive):
        runs.resume(run)
    assert runs.cancel(run)
    assert not runs.cancel(run)
    assert again.is_live


# Undoing


def undone(run, **fields):
    run.refresh_from_db()
    return work_off(runs.queue_undo(run, **fields))


def test_undoing_removes_what_the_import_brought_and_nothing_else(project):
    imported(project, lines({"id": "before", "text": "Ada, too.", "spans": [[0, 3, "PER"]]}))
    before = stored()
    run = imported(project, lines(*ROWS), create_labels=True)
    assert stored() != before
    done = undone(run)
    assert done.state == "done", done.message
    assert done.report["items"] == 2
    assert done.report["renditions"] == 3
    assert stored() == before
    run.refresh_from_db()
    assert run.brought == {}
    assert str(done.pk) in run.message
    with pytest.raises(runs.NothingToUndo):
        runs.queue_undo(run)
    assert imported(project, lines(*ROWS)).report["items"] == 2


def test_rows_that_failed_are_forgotten_with_an_undone_import(project):
    run = imported(project, lines(*ROWS, BAD), all_or_nothing=False)
    assert [row.count for row in standing(project).errors] == [1]
    assert undone(run).state == "done"
    assert standing(project).errors == ()


def test_undoing_takes_along_what_machines_made_of_it(project):
    run = imported(project, lines(*ROWS))
    rendition = Rendition.objects.get(item__external_id="a", language="es")
    factories.make_consensus(rendition, spans=())
    factories.make_seats(rendition)
    Report.objects.create(project=project, kind="agreement", language="en")
    done = undone(run)
    assert done.report["seats"] == 1
    assert not Rendition.objects.exists()
    assert not Assignment.objects.exists()
    assert Report.objects.get().is_stale


def test_a_text_that_several_items_share_stays_while_one_is_left(project):
    imported(project, lines({"id": "first", "text": "Ada left."}))
    run = imported(project, lines({"id": "second", "text": "Ada left."}))
    assert Passage.objects.count() == 1
    assert undone(run).state == "done"
    assert Passage.objects.count() == 1
    assert Field.objects.count() == 1


def test_an_item_keeps_the_languages_that_came_before(project):
    imported(project, lines({"id": "a", "text": "Ada left."}))
    run = imported(
        project, lines({"id": "a", "text": "Ada left.", "translations": {"es": "Ada se fue."}})
    )
    assert run.report["extended"] == 1
    assert undone(run).state == "done"
    assert list(Rendition.objects.values_list("language", flat=True)) == ["en"]
    assert Item.objects.get().translate_due


def test_undoing_is_refused_when_a_later_import_gave_its_items_more(project):
    first = imported(project, lines({"id": "a", "text": "Ada left."}))
    later = imported(
        project, lines({"id": "a", "text": "Ada left.", "translations": {"es": "Ada se fue."}})
    )
    done = undone(first)
    assert done.state == "failed"
    assert "1 item with languages of a later import" in done.message
    assert undone(later).state == "done"
    assert undone(first).state == "done"
    assert not Item.objects.exists()


def test_undoing_is_refused_once_somebody_judged(project):
    run = imported(project, lines(*ROWS))
    rendition = Rendition.objects.get(item__external_id="a", language="es")
    factories.make_seats(rendition)
    rater = factories.make_rater(project)
    before = stored()
    seat = factories.claim(project, rater)
    assert "1 text on a desk now" in undone(run).message
    record_judgement(seat, rater=rater, submission=factories.submission())
    done = undone(run)
    assert done.state == "failed"
    assert "1 judgement" in done.message
    assert Item.objects.count() == before["Item"]


def test_undoing_is_refused_for_what_is_known_to_be_right(project):
    run = imported(project, lines(*ROWS))
    mark_gold(Decision.objects.filter(rendition__language="en").first(), gold=True)
    assert "1 decision by people" in undone(run).message


def test_undoing_waits_for_other_runs(project):
    run = imported(project, lines(*ROWS))
    other = runs.queue_run(project, "prepare")
    assert f"Run {other.pk} (prepare) is not over yet" in undone(run).message
    runs.pause(other)
    assert "is not over yet" in undone(run).message
    runs.cancel(other)
    assert undone(run).state == "done"


def test_readings_that_stand_on_an_undone_source_go_and_their_text_stays(project):
    imported(project, lines({"id": "a", "renditions": [
        {"language": "es", "fields": [{"name": "text", "text": factories.TARGET}]}]}))  # fmt: skip
    source = imported(project, lines({"id": "a", "text": factories.SOURCE,
                                      "spans": [[0, 12, "PER"], [22, 27, "LOC"]]}))  # fmt: skip
    spanish = Rendition.objects.get(language="es")
    assert spanish.made_from is not None
    factories.make_consensus(spanish)
    assert undone(source).state == "done"
    spanish.refresh_from_db()
    assert spanish.made_from is None
    assert spanish.aggregate_due
    assert not Reading.objects.exists()


def test_preferences_know_nothing_of_guidelines_at_first(project):
    user = factories.make_user()
    assert Preference.objects.create(user=user).guidelines_seen == {}
