"""What comes in, as people read it: the kinds of findings of the sensors, marks of a text."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from annotate.forms.imports import COLUMN_NAMES
from annotate.forms.runs import UNIT_NAMES

register = template.Library()

KINDS = {
    "control_characters": (
        _("Control characters"),
        _("Signs that nobody sees, such as zero-width spaces, shift what is marked. Clean the file."),
    ),
    "mojibake": (
        _("Broken characters (mojibake)"),
        _("UTF-8 that was read as another encoding. Save the file as UTF-8 from its origin again."),
    ),
    "too_long": (
        _("Very long texts"),
        _("Longer than people can judge at a sitting. Split them into paragraphs."),
    ),
    "empty": (_("Texts without a word"), _("Nothing but signs or spaces. Leave them out.")),
    "mail_address": (_("Mail addresses"), _("Personal data. Mask them unless you may keep them.")),
    "bank_account": (_("Bank accounts (IBAN)"), _("Personal data. Mask them.")),
    "card_number": (_("Card numbers"), _("Personal data. Mask them.")),
    "telephone_number": (
        _("Telephone numbers"), _("Personal data. Mask them unless you may keep them."),
    ),
    "other_language": (
        _("Texts in another language"),
        _("They are surely not in the language that the file says. Look whether columns were swapped."),
    ),
    "same_text": (
        _("The same text again"),
        _("To the letter. People would judge it twice; splits may share it."),
    ),
    "near_duplicate": (
        _("Nearly the same text"),
        _("Keep such texts in one split, or leave them out."),
    ),
}  # fmt: skip


@register.filter
def finding(kind: str) -> str:
    """What a kind of finding is called."""
    return str(KINDS[kind][0]) if kind in KINDS else kind


@register.filter
def advice(kind: str) -> str:
    """What to do about it."""
    return str(KINDS[kind][1]) if kind in KINDS else ""


@register.filter
def unit(key: str) -> str:
    """What a unit of offsets is called."""
    return str(UNIT_NAMES.get(key, key))


@register.filter
def column(meaning: str) -> str:
    """What a column of a table holds."""
    return str(COLUMN_NAMES.get(meaning, meaning))


@register.filter
def colour(colours: dict[str, int], label: str) -> int:
    """The colour of a label; those the project does not have yet take one by their name."""
    return colours.get(label) or sum(map(ord, label)) % 8 + 1


@register.simple_tag
def marks(part: dict[str, Any], candidate: dict[str, Any], colours: dict[str, int]) -> str:
    """The spans of a field for the script that shows them: start-end-colour, in code points."""
    return " ".join(
        f"{span['start']}-{span['end']}-{colour(colours, span['label'])}"
        for span in (candidate or {}).get("spans", [])
        if span["field"] == part["name"] and span["anchor"] == "text" and span["side"] == "target"
    )
