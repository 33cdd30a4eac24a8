"""The form of a project's policy: whom the machine asks, how often, and what it accepts unseen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate.models import Project
from annotate.usefulness import DEFAULT_FLOOR, DEFAULT_KEPT, HIGHEST, LOWEST

from .guarded import GuardedForm
from .overrides import MOST_PEOPLE, LabelsField, LanguagesField

# What counts where a project has set nothing; routing's own defaults, a test holds them together.
DEFAULTS: dict[str, Any] = {
    "advance": "auto",
    "floor": 0.75,
    "learn": True,
    "seed": "vouch",
    "audit_share": 0.05,
    "audit_mode": "blind",
    "audit_seats": 1,
    "blind_share": 0.1,
    "overlap": 1,
    "disputed_overlap": None,
    "single_source": "person",
    "min_voters": 2,
    "min_families": 2,
    "accept_unanimous": True,
    "max_entropy": 0.0,
    "usefulness_floor": DEFAULT_FLOOR,
    "usefulness_kept": DEFAULT_KEPT,
    "planted_share": 0.0,
    "gold_share": 0.0,
    "repeat_share": 0.0,
    "mending": True,
    "repeat_after": 20,
    "reveal": "nothing",
    "bands": [1.5, 0.9, 1e-9],
    "person_labels": [],
    "trusted_from": 0.0,
    "by_language": {},
    "ahead": 3,
    "pack_hours": 12,
    "pay_per_text": 0.0,
    "wage_floor": 0.0,
    "currency": "",
}


class BandsField(forms.CharField):
    """Three falling limits in bits."""

    def prepare_value(self, value: Any) -> Any:
        """Numbers parted by commas."""
        return ", ".join(f"{limit:g}" for limit in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[float]:
        """Three numbers. Raises ValidationError unless they fall from at most 64 to 0."""
        try:
            limits = [float(part) for part in super().clean(value).split(",")]
        except ValueError:
            limits = []
        sound = len(limits) == 3 and limits == sorted(limits, reverse=True)
        if not sound or not all(0 <= limit <= 64 for limit in limits):
            raise forms.ValidationError(_now("Give three falling numbers, such as 1.5, 0.9, 0.1."))
        return limits


def _share(label: Any, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
    )


def _people(label: Any, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=MOST_PEOPLE, **kwargs)


class PolicyForm(GuardedForm):
    """What a project decides about its machines' votes and its people's time."""

    advance = forms.ChoiceField(
        label=_("After a stage"),
        choices=[("auto", _("start the next one")), ("manual", _("wait for a manager"))],
    )
    accept_unanimous = forms.BooleanField(
        label=_("Accept unseen what all machines agree on"), required=False
    )
    min_voters = _people(
        _("Machines that must agree"), help_text=_("With fewer answers a person is asked.")
    )
    min_families = _people(
        _("Kinds of evidence that must agree"),
        help_text=_("Projectors on one aligner are one kind; a labeller that agrees is another."),
    )
    max_entropy = forms.FloatField(
        label=_("Accept a majority up to (bits)"), min_value=0, max_value=64,
        help_text=_("How far votes may differ; 0 accepts only what is unanimous."),
    )  # fmt: skip
    single_source = forms.ChoiceField(
        label=_("When only one machine answered"),
        choices=[("person", _("ask a person")), ("accept", _("accept it"))],
    )
    person_labels = LabelsField(
        label=_("Labels that people always see"), required=False,
        help_text=_("Keys parted by commas: of spans, relations, or options of questions."),
    )  # fmt: skip
    trusted_from = _share(
        _("Machines count from a share of whole texts right"),
        _(
            "By what people judged in the language; 0 lets all count. One below it can still object."
        ),
    )
    by_language = LanguagesField(
        label=_("Otherwise in a language"), required=False,
        help_text=_("A line each, such as sw: min_voters=3 overlap=2 person_labels=PER|LOC"),
    )  # fmt: skip
    floor = _share(
        _("A fitted labeller votes from F1"), _("Measured on labels that were held back.")
    )
    usefulness_floor = forms.FloatField(
        label=_("Texts go on from usefulness"), min_value=LOWEST, max_value=HIGHEST,
        help_text=_("From 1 to 4, where a judge rates it. What is below is set aside, not lost."),
    )  # fmt: skip
    usefulness_kept = _share(
        _("Share that goes on all the same"), _("At random, to see what the judge sets aside.")
    )
    learn = forms.BooleanField(
        label=_("Machines learn from judgements"), required=False,
        help_text=_("What was learnt is used only if it does better on judgements held back."),
    )  # fmt: skip
    overlap = _people(_("People per text"))
    disputed_overlap = _people(
        _("People per text where machines differ"), required=False, help_text=_("Empty: the same.")
    )
    blind_share = _share(
        _("Share judged blind"), _("From 0 to 1: shown without any proposal, to measure bias.")
    )
    audit_share = _share(
        _("Share drawn for the audit"),
        _("At random from everything, accepted or not: what certificates stand on."),
    )
    audit_mode = forms.ChoiceField(
        label=_("The audit shows"),
        choices=[("blind", _("the text alone")), ("assisted", _("the proposal"))],
    )
    audit_seats = _people(_("People per audited text"))
    planted_share = _share(
        _("Share of planted errors"),
        _("Of a person's seats: a decided text with one error put in, to measure attention."),
    )
    gold_share = _share(
        _("Share of known answers"), _("Of a person's seats: a text that is marked as known right.")
    )
    repeat_share = _share(
        _("Share shown again to the same person"), _("Of a person's seats, to measure consistency.")
    )
    repeat_after = forms.IntegerField(
        label=_("Texts between, before one is shown again"), min_value=1, max_value=1000
    )
    reveal = forms.ChoiceField(
        label=_("After an answer the person is shown"),
        choices=[
            ("nothing", _("nothing more")),
            ("checks", _("that it was a check, and what was right")),
            ("everything", _("also what the machines had said")),
        ],
        help_text=_("Never before it. What has seen the machines' votes cannot be undone."),
    )
    mending = forms.BooleanField(
        label=_("Reviewers may mend translations"), required=False,
        help_text=_("The new text is judged anew; the old one is kept."),
    )  # fmt: skip
    bands = BandsField(
        label=_("Urgency limits (bits)"),
        help_text=_("The more the votes differ, the sooner a text is asked: three falling limits."),
    )
    ahead = forms.IntegerField(
        label=_("Texts held ready for a person"), min_value=0, max_value=19,
        help_text=_("Fetched while they read, so that the next one is there at once."),
    )  # fmt: skip
    pack_hours = forms.IntegerField(
        label=_("Hours that texts taken offline are kept for a person"), min_value=1, max_value=72
    )
    pay_per_text = forms.FloatField(
        label=_("Pay for a text"), min_value=0, help_text=_("0: nothing is said about pay.")
    )
    wage_floor = forms.FloatField(
        label=_("Least pay for an hour"), min_value=0,
        help_text=_("Three of four people are to reach it; the page about quality checks that."),
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency"), max_length=8, required=False)
    # Not named "seed" on screen: a person reads what it is for.
    seed = forms.CharField(
        label=_("Word that fixes the draws"), max_length=40,
        help_text=_("The same word draws the same audit and the same blind texts again."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project, **kwargs: Any) -> None:
        stored = {key: project.policy.get(key, value) for key, value in DEFAULTS.items()}
        super().__init__(data, stored=stored, **kwargs)
        self.tags = set(project.languages.values_list("tag", flat=True))

    def clean(self) -> dict[str, Any]:
        """What must hold between fields."""
        cleaned = super().clean() or {}
        disputed, overlap = cleaned.get("disputed_overlap"), cleaned.get("overlap")
        if disputed and overlap and disputed < overlap:
            self.add_error("disputed_overlap", _now("Give at least as many as per text."))
        strange = sorted(set(cleaned.get("by_language") or {}) - self.tags)
        if strange:
            self.add_error(
                "by_language",
                _now("%s is not a language of this project.") % ", ".join(strange),
            )
        for tag, own in (cleaned.get("by_language") or {}).items():
            if own.get("disputed_overlap", 99) < own.get("overlap", overlap or 1):
                self.add_error(
                    "by_language",
                    _now("%s: more people per text than where machines differ.") % tag,
                )
        checks = ("planted_share", "gold_share", "repeat_share")
        if sum(cleaned.get(name) or 0 for name in checks) > 1:
            self.add_error("planted_share", _now("The three shares of checks exceed 1 together."))
        return cleaned
