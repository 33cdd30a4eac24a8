"""A metered chat model: what is counted, waited for and given up, by how each call ended."""

from __future__ import annotations

import pytest

from pipeline.backends.base import BackendBroken, BackendBusy, BackendRefused, Reply
from pipeline.backends.metered import MeteredChat, Took

ASK = [{"role": "user", "content": "What is it?"}]


class Gate:
    """A gate that lets everything through and notes what happens."""

    def __init__(self):
        self.log = []

    def admit(self, most):
        self.log.append(("admit", most))
        return 1

    def settle(self, call, took):
        self.log.append(("settle", took))

    def release(self, call):
        self.log.append(("release",))

    def pause(self, seconds):
        self.log.append(("pause", seconds))

    def left(self, request):
        return None

    def keep(self, request, reply):
        self.log.append(("keep", reply.text))


class Says:
    """A model that says or raises one thing after another."""

    def __init__(self, *said):
        self.said = list(said)

    def complete(self, messages, *, schema=None, seed=None):
        one = self.said.pop(0)
        if isinstance(one, Exception):
            raise one
        return one


def asked(*said):
    gate = Gate()
    chat = MeteredChat(Says(*said), gate, max_tokens=100, sleep=lambda seconds: None)
    try:
        chat.complete(ASK)
    except (BackendBusy, BackendBroken, BackendRefused):
        gate.log.append(("raised",))
    return gate.log


@pytest.mark.parametrize(
    ("said", "steps"),
    [
        ([Reply("hi", 7, 1)], ["admit", "settle", "keep"]),
        ([BackendBusy("429", 2.0), Reply("hi", 7, 1)],
         ["admit", "release", "pause", "admit", "settle", "keep"]),
        ([BackendBusy("429", 120.0)], ["admit", "release", "pause", "raised"]),
        ([BackendBusy("slow", may_cost=True), Reply("hi")],
         ["admit", "settle", "admit", "settle", "keep"]),
        ([BackendBusy("500")] * 3, ["admit", "release"] * 3 + ["raised"]),
        ([BackendBroken("no completion")], ["admit", "settle", "raised"]),
        ([BackendRefused("key")], ["admit", "release", "raised"]),
    ],
)  # fmt: skip
def test_what_is_counted_and_waited_for_follows_from_how_a_call_ended(said, steps):
    assert [step[0] for step in asked(*said)] == steps


def test_a_call_is_counted_at_no_more_than_was_set_aside():
    admit, settle, _ = asked(Reply("hi", 7, 1))
    assert settle[1] == Took(7, 1, len("What is it?"), 2)
    assert all(getattr(admit[1], n) >= getattr(settle[1], n) for n in Took.__slots__)
    # A server that counts nothing is counted for.
    assert asked(Reply("Bonjour tout le monde"))[1][1].tokens_out == 8
