"""Fonts of languages: cut to a script, listed, served for good, and not spoken of until there is one."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from fontTools.ttLib import TTFont

from annotate import fonts
from tests import fonts as make

TAG = "ff-Adlm"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path) -> Path:
    settings.FONTS = tmp_path / "fonts"
    return settings.FONTS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make.build(tmp_path / "boxes.ttf")


def said(*words: str, **options: bool) -> str:
    out = io.StringIO()
    call_command("font", *words, stdout=out, **options)
    return out.getvalue()


def test_a_font_keeps_its_script_and_what_all_scripts_share(file: Path) -> None:
    with TTFont(io.BytesIO(fonts.cut(file, "Adlm"))) as cut:
        assert cut.flavor == "woff2"
        kept = {chr(number) for number in cut.getBestCmap()}
    assert kept == {*make.ADLAM, "7", " "}


def test_the_command_adds_lists_replaces_and_removes(file: Path, folder: Path) -> None:
    assert said() == ""
    assert said("ff_adlm", str(file)).startswith(f"{TAG}: {make.NAME}, ")
    assert [path.name for path in folder.iterdir()] == [f"{TAG}.woff2"]
    assert said(TAG, str(file)) == said()
    assert said(TAG, remove=True) == f"{TAG}: removed\n"
    assert said() == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("hi", "FILE"), "no letter of the script Deva"),
        (("no such tag", "FILE"), "is not a language tag"),
        ((TAG, "TEXT"), "cannot be read as a font"),
        ((TAG, "NONE"), "cannot be read as a font"),
        ((TAG,), "Name the font's file"),
    ],
)
def test_what_cannot_serve_is_refused(
    words: tuple[str, ...], why: str, file: Path, tmp_path: Path, folder: Path
) -> None:
    (tmp_path / "text.ttf").write_text("no font")
    files = {"FILE": file, "TEXT": tmp_path / "text.ttf", "NONE": tmp_path / "none.ttf"}
    with pytest.raises(CommandError, match=why):
        said(*(str(files.get(word, word)) for word in words))
    assert not folder.exists()


def test_removing_what_is_not_there_says_so() -> None:
    with pytest.raises(CommandError, match="there is no font for 'ar'"):
        said("ar", remove=True)


@pytest.mark.django_db
def test_pages_name_the_fonts_only_where_there_are_some(client: Client, file: Path) -> None:
    assert "fonts.css" not in client.get(reverse("account_login")).content.decode()
    fonts.add(TAG, file)
    page = client.get(reverse("account_login")).content.decode()
    assert "fonts.css?v=" in page
    sheet = client.get(reverse("fonts"))
    text = sheet.content.decode()
    assert f":lang({TAG}) {{ font-family: var(--device), " in text
    assert f'local("{make.NAME}"), url("{reverse("font", args=[TAG])}?v=' in text
    assert "immutable" in sheet["Cache-Control"]
    answer = client.get(reverse("font", args=[TAG]))
    assert answer["Content-Type"] == "font/woff2"
    assert b"".join(answer.streaming_content)[:4] == b"wOF2"
    assert client.get(reverse("font", args=["ar"])).status_code == 404


@pytest.mark.django_db
def test_another_font_gets_another_address(client: Client, file: Path) -> None:
    first = fonts.add(TAG, file).version
    before = fonts.version(fonts.fonts())
    fonts.add("en-Latn", file)
    assert fonts.version(fonts.fonts()) != before
    assert {font.tag: font.version for font in fonts.fonts()}[TAG] == first
