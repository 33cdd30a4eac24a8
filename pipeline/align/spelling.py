"""Spelling: what of a word's form may be compared with a word of another language."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import regex

from pipeline.romanise import romanised

# Below so many letters likeness is chance.
LEAST_LETTERS = 3
_ELSEWHERE = regex.compile(r"[\p{L}--\p{Latin}--\p{Common}]", regex.V1)


@lru_cache(maxsize=200_000)
def spelt(form: str) -> str:
    """A normal form without marks, in Latin letters, so that names are alike across scripts.

    A form of fewer than three letters stays in its script: written in Latin letters it would be long
    enough to resemble something.
    """
    bare = unmarked(form)
    if len(bare) < LEAST_LETTERS or not _ELSEWHERE.search(bare):
        return bare
    return unmarked(romanised(form).casefold()) or bare


def unmarked(form: str) -> str:
    """A form without its combining marks, or as it is where there is nothing else."""
    letters = unicodedata.normalize("NFD", form)
    return "".join(c for c in letters if unicodedata.category(c) != "Mn") or letters
