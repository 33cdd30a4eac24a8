"""One item with all that was proposed for it."""

from __future__ import annotations

import re

from annotate.actions.candidates import NewCandidate, save_candidates
from annotate.actions.consensus import NewConsensus, save_consensus
from annotate.actions.versions import make_version
from annotate.models import Annotator, Label, Rendition
from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span

PAGE = "/p/news/items/"


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
