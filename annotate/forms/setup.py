"""Set-up files, checked before a project is made of one; every fault is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from annotate import languages, presets
from annotate.actions.setup import FORM, MACHINE, MONEY
from annotate.catalog import BY_KEY
from annotate.models import Label
from annotate.question_checks import question_faults

from .policy import PolicyForm

MOST_BYTES = 5_000_000
MOST_ROWS = 20_000
TEXTS = {"name": 200, "description": 20_000, "licence": 80, "preset": 40, "guidelines": 200_000,
         "consent": 20_000}  # fmt: skip
PARTS = (
    "vouch_setup", *TEXTS, "source", "targets", "policy", "labels", "questions", "concepts",
    "annotators",
)  # fmt: skip


class SetupForm(forms.Form):
    """A set-up file, and what the project made of it is called."""

    file = forms.FileField(label=_("Set-up file"))
    name = forms.CharField(
        label=_("Name"), max_length=200, required=False,
        help_text=_("Empty: the name that the file gives."),
    )  # fmt: skip

    def clean_file(self) -> dict[str, Any]:
        """What the file says. Raises ValidationError with every fault."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_now("A set-up file has at most %d bytes.") % MOST_BYTES)
        return read_setup(file.read())


class CloneForm(forms.Form):
    """What a clone is called."""

    name = forms.CharField(label=_("Name of the clone"), max_length=200)


def read_setup(raw: bytes) -> dict[str, Any]:
    """The set-up of a file's bytes, all of it checked. Raises ValidationError."""
    try:
        setup = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValidationError(_now("This is no JSON in UTF-8: %s.") % error) from error
    faults = setup_faults(setup)
    if faults:
        raise ValidationError(faults[:20])
    setup["source"] = languages.standard_tag(setup["source"])
    setup["targets"] = [languages.standard_tag(tag) for tag in setup["targets"]]
    return dict(setup)


def setup_faults(setup: Any) -> list[str]:
    """What is wrong with a set-up, a sentence each."""
    if not isinstance(setup, dict) or setup.get("vouch_setup") != FORM:
        return [_now('This is no set-up file: it lacks "vouch_setup": %d.') % FORM]
    if not _storable(setup):
        return ["A text holds a NUL character or half a surrogate pair."]
    faults = [f"There is no part {part!r}." for part in setup if part not in PARTS]
    for part, most in TEXTS.items():
        value = setup.get(part, "")
        if not isinstance(value, str) or len(value) > most:
            faults.append(f"{part}: give a text of at most {most} characters.")
    if not setup.get("name"):
        faults.append("name: give the project a name.")
    if setup.get("preset") and setup["preset"] not in presets.names():
        faults.append(f"preset: this site has no {setup['preset']!r}.")
    faults += _language_faults(setup) + _policy_faults(setup.get("policy", {}))
    faults += question_faults(setup.get("questions", []))
    for part, check in CHECKS.items():
        faults += _rows(setup.get(part, []), part, check)
    return faults


def _language_faults(setup: Mapping[str, Any]) -> list[str]:
    targets = setup.get("targets")
    if not isinstance(targets, list) or not targets:
        return ["targets: name at least one target language."]
    tags = []
    for tag in [setup.get("source"), *targets]:
        try:
            tags.append(languages.standard_tag(tag) if isinstance(tag, str) else "")
        except languages.UnknownLanguage as error:
            return [f"{error}."]
    if "" in tags or len(set(tags)) < len(tags):
        return ["source, targets: give each language once, as a tag."]
    return []


def _policy_faults(policy: Any) -> list[str]:
    """The policy's values are cleaned by the form of its page; keys without a field are plain."""
    if not isinstance(policy, dict):
        return ["policy: give an object."]
    faults = []
    for key, value in policy.items():
        field = PolicyForm.base_fields.get(key)
        try:
            if field is not None:
                field.clean(field.prepare_value(value))
            elif not isinstance(value, str | int | float | bool | None):
                faults.append(f"policy.{key}: give a number, a word, true or false.")
        except (ValidationError, TypeError, ValueError) as error:
            said = " ".join(getattr(error, "messages", [str(error)]))
            faults.append(f"policy.{key}: {said}")
    return faults


