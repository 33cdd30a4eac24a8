"""The form on which a manager plans a certificate, before anything of it is judged."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.forms.guarded import offer
from annotate.languages import name
from annotate.models import Project

from .actions.certificates import FIXED, SEQUENTIAL

RATES = ("0.005", "0.01", "0.02", "0.03", "0.05", "0.1", "0.2")
CONFIDENCES = ("0.9", "0.95", "0.99")


def per_cent(share: float) -> str:
    """A share as a person reads it.

    >>> per_cent(0.005), per_cent(0.1)
    ('0.5 %', '10 %')
    """
    return f"{100 * share:.3g} %"


class PlanForm(forms.Form):
    """Population, bound, confidence and plan."""

    language = forms.ChoiceField(label=_("Language"))
    rate = forms.ChoiceField(
        label=_("At most so many wrong"),
        choices=[(value, per_cent(float(value))) for value in RATES], initial="0.05",
        help_text=_("A text is wrong when any of its marks or answers is not exactly right."),
    )  # fmt: skip
    confidence = forms.ChoiceField(
        label=_("With confidence"), initial="0.95",
        choices=[(value, per_cent(float(value))) for value in CONFIDENCES],
    )  # fmt: skip
    design = forms.ChoiceField(
        label=_("Plan"),
        choices=[
            (FIXED, _("a fixed number of texts, looked at once")),
            (SEQUENTIAL, _("one after another, until it is clear")),
        ],
        help_text=_(
            "The second asks for fewer texts where errors are rare. It cannot be changed later."
        ),
    )
    allowed = forms.IntegerField(
        label=_("Errors allowed (fixed plan)"), min_value=0, max_value=20, initial=0,
        help_text=_("More allowed errors ask for more texts, and fail a good set less often."),
    )  # fmt: skip
    population = forms.ChoiceField(
        label=_("Which texts"),
        choices=[
            ("all", _("everything decided, but for what is known right")),
            ("accepted", _("what was accepted unseen")),
        ],
    )
    mode = forms.ChoiceField(
        label=_("The judges see"),
        choices=[("blind", _("the text alone")), ("assisted", _("the proposal"))],
    )
    seed = forms.RegexField(
        r"^[\w.-]*$", label=_("Word that fixes the draw"), required=False, max_length=40,
        help_text=_("Letters and digits. Empty: one is drawn, and stated in the certificate."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, project: Project, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        rows = project.languages.filter(role="target").order_by("-priority", "tag")
        tags = [*rows.values_list("tag", flat=True), project.source_language]
        offer(self, "language", [(tag, name(tag, "en")) for tag in tags])

    def plan(self) -> dict[str, Any]:
        """The clean values as ``plan_certificate`` takes them."""
        given = self.cleaned_data
        return {
            "language": given["language"],
            "rate": float(given["rate"]),
            "confidence": float(given["confidence"]),
            "design": given["design"],
            "allowed": given["allowed"],
            "mode": given["mode"],
            "origins": ["accepted"] if given["population"] == "accepted" else [],
            "seed": given["seed"],
        }
