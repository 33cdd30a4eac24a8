"""The aligner on toy bitexts whose right links are known, its determinism and its file."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pipeline.align import artifact, symmetry
from pipeline.align.artifact import ArtifactError
from pipeline.align.corpus import normal, shape, stem
from pipeline.align.model import AlignmentError, fit

NOUNS = {"house": "casa", "dog": "perro", "tree": "bosque", "king": "monarca", "child": "niña"}
ADJECTIVES = {"white": "blanco", "small": "chico", "old": "viejo", "happy": "alegre"}
VERBS = {"sees": "mira", "buys": "compra", "paints": "dibuja"}


def toy():
    """Sentences with adjective and noun swapped in translation, and their right links."""
    pairs, links = [], []
    rows = itertools.product(NOUNS.items(), ADJECTIVES.items(), VERBS.items(), NOUNS.items())
    for (noun, casa), (white, blanco), (sees, mira), (other, perro) in rows:
        if noun == other:
            continue
        pairs.append((["the", white, noun, sees, other], ["xa", casa, blanco, mira, perro]))
        links.append({(0, 0), (1, 2), (2, 1), (3, 3), (4, 4)})
    return pairs[::3], links[::3]


@pytest.fixture(scope="module")
def model():
    return fit(toy()[0])


def found(links):
    return {(int(j), int(i)) for j, i in zip(*links.nonzero(), strict=True)}


def test_swapped_words_are_linked_rightly(model):
    pairs, links = toy()
    right = [
        found(symmetry.intersection(a.hmm_forward, a.hmm_backward)) == expected
        for a, expected in zip(model.align_all(pairs), links, strict=True)
    ]
    assert sum(right) >= 0.95 * len(right)


def test_an_unseen_sentence_is_aligned(model):
    alignment = model.align(["the", "old", "king", "sees"], ["xa", "monarca", "viejo", "mira"])
    links = found(symmetry.intersection(alignment.hmm_forward, alignment.hmm_backward))
    assert {(1, 2), (2, 1), (3, 3)} <= links


def test_unseen_names_align_by_spelling(model):
    alignment = model.align(["the", "Oliveira", "sees"], ["mira", "xa", "Oliveyra"])
    assert alignment.hmm_forward[2].argmax() == 1
    assert alignment.ibm1_backward[:, 1].argmax() == 2


def test_posteriors_are_chances(model):
    for alignment in model.align_all(toy()[0][:5]):
        for forward in (alignment.hmm_forward, alignment.ibm1_forward):
            assert (forward >= 0).all()
            assert (forward.sum(axis=1) <= 1 + 1e-9).all()
        for backward in (alignment.hmm_backward, alignment.ibm1_backward):
            assert (backward.sum(axis=0) <= 1 + 1e-9).all()


def test_one_by_one_equals_all_at_once(model):
    pairs = toy()[0][:7]
    for pair, together in zip(pairs, model.align_all(pairs), strict=True):
        alone = model.align(*pair)
        np.testing.assert_allclose(alone.hmm_forward, together.hmm_forward, atol=1e-12)
        np.testing.assert_allclose(alone.ibm1_backward, together.ibm1_backward, atol=1e-12)


def test_fitting_twice_gives_the_same_bytes(model):
    again = fit(toy()[0], seed=1)
    assert artifact.write(artifact.to_arrays(again)) == artifact.write(artifact.to_arrays(model))


def test_a_saved_model_aligns_as_before(model, tmp_path):
    artifact.save(model, tmp_path / "model.npz")
    loaded = artifact.load(tmp_path / "model.npz")
    pair = toy()[0][0]
    assert (loaded.align(*pair).hmm_forward == model.align(*pair).hmm_forward).all()


def test_files_that_are_no_model_are_refused(tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(b"junk")
    with pytest.raises(ArtifactError, match="npz"):
        artifact.load(path)
    np.savez(path, about=np.array([{"code": print}], dtype=object))
    with pytest.raises(ArtifactError):
        artifact.load(path)


def test_bitext_teaches_words_the_pairs_do_not_hold():
    pairs = [(["zorb", "flims"], ["quat", "drel"])]
    bitext = [(["zorb"], ["drel"]), (["flims"], ["quat"]), (["zorb", "x"], ["y", "drel"])] * 5
    alignment = fit(pairs, bitext=bitext).align(*pairs[0])
    assert alignment.hmm_forward.argmax(axis=1).tolist() == [1, 0]


def test_nothing_to_learn_from_is_an_error():
    with pytest.raises(AlignmentError, match="tokens on both sides"):
        fit([([], ["a"]), (["b"], [])])


def test_empty_sides_give_empty_matrices(model):
    empty, full = model.align_all([([], ["xa"]), (["the"], ["xa"])])
    assert empty.hmm_forward.shape == (1, 0)
    assert full.hmm_forward.shape == (1, 1)


def test_forms_stems_and_shapes():
    assert normal("ＥＵ") == normal("eu")
    assert stem("ka\u0301rikko") == "ka\u0301rik"
    assert stem("parliament") == "parli"
    assert [shape(form) for form in ("ab", "a1", "،", "👍")] == [0, 1, 2, 2]


def test_grow_diag_final_and_on_a_worked_grid():
    forward = np.array([[0.9, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.9, 0.0]])
    backward = np.array([[0.9, 0.0, 0.0], [0.0, 0.9, 0.0], [0.0, 0.0, 0.9]])
    assert found(symmetry.intersection(forward, backward)) == {(0, 0), (1, 1)}
    assert found(symmetry.grow_diag_final_and(forward, backward)) == {
        (0, 0),
        (1, 1),
        (2, 1),
        (2, 2),
    }


def test_no_texts_have_no_alignments(model):
    assert model.align_all([]) == []
