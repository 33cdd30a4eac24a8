"""The form that adds a webhook."""

from __future__ import annotations

from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

WORDS = {
    "run.done": _("A run is done"),
    "run.failed": _("A run failed"),
    "question.asked": _("A reviewer asks something"),
    "language.open": _("A language has something to judge"),
    "language.done": _("A language has nothing left to judge"),
    "release.made": _("A release is made"),
    "certificate.issued": _("A certificate is issued"),
    "certificate.failed": _("A certificate failed"),
    "webhook.off": _("A webhook is switched off"),
}


class WebhookForm(forms.Form):
    """An address and the kinds of notices that go there."""

    url = forms.URLField(
        label=_("Address"), max_length=500, assume_scheme="https",
        help_text=_("Begins with https://, and can be reached from the internet."),
    )  # fmt: skip
    kinds = forms.MultipleChoiceField(
        label=_("Tell it when"), choices=tuple(WORDS.items()), widget=forms.CheckboxSelectMultiple,
        initial=[kind for kind in WORDS if kind != "run.done"],
    )  # fmt: skip

    def clean_url(self) -> str:
        """Raises ValidationError for an address with a password in it: it would be shown and logged."""
        url = str(self.cleaned_data["url"])
        if "@" in urlsplit(url).netloc:
            raise ValidationError(gettext("Leave name and password out of the address."))
        return url
