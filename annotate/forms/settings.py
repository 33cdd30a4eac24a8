"""The forms of a project's settings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate import languages
from annotate.models import Label, Project, ProjectLanguage
from annotate.question_checks import question_faults

from .guarded import GuardedForm
from .projects import LabelsField, LanguagesField, label_lines

STORED = ("name", "description", "licence", "consent")


class DetailsForm(GuardedForm):
    """What the project is called and what it is."""

    name = forms.CharField(label=_("Name"), max_length=200)
    description = forms.CharField(
        label=_("What it is for"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    licence = forms.CharField(
        label=_("Licence of the data"), max_length=80, required=False,
        help_text=_("Such as CC-BY-4.0; exports carry it."),
    )  # fmt: skip
    consent = forms.CharField(
        label=_("What people agree to before they judge"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Markdown. Who is behind the project, what becomes of the answers, pay, whom to ask. Empty asks "
            "for nothing. Everybody agrees anew once it is changed."
        ),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project, **kwargs: Any) -> None:
        stored = {key: getattr(project, key) for key in STORED}
        super().__init__(data, stored=stored, **kwargs)


class GuidelinesForm(GuardedForm):
    """What reviewers are told."""

    text = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 18}),
        help_text=_(
            "Markdown: # headings, - lists, **bold**, [links](https://…). Reviewers see it beside the "
            "desk, and are shown what changed."
        ),
    )

    def __init__(self, data: Any = None, *, project: Project, **kwargs: Any) -> None:
        super().__init__(data, stored={"text": project.guidelines}, **kwargs)


class LabelListForm(GuardedForm):
    """The labels as a list: add, remove, put in order."""

    labels = LabelsField(
        label=_("Labels"),
        required=False,
        help_text=_("One a line: the key that data carry, then the name people see."),
    )

    def __init__(self, data: Any = None, *, labels: list[Label], **kwargs: Any) -> None:
        lines = label_lines([(label.key, label.name_in("en")) for label in labels])
        super().__init__(data, stored={"labels": lines}, **kwargs)


class LabelForm(GuardedForm):
    """How one label looks and what it means."""

    name = forms.CharField(label=_("Name"), max_length=200)
    definition = forms.CharField(
        label=_("Definition"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    hotkey = forms.CharField(label=_("Key"), max_length=1, required=False)
    colour = forms.TypedChoiceField(
        label=_("Colour"), choices=[(n, n) for n in range(1, 9)], coerce=int,
        help_text=_("Each of the eight has an underline of its own as well."),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, label: Label, tags: Sequence[str] = (), **kwargs: Any
    ) -> None:
        self.label = label
        self.tags = [tag for tag in tags if tag != "en"]
        stored = {
            "name": label.name_in("en"), "definition": label.definition,
            "hotkey": label.hotkey, "colour": label.colour,
            **{f"name_{tag}": label.names.get(tag, "") for tag in self.tags},
        }  # fmt: skip
        super().__init__(data, stored=stored, **kwargs)
        for tag in self.tags:
            self.fields[f"name_{tag}"] = forms.CharField(
                label=format_lazy("{}: {}", _("Name"), languages.name(tag)), max_length=200,
                required=False,
                widget=forms.TextInput(attrs={"lang": tag, "dir": languages.direction(tag)}),
            )  # fmt: skip

    def chosen(self) -> dict[str, Any]:
        """The clean values; the names of the other languages as one mapping."""
        values = super().chosen()
        names = {tag: values.pop(f"name_{tag}") for tag in self.tags}
        return {**values, "names": names}

    def clean_hotkey(self) -> str:
        """A key belongs to one label."""
        key = str(self.cleaned_data["hotkey"]).lower()
        others = Label.objects.filter(project=self.label.project_id, hotkey=key)
        taken = others.exclude(pk=self.label.pk).first() if key else None
        if taken:
            raise forms.ValidationError(_now("%s has this key already.") % taken.name_in("en"))
        return key


class QuestionsForm(GuardedForm):
    """What is asked, as data: the form of every question follows from it."""

    questions = forms.CharField(
        label=_("Questions"),
        widget=forms.Textarea(
            attrs={
                "rows": 24,
                "spellcheck": "false",
                "class": "code",
                "dir": "ltr",
                "hx-trigger": "input delay:600ms",
                "hx-target": "#tried",
                "hx-swap": "outerHTML",
                "hx-include": "#shown_language",
            }
        ),
        help_text=_("A JSON list, in the order in which they are asked. Presets show how."),
    )

    def __init__(
        self, data: Any = None, *, questions: list[dict[str, Any]], trying: str = "", **kwargs: Any
    ) -> None:
        stored = json.dumps(questions, ensure_ascii=False, indent=2)
        super().__init__(data, stored={"questions": stored}, **kwargs)
        if trying:
            self.fields["questions"].widget.attrs["hx-post"] = trying

    def clean_questions(self) -> list[dict[str, Any]]:
        """A list of questions that can be asked."""
        try:
            rows: list[dict[str, Any]] = json.loads(self.cleaned_data["questions"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_now("This is no JSON: %s.") % error) from error
        faults = question_faults(rows)
        if faults:
            raise forms.ValidationError(faults)
        return rows


class LanguagesForm(GuardedForm):
    """The target languages, the most urgent first."""

    targets = LanguagesField(
        label=_("Target languages"),
        help_text=_("Language tags, the most urgent first. One that has texts already stays."),
    )

    def __init__(
        self, data: Any = None, *, project: Project, rows: list[ProjectLanguage], **kwargs: Any
    ) -> None:
        self.source = project.source_language
        super().__init__(data, stored={"targets": ", ".join(row.tag for row in rows)}, **kwargs)

    def clean_targets(self) -> list[str]:
        """At least one, and not the source."""
        tags: list[str] = self.cleaned_data["targets"]
        if not tags:
            raise forms.ValidationError(_now("Name at least one target language."))
        if self.source in tags:
            raise forms.ValidationError(_now("The source language cannot be a target too."))
        return tags
