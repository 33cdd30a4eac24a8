"""Where every address leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import cache_control

from annotate.views import fonts, preferences, site
from annotate.views.health import health


@cache_control(max_age=86_400, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon where browsers look for it unasked."""
    return redirect(static("icon.svg"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", favicon),
    path("health", health, name="health"),
    path("metrics", site.metrics, name="metrics"),
    path("site/", site.index, name="site"),
    path("site/machines/", site.machines, name="site-machines"),
    path("site/people/", site.people, name="site-people"),
    path("site/people/<int:pk>/", site.person, name="site-person"),
    path("fonts.css", fonts.sheet, name="fonts"),
    path("fonts/<str:tag>", fonts.font, name="font"),
    path("", include("config.account_urls")),
    path("language/", preferences.choose, name="language"),
    path("keys/", preferences.keys, name="keys"),
    path("api/v1/", include("annotate.api_urls")),
    path("", include("annotate.urls")),
    path("", include("verify.urls")),
]

handler404 = "annotate.views.missing.not_found"
