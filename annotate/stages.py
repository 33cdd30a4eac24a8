"""What the stages of the machine are called, and which annotators they are run for."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

TITLES = {
    "import": _("Import"),
    "prepare": _("Prepare texts"),
    "sift": _("Choose what is worth labelling"),
    "translate": _("Translate"),
    "choose": _("Choose translations"),
    "fit": _("Fit models"),
    "projection": _("Project labels"),
    "label": _("Label"),
    "aggregate": _("Add up votes"),
    "judge": _("Rate"),
    "route": _("Route"),
    "agree": _("Measure agreement"),
    "certify": _("Certify"),
    "export": _("Export"),
    "undo": _("Undo an import"),
}

# What a manager may start by hand; imports, their undoing and exports have pages of their own.
STARTABLE = (
    "prepare", "sift", "translate", "choose", "fit", "projection", "label", "aggregate", "judge", "route",
    "agree", "certify",
)  # fmt: skip

# Stages that each annotator of some kinds does by itself, a run for each.
KINDS = {
    "sift": ("judge",),
    "translate": ("translator",),
    "fit": ("labeller",),
    "projection": ("projector",),
    "label": ("labeller",),
    "judge": ("judge",),
}

# Projectors share one aligner per language pair, so their fit is one run beside the labellers'.
SHARED = ("fit",)
