"""Licences: what terms allow, and why not."""

from __future__ import annotations

import pytest

from verify.licences import canonical, conflicts


@pytest.mark.parametrize(
    ("source", "release"),
    [
        ("cc0-1.0", "cc-by-4.0"), ("CC BY 4.0", "cc-by-4.0"), ("cc-by-4.0", "cc-by-nc-4.0"),
        ("cc-by-sa-3.0", "cc-by-sa-4.0"), ("cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0"),
    ],
)  # fmt: skip
def test_what_may_be_released(source: str, release: str) -> None:
    assert conflicts(source, release, []) == []


@pytest.mark.parametrize(
    ("source", "release", "why"),
    [
        ("", "cc-by-4.0", "not stated"),
        ("house rules", "cc-by-4.0", "not known here"),
        ("cc-by-4.0", "house rules", "no licence known here"),
        ("cc-by-sa-4.0", "cc-by-4.0", "released under cc-by-sa-4.0"),
        ("cc-by-sa-4.0", "cc-by-sa-3.0", "released under cc-by-sa-4.0"),
        ("cc-by-nc-4.0", "cc-by-4.0", "forbids commercial use"),
        ("cc-by-nd-4.0", "cc-by-nd-4.0", "forbids works made from the source"),
    ],
)
def test_what_may_not_says_why(source: str, release: str, why: str) -> None:
    (reason,) = conflicts(source, release, [])
    assert why in reason


@pytest.mark.parametrize(
    ("terms", "release", "why"),
    [
        ("", "cc-by-4.0", "not stated"),
        ("non-commercial (terms of 2026)", "cc-by-4.0", "forbid commercial use"),
        ("not to be published", "cc-by-nc-4.0", "do not let"),
        ("ask Bob", "cc-by-4.0", "must begin with"),
    ],
)
def test_terms_of_machines_count(terms: str, release: str, why: str) -> None:
    (reason,) = conflicts("cc0-1.0", release, [("gpt", terms)])
    assert "gpt" in reason
    assert why in reason


def test_terms_that_allow_it() -> None:
    given = [("nllb", "non-commercial"), ("own", "free")]
    assert conflicts("cc-by-nc-4.0", "cc-by-nc-4.0", given) == []


def test_spellings_of_one_licence_are_one() -> None:
    assert {canonical(s) for s in ("CC-BY-SA-4.0", "cc by sa 4.0", "CC_BY-SA 4.0")} == {
        "cc-by-sa-4.0"
    }
