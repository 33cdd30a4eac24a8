"""A toy language pair that reorders, fuses and drops words, with names nobody has seen before.

From ``then Qeva thanked Borim in Tusk with the old boat .`` to ``ko Tuskŋu Qeva Borim nep dal ke sut .``:
the verb goes last, some verbs turn their people round, the noun leads its adjective, ``in`` becomes an
ending, articles and ``then`` are lost. A sentence has several good translations.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from annotate.spans import Span
from pipeline.projection.contract import Example

SOURCE, TARGET = "eng_Latn", "swh_Latn"
LABELS = ("PER", "LOC", "OBJ")
STRAIGHT = {"thanked": ("sut", "sute"), "saw": ("mir", "mire"), "called": ("lop", "lope")}
TURNED = {"pleased": ("gav", "gave"), "missed": ("fod", "fode"), "feared": ("bix", "bixe")}
NOUNS = {"boat": "nep", "drum": "tol", "lamp": "zun", "map": "wak", "rope": "yig", "door": "hes"}
KINDS = {"old": "dal", "red": "rud", "long": "lun", "new": "nov", "wet": "vat", "small": "pim"}
SMALL = ("then", "in", "with", "the", ".", "ko", "ke")
ENDING = "ŋu"
SYLLABLES = tuple(a + b for a in "bdfgklmnprstvz" for b in "aiou")[::2]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as words of both sides; ``links`` are (source word, target word) that translate.

    ``spans`` are (label, source words, target words), each first and end.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    links: tuple[tuple[int, int], ...]
    spans: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...]


def name(dice: random.Random, unseen: bool) -> str:
    """A name of two syllables; those of which a fixed quarter consists never occur in training."""
    while True:
        one, two = dice.sample(range(len(SYLLABLES)), 2)
        if ((one + 3 * two) % 4 == 0) == unseen:
            return (SYLLABLES[one] + SYLLABLES[two]).capitalize()


def sentence(dice: random.Random, unseen: bool = False) -> Sentence:
    """A sentence and one of its translations; with ``unseen``, all its names are new."""
    one, two, place = (name(dice, unseen) for _ in range(3))
    verb = dice.choice([*STRAIGHT, *TURNED])
    kind, noun = dice.choice(list(KINDS)), dice.choice(list(NOUNS))
    source = ["then"] * dice.randint(0, 1)
    at = len(source)
    source += [one, verb, two, "in", place, "with", "the", kind, noun, "."]
    people = [(one, at), (two, at + 2)]
    if verb in TURNED:
        people.reverse()
    here = [(place + ENDING, (at + 4, at + 3))]
    middle = [(person, (number,)) for person, number in people]
    middle += [(NOUNS[noun], (at + 8,)), (KINDS[kind], (at + 7,)), ("ke", (at + 5,))]
    body = [*here, *middle]
    said = dice.choice((STRAIGHT | TURNED)[verb])
    words = [("ko", ())] * dice.randint(0, 1) + [*body, (said, (at + 1,)), (".", (at + 9,))]
    target = [word for word, _ in words]
    links = [(number, n) for n, (_, numbers) in enumerate(words) for number in numbers]
    home = dict(links)
    spans = [
        ("PER", (at, at + 1), (home[at], home[at] + 1)),
        ("PER", (at + 2, at + 3), (home[at + 2], home[at + 2] + 1)),
        ("LOC", (at + 4, at + 5), (home[at + 4], home[at + 4] + 1)),
        ("OBJ", (at + 7, at + 9), (home[at + 8], home[at + 8] + 2)),
    ]
    return Sentence(tuple(source), tuple(target), tuple(links), tuple(spans))


def sentences(count: int, seed: int) -> list[Sentence]:
    """So many sentences with names that occur in no training."""
    dice = random.Random(seed)
    return [sentence(dice, unseen=True) for _ in range(count)]


def example(row: Sentence) -> tuple[Example, tuple[Span, ...]]:
    """What a projector is given, and the spans it should find, keyed by their source span."""
    source, target = " ".join(row.source), " ".join(row.target)
    given, gold = [], []
    for number, (label, here, there) in enumerate(row.spans):
        start, end = _place(row.source, here)
        given.append(Span(label, start, end, key=f"s{number}", surface=source[start:end]))
        start, end = _place(row.target, there)
        gold.append(Span(label, start, end, source=f"s{number}", surface=target[start:end]))
    return Example(source, target, tuple(given)), tuple(gold)


def marked(words: tuple[str, ...], place: tuple[int, int]) -> str:
    """The words with square brackets around some of them."""
    first, end = place
    return " ".join([*words[:first], "[", *words[first:end], "]", *words[end:]])


def span_f1(outputs, golds) -> float:
    """Exact F1 of place, label and source span."""
    made = {(n, s.source, s.label, s.start, s.end) for n, o in enumerate(outputs) for s in o.best()}
    gold = {(n, s.source, s.label, s.start, s.end) for n, row in enumerate(golds) for s in row}
    return 2 * len(made & gold) / max(1, len(made) + len(gold))


def _place(words: tuple[str, ...], place: tuple[int, int]) -> tuple[int, int]:
    start = len(" ".join(words[: place[0]])) + (1 if place[0] else 0)
    return start, start + len(" ".join(words[place[0] : place[1]]))
