"""What was learnt is adopted only where it does better on texts held back."""

from __future__ import annotations

import math

import pytest

from annotate.readings import Reading
from annotate.spans import Span
from pipeline.align.model import fit
from pipeline.label.contract import Example as Read
from pipeline.label.contract import Labelled
from pipeline.learn.correction import Correction, Score, folds
from pipeline.learn.match import play
from pipeline.learn.teaching import taught
from pipeline.learn.voting import weigh
from pipeline.projection import consensus, links
from pipeline.projection.consensus import ConsensusProjector
from pipeline.projection.contract import Example, Projection

WORDS = ["a", "b", "c", "d", "e", "f", "g", "h"]
TEXT = " ".join(WORDS)


class Voter:
    """A projector that puts every span at the word its skill leads it to."""

    def __init__(self, name: str, is_right: list[bool]) -> None:
        self.name, self.is_right = name, is_right

    def project(self, source_text, target_text, spans):
        return self.project_all([Example(source_text, target_text, tuple(spans))])[0]

    def project_all(self, examples):
        made = []
        for example in examples:
            number = int(example.source_text.split()[1])
            at = 2 * (number % 4) if self.is_right[number] else 14
            spans = tuple(
                Span(s.label, at, at + 1, source=s.key, surface=TEXT[at]) for s in example.spans
            )
            made.append(Projection(spans))
        return made


def corrections(count: int) -> list[Correction]:
    rows = []
    for number in range(count):
        at = 2 * (number % 4)
        example = Example(f"x {number}", TEXT, (Span("X", 0, 1, key="s"),))
        rows.append(Correction(example, (Span("X", at, at + 1, source="s"),)))
    return rows


@pytest.fixture(scope="module")
def model():
    return fit([(["x"], ["a"]), (["y"], ["b"])])


def panel(model, *skills: list[bool]) -> ConsensusProjector:
    parts = tuple(Voter(f"v{n}", skill) for n, skill in enumerate(skills))
    return ConsensusProjector(parts, model)


def test_weights_move_to_the_voter_that_is_right(model):
    """Two that err alike outvote the good one, until people have said who is right."""
    good, bad = [True] * 40, [n % 4 == 0 for n in range(40)]
    weighed = weigh(panel(model, good, bad, bad), corrections(40))
    assert weighed.adopted
    assert weighed.before.right == 10
    assert weighed.after.right == 40
    weights = weighed.projector.consensus.weights
    assert weights["v0"] > weights["v1"] + 1


def test_weights_that_held_back_texts_contradict_stay(model):
    """What the one text teaches is wrong on the other, both ways."""
    started = panel(model, [True, False])
    weighed = weigh(started, corrections(2))
    assert not weighed.adopted
    assert weighed.projector is started
    assert weighed.after.likelihood < weighed.before.likelihood


def test_one_judged_text_moves_nothing(model):
    started = panel(model, [True])
    weighed = weigh(started, corrections(1))
    assert not weighed.adopted
    assert weighed.projector is started


def test_the_likelihood_is_that_of_the_right_place(model):
    """One voter, right: sigmoid of weight plus bias; wrong: the rest."""
    weighed = weigh(panel(model, [True, False]), corrections(2))
    sure = 1 / (1 + math.exp(-(1.6 - 0.6)))
    assert weighed.before == Score(
        (True, False), pytest.approx(math.log(sure) + math.log(1 - sure))
    )


def test_a_projector_with_nothing_to_learn_stays_as_it_is(model):
    projector = links.LinksProjector(model)
    assert taught(projector, corrections(5)) == (projector, {})


def test_too_little_to_learn_from_changes_nothing(model):
    projector = consensus.fit(model, [])
    assert taught(projector, corrections(1)) == (projector, {})


def test_every_row_is_held_back_once():
    rows = list(range(12))
    held = [row for part, rest in folds(rows) for row in part if row not in rest]
    assert sorted(held) == rows
    assert [len(part) + len(rest) for part, rest in folds(rows)] == [12] * 5
    assert len(list(folds([1, 2]))) == 2


class Marks:
    """A labeller that marks the first ``size`` letters as X."""

    def __init__(self, size: int) -> None:
        self.size = size

    def label(self, tasks, *, ballot=1):
        return [Labelled("ok", Reading(spans=(Span("X", 0, self.size),))) for _ in tasks]


def judged(*sizes: int) -> list[Read]:
    return [
        Read(f"i{n}", "es", {"": TEXT}, Reading(spans=(Span("X", 0, size),)))
        for n, size in enumerate(sizes)
    ]


def test_a_match_counts_exact_spans_of_both_sides():
    match = play(Marks(1), Marks(3), judged(3, 3, 1), ())
    assert (match.before, match.after, match.texts) == (
        pytest.approx(1 / 3),
        pytest.approx(2 / 3),
        3,
    )
    assert match.is_won
    assert not play(Marks(3), Marks(3), judged(3), ()).is_won


def test_where_nothing_is_marked_there_is_no_match():
    assert play(Marks(1), Marks(1), [Read("i", "es", {"": TEXT}, Reading())], ()) is None


@pytest.mark.parametrize(
    ("won", "lost", "is_clear"), [(1, 0, False), (2, 0, True), (3, 1, False), (6, 2, True)]
)
def test_a_gain_within_a_standard_error_is_not_clear(won, lost, is_clear):
    before = Score((False,) * won + (True,) * lost, -9.0)
    after = Score((True,) * won + (False,) * lost, -8.0)
    assert after.is_clearly_better(before) is is_clear
    assert after.beats(before)
    assert not after._replace(likelihood=-10.0).beats(before)
