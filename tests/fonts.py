"""A font made for tests: boxes of a known width for Adlam letters, Latin letters and a digit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

ADLAM = "𞤀𞤥𞤭𞤲𞤢"
KNOWN = ADLAM + "aZ7 "
NAME = "Boxes For Tests"
# Width of every letter in em.
WIDTH = 3


def build(path: Path) -> Path:
    """Write the font; its letters are three ems wide, as no real font's are."""
    names = {ord(letter): f"box{n}" for n, letter in enumerate(KNOWN)}
    glyphs = [".notdef", *names.values()]
    font: Any = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder(glyphs)
    font.setupCharacterMap(names)
    font.setupGlyf(dict.fromkeys(glyphs, _box()))
    font.setupHorizontalMetrics(dict.fromkeys(glyphs, (WIDTH * 1000, 0)))
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": NAME, "styleName": "Regular", "fullName": NAME})
    font.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    font.setupPost()
    font.save(path)
    return path


def _box() -> Any:
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 700), (500, 700), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()
