"""The fonts of languages: the stylesheet that names them, and their files. Neither is a secret."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control

from annotate import fonts


@cache_control(max_age=31_536_000, public=True, immutable=True)
def sheet(request: HttpRequest) -> HttpResponse:
    """Which language is shown in which font. Its address changes with the fonts."""
    found = fonts.fonts()
    addresses = {font.tag: f"{reverse('font', args=[font.tag])}?v={font.version}" for font in found}
    return HttpResponse(fonts.sheet(found, addresses), content_type="text/css; charset=utf-8")


@cache_control(max_age=31_536_000, public=True, immutable=True)
def font(request: HttpRequest, tag: str) -> FileResponse:
    """The file of a language's font."""
    path = fonts.path_of(tag)
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), content_type="font/woff2")
