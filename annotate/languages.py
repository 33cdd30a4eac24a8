"""Facts about languages by tag: name, script, direction of writing."""

from __future__ import annotations

from functools import cache

from langcodes import Language, standardize_tag, tag_is_valid
from language_data.names import code_to_names

# Scripts written from right to left (Unicode, ISO 15924).
RTL_SCRIPTS = frozenset(
    {"Adlm", "Arab", "Armi", "Avst", "Hebr", "Mand", "Mani", "Mend", "Nkoo", "Rohg", "Samr"}
    | {"Sogd", "Syrc", "Thaa", "Yezi"}
)


class UnknownLanguage(ValueError):
    """A tag that names no language."""


@cache
def standard_tag(tag: str) -> str:
    """The tag in its standard spelling: ``pt_br`` becomes ``pt-BR``. Raises UnknownLanguage."""
    cleaned = tag.strip().replace("_", "-")
    if not cleaned or not tag_is_valid(cleaned):
        raise UnknownLanguage(f"{tag!r} is not a language tag; try one such as es, sw or pt-BR")
    return str(standardize_tag(cleaned))


@cache
def found_tag(said: str) -> str:
    """The tag of a language given by tag or by name, in any language that names are known in.

    Raises UnknownLanguage.

    >>> found_tag("Swahili"), found_tag("español"), found_tag("pt_br")
    ('sw', 'es', 'pt-BR')
    """
    try:
        return standard_tag(said)
    except UnknownLanguage:
        if any(sign.isdigit() or sign == "_" for sign in said):
            raise
    try:
        tag = str(Language.find(said.strip()).to_tag())
    except LookupError:
        tag = ""
    # The search is a fuzzy one: what it finds must be named in what was said.
    names = code_to_names(tag.partition("-")[0]).values() if tag else ()
    if any(len(name) > 1 and name.casefold() in said.casefold() for name in names):
        return tag
    raise UnknownLanguage(
        f"{said!r} is not a language tag and no language's name; try one such as sw or Swahili"
    )


@cache
def script(tag: str) -> str:
    """The ISO 15924 script a language is most likely written in, or '' when unknown."""
    return Language.get(tag).maximize().script or ""


@cache
def direction(tag: str) -> str:
    """``rtl`` or ``ltr``."""
    return "rtl" if script(tag) in RTL_SCRIPTS else "ltr"


@cache
def name(tag: str, shown_in: str = "en") -> str:
    """The language's name for people, in English unless asked."""
    return str(Language.get(tag).display_name(shown_in))


@cache
def autonym(tag: str) -> str:
    """What the language calls itself."""
    return str(Language.get(tag).autonym())
