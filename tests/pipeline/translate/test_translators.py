"""The translators: a real small model on this machine, and a chat model over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import tiny
from pytest_httpserver import HTTPServer

from pipeline.backends.base import BackendBroken, BackendBusy, BackendRefused, Reply
from pipeline.backends.openai_chat import ChatBackend
from pipeline.translate import catalog
from pipeline.translate.llm import LlmTranslator

PATH = "/v1/chat/completions"


def test_a_local_model_translates_into_the_language_asked_for(tiny_translator: Path) -> None:
    machine = catalog.running({"model": str(tiny_translator), "beams": 2, "batch": 3})
    english = [row[0] for row in tiny.PHRASES]
    for column, tag in ((1, "es"), (2, "sw")):
        made = machine.translate([*english, "  "], source="en", target=tag)
        assert [one.text for one in made[:-1]] == [row[column] for row in tiny.PHRASES]
        assert all(
            one.state == "ok" and one.tokens_in > 2 and one.tokens_out > 2 for one in made[:-1]
        )
        assert made[-1].state == "empty"
        assert made == machine.translate([*english, "  "], source="en", target=tag)


def test_an_unknown_language_is_refused(tiny_translator: Path) -> None:
    machine = catalog.running({"model": str(tiny_translator)})
    with pytest.raises(BackendRefused, match="language yo"):
        machine.translate(["thank you"], source="en", target="yo")
    with pytest.raises(BackendRefused, match="language yo"):
        machine.translate(["thank you"], source="yo", target="es")


def test_a_model_that_is_not_there_is_named() -> None:
    with pytest.raises(BackendBroken, match="this machine only"):
        catalog.running({"model": "nobody/no-such-model"}).translate(
            ["a"], source="en", target="es"
        )
    with pytest.raises(KeyError, match="'model'"):
        catalog.running({})


@pytest.fixture
def machine(httpserver: HTTPServer) -> Iterator[LlmTranslator]:
    backend = ChatBackend(
        httpserver.url_for("/v1"), "m", "k", allow=frozenset({f"localhost:{httpserver.port}"}),
        timeout=3, sleep=lambda seconds: None,
    )  # fmt: skip
    yield catalog.asking(backend, {"parallel": 2})
    backend.close()


def answer(httpserver: HTTPServer, text: str | None, **more: object) -> None:
    choice = {"message": {"role": "assistant", "content": text}, **more}
    body = {"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 4}}
    httpserver.expect_request(PATH).respond_with_json(body)


def test_a_reply_is_the_translation(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    answer(httpserver, "\n Asante sana. \n")
    (made,) = machine.translate(["Thank you very much."], source="en", target="sw")
    assert (made.state, made.text, made.flags) == ("ok", "Asante sana.", ())
    assert (made.raw_reply, made.tokens_in, made.tokens_out) == ("\n Asante sana. \n", 9, 4)
    sent = httpserver.log[0][0].get_json()["messages"]
    assert "English (en) into Swahili (sw)" in sent[0]["content"]
    assert "Thank you very much." in sent[1]["content"]


def test_repeated_marker_lines_are_left_out(machine: LlmTranslator) -> None:
    class Parrot:
        def complete(self, messages, *, schema=None, seed=None) -> Reply:
            return Reply(messages[-1]["content"].replace("Thank you", "Asante"))

    (made,) = LlmTranslator(Parrot()).translate(["Thank you\nall"], source="en", target="sw")
    assert made.text == "Asante\nall"


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_an_empty_reply_is_a_state(httpserver: HTTPServer, machine: LlmTranslator, text) -> None:
    answer(httpserver, text)
    (made,) = machine.translate(["Thank you."], source="en", target="sw")
    assert (made.state, made.text, made.tokens_in) == ("empty", "", 9)


def test_a_refusal_is_a_state(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    answer(httpserver, "", finish_reason="content_filter")
    (made,) = machine.translate(["Thank you."], source="en", target="sw")
    assert made.state == "refused"


def test_a_broken_reply_is_a_state(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    httpserver.expect_request(PATH).respond_with_data("<html>SECRET")
    (made,) = machine.translate(["Thank you."], source="en", target="sw")
    assert made.state == "broken"
    assert "SECRET" not in made.raw_reply


def test_a_copied_text_is_flagged(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    answer(httpserver, "Thank you very much.")
    (made,) = machine.translate(["Thank you very much."], source="en", target="sw")
    assert made.flags == ("copy",)


def test_a_busy_endpoint_is_passed_on(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    httpserver.expect_request(PATH).respond_with_data("", 429)
    with pytest.raises(BackendBusy):
        machine.translate(["Thank you."], source="en", target="sw")


def test_an_empty_text_is_not_sent(httpserver: HTTPServer, machine: LlmTranslator) -> None:
    (made,) = machine.translate(["  "], source="en", target="sw")
    assert made.state == "empty"
    assert httpserver.log == []
