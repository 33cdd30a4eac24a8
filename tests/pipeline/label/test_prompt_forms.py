"""How a language model is asked: with decided texts before, the other way round, and for evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from annotate.prompts import ChoiceQuestion, LabelChoice, span_prompt
from annotate.readings import Answer, Reading
from annotate.spans import Span
from pipeline.backends.base import Reply
from pipeline.label.contract import Example, LabelTask
from pipeline.label.llm import LlmLabeller
from pipeline.label.shots import choice_shots, span_shots

LABELS = (LabelChoice("PER"), LabelChoice("LOC"))
TOPIC = ChoiceQuestion("topic", "About?", tuple(map(LabelChoice, ("sport", "trade", "war"))))
SEVERAL = replace(TOPIC, kind="choices")
TASK = LabelTask("i1", "en", {"text": "Prices rose in Lima ."}, (), (TOPIC,))
TEXT = "Lima , Lima is Ana's ."
DECIDED = Example(
    "i2", "en", {"text": TEXT},
    Reading((Answer("topic", "rendition", "trade"),),
            (Span("LOC", 7, 11, "text", "Lima", key="1"), Span("PER", 15, 18, "text", "Ana", key="2"))),
)  # fmt: skip


class Model:
    """A model that gives its replies in turn and keeps what it was asked."""

    def __init__(self, *replies: str) -> None:
        self.replies, self.asked = list(replies), list[Sequence[Mapping[str, str]]]()

    def complete(self, messages: Any, *, schema: Any = None, seed: Any = None) -> Reply:
        self.asked.append(messages)
        return Reply(self.replies[(len(self.asked) - 1) % len(self.replies)], 1, 1)


def ask(model: Model, task: LabelTask = TASK, *, ballot: int = 1, **settings: Any) -> Any:
    return LlmLabeller(model, {"parallel": 1, **settings}).label([task], ballot=ballot)[0]


def test_shots_are_exchanges_before_the_text() -> None:
    model = Model('{"answer": "war"}')
    result = ask(model, replace(TASK, shots=(DECIDED,)))
    roles = [message["role"] for message in model.asked[0]]
    assert roles == ["system", "user", "assistant", "user"]
    assert TEXT in model.asked[0][1]["content"]
    assert json.loads(model.asked[0][2]["content"]) == {"answer": "trade"}
    assert TASK.fields["text"] in model.asked[0][3]["content"]
    assert result.reading.answers[0].value == "war"


def test_a_shot_says_which_occurrence_is_meant() -> None:
    (shot,) = span_shots([DECIDED], LABELS)
    assert json.loads(shot.reply)["spans"] == [
        {"field": "text", "label": "LOC", "quote": "Lima", "occurrence": 2},
        {"field": "text", "label": "PER", "quote": "Ana", "occurrence": 1},
    ]
    prompt = span_prompt({"text": "Ana ."}, LABELS, language="en", shots=[shot])
    assert [message["role"] for message in prompt.messages] == [
        "system",
        "user",
        "assistant",
        "user",
    ]
    # A label that is not asked for is not shown, nor a text that does not answer the question.
    assert "PER" not in span_shots([DECIDED], LABELS[1:])[0].reply
    assert choice_shots([DECIDED], replace(TOPIC, key="tone")) == ()
    assert json.loads(choice_shots([DECIDED], TOPIC, opposite=True)[0].reply) == {
        "answer": ["sport", "war"]
    }


@pytest.mark.parametrize(
    ("question", "reply", "state", "value"),
    [
        (TOPIC, '{"answer": ["sport", "war"]}', "ok", "trade"),
        (TOPIC, '{"answer": ["sport"]}', "ambiguous", None),
        (TOPIC, '{"answer": ["sport", "war", "trade"]}', "unparseable", None),
        (TOPIC, '{"answer": ["sport", "film"]}', "unsupported", None),
        (SEVERAL, '{"answer": ["sport"]}', "ok", ["trade", "war"]),
        (SEVERAL, '{"answer": []}', "ok", ["sport", "trade", "war"]),
    ],
)
def test_asked_the_other_way_round(
    question: ChoiceQuestion, reply: str, state: str, value: Any
) -> None:
    model = Model(reply)
    result = ask(model, replace(TASK, questions=(question,)), ballot=2, opposite=True)
    assert "does NOT hold" in model.asked[0][0]["content"]
    assert result.state == state
    assert (result.reading.answers[0].value if result.reading else None) == value


def test_only_every_second_ballot_is_turned_round() -> None:
    model = Model('{"answer": "war"}')
    for ballot in (1, 3):
        assert ask(model, ballot=ballot, opposite=True).reading.answers[0].value == "war"
    assert all("does NOT hold" not in messages[0]["content"] for messages in model.asked)


def test_a_model_that_leans_to_the_first_option_is_exposed() -> None:
    """It says the first option whatever is asked, so its ballots contradict each other."""

    class First(Model):
        def complete(self, messages: Any, *, schema: Any = None, seed: Any = None) -> Reply:
            answer = schema["properties"]["answer"]
            first = (answer.get("items") or answer)["enum"][0]
            return Reply(json.dumps({"answer": [first] if "items" in answer else first}), 1, 1)

    both = replace(TASK, questions=(replace(TOPIC, options=TOPIC.options[:2]),))
    said = [
        ask(First(), both, ballot=n, opposite=True).reading.answers[0].value for n in (1, 2, 3, 4)
    ]
    assert sorted(said) == ["sport", "sport", "trade", "trade"]


@pytest.mark.parametrize(
    ("reply", "state", "reason"),
    [
        ('{"answer": "trade", "evidence": "Prices rose"}', "ok", ""),
        ('{"answer": "trade", "evidence": "prices  ROSE"}', "ok", ""),
        ('{"answer": "trade", "evidence": "Shares fell"}', "unsupported", "is not in the text"),
        ('{"answer": "trade", "evidence": " "}', "unparseable", "quotes no"),
        ('{"answer": "trade"}', "unparseable", "quotes no"),
        ('{"answer": "film", "evidence": "Prices rose"}', "unsupported", "no option"),
    ],
)
def test_an_answer_counts_only_with_words_of_the_text(reply: str, state: str, reason: str) -> None:
    model = Model(reply)
    result = ask(model, replace(TASK, shots=(DECIDED,)), evidence=True)
    assert (result.state, reason in result.reason) == (state, True)
    assert (result.reading is not None) == (state == "ok")
    # A decision does not tell the words it rests on, so none is shown.
    assert len(model.asked[0]) == 2
    assert '"evidence": TEXT' in model.asked[0][0]["content"]


def test_without_evidence_none_is_asked_for() -> None:
    model = Model('{"answer": "war"}')
    ask(model)
    assert "evidence" not in model.asked[0][0]["content"]
