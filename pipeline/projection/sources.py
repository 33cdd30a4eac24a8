"""Several sources: labels of words carried from texts in several languages, and voted.

Every source lends its labels to the target words by the probability that both directions of the aligner
link them, and the masses are added up (multi-source projection; Agić, Johannsen, Plank et al. 2016). A
source that the others seldom confirm counts less: by the log odds of its agreement with the vote (the
one-coin model; Dawid and Skene 1979). A word's own votes are joined by those of all places where the same
form stands, as if these were so many earlier sightings, because a form mostly keeps its label (type
constraints; Täckström, Das, Petrov et al. 2013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.align.corpus import normal
from pipeline.align.model import Alignment

# How many votes the form's other places are worth.
FORM_VOTES = 8.0
ROUNDS = 3
# Less than this of a word's links makes no word of the source's.
HEARD = 0.25
Votes = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class WordLabel:
    """A target word's label, its share of the votes, and whether every source that spoke said the same.

    ``sources`` counts those that spoke. Without any vote the label is empty.
    """

    label: str
    share: float
    sources: int
    is_unanimous: bool


def carried(alignment: Alignment, labels: Sequence[str]) -> list[Votes]:
    """For each target word the votes for each label of the source words it is linked to."""
    strength = alignment.hmm_forward * alignment.hmm_backward
    names = sorted(set(labels))
    member = np.array([[float(label == name) for name in names] for label in labels])
    if not names:
        return [{} for _ in range(len(strength))]
    return [
        {name: float(mass) for name, mass in zip(names, row, strict=True) if mass > 0}
        for row in strength @ member
    ]


def vote(
    texts: Sequence[Sequence[str]], sources: Sequence[Sequence[Sequence[Votes]]]
) -> list[list[WordLabel]]:
    """Labels of the words of ``texts`` (lists of words) from several sources' ``carried`` votes.

    ``sources[s][t][w]`` are the votes of source s for word w of text t. A few passes over all words.
    """
    words = [normal(word) for text in texts for word in text]
    said = [[votes for text in source for votes in text] for source in sources]
    weights = [1.0] * len(said)
    for _ in range(ROUNDS if len(said) > 1 else 0):
        labels = [label for label, _ in _settled(words, said, weights)]
        weights = _weights(labels, said)
    found = iter(
        _told(label, share, [source[at] for source in said])
        for at, (label, share) in enumerate(_settled(words, said, weights))
    )
    return [[next(found) for _ in text] for text in texts]


def _settled(
    words: Sequence[str], said: Sequence[Sequence[Votes]], weights: Sequence[float]
) -> list[tuple[str, float]]:
    """Each word's label with its share of all votes, its form's among them."""
    own: list[dict[str, float]] = []
    forms: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for at, word in enumerate(words):
        cast: dict[str, float] = defaultdict(float)
        for source, weight in zip(said, weights, strict=True):
            for label, mass in source[at].items():
                cast[label] += weight * mass
                forms[word][label] += weight * mass
        own.append(cast)
    return [_best(cast, forms[word]) for cast, word in zip(own, words, strict=True)]


def _best(own: Votes, form: Votes) -> tuple[str, float]:
    mass = sum(form.values())
    if mass <= 0:
        return "", 0.0
    values = {
        label: own.get(label, 0.0) + FORM_VOTES * form[label] / mass for label in sorted(form)
    }
    best = max(values, key=lambda label: values[label])
    return best, values[best] / sum(values.values())


def _weights(labels: Sequence[str], said: Sequence[Sequence[Votes]]) -> list[float]:
    """Log odds of each source's agreement with the labels, the best one's being 1."""
    kinds = max(len(set(labels)), 2)
    odds = []
    for source in said:
        alike = sum(votes.get(label, 0.0) for votes, label in zip(source, labels, strict=True))
        mass = sum(sum(votes.values()) for votes in source)
        share = (alike + 1.0) / (mass + 2.0)
        odds.append(max(float(np.log(share * (kinds - 1) / (1 - share))), 0.0))
    return [value / max(*odds, 1e-9) for value in odds]


def _told(label: str, share: float, said: Sequence[Votes]) -> WordLabel:
    firsts = [max(votes, key=lambda n: votes[n]) for votes in said if sum(votes.values()) >= HEARD]
    return WordLabel(label, share, len(firsts), {*firsts} == {label})
