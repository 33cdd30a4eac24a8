"""The form of someone who is new here."""

from __future__ import annotations

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _


class NewAccountForm(UserCreationForm):
    """Name, password and, if wanted, an e-mail address."""

    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        help_text=_("Optional. Only the site's keepers see it; nothing is sent to it."),
    )

    class Meta(UserCreationForm.Meta):
        model = get_user_model()
        fields = ("username", "email")
