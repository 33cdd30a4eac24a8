"""Find concepts by what they are called, in any script: the words of names as they are looked up."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import regex

from annotate.graphemes import boundaries

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+")
# Marks that people leave out when they type: accents and vowel points, but no Indic vowel signs.
_OMITTED = regex.compile(
    r"(?<=[\p{Latin}\p{Greek}\p{Cyrillic}\p{Arabic}\p{Hebrew}]\p{Mn}*)\p{Mn}|\u0640"
)
# Scripts written without spaces: there one looks for a part of a run of letters.
_UNSPACED = regex.compile(
    r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Han}\p{Hiragana}\p{Katakana}\p{Tibetan}]"
)
LONGEST_WORD = 80
MOST_TAILS = 24
MOST_WORDS = 8


def folded(text: str) -> str:
    """A text without what people differ in when they type it: case, accents, vowel points, width.

    >>> folded("Bogotá"), folded("بَغْدَاد") == folded("بغداد")
    ('bogota', True)
    """
    return _OMITTED.sub("", unicodedata.normalize("NFKD", text.casefold()))


def search_terms(text: str) -> list[str]:
    """The words of a text as they are looked up, each cut to a bearable length.

    >>> search_terms("European Parliament")
    ['european', 'parliament']
    """
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text))]


def search_value(names: Mapping[str, str], aliases: Mapping[str, Any]) -> str:
    """What is stored for a concept, as PostgreSQL reads a ``tsvector``.

    Each word is found by how it begins; in scripts without spaces, from every character on.
    """
    found: set[str] = set()
    for name in all_names(names, aliases):
        for term in search_terms(name):
            found.add(term)
            if _UNSPACED.search(term):
                found.update(term[cut:] for cut in boundaries(term)[1:MOST_TAILS])
    return " ".join(_quoted(term) for term in sorted(found - {""}))


def all_names(names: Mapping[str, str], aliases: Mapping[str, Any]) -> Iterable[str]:
    """Every name and alias of a concept, in whatever language."""
    yield from names.values()
    for others in aliases.values():
        yield from [others] if isinstance(others, str) else others


def search_query(text: str) -> str:
    """A PostgreSQL ``tsquery`` for names that have all the words; empty when there are none."""
    return " & ".join(f"{_quoted(term)}:*" for term in search_terms(text)[:MOST_WORDS])


def _quoted(term: str) -> str:
    return "'" + term.replace("\\", "\\\\").replace("'", "''") + "'"
