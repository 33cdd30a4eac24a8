"""The items: listed by key and prefix, and one with all that was proposed for it."""

from __future__ import annotations

import re

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.consensus import NewConsensus, save_consensus
from annotate.actions.items import add_items
from annotate.actions.versions import make_version
from annotate.models import Annotator, Label, Rendition
from annotate.readings import Answer, Reading, Relation
from annotate.records import FieldRecord, ItemRecord, RenditionRecord
from annotate.spans import Span

PAGE = "/p/news/items/"


def ids(page):
    return [row.item.external_id for row in page.context["rows"]]


def test_the_list_in_each_language(project, items, manager):
    assert ids(manager.get(PAGE)) == ["news-001", "news-002", "news-003"]
    assert ids(manager.get(f"{PAGE}?language=es")) == ["news-001", "news-002"]
    assert ids(manager.get(f"{PAGE}?language=xx")) == ["news-001", "news-002", "news-003"]
    assert b"No items here" in manager.get(f"{PAGE}?language=ar").content


def test_by_prefix(project, items, manager):
    assert ids(manager.get(f"{PAGE}?id=news-00")) == ["news-001", "news-002", "news-003"]
    assert ids(manager.get(f"{PAGE}?id=news-002")) == ["news-002"]
    assert ids(manager.get(f"{PAGE}?id=%25")) == []


def test_pages_by_key_show_everything_once(inside, manager, django_assert_max_num_queries):
    text = (FieldRecord("text", "Hello."),)
    records = [ItemRecord(f"n{n:04}", (RenditionRecord("en", text),)) for n in range(120)]
    for _ in add_items(inside, records):
        pass
    for prefix in ("", "n0"):
        seen, after = [], ""
        while after is not None:
            with django_assert_max_num_queries(15):
                page = manager.get(PAGE, {"id": prefix, "after": after})
            seen += ids(page)
            after = page.context["after"]
        assert seen == [f"n{n:04}" for n in range(120)]


def test_prefix_pages_do_not_end_where_a_language_is_missing(inside, manager):
    """Items without the language may fill a whole page of ids."""
    english = [
        ItemRecord(f"n{n:04}", (RenditionRecord("en", (FieldRecord("text", "Hi."),)),))
        for n in range(60)
    ]
    both = ItemRecord(
        "n9999",
        tuple(RenditionRecord(tag, (FieldRecord("text", "Hi."),)) for tag in ("en", "es")),
    )
    for _ in add_items(inside, [*english, both]):
        pass
    seen, after = [], ""
    for _ in range(5):
        page = manager.get(PAGE, {"id": "n", "language": "es", "after": after})
        seen += ids(page)
        after = page.context["after"]
        if after is None:
            break
    assert seen == ["n9999"]


def test_one_item_with_what_was_proposed(inside, items, manager, django_assert_max_num_queries):
    rendition = Rendition.objects.filter(language="es").order_by("id")[0]
    version = make_version(Annotator.objects.get(project=inside, name="links"), language="es")
    mark = Reading(spans=(Span("LOC", 14, 19, key="1", method="links", score=0.75),))
    save_candidates(inside, [NewCandidate(rendition.pk, version.pk, reading=mark)])
    save_consensus(inside, [NewConsensus(rendition.pk, mark, [], 1, 0.0, "person", "Only one.")])
    with django_assert_max_num_queries(15):
        page = manager.get(f"{PAGE}{items[0].pk}/").content.decode()
    assert 'lang="es" dir="ltr">Amina vive en Dakar.' in page
    assert "Dakar</bdi>" in page
    assert "links 0.75" in page
    assert "Only one." in page


def test_relations_and_answers_of_what_was_proposed(inside, items, manager):
    Label.objects.create(project=inside, kind="relation", key="born_in")
    rendition = Rendition.objects.filter(language="es").order_by("id")[0]
    version = make_version(Annotator.objects.get(project=inside, name="links"), language="es")
    reading = Reading(
        answers=(
            Answer("topic", "rendition", ["travel", "food"]),
            Answer("fits", "rendition", True),
        ),
        spans=(Span("PER", 0, 5, key="1"), Span("LOC", 14, 19, key="2")),
        relations=(Relation("born_in", "1", "2", "r1"),),
    )
    save_candidates(inside, [NewCandidate(rendition.pk, version.pk, reading=reading)])
    page = " ".join(manager.get(f"{PAGE}{items[0].pk}/").content.decode().split())
    said = re.sub(r"<[^>]*>", "", page)
    assert "Amina born_in Dakar" in said
    assert "topic: travel, food" in said
    assert "fits: yes" in said
