"""Fonts for languages whose letters a reader's device may lack: cut to one script, told to pages.

Fonts of the device come first; a font from here is fetched only where none of them has a letter. An
operator adds one with ``manage.py font``; there is none until then.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex
from django.conf import settings

from annotate.languages import UnknownLanguage, script, standard_tag

SUFFIX = ".woff2"
# Codes of ISO 15924 that stand for several scripts of Unicode.
_PARTS = {
    "Hans": ("Hani",), "Hant": ("Hani",), "Jpan": ("Hira", "Kana", "Hani"), "Kore": ("Hang", "Hani"),
    "Aran": ("Arab",),
}  # fmt: skip
# Punctuation, digits and signs that all scripts share lie below; above come emoji and the like.
_SHARED_END = 0x3000


class FontRefused(ValueError):
    """A file that cannot serve as the font of a language."""


@dataclass(frozen=True, slots=True)
class Font:
    """A font of a language; ``local`` is what the same font is called where a device has it."""

    tag: str
    local: str
    version: str


def fonts() -> tuple[Font, ...]:
    """The fonts there are, by tag. Costs one look at the folder; files are read when it changes."""
    folder = Path(settings.FONTS)
    try:
        return _read(folder, folder.stat().st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=1)
def _read(folder: Path, _changed: int) -> tuple[Font, ...]:
    return tuple(
        Font(path.stem, _name(path), hashlib.sha256(path.read_bytes()).hexdigest()[:12])
        for path in sorted(folder.glob(f"*{SUFFIX}"))
    )


def path_of(tag: str) -> Path | None:
    """Where the font of a language lies, or None."""
    known = any(font.tag == tag for font in fonts())
    return Path(settings.FONTS) / f"{tag}{SUFFIX}" if known else None


def version(found: tuple[Font, ...]) -> str:
    """Changes whenever one of the fonts does."""
    return hashlib.sha256("".join(font.tag + font.version for font in found).encode()).hexdigest()[
        :12
    ]


def sheet(found: tuple[Font, ...], addresses: dict[str, str]) -> str:
    """The stylesheet that gives texts of a language its font; ``addresses`` of the files by tag."""
    return "".join(
        f'@font-face {{ font-family: "Vouch {font.tag}"; font-display: swap; '
        f'src: local("{font.local}"), url("{addresses[font.tag]}") format("woff2"); }}\n'
        f':lang({font.tag}) {{ font-family: var(--device), "Vouch {font.tag}", sans-serif; }}\n'
        for font in found
    )


def add(tag: str, source: Path) -> Font:
    """Cut a font file to the script of a language and keep it, in place of an earlier one.

    Raises FontRefused for a file that is no font or has no letter of the script.
    """
    try:
        tag = standard_tag(tag)
    except UnknownLanguage as error:
        raise FontRefused(str(error)) from None
    made = cut(source, script(tag))
    folder = Path(settings.FONTS)
    folder.mkdir(parents=True, exist_ok=True)
    waiting = folder / f"{tag}.part"
    waiting.write_bytes(made)
    waiting.replace(folder / f"{tag}{SUFFIX}")
    return next(font for font in fonts() if font.tag == tag)


def remove(tag: str) -> None:
    """Forget the font of a language. Raises FontRefused where there is none."""
    path = path_of(tag)
    if path is None:
        raise FontRefused(f"there is no font for {tag!r}")
    path.unlink()


def cut(source: Path, code: str) -> bytes:
    """The font with only the letters of a script (ISO 15924), as WOFF2; joining rules are kept."""
    from fontTools.subset import Options, Subsetter, load_font, save_font
    from fontTools.ttLib import TTLibError

    # Of a collection the first is taken.
    options = Options(flavor="woff2", layout_features=["*"], notdef_outline=True, font_number=0)
    try:
        font = load_font(str(source), options)
    except (TTLibError, OSError) as error:
        raise FontRefused(f"{source} cannot be read as a font: {error}") from None
    kept, letters = _letters(font.getBestCmap() or {}, code)
    if not letters:
        raise FontRefused(f"{source} has no letter of the script {code or 'of this language'}")
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=kept)
    subsetter.subset(font)
    written = io.BytesIO()
    save_font(font, written, options)
    return written.getvalue()


def _letters(known: dict[int, str], code: str) -> tuple[list[int], int]:
    """Of a font's code points those of the script and what all scripts share; how many are its own."""
    scripts = _PARTS.get(code, (code,)) if code else ()
    own = "".join(rf"\p{{Script_Extensions={name}}}" for name in scripts)
    try:
        is_own = regex.compile(f"[{own}]") if own else None
    except regex.error:
        raise FontRefused(f"{code} is no script of Unicode") from None
    shared = regex.compile(r"[\p{Script=Common}\p{Script=Inherited}]")
    mine = {n for n in known if is_own and is_own.match(chr(n)) and not shared.match(chr(n))}
    common = {n for n in known if n < _SHARED_END and shared.match(chr(n))}
    return sorted(mine | common), len(mine)


def _name(path: Path) -> str:
    """The font's full name, as devices know it."""
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return regex.sub(r"[^\w .-]", "", font["name"].getDebugName(4) or path.stem)
