"""Languages: what translation models call a language that the project names by its BCP-47 tag."""

from __future__ import annotations

from collections.abc import Iterator

from langcodes import Language, LanguageTagError

# FLORES-200 names a member of each macrolanguage where ISO 639-3 has one code for all of them
# (NLLB Team 2022, table 1).
_MEMBERS = {
    "aka": "aka", "ara": "arb", "aym": "ayr", "aze": "azj", "est": "est", "fas": "pes", "ful": "fuv",
    "grn": "grn", "kon": "kon", "kur": "kmr", "lav": "lvs", "mlg": "plt", "mon": "khk", "msa": "zsm",
    "nep": "npi", "nor": "nob", "ori": "ory", "orm": "gaz", "pus": "pbt", "que": "quy", "sqi": "als",
    "swa": "swh", "uzb": "uzn", "yid": "ydd", "zho": "zho",
}  # fmt: skip


def names(tag: str) -> Iterator[str]:
    """What models may call the language, as vocabulary tokens, the most exact first.

    In turn: NLLB (``swh_Latn``), M2M-100 (``__sw__``), mBART-50 (``sw_KE``), OPUS-MT (``>>swh<<``).
    Yields nothing for a tag that is none.
    """
    try:
        language = Language.get(tag)
        full = language.maximize()
        long = language.to_alpha3()
    except (LanguageTagError, LookupError):
        return
    codes = list(dict.fromkeys((_MEMBERS.get(long, long), long)))
    for code in codes:
        yield f"{code}_{full.script}"
    short = language.language or ""
    yield f"__{short}__"
    if full.territory:
        yield f"{short}_{full.territory}"
    yield f"{short}_XX"
    for code in (*codes, short):
        yield f">>{code}_{full.script}<<"
        yield f">>{code}<<"


def described(tag: str) -> str:
    """The language's English name with its tag, for a prompt: ``Swahili (sw)``."""
    try:
        return f"{Language.get(tag).display_name()} ({tag})"
    except LanguageTagError:
        return tag
