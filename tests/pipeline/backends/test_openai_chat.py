"""The chat client: what it sends, what it makes of replies, and that its key stays inside."""

from __future__ import annotations

import json
import logging
import time
import traceback
from collections.abc import Callable

import pytest
from drips import dripping
from pytest_httpserver import HTTPServer
from werkzeug import Response

from pipeline.backends.base import BackendBroken, BackendBusy, BackendError, BackendRefused
from pipeline.backends.openai_chat import ChatBackend

KEY = "sk-sentinel-0123456789"
PATH = "/v1/chat/completions"
ASK = [{"role": "user", "content": "hi"}]
GOOD = {
    "id": "1",
    "model": "tiny-1",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "yes"}}
    ],
    "usage": {"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
}

Make = Callable[..., ChatBackend]


def test_a_reply_with_its_usage(httpserver: HTTPServer, chat: Make) -> None:
    httpserver.expect_request(PATH, method="POST").respond_with_json(GOOD)
    reply = chat(seed=7, temperature=0.3).complete(ASK, schema={"type": "object"})
    assert (reply.text, reply.tokens_in, reply.tokens_out) == ("yes", 11, 2)
    assert (reply.model, reply.refused) == ("tiny-1", False)
    (request, _) = httpserver.log[0]
    sent = json.loads(request.data)
    assert sent["seed"] == 7
    assert sent["temperature"] == 0.3
    assert sent["messages"] == ASK
    assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    assert request.headers["Authorization"] == f"Bearer {KEY}"


def test_a_call_may_bring_its_own_seed(httpserver: HTTPServer, chat: Make) -> None:
    httpserver.expect_request(PATH).respond_with_json(GOOD)
    chat(seed=7).complete(ASK, seed=9)
    assert json.loads(httpserver.log[0][0].data)["seed"] == 9


def test_busy_then_ready(httpserver: HTTPServer, chat: Make, waits: list[float]) -> None:
    busy = Response("slow down", 429, headers={"Retry-After": "3"})
    httpserver.expect_ordered_request(PATH).respond_with_response(busy)
    httpserver.expect_ordered_request(PATH).respond_with_json(GOOD)
    assert chat().complete(ASK).text == "yes"
    assert waits == [3.0]


def test_busy_for_good_is_bounded(httpserver: HTTPServer, chat: Make, waits: list[float]) -> None:
    httpserver.expect_request(PATH).respond_with_data("down", 500)
    with pytest.raises(BackendBusy, match="500"):
        chat(tries=3).complete(ASK)
    assert len(httpserver.log) == 3
    assert len(waits) == 2


def test_a_long_wait_is_left_to_the_caller(httpserver: HTTPServer, chat: Make, waits) -> None:
    httpserver.expect_request(PATH).respond_with_data("", 429, headers={"Retry-After": "120"})
    with pytest.raises(BackendBusy) as caught:
        chat(tries=5).complete(ASK)
    assert caught.value.retry_after == 120.0
    assert waits == []
    assert len(httpserver.log) == 1


def test_a_hang_ends_as_busy() -> None:
    with dripping(b"", b"") as port:
        backend = ChatBackend(
            f"http://127.0.0.1:{port}/v1", "m", KEY,
            allow=frozenset({f"127.0.0.1:{port}"}), timeout=0.6, tries=2, sleep=lambda seconds: None,
        )  # fmt: skip
        begun = time.monotonic()
        with pytest.raises(BackendBusy, match="in time"):
            backend.complete(ASK)
        assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, "settings"), (401, "key"), (403, "key"), (404, "model"), (422, "take")],
)
def test_what_cannot_be_retried_is_refused_once(
    httpserver: HTTPServer, chat: Make, status: int, word: str
) -> None:
    httpserver.expect_request(PATH).respond_with_json(
        {"error": {"message": f"no {KEY} SECRETBODY"}}, status
    )
    with pytest.raises(BackendRefused, match=word) as caught:
        chat(tries=3).complete(ASK)
    assert len(httpserver.log) == 1
    assert "SECRETBODY" not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>SECRETBODY</html>",
        b"[]",
        b"{}",
        b'{"choices": []}',
        b'{"choices": [{}]}',
        b"\xff\xfe",
        b"null",
        b"",
    ],
)
def test_what_is_no_completion_is_broken(httpserver: HTTPServer, chat: Make, body: bytes) -> None:
    httpserver.expect_request(PATH).respond_with_data(body, content_type="application/json")
    with pytest.raises(BackendBroken, match="not a chat completion") as caught:
        chat().complete(ASK)
    assert "SECRETBODY" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"choices": [{"finish_reason": "content_filter", "message": {"content": None}}]}),
        (
            200,
            {
                "choices": [
                    {"finish_reason": "stop", "message": {"content": None, "refusal": "No."}}
                ]
            },
        ),
        (400, {"error": {"message": "filtered", "code": "content_filter"}}),
    ],
)
def test_a_model_that_declines_is_a_refused_reply(
    httpserver: HTTPServer, chat: Make, status: int, body
) -> None:
    httpserver.expect_request(PATH).respond_with_json(body, status)
    assert chat().complete(ASK).refused


def test_a_redirect_is_refused(httpserver: HTTPServer, chat: Make) -> None:
    httpserver.expect_request(PATH).respond_with_data(
        "", 308, headers={"Location": "http://169.254.169.254/"}
    )
    with pytest.raises(BackendRefused, match="redirects"):
        chat().complete(ASK)
    assert len(httpserver.log) == 1


def test_a_private_endpoint_is_refused(httpserver: HTTPServer, chat: Make) -> None:
    with pytest.raises(BackendRefused):
        chat(allow=frozenset()).complete(ASK)
    assert httpserver.log == []


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/v1",
        "file:///etc/passwd",
        "a/v1",
        "https://u:p@a/v1",
        "https://a/v1?key=1",
        "https://a:99999/v1",
        "",
    ],
)
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(BackendRefused):
        ChatBackend(url, "m", KEY)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 429, 500])
def test_the_key_is_in_no_error_and_no_log(
    httpserver: HTTPServer, chat: Make, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """The server throws the key back in body and headers, as careless gateways do."""
    headers = {"X-Echo": KEY, "Location": f"/{KEY}"}
    httpserver.expect_request(PATH).respond_with_data(f"key {KEY}", status, headers=headers)
    backend = chat()
    with caplog.at_level(logging.DEBUG), pytest.raises(BackendError) as caught:
        backend.complete(ASK)
    shown = "".join(traceback.format_exception(caught.value))
    assert KEY not in shown
    assert KEY not in repr(backend) + str(vars(backend))
    ours = [r for r in caplog.records if not r.name.startswith(("werkzeug", "httpcore2"))]
    assert all(KEY not in r.getMessage() and KEY not in str(r.args) for r in ours)


def test_what_no_database_takes_is_shown_as_such(httpserver: HTTPServer, chat: Make) -> None:
    body = b'{"choices": [{"message": {"content": "a\\u0000b\\ud800c\\ud83d\\ude00"}}]}'
    httpserver.expect_request(PATH).respond_with_data(body)
    text = chat().complete(ASK).text
    assert text == "a\ufffdb\ufffdc\U0001f600"
    text.encode()
