"""Fields of a policy that hold more than one value: labels, and what is otherwise in a language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

MOST_PEOPLE = 20


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        value = float(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return read


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= MOST_PEOPLE:
        raise ValueError(text)
    return value


def _word(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise ValueError(text)
        return text

    return read


def _labels(text: str) -> list[str]:
    return [part for part in text.split("|") if part]


# What may be otherwise in a language, and how it is read; routing has the same keys.
READERS: dict[str, Callable[[str], Any]] = {
    "accept_unanimous": lambda text: _word("yes", "no")(text) == "yes",
    "max_entropy": _number(0, 64),
    "min_voters": _count,
    "min_families": _count,
    "single_source": _word("person", "accept"),
    "overlap": _count,
    "disputed_overlap": _count,
    "person_labels": _labels,
    "trusted_from": _number(0, 1),
}


class LabelsField(forms.CharField):
    """Keys of labels, parted by commas."""

    def prepare_value(self, value: Any) -> Any:
        """Keys parted by commas."""
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> list[str]:
        """The keys, each once."""
        parts = (part.strip() for part in (super().clean(value) or "").split(","))
        return list(dict.fromkeys(part for part in parts if part))


class LanguagesField(forms.CharField):
    """A line for each language: its tag, a colon, and settings such as ``overlap=2``."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"})

    def prepare_value(self, value: Any) -> Any:
        """A line for each language."""
        if not isinstance(value, dict):
            return value
        return "\n".join(
            f"{tag}: " + " ".join(f"{key}={_written(said)}" for key, said in own.items())
            for tag, own in value.items()
        )

    def clean(self, value: Any) -> dict[str, dict[str, Any]]:
        """Settings by tag. Raises ValidationError that names the line at fault."""
        made: dict[str, dict[str, Any]] = {}
        for line in filter(None, map(str.strip, (super().clean(value) or "").splitlines())):
            tag, colon, rest = line.partition(":")
            if not colon or not tag.strip() or tag.strip() in made:
                raise forms.ValidationError(
                    _("%s: write a language once, a colon, and settings.") % line
                )
            made[tag.strip()] = dict(_setting(part) for part in rest.split())
        return {tag: own for tag, own in made.items() if own}


def _setting(part: str) -> tuple[str, Any]:
    key, _equals, text = part.partition("=")
    if key not in READERS:
        raise forms.ValidationError(
            _("%(key)s is no setting of a language; use %(known)s.")
            % {"key": key, "known": ", ".join(READERS)}
        )
    try:
        return key, READERS[key](text)
    except ValueError as error:
        raise forms.ValidationError(
            _("%(key)s cannot be %(value)s.") % {"key": key, "value": text or "–"}
        ) from error


def _written(said: Any) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, int | float):
        return f"{said:g}"
    return "|".join(said) if isinstance(said, list) else str(said)
