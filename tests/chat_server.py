"""A model server on this machine: speaks the chat protocol and answers as a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Gets what was asked; gives the reply's text, or a status with a body.
Answer = Callable[[dict[str, Any]], "str | tuple[int, str]"]


class ChatServer:
    """Where it listens, what it was asked, and the keys that came along."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.port = answer, 0
        self.asked: list[str] = []
        self.keys: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def chat_server(answer: Answer) -> Iterator[ChatServer]:
    """Serve until the block ends; a request that hangs then is left to itself."""
    own = ChatServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            own.keys.add(self.headers.get("Authorization", ""))
            own.asked.append(body["messages"][-1]["content"])
            said = own.answer(body)
            status, text = said if isinstance(said, tuple) else (200, completion(said))
            sent = text.encode()
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)
            except OSError:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads, server.block_on_close = True, False
    own.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield own
    finally:
        server.shutdown()
        server.server_close()


def completion(text: str) -> str:
    """The body of a reply."""
    return json.dumps(
        {
            "model": "tiny",
            "choices": [{"finish_reason": "stop", "message": {"content": text}}],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        }
    )


def marked(*quotes: tuple[str, str]) -> str:
    """A labeller's reply: each quote with its label, at its first place in the field ``text``."""
    rows = [{"field": "text", "label": k, "quote": q, "occurrence": 1} for q, k in quotes]
    return json.dumps({"spans": rows})
