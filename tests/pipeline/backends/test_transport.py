"""The transport goes only where it may, follows nothing and always ends."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import httpcore2
import httpx2
import pytest
from drips import dripping
from pytest_httpserver import HTTPServer
from werkzeug import Response

from pipeline.backends.base import BackendBroken, BackendBusy, BackendRefused
from pipeline.backends.transport import Deadline, GuardedBackend, GuardedTransport, is_allowed


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[Callable[..., httpx2.Client]]:
    made: list[httpx2.Client] = []

    def make(**options) -> httpx2.Client:
        options = {"allow": frozenset({f"localhost:{httpserver.port}"}), "seconds": 5.0} | options
        made.append(httpx2.Client(transport=GuardedTransport(**options), trust_env=False))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_allowed_host_is_reached(httpserver: HTTPServer, client) -> None:
    httpserver.expect_request("/a").respond_with_data("hello")
    assert client().get(httpserver.url_for("/a")).text == "hello"


def test_private_address_is_refused(httpserver: HTTPServer, client) -> None:
    httpserver.expect_request("/a").respond_with_data("secret")
    with pytest.raises(BackendRefused, match="https"):
        client(allow=frozenset()).get(httpserver.url_for("/a"))
    url = f"https://localhost:{httpserver.port}/a"
    with pytest.raises(BackendRefused, match="not public"):
        client(allow=frozenset()).get(url)
    assert httpserver.log == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "2130706433", "0x7f000001", "127.1", "169.254.169.254", "0"]
)
def test_literal_addresses_are_refused_however_written(client, host: str) -> None:
    with pytest.raises((BackendRefused, BackendBusy, httpx2.InvalidURL)) as caught:
        client(allow=frozenset()).get(f"https://{host}:9/a")
    assert not isinstance(caught.value, BackendBusy) or "resolved" in str(caught.value)


def test_one_private_address_among_public_ones_is_enough_to_refuse(client) -> None:
    def mixed(host: str, port: int) -> list[str]:
        return ["9.9.9.9", "10.0.0.1"]

    with pytest.raises(BackendRefused, match="not public"):
        client(allow=frozenset(), resolver=mixed).get("https://models.example/a")


def test_a_name_that_changes_its_address_gains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was checked is what is connected to; the next look-up is checked again."""
    answers = iter([["9.9.9.9"], ["127.0.0.1"]])
    connected: list[str] = []

    def connect(self, host: str, *rest) -> httpcore2.NetworkStream:
        connected.append(host)
        return httpcore2.MockStream([])

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    clock = Deadline()
    clock.start(5)
    backend = GuardedBackend(frozenset(), clock, lambda host, port: next(answers))
    backend.connect_tcp("rebind.example", 443)
    with pytest.raises(BackendRefused):
        backend.connect_tcp("rebind.example", 443)
    assert connected == ["9.9.9.9"]


def test_redirects_are_not_followed(httpserver: HTTPServer, client) -> None:
    target = httpserver.url_for("/inside")
    httpserver.expect_request("/a").respond_with_data("", 307, headers={"Location": target})
    httpserver.expect_request("/inside").respond_with_data("secret")
    with pytest.raises(BackendRefused, match="redirects"):
        client().get(httpserver.url_for("/a"))
    assert [request.path for request, _ in httpserver.log] == ["/a"]


def test_an_endless_body_ends(httpserver: HTTPServer, client) -> None:
    def endless(request) -> Response:
        return Response((b"x" * 65536 for _ in range(10_000)), 200)

    httpserver.expect_request("/a").respond_with_handler(endless)
    with pytest.raises(BackendBroken, match="more than 1000000 bytes"):
        client(most_bytes=1_000_000).get(httpserver.url_for("/a"))


def test_a_compressed_bomb_is_not_unpacked(httpserver: HTTPServer, client) -> None:
    httpserver.expect_request("/a").respond_with_data(
        b"\x1f\x8b", headers={"Content-Encoding": "gzip"}
    )
    with pytest.raises(BackendBroken, match="compressed"):
        client().get(httpserver.url_for("/a"))


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"", b""),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
    ],
    ids=["silence", "headers", "body"],
)
def test_a_drip_ends_with_the_time(client, first: bytes, drop: bytes) -> None:
    with dripping(first, drop) as port:
        begun = time.monotonic()
        one = client(allow=frozenset({f"127.0.0.1:{port}"}), seconds=1.0)
        with pytest.raises(BackendBusy, match="in time"):
            one.get(f"http://127.0.0.1:{port}/a")
        assert time.monotonic() - begun < 3


def test_a_server_that_is_not_there_is_busy(client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(BackendBusy, match="cannot be reached"):
        client(allow=frozenset({"127.0.0.1"})).get(f"http://127.0.0.1:{port}/a")


def test_plain_http_behind_https_is_no_secure_connection(httpserver: HTTPServer, client) -> None:
    with pytest.raises(BackendBroken, match="secure"):
        client().get(f"https://localhost:{httpserver.port}/a")


def test_allow_list_forms() -> None:
    assert is_allowed("LOCALHOST", 8000, frozenset({"localhost:8000"}))
    assert is_allowed("::1", 8000, frozenset({"[::1]:8000"}))
    assert is_allowed("gpu.lan", 1, frozenset({"gpu.lan"}))
    assert not is_allowed("localhost", 8001, frozenset({"localhost:8000"}))
    assert not is_allowed("evil-localhost", 8000, frozenset({"localhost:8000"}))
