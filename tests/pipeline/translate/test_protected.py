"""What is not language survives translation byte for byte, whatever the translator does to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.translate.checks import PIECED
from pipeline.translate.contract import Translated
from pipeline.translate.protected import SelectiveTranslator, mask, parts

PROTECTED = [
    "```python\nprint('hi')\n```", "`x = 1`", "https://example.org/a?b=c#d", "www.example.org/x",
    "ana@example.org", "$E = mc^2$", "$$\\int_0^1 x\\,dx$$", "\\(a+b\\)",
    "\\begin{align}x &= 1\\end{align}", '{"name": "Ana", "age": [1, 2]}', '["red", "green"]',
    "{name}", "{0}", "{{ user.name }}", "${HOME}", "%(count)s", "%s", "<b>", '<a href="x">', "</a>",
    "<!-- note -->", "&nbsp;", "&#169;",
]  # fmt: skip
PLAIN = ["It costs $5 or $10.", "100% of them", "a < b and c > d", "[sic]", "(see there)", "AT&T"]


@pytest.mark.parametrize("part", PROTECTED)
def test_each_kind_is_found_whole(part: str) -> None:
    text = f"Write {part} here."
    found = [text[a:b] for a, b in parts(text)]
    assert found == [part]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_and_prices_are_language(text: str) -> None:
    assert parts(text) == []


def test_the_stop_behind_an_address_is_the_sentence_s() -> None:
    text = "See https://example.org/a. Then (http://b.org/c)."
    assert [text[a:b] for a, b in parts(text)] == ["https://example.org/a", "http://b.org/c"]


def test_terms_are_kept_as_whole_words() -> None:
    text = "Vouch vouches for Vouch."
    assert [text[a:b] for a, b in parts(text, ["Vouch"])] == ["Vouch", "Vouch"]


def test_a_mark_that_the_text_has_already_is_not_used() -> None:
    one = mask("As in [101] and `x`.")
    assert one.marks == ("[102]",)
    assert one.restored(one.text) == "As in [101] and `x`."


class Upper:
    """Translates into capitals, and does to marks what it is told; counts what it was sent."""

    def __init__(self, spoil=lambda text: text) -> None:
        self.spoil, self.sent = spoil, []

    def translate(self, texts, *, source, target):
        self.sent.append(list(texts))
        return [Translated("ok", self.spoil(text.upper()), text, 3, 2) for text in texts]


def selective(inner, *texts: str, terms=()) -> list[Translated]:
    return SelectiveTranslator(inner, terms).translate(texts, source="en", target="es")


def test_parts_come_back_where_their_marks_stand() -> None:
    inner = Upper(lambda text: " ".join(reversed(text.split(" "))))
    made = selective(inner, "run `ls -l` now")[0]
    assert (made.text, made.flags) == ("NOW `ls -l` RUN", ())
    assert inner.sent == [["run [101] now"]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("[101]", ""),
        lambda text: text.replace("[101]", "[ 101 ]"),
        lambda text: text.replace("[101]", "[101] [101]"),
    ],
)
def test_a_spoilt_mark_has_the_text_translated_around_its_parts(spoil) -> None:
    made = selective(Upper(spoil), "Run `ls -l`, then {name}.")[0]
    assert made.text == "RUN `ls -l`, THEN {name}."
    assert made.flags == (PIECED,)
    # Two tries: one of the whole, one of two stretches with letters and one full stop.
    assert (made.tokens_in, made.tokens_out) == (12, 8)


def test_texts_without_such_parts_are_sent_as_they_are() -> None:
    inner = Upper()
    assert [row.text for row in selective(inner, "one", "two")] == ["ONE", "TWO"]
    assert inner.sent == [["one", "two"]]


def test_what_is_nothing_but_code_is_not_sent() -> None:
    inner = Upper()
    made = selective(inner, "```\nx = 1\n```", "https://a.org", "words")
    assert [row.text for row in made] == ["```\nx = 1\n```", "https://a.org", "WORDS"]
    assert inner.sent == [["words"]]


def test_a_failure_stays_a_failure() -> None:
    class Broken:
        def translate(self, texts, *, source, target):
            return [Translated("broken", raw_reply="no") for _ in texts]

    made = selective(Broken(), "run `ls` now")[0]
    assert (made.state, made.raw_reply) == ("broken", "no")


@given(
    st.lists(
        st.sampled_from([*PROTECTED, "word", "two words", "\n", " ", "[101]", "."]), max_size=8
    ),
    st.sampled_from([str, lambda t: t.replace("[1", "["), lambda t: t[::-1]]),
)
def test_every_protected_byte_survives(pieces: list[str], spoil) -> None:
    text = " ".join(pieces)
    wanted = [text[a:b] for a, b in parts(text)]
    made = selective(Upper(spoil), text)[0]
    if made.state == "ok":
        for part in wanted:
            assert made.text.count(part) >= wanted.count(part)


def test_openings_without_an_end_protect_nothing() -> None:
    for hostile in ("<!--" * 5_000, "{" * 20_000, "[" * 20_000, "<a " * 10_000):
        assert parts(hostile) == []
