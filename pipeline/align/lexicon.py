"""Translation probabilities: word and stem counts under a Dirichlet prior that knows spelling.

Counts are shared by both directions (they are products of both directions' posteriors, Liang et al.
2006). Probabilities are variational (digamma) as in Johnson 2007 and Riley & Gildea 2012.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist
from scipy.special import digamma

from pipeline.align.corpus import (
    NUMBER,
    SIGN,
    WORD,
    Corpus,
    Floats,
    Ints,
    Vocabulary,
    added_up,
    shape,
    stem,
)  # fmt: skip
from pipeline.align.spelling import LEAST_LETTERS, spelt


@dataclass(frozen=True, slots=True)
class Settings:
    """The aligner's constants, the same for every language pair.

    ``concentration`` and ``spelling`` are Dirichlet pseudo-counts of any pair of units and of an
    equally spelt one; ``stems`` is the share of the stem table; ``case`` and ``shape_clash`` multiply
    word probabilities; ``diagonal`` pulls to the diagonal (IBM-1, HMM); ``null`` is the chance that
    a token comes from nothing; jumps beyond ``jump_reach`` share one weight, spread over ``far``
    places. ``early`` and ``late`` are the powers of the posteriors' product that is counted, in the
    IBM-1 and HMM rounds: products of vague posteriors are too small for the prior. The first
    ``plain_rounds`` are ordinary expectation maximisation, lest rare pairs starve.
    """

    concentration: float = 0.0005
    spelling: float = 0.3
    stems: float = 0.5
    case: float = 1.5
    shape_clash: float = 0.1
    diagonal: float = 4.0
    hmm_diagonal: float = 4.0
    null: float = 0.02
    jump_reach: int = 8
    far: float = 20.0
    ibm1_rounds: int = 5
    hmm_rounds: int = 5
    early: float = 0.5
    plain_rounds: int = 3
    late: float = 1.0


@dataclass(frozen=True, slots=True)
class Table:
    """Expected co-translation counts of one kind of unit: sorted keys (source * width + target)."""

    source: Vocabulary
    target: Vocabulary
    keys: Ints
    counts: Floats

    @property
    def source_totals(self) -> Floats:
        """Counts added up per source unit."""
        owner = self.keys // max(len(self.target), 1)
        return added_up(owner, self.counts, len(self.source))

    @property
    def target_totals(self) -> Floats:
        """Counts added up per target unit."""
        owner = self.keys % max(len(self.target), 1)
        return added_up(owner, self.counts, len(self.target))

    def look_up(self, source: Ints, target: Ints) -> Floats:
        """The counts of pairs of unit numbers; zero for unseen ones (-1)."""
        if not len(self.keys):
            return np.zeros(len(source))
        wanted = source * len(self.target) + target
        places = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        found = (self.keys[places] == wanted) & (source >= 0) & (target >= 0)
        return np.where(found, self.counts[places], 0.0)


@dataclass(frozen=True, slots=True)
class Level:
    """One table seen from a corpus: each type pair's unit pair, and the prior of each unit pair."""

    sources: Vocabulary
    targets: Vocabulary
    keys: Ints
    of_kind: Ints
    prior: Floats

    def table(self, kind_counts: Floats, least: float) -> Table:
        """Counts per unit pair added up from counts per type pair; those below ``least`` go."""
        counts = added_up(self.of_kind, kind_counts, len(self.keys))
        kept = counts >= least
        return Table(self.sources, self.targets, self.keys[kept], counts[kept])

    def probabilities(
        self, table: Table, settings: Settings, sharp: bool = True
    ) -> tuple[Floats, Floats]:
        """Per type pair p(target | source) and p(source | target).

        Variational when ``sharp``, which starves rare pairs; the plain posterior mean otherwise.
        """
        source, target = np.divmod(self.keys, max(len(self.targets), 1))
        here = np.array([table.source.number(form) for form in self.sources.forms], np.int64)
        there = np.array([table.target.number(form) for form in self.targets.forms], np.int64)
        counts = table.look_up(here[source], there[target])
        top = counts + self.prior
        top = np.exp(digamma(top)) if sharp else top
        down = _bottom(table.source_totals, here, settings.concentration * len(table.target), sharp)
        up = _bottom(table.target_totals, there, settings.concentration * len(table.source), sharp)
        return (top / down[source])[self.of_kind], (top / up[target])[self.of_kind]


