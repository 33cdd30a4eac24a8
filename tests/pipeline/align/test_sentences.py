"""Long texts cut into beads: which sentences belong together, and that nothing is lost."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from pipeline.align.model import fit
from pipeline.align.sentences import Bead, beads
from pipeline.align.tokens import tokenise

SHORT = "It rained. "
LONG = "The whole village had been waiting for the ferry since the early morning hours. "
LANG = "Todo el pueblo llevaba esperando el transbordador desde las primeras horas del día. "


def tokens(text: str) -> list[str]:
    return [token.text for token in tokenise(text)]


def cut(source: str, target: str) -> list[tuple[str, str]]:
    one, other = tokens(source), tokens(target)
    return [
        (" ".join(one[b.first : b.last]), " ".join(other[b.start : b.end]))
        for b in beads((one, other))
    ]


def test_sentences_of_like_length_pair_one_to_one():
    found = cut(SHORT + LONG + SHORT, "Llovió. " + LANG + "Llovió.")
    assert [source for source, _ in found] == [
        " ".join(tokens(part)) for part in (SHORT, LONG, SHORT)
    ]
    assert found[1][1] == " ".join(tokens(LANG))


def test_a_sentence_split_in_translation_makes_a_bead_of_two():
    halves = (
        "Todo el pueblo llevaba esperando el barco. Esperaba desde las primeras horas del día. "
    )
    found = cut(SHORT + LONG + SHORT, "Llovió. " + halves + "Llovió.")
    assert len(found) == 3
    assert found[1] == (" ".join(tokens(LONG)), " ".join(tokens(halves)))


def test_after_a_sentence_left_out_the_others_are_in_step_again():
    found = cut(SHORT + LONG * 2 + SHORT + LONG, "Llovió. " + LANG + "Llovió. " + LANG)
    assert found[-2:] == [
        (" ".join(tokens(SHORT)), "Llovió ."),
        (" ".join(tokens(LONG)), " ".join(tokens(LANG))),
    ]


def test_a_number_on_both_sides_decides_between_equal_lengths():
    here = "They met in 1914. They met in April. They met in 1918. They met."
    there = "Se vieron en 1914. Se vieron en 1918. Se vieron."
    found = cut(here, there)
    for year in ("1914", "1918"):
        assert any(year in source and year in target for source, target in found)


def test_closing_quotes_stay_and_a_row_of_signs_is_no_sentence():
    source = tokens("“It rained.” He left! ... She stayed.")
    found = beads((source, tokens("«Llovió.» ¡Se fue! ... Ella se quedó.")))
    assert [" ".join(source[b.first : b.last]) for b in found] == [
        "“ It rained . ”",
        "He left ! . . .",
        "She stayed .",
    ]


def test_one_sentence_on_either_side_is_one_bead():
    pair = tokens("It rained and we left."), tokens("Llovió. Nos fuimos.")
    assert beads(pair) == [Bead(0, len(pair[0]), 0, len(pair[1]))]


def test_scripts_with_signs_of_their_own_are_cut_too():
    assert len(cut("राम आया। सीता गई। वे मिले।", "Ram came. Sita left. They met.")) == 3
    assert len(cut("下雨了。我们走了。", "It rained. We left.")) == 2


@given(
    st.lists(st.sampled_from(["a", "bb", ".", "?", "”", "7", "..."]), max_size=25),
    st.lists(st.sampled_from(["x", "yyyy", "।", "!", "7"]), max_size=25),
)
def test_beads_cover_both_texts_in_order(source: list[str], target: list[str]):
    found = beads((source, target))
    assert (found[0].first, found[0].start) == (0, 0)
    assert (found[-1].last, found[-1].end) == (len(source), len(target))
    for one, following in itertools.pairwise(found):
        assert (one.last, one.end) == (following.first, following.start)


def test_a_name_said_twice_is_linked_within_its_sentence():
    first = ["Oliveira", "sees", "the", "white", "house", "."]
    second = ["the", "old", "king", "sees", "Oliveira", "."]
    one = ["Oliveira", "mira", "xa", "casa", "blanco", "."]
    two = ["xa", "monarca", "viejo", "mira", "Oliveira", "."]
    model = fit([(first, one), (second, two)] * 10)
    links = model.align(first + second, one + two).hmm_forward
    assert links[0].argmax() == 0
    assert links[10].argmax() == 10
    assert not links[:6, 6:].any()
    assert not links[6:, :6].any()
