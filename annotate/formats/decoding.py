"""JSON as it comes from files: what PostgreSQL could not store is refused with its place."""

from __future__ import annotations

import json
import re
from math import isinf
from typing import Any

from annotate.formats.checks import all_storable, describe
from annotate.formats.contract import Fault
from annotate.spans import shorten

# Only an escape can put NUL or half a surrogate pair into valid JSON that is valid UTF-8.
SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def decoded(text: str) -> dict[str, Any]:
    """The JSON object of a line. Raises Fault for anything that PostgreSQL could not store."""
    if "\0" in text:
        raise Fault("", "the line holds NUL (U+0000), which no text may hold; remove it")
    try:
        row = DECODER.decode(text)
    except json.JSONDecodeError as error:
        cause = f"not valid JSON: {error.msg} (character {error.pos + 1} of the line)"
        raise Fault("", cause) from None
    except RecursionError:
        raise Fault("", "lists or objects are nested too deeply") from None
    except Fault:
        raise
    except ValueError:
        raise Fault("", "a number has too many digits; write it as a text") from None
    if not isinstance(row, dict):
        raise Fault("", f"expected a JSON object per line, found {describe(row)}")
    if SUSPECT.search(text):
        all_storable(row, "")
    return row


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Fault(twice, "the key occurs twice in one object; keep one of them")
    return made


def _finite(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise Fault("", f"the number {shorten(digits)} is too large")
    return number


def _constant(name: str) -> Any:
    raise Fault("", f"{name} is no JSON number; leave the value out or write null")


# Raises Fault for what JSON allows, or Python takes, and PostgreSQL cannot store.
DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_finite, parse_constant=_constant)
