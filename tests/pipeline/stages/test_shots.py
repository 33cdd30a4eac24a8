"""Decided texts that a language model is shown: whose, how many, and never the item's own."""

from __future__ import annotations

from typing import Any

from pipeline.stages.shots import shots, without
from tests import factories as make
from verify.actions import mark_gold, record_judgement
from verify.models import Decision


def decided(project: Any, count: int, *, gold: int = 0) -> list[str]:
    """So many items with a Spanish text that a person accepted; the first ``gold`` are known right."""
    rater = make.make_rater(project)
    keys = []
    for number in range(count):
        rendition = make.make_task(project)
        seat = make.claim(project, rater, "review:es")
        assert seat is not None
        record_judgement(seat, rater=rater, submission=make.accepted())
        if number < gold:
            mark_gold(Decision.objects.get(rendition=rendition, is_current=True), gold=True)
        keys.append(rendition.item.external_id)
    return keys


def test_decided_texts_in_the_language_come_first_and_gold_never(project: Any) -> None:
    keys = decided(project, 5, gold=2)
    found = shots(project, "es", 2)
    assert len(found) == 3
    assert {example.key for example in found} == set(keys[2:])
    assert {example.language for example in found} == {"es"}
    assert found[0].fields == {"text": make.TARGET}
    assert found[0].reading.spans[0].surface == "Amina Diallo"
    assert shots(project, "es", 2) == found


def test_an_item_never_sees_itself(project: Any) -> None:
    decided(project, 4)
    found = shots(project, "es", 3)
    for example in found:
        own = without(found, example.key, 3)
        assert len(own) == 3
        assert example.key not in {shot.key for shot in own}
    assert len(without(found, "another", 3)) == 3


def test_the_source_fills_up_what_lacks(project: Any, django_assert_max_num_queries: Any) -> None:
    keys = decided(project, 2)
    with django_assert_max_num_queries(14):
        found = shots(project, "es", 3)
    assert [example.language for example in found] == ["es", "es", "en", "en"]
    assert {example.key for example in found[2:]} <= set(keys)
    assert found[2].fields == {"text": make.SOURCE}
