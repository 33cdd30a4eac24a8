"""The form that plans a release."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate import languages
from annotate.forms.guarded import offer
from annotate.models import Project
from verify.licences import KNOWN, canonical
from verify.models import Release
from verify.models.release import VERSION
from verify.releasing import ORIGINS, ReleaseScope


class ReleaseForm(forms.Form):
    """Which version is released, under which licence, and what is in it."""

    version = forms.CharField(label=_("Version"), max_length=14, validators=[VERSION])
    licence = forms.ChoiceField(
        label=_("Licence of the release"), choices=[(name, name) for name in KNOWN],
        help_text=_("What the licence of the source and the terms of machines allow."),
    )  # fmt: skip
    languages = forms.MultipleChoiceField(
        label=_("Languages"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("All, where none is chosen."),
    )  # fmt: skip
    origins = forms.MultipleChoiceField(
        label=_("Decided by"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(name, name) for name in ORIGINS], help_text=_("All, where none is chosen."),
    )  # fmt: skip
    everywhere = forms.BooleanField(
        label=_("Only items that are decided in all of these languages"), required=False
    )
    certified = forms.BooleanField(
        label=_("Only languages with a certificate that holds"), required=False
    )
    judgements = forms.BooleanField(
        label=_("With each judgement, under pseudonyms of this release"),
        required=False,
        initial=True,
    )
    notes = forms.CharField(
        label=_("What changed"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = project.languages.order_by("role", "-priority", "tag").values_list("tag", flat=True)
        offer(self, "languages", [(tag, languages.name(tag)) for tag in tags])
        last = Release.objects.filter(project=project, state="ready").first()
        self.initial.setdefault("version", _next(last.version) if last else "1.0.0")
        self.initial.setdefault("licence", canonical(project.licence))

    def plan(self) -> dict[str, Any]:
        """What ``plan_release`` takes."""
        chosen = self.cleaned_data
        scope = ReleaseScope(
            tuple(chosen["languages"]), tuple(chosen["origins"]), chosen["everywhere"],
            chosen["certified"], chosen["judgements"],
        )  # fmt: skip
        return {key: chosen[key] for key in ("version", "licence", "notes")} | {"scope": scope}


def _next(version: str) -> str:
    """The version after a version.

    >>> _next("1.2.3")
    '1.3.0'
    """
    major, minor, _ = (int(part) for part in version.split("."))
    return f"{major}.{minor + 1}.0"
