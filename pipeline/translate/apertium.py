"""Apertium: translates with the rule-based program, where somebody has installed it (Forcada et al. 2011).

The program is licensed under the GPL, never required, and run as a program of its own. It reads HTML: each
text is a paragraph, and each protected part, which comes as a number in square brackets, an inline element,
which the program carries along in its place.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import lru_cache

from langcodes import Language, LanguageTagError

from pipeline.backends.base import BackendBroken, BackendRefused
from pipeline.translate.checks import flags, usual_ratio
from pipeline.translate.contract import Translated

PROGRAM = "apertium"
LONGEST = 600
_MARK = re.compile(r"\[(\d{1,9})\]")
_ELEMENT = re.compile(r'<x id="m(\d{1,9})"\s*/?>(?:</x>)?')
_PARAGRAPH = re.compile(r'<p id="t(\d{1,9})">(.*?)</p>', re.DOTALL)


def is_installed() -> bool:
    """Whether the program is on this machine's path."""
    return shutil.which(PROGRAM) is not None


class ApertiumTranslator:
    """Translates by a ``mode`` of the program such as ``eng-spa``; without one, by that of the languages."""

    def __init__(self, mode: str = "") -> None:
        self._mode = mode

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Translated]:
        """One result per text, by one start of the program. Raises BackendRefused or BackendBroken."""
        program = shutil.which(PROGRAM)
        if program is None:
            raise BackendRefused(
                f"the program {PROGRAM} is not installed on the worker's machine: install it there with "
                "the data of the language pair, or use another translator"
            )
        mode = self._mode or _mode(program, source, target)
        if not any(text.strip() for text in texts):
            return [Translated("empty") for _ in texts]
        page = "\n".join(_paragraph(number, text) for number, text in enumerate(texts))
        said = _run([program, "-u", "-f", "html-noent", mode], page)
        found = {int(number): inner for number, inner in _PARAGRAPH.findall(said)}
        rows = [_read(text, found.get(number)) for number, text in enumerate(texts)]
        ratio = usual_ratio([(text, row.text) for text, row in zip(texts, rows, strict=True)])
        return [
            Translated(row.state, row.text, row.raw_reply, flags=flags(text, row.text, ratio=ratio))
            if row.state == "ok"
            else row
            for text, row in zip(texts, rows, strict=True)
        ]


def _paragraph(number: int, text: str) -> str:
    inner = _MARK.sub(r'<x id="m\1"/>', html.escape(text, quote=False))
    return f'<p id="t{number}">{inner}</p>'


def _read(text: str, inner: str | None) -> Translated:
    """A paragraph as plain text again."""
    if not text.strip():
        return Translated("empty")
    if inner is None:
        return Translated("broken", raw_reply=f"{PROGRAM} gave this paragraph not back")
    made = html.unescape(_ELEMENT.sub(r"[\1]", inner)).strip()
    return Translated("ok" if made else "empty", made, inner)


def _mode(program: str, source: str, target: str) -> str:
    """The installed mode that translates between two BCP-47 tags. Raises BackendRefused without one."""
    known = _modes(program)
    for one in _codes(source):
        for other in _codes(target):
            if f"{one}-{other}" in known:
                return f"{one}-{other}"
    raise BackendRefused(
        f"{PROGRAM} has no data to translate from {source} into {target} on the worker's machine; "
        f"installed are: {', '.join(sorted(known)[:20]) or 'none'}"
    )


@lru_cache(maxsize=4)
def _modes(program: str) -> frozenset[str]:
    return frozenset(_run([program, "-l"], "").split())


def _codes(tag: str) -> Iterator[str]:
    """What the program may call a language: with its region, by three letters, by two."""
    try:
        language = Language.get(tag)
        long = language.to_alpha3()
    except (LanguageTagError, LookupError):
        yield tag
        return
    short = language.language or tag
    for code in dict.fromkeys((long, short)):
        if language.territory:
            yield f"{code}_{language.territory}"
        yield code


def _run(command: Sequence[str], text: str) -> str:
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=LONGEST, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendBroken(f"{PROGRAM} could not be run: {type(error).__name__}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().split("\n")[-1][:200]
        raise BackendBroken(f"{PROGRAM} ended with code {done.returncode}: {said}")
    return done.stdout.decode(errors="replace")
