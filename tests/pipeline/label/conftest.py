"""A toy data set: people and places in template sentences, with words that are sometimes neither."""

from __future__ import annotations

import random

import pytest

from annotate.prompts import LabelChoice
from annotate.readings import Reading
from annotate.spans import Span
from pipeline.label.contract import Example, LabelTask

FIRST = [
    "Ana",
    "Bela",
    "Chidi",
    "Dora",
    "Emeka",
    "Femi",
    "Goran",
    "Hana",
    "Ines",
    "Jomo",
    "Kofi",
    "Lena",
]
LAST = [
    "Okafor",
    "Moreno",
    "Kimani",
    "Novak",
    "Haddad",
    "Silva",
    "Otieno",
    "Petrov",
    "Mwangi",
    "Costa",
    "Sato",
    "Lindqvist",
]
PLACES = [
    "Kisumu",
    "Lagos",
    "Quito",
    "Accra",
    "Tunis",
    "Porto",
    "Oslo",
    "Hanoi",
    "Lima",
    "Dakar",
    "Bergen",
    "Mombasa",
]
FRAMES = (
    "{p} arrived in {l} on Monday .",
    "The mayor of {l} met {p} yesterday .",
    "« {p} » is what the people of {l} said .",
    "In {l} , the market was closed .",
    "{p} signed the agreement after a long debate .",
    "Nothing of note was decided today .",
)


def example(number: int) -> Example:
    """The toy sentence of this number, labelled."""
    dice = random.Random(number)
    person = f"{dice.choice(FIRST)} {dice.choice(LAST)}"
    place = dice.choice(PLACES)
    text = dice.choice(FRAMES).format(p=person, l=place)
    spans = [
        Span(label, text.index(name), text.index(name) + len(name), surface=name)
        for label, name in (("PER", person), ("LOC", place))
        if name in text
    ]
    return Example(f"toy-{number}", "en", {"text": text}, Reading(spans=tuple(spans)))


@pytest.fixture(scope="session")
def toys() -> list[Example]:
    """120 labelled toy sentences."""
    return [example(number) for number in range(120)]


@pytest.fixture
def task() -> LabelTask:
    """A sentence of known names, to be labelled with PER and LOC."""
    labels = (LabelChoice("PER", "person"), LabelChoice("LOC", "place"))
    return LabelTask("new-1", "en", {"text": "Ana Okafor arrived in Lima ."}, labels)
