"""A judge's prompts, what it is shown, and the state every kind of reply ends in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from annotate.prompts import Scale
from annotate.readings import Answer, Reading, Relation
from annotate.spans import Span
from pipeline.backends.base import Reply
from pipeline.label.judge import Judge, RatingTask, described

FAITHFUL = Scale("faithful", "Are the labels right?", "basis", 1, 5, (1, 2, 3, 4, 5),
                 ("none is", "", "half are", "", "all are"))  # fmt: skip
FLUENT = Scale("fluent", "Is the text fluent?", "rendition", 0, 100)
READING = Reading(
    (Answer("topic", "rendition", "travel"),),
    (Span("PER", 0, 3, "text", "Ana", key="1"), Span("LOC", 8, 12, "text", "Lima", key="2")),
    (Relation("lives_in", "1", "2"),),
)
TASK = RatingTask(
    "i1", "es", {"text": "Ana vive Lima"}, (FAITHFUL, FLUENT), READING,
    source={"text": "Ana lives Lima"}, inputs={"criterion": "Names."},
)  # fmt: skip


class Model:
    def __init__(self, *replies: str, refused: bool = False) -> None:
        self.replies, self.refused = list(replies), refused
        self.asked: list[Any] = []

    def complete(self, messages: Any, *, schema: Any = None, seed: Any = None) -> Reply:
        self.asked.append((messages, schema, seed))
        return Reply(self.replies[(len(self.asked) - 1) % len(self.replies)], 10, 2, self.refused)


def rate(*replies: str, task: RatingTask = TASK, refused: bool = False) -> tuple[Any, Model]:
    model = Model(*replies, refused=refused)
    return Judge(model, parallel=1, guidelines="Be strict.").rate([task])[0], model


def test_each_scale_is_asked_with_what_it_rates() -> None:
    result, model = rate(
        '{"feedback": "good", "answer": 4}', '{"feedback": "so so", "answer": 62.5}'
    )
    assert result.state == "ok"
    assert result.reading.answers == (
        Answer("faithful", "basis", 4),
        Answer("fluent", "rendition", 62.5),
    )
    assert (result.tokens_in, result.tokens_out) == (20, 4)
    (labels, *_), (text, *_) = model.asked
    assert "- 3: half are" in labels[0]["content"]
    assert "Be strict." in labels[0]["content"]
    for shown in ("Ana vive Lima", "Ana lives Lima", "Names.", "PER: Ana", "Ana - lives_in - Lima"):
        assert shown in labels[1]["content"]
    assert "Any number from 0 to 100." in text[0]["content"]
    assert "PER: Ana" not in text[1]["content"], "who rates the text must not see the labels"


def test_what_is_described() -> None:
    assert described(READING).splitlines() == [
        "PER: Ana", "LOC: Lima", "Ana - lives_in - Lima", "topic: travel",
    ]  # fmt: skip
    assert described(Reading()) == "nothing is labelled"


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        ('Well, {"feedback": "x", "answer": "4"} it is', "ok", ""),
        ('{"answer": 4.5}', "unparseable", "faithful: 4.5 is no level"),
        ('{"answer": 6}', "unparseable", "6 is no level"),
        ('{"answer": "four"}', "unparseable", "no JSON object with a level"),
        ('{"answer": true}', "unparseable", "no JSON object with a level"),
        ('{"answer": NaN}', "unparseable", "no JSON object with a level"),
        ("[RESULT] four", "unparseable", "no JSON object with a level"),
        ('{"refused": "too long"}', "refused", "too long"),
    ],
)
def test_replies(reply: str, state: str, reason: str) -> None:
    result, _ = rate(reply, task=RatingTask("i", "es", {"text": "x"}, (FAITHFUL,), READING))
    assert (result.state, reason in result.reason) == (state, True)
    assert (result.reading is not None) == (state == "ok")
    assert result.raw_reply == reply


def test_one_bad_reply_spoils_the_state_but_not_the_other_answer() -> None:
    result, _ = rate('{"answer": 5}', '{"answer": 101}')
    assert result.state == "unparseable"
    assert [answer.value for answer in result.reading.answers] == [5]
    result, _ = rate("", refused=True)
    assert (result.state, result.reading) == ("refused", None)


def test_nothing_to_rate_by() -> None:
    result, model = rate("{}", task=RatingTask("i", "es", {"text": "x"}, ()))
    assert result.state == "unsupported"
    assert not model.asked


def test_a_model_of_this_machine_is_asked_for_all_at_once(tiny_chat: Path) -> None:
    """The tiny model gives its one reply, which holds no level."""
    from pipeline.label.modelled import local_chat

    judge = Judge(local_chat({"model": str(tiny_chat), "max_tokens": 60}))
    results = judge.rate([TASK, TASK])
    assert [result.state for result in results] == ["unparseable", "unparseable"]
    assert results[0].raw_reply.count('"spans"') == 2
