"""Protected: code, addresses, formulas and placeholders that must survive translation byte for byte.

Selective translation: what is not language is taken out before a text is translated and put back after
(Selective translation for low-resource instruction tuning, arXiv 2507.14304). Each part becomes a number in
square brackets, which both language models and translation models mostly keep. Where one is lost, doubled
or changed, the stretches between the parts are translated one by one and joined around them: then every
byte is right by construction, and the translation is flagged, because sentences were cut.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex

from pipeline.translate.checks import PIECED
from pipeline.translate.contract import Translated, Translator

# No further than this is a closing sign looked for.
_LONG = 4_000
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'>]+)"""
_ADDRESS_END = r"""[^\s<>"'`]*[^\s<>"'`.,;:!?)\]}]"""
# The earlier one wins where two begin at the same place.
_KINDS = (
    rf"```.{{0,{_LONG}}}?```|~~~.{{0,{_LONG}}}?~~~|`[^`\n]+`",
    rf"\$\$.{{1,{_LONG}}}?\$\$|\\\[.{{1,{_LONG}}}?\\\]|\\\(.{{1,{_LONG}}}?\\\)",
    rf"\\begin\{{(\w+\*?)\}}.{{0,{_LONG}}}?\\end\{{\1\}}",
    # Two prices are no formula: it holds a sign of its own, and no space at its ends.
    r"\$(?=\S)[^$\n]*[\\^_={}+][^$\n]*(?<=\S)\$",
    rf"(?:https?|ftp)://{_ADDRESS_END}|(?<![\w.])www\.{_ADDRESS_END}",
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    rf"</?[A-Za-z][\w:-]*(?:\s+[\w:-]+(?:\s*=\s*{_VALUE})?)*\s*/?>|<!--.{{0,{_LONG}}}?-->",
    r"&(?:\#\d+|\#x[0-9a-fA-F]+|[A-Za-z]\w*);",
    r"\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|%\([A-Za-z_]\w*\)[sdif]|%[sd](?!\w)",
    r"\{[A-Za-z_][\w.]*(?::[^{}\s]*)?\}|\{\d*\}",
)
_PARTS = regex.compile("|".join(_KINDS), regex.DOTALL)
_OPENING = regex.compile(r"[\[{]")
_FIRST = 101


@dataclass(frozen=True, slots=True)
class Masked:
    """A text with its protected parts taken out: ``text`` holds ``marks[i]`` for ``parts[i]``."""

    text: str
    marks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def restored(self, translation: str) -> str | None:
        """The translation with its parts put back; None if a mark is not there exactly once."""
        if any(translation.count(mark) != 1 for mark in self.marks):
            return None
        found = dict(zip(self.marks, self.parts, strict=True))
        if not found:
            return translation
        return regex.sub(
            "|".join(map(regex.escape, found)), lambda hit: found[hit.group()], translation
        )


def parts(text: str, terms: Sequence[str] = ()) -> list[tuple[int, int]]:
    """The protected stretches, as code points in order: ``terms`` as whole words, JSON, and the rest."""
    found = [match.span() for match in _PARTS.finditer(text)]
    found += _structures(text)
    if words := sorted(filter(None, terms), key=len, reverse=True):
        pattern = "|".join(map(regex.escape, words))
        found += [m.span() for m in regex.finditer(rf"(?<!\w)(?:{pattern})(?!\w)", text)]
    kept: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _structures(text: str) -> Iterator[tuple[int, int]]:
    """JSON objects and lists of more than a word or number."""
    decoder = json.JSONDecoder()
    at = 0
    while opening := _OPENING.search(text, at):
        at = opening.start() + 1
        try:
            value, end = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            continue
        if (isinstance(value, dict) and value) or (isinstance(value, list) and len(value) > 1):
            yield opening.start(), end
            at = end


def mask(text: str, terms: Sequence[str] = ()) -> Masked:
    """Take the protected parts out."""
    found = parts(text, terms)
    number = _FIRST
    while any(f"[{number + n}]" in text for n in range(len(found))):
        number += len(found)
    marks = tuple(f"[{number + n}]" for n in range(len(found)))
    pieces, at = [], 0
    for (start, end), sign in zip(found, marks, strict=True):
        pieces += [text[at:start], sign]
        at = end
    masked = "".join([*pieces, text[at:]])
    return Masked(masked, marks, tuple(text[start:end] for start, end in found))


@dataclass(frozen=True, slots=True)
class SelectiveTranslator:
    """Any translator, with the protected parts and ``terms`` of every text kept as they are."""

    inner: Translator
    terms: tuple[str, ...] = ()

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Translated]:
        """One result per text. A text is sent twice at most, the second time in pieces."""
        masked = [mask(text, self.terms) for text in texts]
        # What is nothing but protected needs no translator.
        rows: list[Translated] = [
            Translated("ok", text) if _is_bare(one) else Translated("empty")
            for one, text in zip(masked, texts, strict=True)
        ]
        asked = [n for n, one in enumerate(masked) if not _is_bare(one)]
        sent = self._sent([masked[n].text for n in asked], source, target)
        broken: list[int] = []
        for n, row in zip(asked, sent, strict=True):
            whole = masked[n].restored(row.text) if row.state == "ok" else row.text
            rows[n] = row if whole is None else replace(row, text=whole)
            if whole is None:
                broken.append(n)
        for n, row in zip(
            broken, self._pieced([masked[n] for n in broken], source, target), strict=True
        ):
            rows[n] = _added(rows[n], row)
        return rows

    def _sent(self, texts: Sequence[str], source: str, target: str) -> list[Translated]:
        return self.inner.translate(texts, source=source, target=target) if texts else []

    def _pieced(self, masked: Sequence[Masked], source: str, target: str) -> list[Translated]:
        """Each text's stretches between its parts translated alone and joined around them."""
        cut = [
            regex.split("(" + "|".join(map(regex.escape, m.marks)) + ")", m.text) for m in masked
        ]
        wanted = [piece for pieces in cut for piece in pieces[::2] if piece.strip()]
        sent = iter(self._sent(wanted, source, target))
        return [
            _joined(pieces, one.parts, [next(sent) for piece in pieces[::2] if piece.strip()])
            for pieces, one in zip(cut, masked, strict=True)
        ]


def _is_bare(one: Masked) -> bool:
    left = one.text
    for sign in one.marks:
        left = left.replace(sign, "")
    return bool(one.marks) and not any(c.isalpha() for c in left)


def _joined(pieces: Sequence[str], kept: Sequence[str], made: Sequence[Translated]) -> Translated:
    """Pieces and protected parts in turn, each piece with the white space it had around it."""
    bad = next((row for row in made if row.state != "ok"), None)
    rows = iter(made)
    text = ""
    for number, piece in enumerate(pieces):
        if number % 2:
            text += kept[number // 2]
        elif piece.strip():
            before = piece[: len(piece) - len(piece.lstrip())]
            text += before + next(rows).text.strip() + piece[len(piece.rstrip()) :]
        else:
            text += piece
    return Translated(
        bad.state if bad else "ok",
        "" if bad else text,
        "\n".join(row.raw_reply for row in made),
        sum(row.tokens_in for row in made),
        sum(row.tokens_out for row in made),
        (PIECED,),
    )


def _added(first: Translated, second: Translated) -> Translated:
    """The second try, with what the first one cost and said."""
    return replace(
        second,
        raw_reply=f"{first.raw_reply}\n\n{second.raw_reply}",
        tokens_in=first.tokens_in + second.tokens_in,
        tokens_out=first.tokens_out + second.tokens_out,
    )
