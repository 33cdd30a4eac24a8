"""A translation in another language than was asked for is found where it is sure."""

from __future__ import annotations

import pytest

from pipeline.translate.spoken import is_foreign

SPANISH = "El pueblo entero esperaba el transbordador desde las primeras horas de la mañana."
ENGLISH = "The whole village had been waiting for the ferry since the early morning hours."
HINDI = "पूरा गाँव सुबह से ही नाव की प्रतीक्षा कर रहा था और सब लोग चिंतित थे।"


@pytest.mark.parametrize(("text", "tag"), [(SPANISH, "es"), (SPANISH, "es-MX"), (HINDI, "hi")])
def test_the_language_that_was_asked_for_is_at_home(text: str, tag: str) -> None:
    assert not is_foreign(text, tag)


@pytest.mark.parametrize(("text", "tag"), [(ENGLISH, "es"), (SPANISH, "hi"), (HINDI, "sw")])
def test_another_is_foreign(text: str, tag: str) -> None:
    assert is_foreign(text, tag)


def test_short_texts_and_unknown_languages_tell_nothing() -> None:
    assert not is_foreign("Hello there", "es")
    assert not is_foreign(ENGLISH, "nqo")
