"""Addresses of one's own account: signing in, second step, sessions, tokens."""

from __future__ import annotations

from allauth.account import views as signing
from allauth.mfa.base import views as second_step
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as outside
from allauth.socialaccount.providers.openid_connect import views as oidc
from allauth.usersessions import views as sessions
from django.urls import path

from annotate.views.account import ChangePassword, NewPassword, SignIn
from verify.views import account
from verify.views.offline import SignOut

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="account_login"),
    path("sign-in/code/", second_step.authenticate, name="mfa_authenticate"),
    path("sign-in/outside/", outside.signup, name="socialaccount_signup"),
    path("sign-in/cancelled/", outside.login_cancelled, name="socialaccount_login_cancelled"),
    path("sign-in/failed/", outside.login_error, name="socialaccount_login_error"),
    path("sign-in/inactive/", signing.account_inactive, name="account_inactive"),
    path("sign-in/by/<slug:provider_id>/", oidc.login, name="openid_connect_login"),
    path("sign-in/by/<slug:provider_id>/callback/", oidc.callback, name="openid_connect_callback"),
    path("sign-in/new-password/<str:uidb64>/<str:token>/", NewPassword.as_view(), name="new-password"),
    path("sign-out/", SignOut.as_view(), name="account_logout"),
    path("account/", account.account, name="account"),
    path("account/password/", ChangePassword.as_view(), name="account_change_password"),
    path("account/confirm/", signing.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", second_step.reauthenticate, name="mfa_reauthenticate"),
    path("account/code/", second_step.index, name="mfa_index"),
    path("account/code/on/", totp.activate_totp, name="mfa_activate_totp"),
    path("account/code/off/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("account/code/spare/", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("account/code/spare/new/", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("account/code/spare/file/", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/sessions/", sessions.list_usersessions, name="usersessions_list"),
    path("account/outside/", outside.connections, name="socialaccount_connections"),
    path("account/token/", account.new_token, name="account-token"),
    path("account/token/<str:key>/revoke/", account.revoke, name="account-revoke"),
    path("account/leave/<slug:project>/", account.leave, name="account-leave"),
    path("account/erase/", account.erase, name="account-erase"),
]  # fmt: skip
