"""Transport: HTTP that only goes where it may, never follows redirects and always comes to an end.

The address is checked at the moment of connecting and connected to as a number, so that a name which
resolves differently the second time (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore2
import httpx2

from pipeline.backends.addresses import is_public
from pipeline.backends.base import BackendBroken, BackendBusy, BackendRefused

Resolve = Callable[[str, int], list[str]]
MOST_BYTES = 8 * 1024 * 1024


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses of a host, in the system's order. Raises OSError."""
    rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in rows))


def is_allowed(host: str, port: int, allow: frozenset[str]) -> bool:
    """Whether the operator listed ``host`` or ``host:port``, IPv6 with or without brackets."""
    plain = host.strip("[]").lower().rstrip(".")
    names = {plain, f"{plain}:{port}", f"[{plain}]", f"[{plain}]:{port}"}
    return bool(names & {entry.lower() for entry in allow})


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections to public addresses, or to whatever the operator listed in ``allow``."""

    def __init__(
        self, allow: frozenset[str], clock: Deadline, resolver: Resolve | None = None
    ) -> None:
        self._allow, self._clock, self._resolver = allow, clock, resolver
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first checked address that answers. Raises BackendRefused, BackendBusy."""
        try:
            addresses = (self._resolver or resolve)(host, port)
        except OSError:
            raise BackendBusy(f"the name {host} could not be resolved") from None
        if not is_allowed(host, port, self._allow) and not all(map(is_public, addresses)):
            raise BackendRefused(
                f"{host} resolves to an address that is not public; an administrator may list "
                f"{host}:{port} as an allowed host"
            )
        failure: Exception | None = None
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address, port, self._clock.left(timeout), local_address, socket_options
                )
                return _Timed(stream, self._clock)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure or BackendBusy(f"the name {host} has no address")

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        """Never allowed. Raises BackendRefused."""
        raise BackendRefused("endpoints on unix sockets are not supported")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Deadline:
    """When the request that the calling thread is making must be over."""

    def __init__(self) -> None:
        self._local = threading.local()

    def start(self, seconds: float) -> None:
        """From now on, the thread's request has this long."""
        self._local.end = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Seconds left, at most ``timeout``. Raises httpcore2.ReadTimeout when none are."""
        rest = float(getattr(self._local, "end", time.monotonic() + 1.0)) - time.monotonic()
        if rest <= 0:
            raise httpcore2.ReadTimeout("the time for the whole request is over")
        return rest if timeout is None else min(rest, timeout)


class _Timed(httpcore2.NetworkStream):
    """A stream whose every step is held to the deadline, so that a slow drip cannot go on for ever."""

    def __init__(self, stream: httpcore2.NetworkStream, clock: Deadline) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._clock.left(timeout)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, left), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedTransport(httpx2.BaseTransport):
    """An httpx2 transport: guarded connections, https unless listed, no redirects, bounded replies.

    ``seconds`` bounds a whole request, from name to last byte; ``most_bytes`` the body of a reply.
    Raises the three backend errors instead of the library's own.
    """

    def __init__(
        self,
        allow: frozenset[str] = frozenset(),
        *,
        seconds: float = 60.0,
        most_bytes: int = MOST_BYTES,
        resolver: Resolve | None = None,
    ) -> None:
        self._allow, self._seconds, self._most = allow, seconds, most_bytes
        self._clock = Deadline()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=64,
            keepalive_expiry=20.0,
            network_backend=GuardedBackend(allow, self._clock, resolver),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and read the whole reply."""
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        if url.scheme != "https" and not is_allowed(url.host, port, self._allow):
            raise BackendRefused(
                f"{url.host} is not called without https; an administrator may list "
                f"{url.host}:{port} as an allowed host"
            )
        request.headers["Accept-Encoding"] = "identity"
        self._clock.start(self._seconds)
        with _our_errors(url.host):
            reply = self._pool.handle_request(
                httpcore2.Request(
                    request.method,
                    httpcore2.URL(
                        scheme=url.raw_scheme,
                        host=url.raw_host,
                        port=url.port,
                        target=url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
            try:
                body = self._body(reply, url.host)
            finally:
                reply.close()
        return httpx2.Response(reply.status, headers=reply.headers, content=body, request=request)

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def _body(self, reply: httpcore2.Response, host: str) -> bytes:
        if 300 <= reply.status < 400:
            raise BackendRefused(
                f"{host} redirects elsewhere, which is not followed; configure the final address"
            )
        for name, value in reply.headers:
            if name.lower() == b"content-encoding" and value.lower() != b"identity":
                raise BackendBroken(f"{host} sent a compressed reply that was not asked for")
        parts: list[bytes] = []
        size = 0
        for part in reply.iter_stream():
            size += len(part)
            if size > self._most:
                raise BackendBroken(f"{host} sent a reply of more than {self._most} bytes")
            parts.append(part)
        return b"".join(parts)


@contextlib.contextmanager
def _our_errors(host: str) -> Iterator[None]:
    """The library's errors as ours, without their texts, which may quote what was sent."""
    try:
        yield
    except httpcore2.ConnectTimeout:
        raise BackendBusy(f"{host} did not answer in time") from None
    except httpcore2.TimeoutException:
        raise BackendBusy(f"{host} did not answer in time", may_cost=True) from None
    except ssl.SSLError:
        raise BackendBroken(
            f"no secure connection to {host}: its certificate is not good"
        ) from None
    except httpcore2.ConnectError as error:
        if "SSL" in str(error) or "certificate" in str(error).lower():
            raise BackendBroken(
                f"no secure connection to {host}: its certificate is not good"
            ) from None
        raise BackendBusy(f"{host} cannot be reached") from None
    except httpcore2.NetworkError:
        raise BackendBusy(f"the connection to {host} broke off", may_cost=True) from None
    except httpcore2.RemoteProtocolError:
        raise BackendBusy(f"{host} broke off or did not speak HTTP", may_cost=True) from None
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol):
        raise BackendBroken(f"{host} was addressed in a way that is not HTTP") from None
