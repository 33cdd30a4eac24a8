"""The forms of members and invites."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from annotate import languages
from annotate.models import Membership, Project

from .guarded import GuardedForm, offer

ROLES = [
    (Membership.Role.REVIEWER, _("reviewer: judges")),
    (Membership.Role.ADJUDICATOR, _("adjudicator: also settles where judgements differ")),
    (Membership.Role.MANAGER, _("manager: also sets the project up")),
]


def target_choices(project: Project) -> list[tuple[str, str]]:
    """(tag, name) of the project's target languages."""
    rows = project.languages.filter(role="target").order_by("-priority", "tag")
    return [(tag, _name(tag)) for tag in rows.values_list("tag", flat=True)]


def _name(tag: str) -> str:
    return languages.name(tag, get_language() or "en")


class InviteForm(forms.Form):
    """What an invite link makes of the one who opens it."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A reviewer sees only the languages chosen here."),
    )

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "languages", choices)
        if len(choices) == 1:
            self.initial.setdefault("languages", [choices[0][0]])


class OneLineField(forms.CharField):
    """Words on one line: whatever white space stands between them is a space."""

    def to_python(self, value: Any) -> str:
        """The words of ``value``."""
        return " ".join(str(super().to_python(value)).split())


class AboutMeForm(GuardedForm):
    """What a person says of themselves in a project."""

    variety = OneLineField(
        label=_("Your variety of the language"), required=False, max_length=80,
        help_text=_("Such as a region or a dialect. Managers see it; it is published nowhere."),
    )  # fmt: skip
    credit = OneLineField(
        label=_("Thank me by this name"), required=False, max_length=120,
        help_text=_(
            "It is printed in the card of data sets exported from now on. Your judgements stay "
            "under the pseudonym. Empty: you are not named. Withdraw it here at any time."
        ),
    )  # fmt: skip


class MemberForm(GuardedForm):
    """A member's role and languages."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    languages = forms.MultipleChoiceField(
        label=_("Languages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: no work, but for managers, who then see all."),
    )

    def __init__(
        self, data: Any = None, *, member: Membership, choices: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        stored = {"role": member.role, "languages": sorted(member.languages)}
        super().__init__(data, stored=stored, prefix=f"m{member.pk}", **kwargs)
        known = dict(choices)
        others = [(tag, _name(tag)) for tag in member.languages if tag not in known]
        offer(self, "languages", [*choices, *others])
