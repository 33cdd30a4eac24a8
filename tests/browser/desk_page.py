"""A tiny server that shows the review desk with given cards, so that its scripts are tried alone.

``python tests/browser/desk_page.py --port 8901`` and open ``/desk/es``; every POST is answered from
the cards of that case and kept in ``/recorded``. ``/refuse/409`` has the next submit answered so.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from desk_cards import make_card, make_readings  # noqa: E402
from question_cards import find  # noqa: E402

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"


def render(template: str, case: str, tongue: str = "en") -> str:
    from django.template.loader import render_to_string
    from django.utils import translation

    from annotate.tongues import tongues

    deeds = ("submit", "undo", "skip", "heartbeat", "next", "concepts", "sync", "keys")
    urls = {name: f"/api/{case}/{name}" for name in deeds}
    card = make_card(case, 1)
    context = {
        "project": {"name": "Europarl", "guidelines": "Mark names.\n\nLeave titles out."},
        "language": {"name": card["target"]["lang"]},
        "card": card,
        "urls": {**urls, "project": "/"},
        "progress": {"done": 12, "left": 28},
        "empty_message": "All is done.",
        "source": card["source"],
        "target": card["target"],
        "item": card["item"],
        "csrf_token": "token",
        "tongues": tongues,
        "own_keys": {},
    }
    if "adjudicate" in template:
        context |= {"readings": make_readings(case), "proposal": card["spans"]}
    with translation.override(tongue):
        return render_to_string(template, context)


class Desk(BaseHTTPRequestHandler):
    """Pages, static files and the desk's requests; what is posted is kept on the server object."""

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the tests read what they need from the browser."""

    def answer(
        self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def tongue(self) -> str:
        """The interface language that the page asks for by Django's cookie."""
        kept = SimpleCookie(self.headers.get("Cookie", "")).get("django_language")
        return kept.value if kept else "en"

    def say(self, data: Any, status: int = 200) -> None:
        self.answer(json.dumps(data).encode(), "application/json", status)

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[0] == "static":
            path = ROOT / self.path.split("?")[0].lstrip("/")
            self.answer(path.read_bytes(), mimetypes.guess_type(path.name)[0] or "text/plain")
        elif parts[0] == "desk":
            self.answer(render("verify/desk.html", parts[1], self.tongue()).encode())
        elif parts[0] == "adjudicate":
            self.answer(render("verify/adjudicate.html", parts[1], self.tongue()).encode())
        elif parts[0] == "favicon.ico":
            self.answer((ROOT / "static/icon.svg").read_bytes(), "image/svg+xml")
        elif parts[0] == "refuse":
            self.server.refusal = int(parts[1])
            self.say({})
        elif parts[0] == "recorded":
            self.say(self.server.recorded)
        elif parts[-1] == "concepts":
            self.say({"concepts": find(parse_qs(urlsplit(self.path).query))})
        elif parts[0] == "api":
            self.say({"card": make_card(parts[1], 50), "progress": {"done": 13, "left": 27}})
        elif parts[0] == "page":
            from django.template.loader import render_to_string

            self.answer(render_to_string("/".join(parts[1:]) + ".html", {}).encode())
        else:
            self.answer(b"not found", status=404)

    def do_POST(self) -> None:
        _, case, deed = self.path.strip("/").split("/")
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        self.server.recorded.append(
            {"deed": deed, "token": self.headers.get("X-CSRFToken"), "body": body}
        )
        if deed == "submit" and self.server.refusal:
            status, self.server.refusal = self.server.refusal, 0
            self.say({"error": "Refused.", "rows": ["Span t2: unknown label."]}, status)
        elif deed == "heartbeat":
            self.say({"lease_seconds": 900})
        elif deed == "undo":
            card = make_card(case, 1)
            card["previous"] = {"verdicts": {span["key"]: "right" for span in card["spans"]}}
            self.say({"card": card, "progress": {"done": 12, "left": 28}, "message": ""})
        else:
            self.say(
                {
                    "saved": body.get("seat"),
                    "card": make_card(case, body.get("seat", 1) + 1),
                    "progress": {"done": 13, "left": 27},
                    "message": "",
                }
            )


def configure() -> None:
    import django
    from django.conf import settings
    from django.http import HttpResponse
    from django.urls import path

    from config.settings import base

    # What the pages link to; a choice of language is not followed here.
    urlpatterns.append(path("language/", lambda request: HttpResponse(), name="language"))
    settings.configure(
        SECRET_KEY="desk",
        ROOT_URLCONF=__name__,
        STATIC_URL="/static/",
        LANGUAGES=base.LANGUAGES,
        LOCALE_PATHS=base.LOCALE_PATHS,
        USE_I18N=True,
        INSTALLED_APPS=["django.contrib.staticfiles"],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [ROOT / "templates"],
                "OPTIONS": {"libraries": {"prose": "annotate.templatetags.prose"}},
            }
        ],
    )
    django.setup()


urlpatterns: list[Any] = []


def main() -> None:
    """Serve until stopped; prints the port once it listens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    configure()
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), Desk)
    server.recorded, server.refusal = [], 0
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
