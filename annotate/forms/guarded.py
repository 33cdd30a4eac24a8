"""Forms over stored values that notice when somebody else changed them meanwhile."""

from __future__ import annotations

import hashlib
import json
from copy import copy
from typing import Any, Self, cast

from django import forms
from django.http import QueryDict


def offer(form: forms.Form, name: str, choices: list[tuple[str, Any]]) -> None:
    """Let a field of the form be answered by these (value, title) only."""
    cast(forms.ChoiceField, form.fields[name]).choices = choices


def fingerprint(values: dict[str, Any]) -> str:
    """A short text that changes whenever one of the values does."""
    canonical = json.dumps(values, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:24]


class GuardedForm(forms.Form):
    """A form that carries what was stored when it was shown, to be compared when it comes back."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, stored: dict[str, Any], **kwargs: Any) -> None:
        self.stored = stored
        self.token = fingerprint(stored)
        super().__init__(data, initial={**stored, "seen": self.token}, **kwargs)

    @property
    def is_outdated(self) -> bool:
        """Whether what it was filled from is no longer what is stored."""
        return self.is_bound and self.data.get(self.add_prefix("seen")) != self.token

    def rebased(self) -> Self:
        """Let the same input count as made with what is stored now in sight."""
        data: QueryDict = copy(cast(QueryDict, self.data))
        data[self.add_prefix("seen")] = self.token
        self.data = data
        return self

    def differences(self) -> list[dict[str, Any]]:
        """What is stored and what was typed, where they differ."""
        rows = []
        for field in self.visible_fields():
            stored, typed = _shown(self.stored.get(field.name)), _shown(field.value())
            if stored != typed:
                rows.append({"label": field.label, "stored": stored, "typed": typed})
        return rows

    def chosen(self) -> dict[str, Any]:
        """The clean values without the token."""
        return {key: value for key, value in self.cleaned_data.items() if key != "seen"}


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
