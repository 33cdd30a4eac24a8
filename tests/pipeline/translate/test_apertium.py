"""Apertium: how the program is called and read, with a stand-in on the path; markup stays where it was."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.translate import apertium, catalog

# Translates word by word and turns the words of a paragraph round, elements staying with the word before
# them; gives entities back as characters, as the program does with html-noent.
STAND_IN = """#!{python}
import html, re, sys
if sys.argv[1:] == ["-l"]:
    print("eng-spa\\nspa-eng\\nen-pt_BR")
    sys.exit(0)
assert sys.argv[1:4] == ["-u", "-f", "html-noent"], sys.argv
assert sys.argv[4] == "{mode}", sys.argv
WORDS = {{"the": "el", "red": "rojo", "river": "rio", "save": "guarda"}}
def turned(found):
    words = re.findall(r"(?:<[^>]*>|[^\\s<])+", found.group(2))
    known = lambda w: WORDS.get(w.group().lower(), w.group())
    said = [re.sub(r"<[^>]*>|[A-Za-z]+", known, word) for word in words]
    return found.group(1) + html.unescape(" ".join(reversed(said))) + "</p>"
page = sys.stdin.buffer.read().decode()
made = re.sub(r'(<p id="t[0-9]+">)(.*?)</p>', turned, page, flags=re.DOTALL)
sys.stdout.buffer.write({made}.encode())
sys.exit({code})
"""

Program = Callable[..., None]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Put a stand-in for the program on the path."""

    def make(mode: str = "eng-spa", made: str = "made", code: int = 0) -> None:
        place = tmp_path / apertium.PROGRAM
        place.write_text(STAND_IN.format(python=sys.executable, mode=mode, made=made, code=code))
        place.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        apertium._modes.cache_clear()

    return make


def texts(*given: str, source: str = "en", target: str = "es", **settings: str) -> list[str]:
    made = catalog.program(settings).translate(list(given), source=source, target=target)
    return [row.text if row.state == "ok" else row.state for row in made]


def test_texts_go_through_in_one_page_and_come_back_in_order(program: Program) -> None:
    program()
    assert texts("the red river", "", "Save the river") == ["rio rojo el", "empty", "rio el guarda"]


def test_markup_code_and_signs_survive_byte_for_byte(program: Program) -> None:
    program()
    [made] = texts("the <b>red</b> river & `x < 1` [7]")
    assert sorted(made.split()) == sorted(["el", "<b>rojo</b>", "rio", "&", "`x", "<", "1`", "[7]"])
    assert "<b>rojo</b>" in made
    assert texts('Save <a href="https://x.example/?a=1&b=2">river</a>') == [
        '<a href="https://x.example/?a=1&b=2">rio</a> guarda'
    ]


def test_the_mode_is_found_by_the_languages_or_named(program: Program) -> None:
    program(mode="en-pt_BR")
    assert texts("the river", target="pt-BR") == ["rio el"]
    with pytest.raises(BackendRefused, match=r"from English|from en into sw.*eng-spa"):
        texts("the river", target="sw")
    program(mode="eng-spa_old")
    assert texts("the river", target="sw", mode="eng-spa_old") == ["rio el"]


def test_without_the_program_the_refusal_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not apertium.is_installed()
    with pytest.raises(BackendRefused, match="install it there"):
        texts("the river")


def test_a_program_that_fails_or_loses_a_paragraph_is_told_apart(program: Program) -> None:
    program(code=2)
    with pytest.raises(BackendBroken, match="code 2"):
        texts("the river")
    program(made="made.replace('t1', 'other')")
    assert texts("the river", "the red river") == ["rio el", "broken"]
