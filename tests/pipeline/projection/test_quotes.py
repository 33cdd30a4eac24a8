"""Quotes: a model server is asked for words; what it says is grounded, or its failure named."""

from __future__ import annotations

import json

import pytest
from conftest import spans_of

from pipeline.backends.openai_chat import ChatBackend
from pipeline.projection.contract import Example
from pipeline.projection.quotes import QuotesProjector
from tests.chat_server import chat_server

SOURCE = "Ana saw Lima and Quito ."
TARGET = "Lima y Quito: a Lima la vio Ana ."
SPANS = spans_of(SOURCE, ("Ana", "PER"), ("Lima", "LOC"), ("Quito", "LOC"))


def rows(*said):
    return json.dumps({"spans": [dict(zip(("label", "quote", "occurrence"), row, strict=False))
                                 for row in said]})  # fmt: skip


GOOD = rows(("1", "Ana", 1), ("2", "Lima", 2), ("3", "Quito", 1))


@pytest.fixture
def asked():
    """What a projector makes of a reply, and what the server was sent."""

    def ask(reply):
        with chat_server(lambda body: reply) as server:
            backend = ChatBackend(server.url, "tiny", "key", allow=[server.host])
            made = QuotesProjector(backend, "en", "es").project(SOURCE, TARGET, SPANS)
            return made, server.asked

    return ask


def test_quotes_become_spans_where_they_stand(asked):
    made, sent = asked("Here you are: " + GOOD)
    assert [(s.source, s.label, s.start, s.end) for s in made.best()] == [
        ("s0", "PER", 28, 31), ("s1", "LOC", 16, 20), ("s2", "LOC", 7, 12),
    ]  # fmt: skip
    assert made.asked.state == "ok"
    assert (made.asked.tokens_in, made.asked.tokens_out) == (11, 7)
    assert made.asked.raw_reply.endswith(GOOD)
    assert TARGET in sent[0]
    assert '"Quito"' in sent[0]


STATES = {
    "unparseable": ("I think Ana and Lima.", {}, "no JSON list"),
    "refused": ('{"refused": "no names"}', {}, "declined: no names"),
    "unsupported": (rows(("1", "Ana", 1), ("2", "Lyma", 1), ("3", "Quito", 1)),
                    {"s0", "s2"}, "is not in the text"),
    "ambiguous": (rows(("1", "Ana", 1), ("2", "Lima", None), ("3", "Quito", 1)),
                  {"s0", "s2"}, "stands in 2 places"),
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_a_reply_that_is_no_good_is_a_state_with_its_reason(state, asked):
    reply, placed, reason = STATES[state]
    made, _ = asked(reply)
    assert made.asked.state == state
    assert {span.source for span in made.best()} == set(placed)
    assert {failure.source for failure in made.failures} == {"s0", "s1", "s2"} - set(placed)
    assert reason in made.failures[0].reason


def test_what_the_translation_leaves_out_is_a_failure_and_no_bad_reply(asked):
    made, _ = asked(rows(("1", "", 1), ("3", "Quito", 1)))
    reasons = {failure.source: failure.reason for failure in made.failures}
    assert made.asked.state == "ok"
    assert "found nothing" in reasons["s0"]
    assert "leaves it out" in reasons["s1"]


def test_a_text_cannot_give_orders(asked):
    _, sent = asked(GOOD)
    block = sent[0].split('[[begin "translation"')[1]
    assert TARGET in block.split("[[end")[0]


def test_many_texts_are_asked_about_one_by_one():
    with chat_server(lambda body: GOOD) as server:
        backend = ChatBackend(server.url, "tiny", "key", allow=[server.host])
        projector = QuotesProjector(backend, "en", "es", parallel=3)
        made = projector.project_all([Example(SOURCE, TARGET, SPANS)] * 5 + [Example("a", "b")])
    assert len(server.asked) == 5
    assert [len(row.best()) for row in made] == [3] * 5 + [0]
