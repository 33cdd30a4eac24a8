"""Requests over ``urllib``: JSON in and out, files as multipart, refusals as ``VouchError``."""

from __future__ import annotations

import base64
import json
import shutil
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

# Seconds to wait before a request is sent again, when no answer came or the server is starting.
PAUSES = (1.0, 4.0)
STARTING = (502, 503, 504)


class VouchError(Exception):
    """The server refused: ``status`` is HTTP's, ``answer`` its words, decoded where it is JSON."""

    def __init__(self, status: int, answer: Any) -> None:
        self.status, self.answer = status, answer
        super().__init__(f"{status}: {answer}")


class _Stay(HTTPRedirectHandler):
    """Follow no redirect: it would carry the token to another place."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Refuse; ``urllib`` then raises the answer as an HTTPError."""
        return


class Connection:
    """One server and how to sign in there. ``seconds`` bounds each wait for the network."""

    def __init__(self, address: str, authorization: str, *, seconds: float = 60) -> None:
        if urlsplit(address).scheme not in ("http", "https"):
            raise ValueError(f"{address!r} is no address: it begins with neither http nor https.")
        self.address, self.seconds = address.rstrip("/"), seconds
        self._authorization = authorization
        self._opener: OpenerDirector = build_opener(_Stay)

    def json(self, method: str, path: str, body: Any = None) -> Any:
        """The decoded answer; none where it is empty. Raises VouchError."""
        data = None if body is None else json.dumps(body).encode()
        return self._decoded(self._request(method, path, data, "application/json"))

    def upload(self, path: str, fields: dict[str, str], files: dict[str, Path]) -> Any:
        """Post a form with files, held in memory. Raises VouchError, OSError."""
        edge = uuid.uuid4().hex
        data = multipart(edge, fields, {key: (p.name, p.read_bytes()) for key, p in files.items()})
        kind = f"multipart/form-data; boundary={edge}"
        return self._decoded(self._request("POST", path, data, kind))

    def download(self, path: str, to: Path) -> Path:
        """Stream a file to ``to``. Raises VouchError, OSError."""
        with self._open(self._request("GET", path, None, "")) as answer, to.open("wb") as file:
            shutil.copyfileobj(answer, file)
        return to

    def _request(self, method: str, path: str, data: bytes | None, kind: str) -> Request:
        headers = {"Authorization": self._authorization, "Accept": "application/json, */*"}
        if data is not None:
            headers["Content-Type"] = kind
        if method == "POST" and path.startswith(("projects/", "setups/")):
            # What the server did before the line broke is not done again.
            headers["Idempotency-Key"] = uuid.uuid4().hex
        return Request(f"{self.address}/api/v1/{path}", data, headers, method=method)

    def _decoded(self, request: Request) -> Any:
        with self._open(request) as answer:
            return _read(answer.read())

    def _open(self, request: Request) -> Any:
        """The answer. A request that may be repeated is, where none came. Raises VouchError, OSError."""
        is_safe = request.method == "GET" or request.has_header("Idempotency-key")
        for pause in (*PAUSES, None) if is_safe else (None,):
            try:
                return self._opener.open(request, timeout=self.seconds)
            except HTTPError as error:
                with error:
                    if pause is None or error.code not in STARTING:
                        raise VouchError(error.code, _read(error.read())) from None
            except (URLError, ConnectionError, TimeoutError):
                if pause is None:
                    raise
            time.sleep(pause)
        raise AssertionError("the last try returns or raises")


def basic(name: str, password: str) -> str:
    """The header that signs in with a password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def multipart(edge: str, fields: dict[str, str], files: dict[str, tuple[str, bytes]]) -> bytes:
    """A form's body (RFC 7578): names and file names quoted, so that none ends its header."""
    parts = [(_head(edge, key), value.encode()) for key, value in fields.items()]
    parts += [
        (_head(edge, key, name) + b"Content-Type: application/octet-stream\r\n", data)
        for key, (name, data) in files.items()
    ]
    body = b"".join(head + b"\r\n" + data + b"\r\n" for head, data in parts)
    return body + f"--{edge}--\r\n".encode()


def _head(edge: str, key: str, name: str | None = None) -> bytes:
    named = "" if name is None else f'; filename="{_quoted(name)}"'
    disposition = f'Content-Disposition: form-data; name="{_quoted(key)}"{named}'
    return f"--{edge}\r\n{disposition}\r\n".encode()


def _quoted(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _read(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return data.decode(errors="replace")
