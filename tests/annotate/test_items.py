"""Items come in: all or nothing or the good rows, once, with their labels and further languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from django.db import connection
from django_scopes import ScopeError, scope

from annotate import models
from annotate.actions.items import Added, ImportRefused, add_items
from annotate.actions.readings import load_readings
from annotate.actions.standing import set_standing
from annotate.actions.texts import write_rendition
from annotate.readings import Answer, Reading, Relation
from annotate.records import (
    IMPORTED,
    CandidateRecord,
    FieldRecord,
    ItemRecord,
    RenditionRecord,
    RowError,
)
from annotate.spans import Span
from tests.factories import make_project, make_reading

EN, ES, SW = "Ana sees Fes.", "Ana ve Fes.", "Ana anaona Fes."
EN_SPANS = (Span("PER", 0, 3, key="a"), Span("LOC", 9, 12, key="b"))
ES_SPANS = (Span("PER", 0, 3, key="1", source="a"), Span("LOC", 7, 10, key="2", source="b"))
SW_SPANS = (Span("LOC", 11, 14, key="1", source="b"),)
TABLES = ("item", "rendition", "field", "passage", "reading", "span", "relation", "candidate")


@pytest.fixture
def project(db: None) -> Iterable[models.Project]:
    made = make_project(targets=("es", "sw"))
    with scope(project=made):
        models.Label.objects.create(project=made, kind="relation", key="IN")
        yield made


def side(
    language: str, text: str, spans: Sequence[Span] | None = None, annotator: str = IMPORTED,
    relations: Sequence[Relation] = (),
) -> RenditionRecord:  # fmt: skip
    labels = ()
    if spans is not None:
        reading = Reading(spans=tuple(spans), relations=tuple(relations))
        labels = (CandidateRecord(annotator, reading),)
    return RenditionRecord(language, (FieldRecord("text", text),), labels)


def item(name: str, *sides: RenditionRecord, line: int = 1, **fields: Any) -> ItemRecord:
    return ItemRecord(name, sides or (side("en", EN, EN_SPANS),), line=line, **fields)


def add(project: models.Project, *records: ItemRecord | RowError, **choices: Any) -> Added:
    *_, added = add_items(project, records, **choices)
    # What deferred constraints say at the end of a transaction, said now.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return added


def counts() -> dict[str, int]:
    with connection.cursor() as cursor:
        found = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM annotate_{table}")
            found[table] = cursor.fetchone()[0]
        return found


def rendition(name: str, language: str) -> models.Rendition:
    return models.Rendition.objects.get(item__external_id=name, language=language, is_current=True)


def reading_of(name: str, language: str) -> models.Reading:
    return models.Candidate.objects.get(rendition=rendition(name, language)).reading


# What an item brings


def test_an_item_comes_with_texts_labels_and_facts(project: models.Project) -> None:
    record = item("n1", split="train", group="d1", position=3, metadata={"url": "x"})
    added = add(project, record)
    assert (added.items, added.renditions, added.candidates, added.spans) == (1, 1, 1, 2)
    row = models.Item.objects.get(external_id="n1")
    assert (row.split, row.group, row.position, row.metadata) == ("train", "d1", 3, {"url": "x"})
    source = rendition("n1", "en")
    assert [field.passage.text for field in source.fields.all()] == [EN]
    assert source.standing == reading_of("n1", "en")
    assert not source.aggregate_due


def test_one_passage_serves_all_items_that_share_a_text(project: models.Project) -> None:
    add(project, item("n1"), item("n2"))
    assert models.Passage.objects.count() == 1
    assert models.Field.objects.count() == 2


def test_rows_are_seen_in_their_own_scope_only(project: models.Project) -> None:
    add(project, item("n1"))
    with scope(project=make_project()):
        assert models.Item.objects.count() == 0
        assert models.Rendition.objects.ready().count() == 0
    assert models.Rendition.objects.ready().count() == 1


def test_nothing_is_asked_outside_a_scope(db: None) -> None:
    for manager in (models.Item.objects, models.Rendition.objects, models.AnnotatorVersion.scoped):
        with pytest.raises(ScopeError):
            manager.count()


# Labels that came carried


def test_carried_spans_and_relations_point_to_the_source(project: models.Project) -> None:
    link = (Relation("IN", "a", "b", key="r"),)
    carried = (Relation("IN", "1", "2", key="9", source="r"),)
    add(project, item("n1", side("es", ES, ES_SPANS, relations=carried),
                      side("en", EN, EN_SPANS, relations=link)))  # fmt: skip
    source, target = reading_of("n1", "en"), reading_of("n1", "es")
    origin = {span.key: span for span in source.spans.all()}
    assert {span.key: span.source for span in target.spans.all()} == {
        "1": origin["a"], "2": origin["b"],
    }  # fmt: skip
    assert target.basis == source
    assert target.relations.get().source == source.relations.get()
    loaded = load_readings([target.pk])[target.pk]
    assert [span.source for span in loaded.spans] == ["a", "b"]
    assert rendition("n1", "es").aggregate_due


def test_carried_spans_keep_no_source_where_it_was_not_imported(project: models.Project) -> None:
    add(project, item("n1", side("en", EN, EN_SPANS, annotator="parser"), side("es", ES, ES_SPANS)))
    target = reading_of("n1", "es")
    assert [span.source for span in target.spans.all()] == [None, None]
    assert target.basis is None


def test_items_of_a_batch_do_not_mix_their_sources(project: models.Project) -> None:
    records = [item(f"n{n}", side("en", EN, EN_SPANS), side("es", ES, ES_SPANS)) for n in range(3)]
    add(project, *records)
    for record in records:
        source = reading_of(record.external_id, "en")
        spans = reading_of(record.external_id, "es").spans.all()
        assert {span.source.reading_id for span in spans} == {source.pk}


# Again


def test_importing_again_changes_nothing(project: models.Project) -> None:
    record = item("n1", side("en", EN, EN_SPANS), side("es", ES, ES_SPANS))
    add(project, record)
    before = counts()
    added = add(project, record)
    assert (added.items, added.unchanged, added.extended) == (0, 1, 0)
    assert counts() == before


def test_importing_again_after_an_edit_changes_nothing(project: models.Project) -> None:
    add(project, item("n1", side("en", EN), side("es", ES)))
    write_rendition(rendition("n1", "es"), {"text": "Ana mira Fes."})
    assert add(project, item("n1", side("en", EN), side("es", ES))).unchanged == 1
    assert rendition("n1", "es").fields.get().passage.text == "Ana mira Fes."


def test_the_same_id_with_another_text_is_an_error_of_its_line(project: models.Project) -> None:
    add(project, item("n1"))
    with pytest.raises(ImportRefused) as refused:
        add(project, item("n2", line=1), item("n1", side("en", "Ana left."), line=2))
    (error,) = refused.value.added.errors
    assert error.line == 2
    assert "'n1' is already there with another text" in error.cause
    assert models.Item.objects.count() == 1


def test_an_id_that_occurs_twice_is_an_error(project: models.Project) -> None:
    added = add(project, item("n1", line=1), item("n1", line=2), all_or_nothing=False)
    assert [(error.line, error.cause) for error in added.errors] == [(2, "id 'n1' occurs twice")]
    assert added.items == 1


def test_a_language_that_comes_twice_is_an_error(project: models.Project) -> None:
    added = add(project, item("n1", side("es", ES), side("es", "Otra.")), all_or_nothing=False)
    assert "comes twice in es" in added.errors[0].cause


# A further language


def test_a_new_language_is_added_to_a_known_item(project: models.Project) -> None:
    add(project, item("n1", side("en", EN, EN_SPANS), side("es", ES)))
    added = add(project, item("n1", side("en", EN), side("sw", SW, SW_SPANS)))
    assert (added.items, added.extended, added.unchanged, added.renditions) == (0, 1, 0, 1)
    new = rendition("n1", "sw")
    assert new.made_from == rendition("n1", "en")
    assert new.aggregate_due
    (span,) = reading_of("n1", "sw").spans.all()
    assert (span.source.key, span.source.reading_id) == ("b", reading_of("n1", "en").pk)
    assert models.Rendition.objects.count() == 3
    assert models.Item.objects.count() == 1


def test_a_new_language_is_made_from_the_source_as_it_is_now(project: models.Project) -> None:
    add(project, item("n1", side("en", EN, EN_SPANS)))
    now = write_rendition(rendition("n1", "en"), {"text": "Ana saw Fes."})
    better = make_reading(now, [Span("LOC", 8, 11, key="b")])
    set_standing(now, better)
    add(project, item("n1", side("sw", SW, SW_SPANS)))
    assert rendition("n1", "sw").made_from == now
    assert reading_of("n1", "sw").spans.get().source == better.spans.get()


def test_a_new_language_beside_another_text_is_refused(project: models.Project) -> None:
    add(project, item("n1"))
    changed = item("n1", side("en", "Ana left."), side("sw", SW))
    added = add(project, changed, all_or_nothing=False)
    assert "another text" in added.errors[0].cause
    assert models.Rendition.objects.count() == 1


def test_a_new_language_twice_in_one_file_is_added_once(project: models.Project) -> None:
    add(project, item("n1"))
    twice = [item("n1", side("sw", SW), line=line) for line in (1, 2)]
    added = add(project, *twice, all_or_nothing=False)
    assert (added.extended, [error.line for error in added.errors]) == (1, [2])


def test_a_source_that_comes_later_is_what_the_others_are_made_from(
    project: models.Project,
) -> None:
    add(project, item("n1", side("es", ES)), item("n2", side("es", ES)))
    assert rendition("n1", "es").made_from is None
    add(project, item("n1", side("en", EN, EN_SPANS), side("sw", SW)))
    source = rendition("n1", "en")
    assert rendition("n1", "es").made_from == source
    assert rendition("n1", "sw").made_from == source
    assert source.made_from is None
    assert rendition("n2", "es").made_from is None


# Bad rows


BAD = item("bad", side("en", EN, [Span("PER", 0, 99)]), line=2)


def test_all_or_nothing_stores_nothing(project: models.Project) -> None:
    before = counts()
    with pytest.raises(ImportRefused, match="1 rows have errors; nothing was imported"):
        add(project, item("n1"), BAD)
    assert counts() == before


def test_good_rows_are_kept_when_asked(project: models.Project) -> None:
    read = RowError(3, "the text is empty", column="text")
    added = add(project, item("n1"), BAD, read, item("n4", line=4), all_or_nothing=False)
    assert sorted(models.Item.objects.values_list("external_id", flat=True)) == ["n1", "n4"]
    assert [(error.line, error.column) for error in added.errors] == [(3, "text"), (2, "")]
    assert "bad: end 99 lies after the text's last character" in added.errors[1].cause


def test_an_unknown_label_names_the_known_ones(project: models.Project) -> None:
    record = item("n1", side("en", EN, [Span("ORG", 0, 3)]))
    (error,) = add(project, record, all_or_nothing=False).errors
    assert "no span label 'ORG' (it has LOC, PER)" in error.cause
    assert not models.Label.objects.filter(key="ORG").exists()


def test_labels_are_made_when_allowed(project: models.Project) -> None:
    spans = (Span("ORG", 0, 3, key="a"), Span("LOC", 9, 12, key="b"))
    near = (Relation("NEAR", "a", "b"),)
    added = add(project, item("n1", side("en", EN, spans, relations=near)), create_labels=True)
    assert not added.errors
    made = models.Label.objects.filter(key__in=["ORG", "NEAR"])
    assert set(made.values_list("kind", "key")) == {("span", "ORG"), ("relation", "NEAR")}
    assert load_readings([reading_of("n1", "en").pk]).popitem()[1].spans[0].label == "ORG"


@pytest.mark.parametrize(
    ("sides", "message"),
    [
        ([side("en", EN, [Span("PER", 0, 3, field="title")])], "the field 'title' of the target"),
        ([side("en", EN, [Span("PER", 0, 3, surface="Eva")])], "hold 'Ana', not 'Eva'"),
        ([side("es", ES, [Span("PER", 0, 3, side="source")])], "of the source, which is not there"),
        ([side("en", EN, [Span("PER", 0, 1, key="a"), Span("PER", 1, 2, key="a")])], "same key"),
        ([side("en", EN, [], relations=[Relation("IN", "a", "b")])], "a span that is not there"),
    ],
    ids=["field", "surface", "source", "key", "relation"],
)  # fmt: skip
def test_rows_that_do_not_hold_together_are_refused(
    project: models.Project, sides: list[RenditionRecord], message: str
) -> None:
    (error,) = add(project, item("n1", *sides, line=7), all_or_nothing=False).errors
    assert error.line == 7
    assert message in error.cause


def test_marks_on_the_source_of_a_known_item_fit_its_text(project: models.Project) -> None:
    add(project, item("n1"))
    omission = Span("LOC", 9, 12, side="source", surface="Fes")
    add(project, item("n1", side("es", "Ana ve.", [omission])))
    span = reading_of("n1", "es").spans.get()
    assert span.field.rendition == rendition("n1", "en")
    wrong = Span("LOC", 0, 3, side="source", surface="Fes")
    (error,) = add(project, item("n1", side("sw", SW, [wrong])), all_or_nothing=False).errors
    assert "hold 'Ana', not 'Fes'" in error.cause


def test_answers_come_with_the_labels(project: models.Project) -> None:
    reading = Reading((Answer("topic", "rendition", "news"),))
    record = RenditionRecord("en", (FieldRecord("text", EN),), (CandidateRecord("desk", reading),))
    add(project, item("n1", record))
    made = models.Candidate.objects.get()
    assert made.reading.answers == [["topic", "rendition", "news"]]
    assert made.version.annotator.name == "desk"
    assert rendition("n1", "en").standing is None


def test_errors_are_kept_up_to_a_number_and_batches_go_on(
    project: models.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annotate.actions.items.BATCH", 2)
    records = [item(f"b{n}", side("en", EN, [Span("PER", 0, 99)]), line=n) for n in range(5)]
    added = add(project, *records, item("n1"), all_or_nothing=False, most_errors=3)
    assert len(added.errors) == 3
    assert added.items == 1
