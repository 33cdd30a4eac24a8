"""Several places for a projected span, best first, with scores; a person picks another or draws anew."""

from __future__ import annotations

import pytest
from walk import Person, Workflow, walking

from annotate.models import Candidate, Span

ROW = Workflow(
    name="T-Projection, manual projection",
    preset="ner-projection",
    source="arXiv 2212.10548",
    shows="n-best places with scores are kept; the reviewer takes another of them with one verdict",
    figure="48 spans projected, 48 with further places; 47 confirmed, 1 moved to another of them",
)
pytestmark = pytest.mark.django_db


class Picker(Person):
    """Takes the second place of the first span that they see."""

    moved = ""

    def judgement(self, card):
        sent = super().judgement(card)
        for row, shown in zip(sent["spans"], card["spans"], strict=True):
            if shown["alternatives"] and not self.moved:
                place = shown["alternatives"][0]
                row |= {"verdict": "boundary", **place}
                self.moved = place["surface"]
        return sent


def test_another_place_is_taken():
    with walking(ROW, ["es"], blind_share=0.0, audit_share=0.0, accept_unanimous=False) as walk:
        walk.project.annotators.exclude(kind="imported").exclude(name="candidates").update(
            is_enabled=False
        )
        walk.take_in("tprojection.jsonl")
        walk.work()
        made = Candidate.objects.filter(version__annotator__name="candidates", state="ok")
        spans = Span.objects.filter(reading__in=made.values("reading"))
        further = spans.filter(rank__gt=1)
        assert not further.filter(score=None).exists()
        several = further.values("reading", "source").distinct().count()
        picker = Picker(lambda card: {})
        walk.judge("native", ["es"], picker)
        rows = {key: row for key, row in walk.renditions().items() if key[1] == "es"}
        verdicts = [
            verdict["verdict"]
            for row in rows.values() for said in row["judgements"] for verdict in said["verdicts"]
        ]  # fmt: skip
        final = [span["surface"] for row in rows.values() for span in row["reading"]["spans"]]
        assert picker.moved in final
        ROW.comes_to(
            f"{spans.filter(rank=1).count()} spans projected, {several} with further places; "
            f"{verdicts.count('right')} confirmed, {verdicts.count('boundary')} moved to another of them"
        )
