"""Signs of scripts without spaces packed into units that the text itself shows."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipeline.align.model import fit
from pipeline.align.packing import learn, owners

# An invented language in Han signs: each word has two, and some signs serve in several words.
WORDS = {
    "king": "甲乙", "child": "丙丁", "house": "戊己", "tree": "庚辛", "river": "壬癸",
    "sees": "子丑", "buys": "寅卯", "paints": "辰巳",
}  # fmt: skip
NOUNS, VERBS = ["king", "child", "house", "tree", "river"], ["sees", "buys", "paints"]


def bitext() -> list[tuple[list[str], list[str]]]:
    rows = itertools.product(NOUNS, VERBS, NOUNS)
    return [
        ([one, verb, two], list(WORDS[one] + WORDS[verb] + WORDS[two]))
        for one, verb, two in rows
        if one != two
    ]


def test_signs_that_keep_together_become_one_unit():
    packing = learn(target for _, target in bitext())
    assert packing.pack(list("甲乙子丑丙丁")) == ["甲乙", "子丑", "丙丁"]


def test_signs_that_meet_by_chance_stay_apart():
    packing = learn(target for _, target in bitext())
    assert packing.pack(list("乙子丑甲")) == ["乙", "子丑", "甲"]


def test_scripts_that_write_spaces_are_left_as_they_are():
    packing = learn([["New", "York", "is", "big"], ["New", "York", "is", "old"]] * 5)
    assert packing.rounds == ()
    assert packing.pack(["New", "York"]) == ["New", "York"]


def test_words_of_another_script_amid_the_signs_are_not_joined():
    packing = learn([["甲", "乙", "NATO", "子", "丑"], ["NATO", "甲", "乙", "子"]] * 5)
    assert "NATO" in packing.pack(["甲", "乙", "NATO", "甲", "乙"])


@given(st.lists(st.sampled_from([*"甲乙丙子丑", "NATO", "7"]), max_size=12))
def test_units_spell_the_text_and_own_its_signs(tokens: list[str]):
    packing = learn([target for _, target in bitext()])
    units = packing.pack(tokens)
    assert "".join(units) == "".join(tokens)
    belongs = owners(tokens, units)
    assert len(belongs) == len(tokens)
    for number, unit in enumerate(units):
        assert (
            "".join(t for t, owner in zip(tokens, belongs, strict=True) if owner == number) == unit
        )


def test_every_sign_of_a_word_is_linked_to_its_translation():
    model = fit(bitext())
    links = model.align(["tree", "paints", "river"], list("庚辛辰巳壬癸")).hmm_forward
    assert links.argmax(axis=1).tolist() == [0, 0, 1, 1, 2, 2]
