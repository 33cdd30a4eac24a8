"""What a browser keeps of the desk to open it without network: which files, and their version."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac

WORKER = "js/sw.js"
ICONS = (("icon-192.png", "192x192"), ("icon-512.png", "512x512"))


@cache
def assets() -> tuple[str, ...]:
    """The desk's styles, scripts and icon by the name under static files, sorted."""
    folder = settings.BASE_DIR / "static"
    found = [path for kind in ("css", "js") for path in (folder / kind).glob("*.*")]
    names = {path.relative_to(folder).as_posix() for path in found}
    return (*sorted(names - {WORKER}), "icon.svg")


@cache
def icon() -> str:
    """The icon as an address that holds the picture itself."""
    drawn = (settings.BASE_DIR / "static" / "icon.svg").read_text(encoding="utf-8").strip()
    return f"data:image/svg+xml,{quote(drawn, safe=' /:=')}"


@cache
def version() -> str:
    """Another one whenever any of these files, or the worker itself, is another."""
    digest = hashlib.sha256()
    for name in (*assets(), WORKER):
        digest.update((settings.BASE_DIR / "static" / name).read_bytes())
    return digest.hexdigest()[:16]


@cache
def worker_script() -> str:
    """The service worker, told what to keep."""
    shell = {
        "version": version(),
        "assets": [static(name) for name in assets()],
        "signOut": reverse("account_logout"),
    }
    own = (settings.BASE_DIR / "static" / WORKER).read_text(encoding="utf-8")
    return f"self.SHELL = {json.dumps(shell)};\n{own}"


def manifest() -> dict[str, Any]:
    """The web app manifest: the page can be installed beside other programs."""
    icons = [{"src": static(name), "sizes": size, "type": "image/png"} for name, size in ICONS]
    return {
        "id": "/", "name": "Vouch", "short_name": "Vouch", "start_url": "/", "scope": "/",
        "display": "standalone", "background_color": "#fbfaf7", "theme_color": "#0b6e63",
        "icons": [
            *({**icon, "purpose": "any maskable"} for icon in icons),
            {"src": static("icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        ],
    }  # fmt: skip


def person_key(user: Any) -> str:
    """Whose records are whose on a device that several people use; says nothing about them."""
    return salted_hmac("vouch.device", str(user.pk)).hexdigest()[:16]
