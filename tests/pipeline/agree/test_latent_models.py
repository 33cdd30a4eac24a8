"""One-coin and MACE: on raters whose truth is known, and where Dawid and Skene's model needs none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline.agree import dawid_skene, mace, one_coin


def coded(answers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    items, raters = answers.shape
    return np.repeat(np.arange(items), raters), np.tile(np.arange(raters), items), answers.ravel()


def right(fit: Any, truth: np.ndarray) -> float:
    return float((np.array(fit.answers) == truth).mean())


def experts_and_guessers(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two raters at .95 and three at .55 on 1,000 yes-or-no items: the synthetic panel A."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, 2, 1000)
    skills = (0.95, 0.95, 0.55, 0.55, 0.55)
    columns = [np.where(random.random(1000) < skill, truth, 1 - truth) for skill in skills]
    return truth, np.stack(columns, axis=1)


@pytest.mark.parametrize("method", [one_coin, mace, dawid_skene])
def test_panel_a_good_raters_outweigh_those_that_guess(method: Any) -> None:
    accuracy, skill = [], []
    for seed in range(10):
        truth, answers = experts_and_guessers(seed)
        fit = method(*coded(answers))
        accuracy.append(right(fit, truth))
        skill.append(fit.skill)
        assert fit.trusted
    assert np.mean(accuracy) == pytest.approx(0.954, abs=0.012)
    assert np.mean(skill, axis=0)[:2] == pytest.approx([0.95, 0.95], abs=0.03)
    assert np.mean(skill, axis=0)[2:] == pytest.approx([0.55] * 3, abs=0.03)


@pytest.mark.parametrize("method", [one_coin, mace])
def test_panel_b_clones_deceive_these_models_too_and_they_say_so(method: Any) -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, 1000)
    good = [np.where(random.random(1000) < 0.85, truth, 1 - truth) for _ in range(2)]
    clone = np.where(random.random(1000) < 0.70, truth, 1 - truth)
    fit = method(*coded(np.stack([*good, clone, clone, clone], axis=1)))
    assert fit.posterior.max(axis=1).mean() > 0.98
    assert not fit.trusted
    assert right(fit, truth) < 0.75


def test_mace_finds_a_rater_with_a_favourite_answer() -> None:
    random = np.random.default_rng(5)
    truth = random.integers(0, 4, 600)
    columns = [
        np.where(random.random(600) < 0.8, truth, random.integers(0, 4, 600)) for _ in range(3)
    ]
    always = np.full(600, 2)
    fit = mace(*coded(np.stack([*columns, always], axis=1)))
    assert fit.skill[3] < 0.4 < fit.skill[:3].min()
    # Whatever is true, the fourth says 2.
    assert fit.confusion[3, :, 2].min() > 0.8
    assert right(fit, truth) > 0.9


def test_one_coin_is_the_maximum_of_its_likelihood() -> None:
    _truth, answers = experts_and_guessers(1)
    fit = one_coin(*coded(answers[:200]), smoothing=0.0, tolerance=1e-10, most=2000)

    def likelihood(skills: np.ndarray, prior: np.ndarray) -> float:
        joint = np.tile(prior, (200, 1))
        for rater, skill in enumerate(skills):
            for value in range(2):
                joint[:, value] *= np.where(answers[:200, rater] == value, skill, 1 - skill)
        return float(np.log(joint.sum(axis=1)).sum())

    skills = fit.confusion[:, 0, 0]
    best = likelihood(skills, fit.prior)
    assert best == pytest.approx(fit.log_likelihood, abs=1e-6)
    random = np.random.default_rng(0)
    for _ in range(30):
        moved = np.clip(skills + random.normal(0, 0.03, 5), 0.01, 0.99)
        prior = np.clip(fit.prior + np.array([1, -1]) * random.normal(0, 0.03), 0.01, 0.99)
        assert likelihood(moved, prior) < best


def test_restarts_never_worsen_and_repeat() -> None:
    _truth, answers = experts_and_guessers(2)
    plain, more = mace(*coded(answers)), mace(*coded(answers), restarts=3, seed=1)
    assert more.log_likelihood >= plain.log_likelihood
    assert more.log_likelihood == mace(*coded(answers), restarts=3, seed=1).log_likelihood


def test_raters_may_be_absent_and_what_cannot_be_fitted_is_refused() -> None:
    for method in (one_coin, mace):
        fit = method(["a", "a", "b"], ["x", "y", "x"], ["p", "p", "q"])
        assert fit.answers == ("p", "q")
        with pytest.raises(ValueError, match="no judgements"):
            method([], [], [])
        with pytest.raises(ValueError, match="equally long"):
            method([1], [1, 2], [1])
    with pytest.raises(ValueError, match="restarts is -1"):
        mace([1], [1], [1], restarts=-1)