def _bottom(totals: Floats, numbers: Ints, mass: float, sharp: bool) -> Floats:
    known = np.append(totals, 0.0)[numbers] + max(mass, 1.0)
    return np.exp(digamma(known)) if sharp else known


def levels(corpus: Corpus, settings: Settings) -> tuple[Level, Level]:
    """The word level and the stem level of a corpus."""
    kinds, _ = corpus.kinds
    source, target = np.divmod(kinds, max(len(corpus.target.forms), 1))
    words = Level(
        corpus.source.forms, corpus.target.forms, kinds, np.arange(len(kinds)),
        prior(corpus.source.forms, corpus.target.forms, source, target, settings),
    )  # fmt: skip
    here, here_of = _stems(corpus.source.forms)
    there, there_of = _stems(corpus.target.forms)
    keys, of_kind = np.unique(
        here_of[source] * max(len(there), 1) + there_of[target], return_inverse=True
    )
    source, target = np.divmod(keys, max(len(there), 1))
    return words, Level(here, there, keys, of_kind, prior(here, there, source, target, settings))


def prior(
    sources: Vocabulary, targets: Vocabulary, source: Ints, target: Ints, settings: Settings
) -> Floats:
    """Dirichlet pseudo-counts of unit pairs: a floor, plus spelling likeness where it tells."""
    alike = likeness(sources, targets, source, target)
    return settings.concentration + settings.spelling * alike


def likeness(sources: Vocabulary, targets: Vocabulary, source: Ints, target: Ints) -> Floats:
    """0 to 1: equal signs and numbers 1, words by their common letters above one half."""
    here, here_shape = _bare(sources)
    there, there_shape = _bare(targets)
    equal = here[source] == there[target]
    long = np.array([len(form) >= LEAST_LETTERS for form in here], bool)[source]
    long &= np.array([len(form) >= LEAST_LETTERS for form in there], bool)[target]
    wordy = long & (here_shape[source] == WORD) & (there_shape[target] == WORD)
    result = np.where(equal, 1.0, 0.0)
    chosen = np.flatnonzero(wordy & ~equal)
    if len(chosen):
        ratios = cpdist(here[source[chosen]].tolist(), there[target[chosen]].tolist(),
                        scorer=fuzz.ratio, dtype=np.float32, score_cutoff=50, workers=1)  # fmt: skip
        result[chosen] = np.maximum(0.0, ratios.astype(np.float64) / 50.0 - 1.0)
    return result


def shape_factor(corpus: Corpus, settings: Settings) -> Floats:
    """Per type pair: below one where a sign or a number meets something of another shape."""
    kinds, _ = corpus.kinds
    source, target = np.divmod(kinds, max(len(corpus.target.forms), 1))
    here = np.array([shape(form) for form in corpus.source.forms.forms], np.int64)[source]
    there = np.array([shape(form) for form in corpus.target.forms.forms], np.int64)[target]
    clash = np.where((here == SIGN) != (there == SIGN), settings.shape_clash, 1.0)
    numbers = (here == NUMBER) & (there == NUMBER)
    names = np.array(corpus.source.forms.forms, object)[source]
    differ = numbers & (names != np.array(corpus.target.forms.forms, object)[target])
    return np.where(differ, settings.shape_clash, clash)


def _stems(forms: Vocabulary) -> tuple[Vocabulary, Ints]:
    stems = Vocabulary()
    numbers = np.array([stems.add(stem(form)) for form in forms.forms], np.int64)
    return stems, numbers


def _bare(forms: Vocabulary) -> tuple[NDArray[np.object_], Ints]:
    """Forms as their spelling is compared, and their shapes."""
    bare = [spelt(form) for form in forms.forms]
    return np.array(bare, object), np.array([shape(form) for form in forms.forms], np.int64)
