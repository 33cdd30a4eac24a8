"""Where every address leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import cache_control

from annotate.views import fonts, preferences
from annotate.views.account import ChangePassword, SignIn
from annotate.views.health import health
from verify.views import account
from verify.views.offline import SignOut


@cache_control(max_age=86_400, public=True)
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon where browsers look for it unasked."""
    return redirect(static("icon.svg"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("favicon.ico", favicon),
    path("health", health, name="health"),
    path("fonts.css", fonts.sheet, name="fonts"),
    path("fonts/<str:tag>", fonts.font, name="font"),
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", SignOut.as_view(), name="sign-out"),
    path("password/", ChangePassword.as_view(), name="password"),
    path("account/", account.account, name="account"),
    path("account/token/", account.new_token, name="account-token"),
    path("account/token/<str:key>/revoke/", account.revoke, name="account-revoke"),
    path("account/leave/<slug:project>/", account.leave, name="account-leave"),
    path("account/erase/", account.erase, name="account-erase"),
    path("language/", preferences.choose, name="language"),
    path("keys/", preferences.keys, name="keys"),
    path("api/v1/", include("annotate.api_urls")),
    path("", include("annotate.urls")),
    path("", include("verify.urls")),
]
