"""The forms of one's own account: making it, tokens for programs, and erasing it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotate.models import Project


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


class TokenForm(forms.Form):
    """A token to be made for a program."""

    name = forms.CharField(
        label=_("What it is for"), max_length=80, help_text=_("You will know it by this.")
    )
    project = forms.ModelChoiceField(
        Project.objects.none(), label=_("Project"), required=False, empty_label=_("all of yours")
    )
    days = forms.IntegerField(label=_("Good for days"), min_value=1, max_value=3650, initial=90)

    def __init__(self, *args: Any, projects: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["project"]
        choice.queryset = projects


class EraseForm(forms.Form):
    """One's own name, typed, so that nobody erases an account by a slip."""

    name = forms.CharField(label=_("Type your name to confirm"))

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        """Raises ValidationError for any other name."""
        name = str(self.cleaned_data["name"]).strip()
        if name != self.user.get_username():
            raise ValidationError(gettext("That is not your name."))
        return name
