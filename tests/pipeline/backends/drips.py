"""A server that never comes to an end."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def hung_up(connection: socket.socket) -> bool:
    """Whether the other side has closed the connection."""
    ready, _, _ = select.select([connection], [], [], 0)
    return bool(ready) and not connection.recv(65536)


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[int]:
    """A server that sends a drop every 0.1 s for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        listener.settimeout(0.1)
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection, contextlib.suppress(OSError):
                connection.sendall(first)
                while not stop.wait(0.1):
                    connection.sendall(drop)
                    if not drop and hung_up(connection):
                        break

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join(2)
        listener.close()
