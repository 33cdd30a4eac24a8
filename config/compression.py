"""Pages and JSON answers leave compressed; files and streams, which are packed already, as they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("text/html", "application/json")


class PageCompression(GZipMiddleware):
    """Django's own, whose random padding hides a page's secrets from guessing by length (BREACH)."""

    # A quarter of the default: enough to hide a length in, and light on the wire.
    max_random_bytes = 25

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> Any:
        """Compress what is worth it."""
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in COMPRESSED:
            return response
        return super().process_response(request, response)  # type: ignore[arg-type]