def _rows(rows: Any, part: str, check: Callable[[dict[str, Any]], str]) -> list[str]:
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        return [f"{part}: give a list of at most {MOST_ROWS} rows."]
    faults, seen = [], set()
    for number, row in enumerate(rows, 1):
        said = check(row) if isinstance(row, dict) else "give an object"
        key = (row.get("kind") if part == "labels" else "", row.get("key") or row.get("name")) if (
            isinstance(row, dict)
        ) else number  # fmt: skip
        if not said and key in seen:
            said = "comes twice"
        if said:
            faults.append(f"{part}, row {number}: {said}.")
        else:
            seen.add(key)
    return faults


def _named(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _by_language(value: Any) -> bool:
    return isinstance(value, dict) and all(_named(text, 200) for text in value.values())


def _label_fault(row: dict[str, Any]) -> str:
    if not _named(row.get("key"), 80):
        return "give a key of at most 80 characters"
    if row.get("kind", "span") not in Label.Kind.values:
        return f"kind is one of {', '.join(Label.Kind.values)}"
    if not _by_language(row.get("names", {})):
        return "names are texts by language"
    colour, hotkey = row.get("colour", 1), row.get("hotkey", "")
    if type(colour) is not int or not 1 <= colour <= 8:
        return "colour is a number from 1 to 8"
    if not isinstance(hotkey, str) or len(hotkey) > 1:
        return "hotkey is one character"
    return "" if isinstance(row.get("definition", ""), str) else "definition is a text"


def _concept_fault(row: dict[str, Any]) -> str:
    if not _named(row.get("key"), 120) or set(row) - {"key", "names", "aliases", "description"}:
        return "give key, names, aliases and description"
    aliases = row.get("aliases", {})
    if not _by_language(row.get("names")) or not row["names"]:
        return "names are texts by language"
    listed = isinstance(aliases, dict) and all(
        isinstance(some, list) and all(isinstance(one, str) for one in some)
        for some in aliases.values()
    )
    return "" if listed else "aliases are lists of texts by language"


def _machine_fault(row: dict[str, Any]) -> str:
    extra = set(row) - {*MACHINE, *MONEY, "template"}
    if extra:
        return f"there is no part {sorted(extra)[0]!r}"
    if not _named(row.get("name"), 80):
        return "give a name of at most 80 characters"
    if f"{row.get('kind')}:{row.get('backend')}" not in BY_KEY:
        return f"this site has no {row.get('kind')} {row.get('backend')!r}"
    if not isinstance(row.get("settings", {}), dict) or not isinstance(row.get("price", {}), dict):
        return "settings and price are objects"
    if any(not isinstance(row.get(key, ""), str) for key in ("family", "output_terms",
                                                              "secret_reference")):  # fmt: skip
        return "family, output_terms and secret_reference are texts"
    return _number_fault(row)


def _number_fault(row: dict[str, Any]) -> str:
    weight, ballots = row.get("weight", 1), row.get("ballots", 1)
    if not isinstance(weight, int | float) or not 0 <= weight <= 100:
        return "weight is a number from 0 to 100"
    if type(ballots) is not int or not 1 <= ballots <= 25:
        return "ballots is a number from 1 to 25"
    if not isinstance(row.get("is_enabled", True), bool):
        return "is_enabled is true or false"
    for key in MONEY:
        try:
            amount = Decimal(str(row.get(key) or 0))
        except InvalidOperation:
            return f"{key} is an amount"
        if not amount.is_finite() or not 0 <= amount < 10**8:
            return f"{key} is an amount"
    return ""


def _storable(value: Any) -> bool:
    said = json.dumps(value, ensure_ascii=False)
    return "\\u0000" not in said and not any("\ud800" <= sign <= "\udfff" for sign in said)


CHECKS: Mapping[str, Callable[[dict[str, Any]], str]] = {
    "labels": _label_fault, "concepts": _concept_fault, "annotators": _machine_fault,
}  # fmt: skip
