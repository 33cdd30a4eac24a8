"""The formats there are: a line each."""

from __future__ import annotations

from annotate.formats import (
    argilla,
    bitext,
    brat,
    conll,
    conllu,
    doccano,
    label_studio,
    native,
    parquet,
    pharaoh,
    prodigy,
    sgd,
    spacy,
    squad,
    tables,
    tacred,
    trec,
    webanno,
    xalign,
)
from annotate.formats.contract import Format

FORMATS: dict[str, Format] = {
    known.name: known
    for known in (
        native.FORMAT,
        conll.FORMAT,
        conllu.FORMAT,
        parquet.FORMAT,
        tables.CSV,
        tables.XLSX,
        label_studio.FORMAT,
        doccano.FORMAT,
        prodigy.FORMAT,
        spacy.FORMAT,
        argilla.FORMAT,
        brat.FORMAT,
        webanno.FORMAT,
        squad.FORMAT,
        tacred.FORMAT,
        trec.FORMAT,
        sgd.FORMAT,
        xalign.FORMAT,
        pharaoh.FORMAT,
        bitext.TMX,
        bitext.XLIFF,
    )
}


def detect(filename: str, head: bytes) -> str | None:
    """The format of a file by its first bytes (some kilobytes), else by its name; None if unknown.

    >>> detect("a.txt", b'{"id": 1, "text": "Ana"}')
    'native'
    """
    name = filename.lower()
    # The native format, first in the catalog, takes any JSON lines: the others are asked before it.
    for known in reversed(FORMATS.values()):
        if known.may_read and known.sniff(name, head):
            return known.name
    for known in FORMATS.values():
        if known.may_read and name.endswith(known.extensions):
            return known.name
    return None
