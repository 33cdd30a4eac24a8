"""Dawid-Skene on its authors' patients and on raters whose truth is known; panels of such raters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.agree import DawidSkene, dawid_skene, effective_voters, panel

# Table 1 of the paper: per patient the three assessments of observer 1, then observers 2 to 5.
PATIENTS = """
1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343
1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222
1111111 1111111 2322222 1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343
2212232 2323233 3333432 1111111 1111111 1212111 2322222 1211111 2222222
"""


def patients() -> tuple[list[int], list[int], list[int]]:
    rows = PATIENTS.split()
    assert len(rows) == 45
    observers = (1, 1, 1, 2, 3, 4, 5)
    judged = [
        (patient, observer, int(grade))
        for patient, row in enumerate(rows, start=1)
        for observer, grade in zip(observers, row, strict=True)
    ]
    items, raters, values = zip(*judged, strict=True)
    return list(items), list(raters), list(values)


def test_the_marginals_of_the_forty_five_patients() -> None:
    fit = dawid_skene(*patients(), smoothing=0.0)
    assert fit.values == (1, 2, 3, 4)
    assert np.round(fit.prior, 2).tolist() == [0.40, 0.42, 0.11, 0.07]
    assert fit.converged
    # Patients 3, 24 and 45 of the published table of posteriors lie in class 2, 11 in class 4.
    assert [fit.answers[patient - 1] for patient in (1, 2, 11, 24, 45)] == [1, 4, 4, 2, 2]


def test_the_likelihood_is_that_of_the_definition_and_cannot_be_bettered_nearby() -> None:
    items, raters, values = patients()
    fit = dawid_skene(items, raters, values, smoothing=0.0, tolerance=1e-9, most=500)

    def likelihood(prior: NDArray[np.float64], confusion: NDArray[np.float64]) -> float:
        joint = np.tile(prior, (45, 1))
        for item, rater, value in zip(items, raters, values, strict=True):
            joint[item - 1] *= confusion[rater - 1, :, value - 1]
        return float(np.log(joint.sum(axis=1)).sum())

    best = likelihood(fit.prior, fit.confusion)
    assert best == pytest.approx(fit.log_likelihood, abs=1e-6)
    random = np.random.default_rng(0)
    for _ in range(50):
        prior = fit.prior * np.exp(random.normal(0, 0.05, 4))
        confusion = fit.confusion * np.exp(random.normal(0, 0.05, fit.confusion.shape))
        worse = likelihood(prior / prior.sum(), confusion / confusion.sum(axis=2, keepdims=True))
        assert worse < best


def synthetic(seed: int, skills: tuple[float, ...], clones: float | None = None) -> tuple[
    NDArray[np.int64], NDArray[np.int64]
]:  # fmt: skip
    """Truth of 1,000 yes-or-no items and the answers, one column per rater."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, 1000)
    columns = [np.where(random.random(1000) < skill, truth, 1 - truth) for skill in skills]
    if clones is not None:
        columns += [np.where(random.random(1000) < clones, truth, 1 - truth)] * 3
    return truth, np.stack(columns, axis=1)


def fitted(answers: NDArray[np.int64]) -> DawidSkene:
    items, raters = answers.shape
    return dawid_skene(
        np.repeat(np.arange(items), raters), np.tile(np.arange(raters), items), answers.ravel()
    )


def test_two_good_raters_outweigh_three_that_guess() -> None:
    ours, plurality = [], []
    for seed in range(20):
        truth, answers = synthetic(seed, (0.95, 0.95, 0.55, 0.55, 0.55))
        fit = fitted(answers)
        ours.append((np.array(fit.answers) == truth).mean())
        plurality.append(((answers.sum(axis=1) > 2) == truth).mean())
        assert fit.trusted
    assert np.mean(ours) == pytest.approx(0.954, abs=0.01)
    assert np.mean(plurality) == pytest.approx(0.876, abs=0.01)


def test_clones_deceive_the_model_and_it_says_so() -> None:
    right = []
    for seed in range(20):
        truth, answers = synthetic(seed, (0.85, 0.85), clones=0.70)
        fit = fitted(answers)
        right.append((np.array(fit.answers) == truth).mean())
        assert fit.posterior.max(axis=1).mean() > 0.999
        assert not fit.trusted
        one, two, observed, expected = fit.dependent[0]
        assert (one, two) == (0, 1)
        assert observed > expected + 0.1
    assert np.mean(right) == pytest.approx(0.697, abs=0.01)


def test_independent_raters_are_not_suspected() -> None:
    random = np.random.default_rng(5)
    items = np.repeat(np.arange(4000), 5)
    raters = random.integers(0, 60, len(items))
    truth = random.integers(0, 4, 4000)
    right = random.random(len(items)) < random.uniform(0.5, 0.95, 60)[raters]
    fit = dawid_skene(
        items, raters, np.where(right, truth[items], random.integers(0, 4, len(items)))
    )
    assert fit.trusted
    assert fit.converged
    assert (np.array(fit.answers) == truth).mean() > 0.9


def test_names_of_any_kind_and_ties() -> None:
    fit = dawid_skene(["a", "a", "b", "b"], ["x", "y", "x", "y"], ["p", "q", "p", "q"])
    assert (fit.items, fit.raters, fit.values) == (("a", "b"), ("x", "y"), ("p", "q"))
    assert fit.answers == (None, None)


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        dawid_skene([1], [1, 2], [1])
    with pytest.raises(ValueError, match="no judgements"):
        dawid_skene([], [], [])
    with pytest.raises(ValueError, match="smoothing"):
        dawid_skene([1], [1], [1], smoothing=-1)


def test_three_copies_are_worth_one_voter() -> None:
    truth, answers = synthetic(0, (), clones=0.7)
    rows = [(i, r, int(answers[i, r])) for i in range(1000) for r in range(3)]
    measured = panel(rows, {i: int(truth[i]) for i in range(1000)})
    assert measured.mean_correlation == pytest.approx(1.0)
    assert measured.effective_voters == pytest.approx(1.0)
    assert measured.accuracy == pytest.approx((0.7,) * 3, abs=0.04)


def test_independent_raters_are_worth_their_number() -> None:
    truth, answers = synthetic(1, (0.8, 0.7, 0.6))
    rows = [(i, r, int(answers[i, r])) for i in range(1000) for r in range(3)]
    known = {i: int(truth[i]) for i in range(500)}
    measured = panel(rows, known)
    assert measured.judged == (500, 500, 500)
    assert measured.effective_voters == pytest.approx(3.0, abs=0.3)


@pytest.mark.parametrize(
    ("voters", "rho", "worth"), [(6, 0.43, 1.9), (6, 0.38, 2.1), (6, 0.49, 1.7), (6, 0.59, 1.5)]
)
def test_effective_voters_of_the_measured_panels(voters: int, rho: float, worth: float) -> None:
    assert round(effective_voters(voters, rho), 1) == worth


def test_a_panel_needs_something_known() -> None:
    with pytest.raises(ValueError, match="whose answer is known"):
        panel([("a", "x", 1)], {"b": 1})
    lone = panel([("a", "x", 1), ("a", "y", 1)], {"a": 1})
    assert lone.mean_correlation is None
    assert lone.effective_voters is None
