"""The forms of machines: which one to add, and how one is configured."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate.catalog import BACKENDS, KIND_TITLES, SETTINGS, backend_of
from annotate.models import Annotator
from annotate.prices import PRICES, has_price

from .guarded import GuardedForm

# A commit of a model's repository: what a name may come to mean tomorrow is not asked for.
COMMIT = r"^[0-9a-f]{7,64}$"
BUDGETS = ("budget", "budget_per_day", "budget_per_run")


def _grouped() -> list[tuple[str, list[tuple[str, Any]]]]:
    groups: dict[str, list[tuple[str, Any]]] = defaultdict(list)
    for backend in BACKENDS:
        groups[str(KIND_TITLES[backend.kind])].append((backend.key, backend.title))
    return list(groups.items())


class NewAnnotatorForm(forms.Form):
    """What a new machine does, and its name."""

    backend = forms.ChoiceField(label=_("Machine"), choices=_grouped)
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("What votes and reports call it.")
    )

    def __init__(self, *args: Any, taken: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken = taken

    def clean_name(self) -> str:
        """A name is used once in a project."""
        name: str = self.cleaned_data["name"]
        if name in self.taken:
            raise forms.ValidationError(_now("The project has an annotator of this name."))
        return name


class AnnotatorForm(GuardedForm):
    """How a machine is reached, what it may spend and how much its vote weighs."""

    name = forms.CharField(label=_("Name"), max_length=80)
    base_url = forms.URLField(
        label=_("Address of the API"),
        assume_scheme="https",
        required=False,
        help_text=_("Where /chat/completions is added, such as https://models.example/v1"),
    )
    model = forms.CharField(
        label=_("Model"),
        max_length=200,
        required=False,
        help_text=_("As the server calls it, or a folder or hub name that a worker can read."),
    )
    revision = forms.RegexField(
        COMMIT,
        label=_("Revision of the model"),
        required=False,
        help_text=_("The commit to use. A model of the hub is fetched only with one."),
    )
    layer = forms.IntegerField(
        label=_("Layer"), min_value=-100, max_value=100, required=False,
        help_text=_("Whose hidden states are compared; -1 is the last. Empty: the eighth."),
    )  # fmt: skip
    matching = forms.ChoiceField(
        label=_("How words are matched"),
        required=False,
        choices=[
            ("itermax", _("Nearest to each other, then among the rest")),
            ("argmax", _("Nearest to each other only")),
            ("softmax", _("A fair share in both directions")),
        ],
    )
    markers = forms.ChoiceField(
        label=_("Markers"),
        required=False,
        choices=[
            ("brackets", _("Brackets, one span at a time")),
            ("tags", _("Numbered tags, all spans at once")),
        ],
    )
    proposer = forms.CharField(
        label=_("Model that proposes"),
        max_length=200,
        required=False,
        help_text=_("A text-to-text model that labels the target language, by folder or hub name."),
    )
    proposer_revision = forms.RegexField(
        COMMIT, label=_("Revision of the model that proposes"), required=False
    )
    proposals = forms.IntegerField(
        label=_("Proposals for each label"), min_value=1, max_value=100, required=False
    )
    protected = forms.CharField(
        label=_("Words that stay as they are"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Parted by commas or lines. Code, addresses, formulas and placeholders stay by themselves."
        ),
    )  # fmt: skip
    label_map = forms.CharField(
        label=_("Names of labels"), required=False, max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the model calls a label and what the project does: PERSON=PER, LOCATION=LOC."),
    )  # fmt: skip
    hypothesis = forms.CharField(
        label=_("Hypothesis"), required=False, max_length=300,
        help_text=_("A sentence with {} for the option. Empty: This text is about {}."),
    )  # fmt: skip
    guidelines = forms.CharField(
        label=_("Guidelines for the model"), required=False, max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Added to every prompt. The text to be labelled cannot change them."),
    )  # fmt: skip
    shots = forms.IntegerField(
        label=_("Examples shown"), min_value=0, max_value=20, required=False,
        help_text=_("Decided texts that each prompt begins with; texts known right are never shown."),
    )  # fmt: skip
    opposite = forms.BooleanField(
        label=_("Ask the opposite on every second ballot"), required=False,
        help_text=_("Which options do not hold: a model that leans to one answer shows it."),
    )  # fmt: skip
    evidence = forms.BooleanField(
        label=_("Ask for evidence"), required=False,
        help_text=_("An answer counts only with a quote that stands in the text."),
    )  # fmt: skip
    languages = forms.RegexField(
        r"^[A-Za-z0-9 ,-]*$",
        label=_("Languages that vote"),
        required=False,
        max_length=200,
        help_text=_(
            "Tags parted by commas, beside the source language. Empty: those with the most labels."
        ),
    )
    mode = forms.RegexField(
        r"^[A-Za-z_@-]+$",
        label=_("Language pair of the program"),
        required=False,
        max_length=60,
        help_text=_("Such as eng-spa. Empty: the one installed for the languages."),
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[
            ("", _("From the source language")),
            ("back", _("Back into it: to check the other translators, and for reviewers to see")),
        ],
    )
    rates = forms.ChoiceField(
        label=_("What it rates"), required=False,
        choices=[
            ("", _("what the project's questions ask for a rating of")),
            ("usefulness", _("how much a text is worth labelling, before anything else is done")),
        ],
    )  # fmt: skip
    temperature = forms.FloatField(label=_("Temperature"), min_value=0, max_value=2, required=False)
    max_tokens = forms.IntegerField(
        label=_("Most tokens of a reply"), min_value=1, max_value=100_000, required=False
    )
    seed = forms.IntegerField(label=_("Seed"), required=False)
    secret_reference = forms.RegexField(
        r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/\S+)$",
        label=_("Where the key is found"),
        required=False,
        max_length=200,
        error_messages={
            "invalid": _("Give env:NAME or file:/path on the worker's machine, never the key.")
        },
        help_text=_(
            "env:NAME or file:/path on the worker's machine. The key itself is not kept here. "
            "Only the site's admins set it."
        ),
    )
    weight = forms.FloatField(label=_("Weight of its vote"), min_value=0, max_value=100)
    ballots = forms.IntegerField(
        label=_("Ballots"),
        min_value=1,
        max_value=25,
        help_text=_("How often it is asked about each text; its majority is its vote."),
    )
    budget = forms.DecimalField(
        label=_("Budget"), min_value=0, max_digits=12, decimal_places=4, required=False,
        help_text=_("It stops when this much is spent. Empty: no limit."),
    )  # fmt: skip
    budget_per_day = forms.DecimalField(
        label=_("Budget for a day"), min_value=0, max_digits=12, decimal_places=4, required=False,
        help_text=_("From midnight to midnight, UTC."),
    )  # fmt: skip
    budget_per_run = forms.DecimalField(
        label=_("Budget for a run"), min_value=0, max_digits=12, decimal_places=4, required=False
    )
    input_per_million = forms.FloatField(
        label=_("Price of a million tokens read"), min_value=0, required=False
    )
    output_per_million = forms.FloatField(
        label=_("Price of a million tokens written"), min_value=0, required=False
    )
    input_per_million_characters = forms.FloatField(
        label=_("Price of a million characters read"), min_value=0, required=False,
        help_text=_("For servers that charge by characters; counted over the whole request."),
    )  # fmt: skip
    output_per_million_characters = forms.FloatField(
        label=_("Price of a million characters written"), min_value=0, required=False
    )
    output_terms = forms.CharField(
        label=_("Licence of what it writes"), max_length=80, required=False
    )

    def __init__(
        self, data: Any = None, *, annotator: Annotator, is_admin: bool, **kwargs: Any
    ) -> None:
        self.annotator = annotator
        super().__init__(data, stored=stored_values(annotator), **kwargs)
        used = backend_of(annotator.kind, annotator.backend).settings
        unused = set(SETTINGS) - set(used)
        if "base_url" not in used:
            unused |= {"secret_reference", *BUDGETS, *PRICES}
        if annotator.kind in ("translator", "imported"):
            unused |= {"ballots"} if annotator.kind == "translator" else {"ballots", *BUDGETS}
        for name in unused:
            self.fields.pop(name, None)
        self._lock(is_admin)

    def _lock(self, is_admin: bool) -> None:
        """Who may not see the server's keys may neither name them nor send them elsewhere."""
        if is_admin:
            return
        locked = ["secret_reference"]
        if self.annotator.secret_reference:
            locked.append("base_url")
        for name in locked:
            if name in self.fields:
                self.fields[name].disabled = True

    def clean_name(self) -> str:
        """A name is used once in a project."""
        name: str = self.cleaned_data["name"]
        others = Annotator.objects.filter(project=self.annotator.project_id, name=name)
        if others.exclude(pk=self.annotator.pk).exists():
            raise forms.ValidationError(_now("The project has an annotator of this name."))
        return name

    def clean(self) -> dict[str, Any]:
        """Without a price nothing is known to cost anything, and no budget ends."""
        cleaned = super().clean() or {}
        limited = [name for name in BUDGETS if cleaned.get(name) is not None]
        if limited and not has_price(cleaned):
            self.add_error(limited[0], _now("Give a price too: a budget is counted by it."))
        return cleaned

    def configuration(self) -> dict[str, Any]:
        """The values as the action takes them; what the form does not show stays as it was."""
        values = {**self.stored, **self.chosen()}
        asked = {
            key: values[key]
            for key in SETTINGS
            if values[key] not in (None, "") and values[key] is not False
        }
        kept = {k: v for k, v in self.annotator.settings.items() if k not in SETTINGS}
        return {
            "name": values["name"],
            "settings": {**kept, **asked},
            "secret_reference": values["secret_reference"] or "",
            "weight": values["weight"],
            "ballots": values["ballots"],
            **{key: values[key] for key in BUDGETS},
            "price": {key: values[key] for key in PRICES if values[key] is not None},
            "output_terms": values["output_terms"],
        }


def stored_values(annotator: Annotator) -> dict[str, Any]:
    """What the form shows of an annotator."""
    settings = annotator.settings
    return {
        "name": annotator.name,
        **{key: settings.get(key) for key in SETTINGS},
        "secret_reference": annotator.secret_reference,
        "weight": annotator.weight,
        "ballots": annotator.ballots,
        **{key: getattr(annotator, key) for key in BUDGETS},
        **{key: annotator.price.get(key) for key in PRICES},
        "output_terms": annotator.output_terms,
    }
