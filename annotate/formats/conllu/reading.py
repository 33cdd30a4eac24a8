"""Read CoNLL-U (universaldependencies.org/format.html) and CoNLL-U Plus, with labels of words as spans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from annotate.formats.conll.tags import TagError, TagReader
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.native.converted import from_paragraphs
from annotate.formats.tokens import kept_tokens, tokens_of
from annotate.records import ItemRecord, RowError

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
# Keys of MISC, and columns of CoNLL-U Plus by their last part, that hold a tag such as B-PER.
TAGS = ("Entity", "NER", "NE")
ANALYSES = "analyses of words (lemmas, parts of speech, heads), not imported"
MENTIONS = "mentions of coreference in brackets, not imported"

_COMMENT = re.compile(r"#\s*([^=]+?)\s*=\s*(.*)\Z", re.DOTALL)
_ID = re.compile(r"(\d+)(?:(-)(\d+)|(\.)\d+)?\Z")
_EMPTY = ("", "_", "*")


@dataclass(slots=True)
class _Word:
    """A surface token; ``last`` is the number of the last word that it stands for."""

    form: str
    tag: str
    line: int
    has_space: bool
    last: int


@dataclass(slots=True)
class _Sentence:
    """What stands between two blank lines."""

    comments: dict[str, str] = field(default_factory=dict)
    words: list[_Word] = field(default_factory=list)


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per sentence, or the RowError of one that cannot be taken.

    The text is ``# text``, else the forms by ``SpaceAfter=No``; the id is ``# sent_id``, else ``s`` and
    the sentence's number; ``# newdoc id`` begins a group. A token of several words (``3-4``) is one
    token, tagged as it or the first of its tagged words is; empty nodes (``8.1``) are no text.
    """
    return from_paragraphs(stream, options, _Parser(options).native)


class _Parser:
    """Turns the sentences of one stream into native rows."""

    def __init__(self, options: ReadOptions) -> None:
        self.options, self.columns = options, COLUMNS
        self.tags = TagReader()
        self.group, self.position = "", 0

    def native(self, rows: list[tuple[int, str]], number: int) -> dict[str, Any] | None:
        """The native row of a sentence; None of lines without words. Raises RowError and Fault."""
        sentence = self._sentence(rows)
        try:
            return self._native(sentence, number) if sentence.words else None
        except TagError as error:
            line = sentence.words[error.index].line
            raise RowError(line, str(error), column="tag") from None

    def _sentence(self, rows: list[tuple[int, str]]) -> _Sentence:
        """The words and comments of the lines between two blank ones. Raises RowError."""
        sentence = _Sentence()
        for line, text in rows:
            cells = text.split("\t")
            # A word may begin with the sign of a comment where columns do not begin with a number.
            if text.startswith("#") and len(cells) != len(self.columns):
                self._comment(sentence, text)
                continue
            try:
                self._word(sentence, line, cells)
            except Fault as fault:
                raise fault.at(line) from None
        return sentence

    def _comment(self, sentence: _Sentence, text: str) -> None:
        found = _COMMENT.match(text)
        if found and found[1] == "global.columns":
            self.columns = tuple(found[2].split())
        elif found:
            sentence.comments[found[1]] = found[2]
        elif text[1:].strip() == "newdoc":
            sentence.comments["newdoc id"] = ""

    def _word(self, sentence: _Sentence, line: int, cells: list[str]) -> None:
        if len(cells) != len(self.columns):
            said = f"expected {len(self.columns)} columns parted by tabs, found {len(cells)}"
            raise Fault("columns", said)
        row = dict(zip(self.columns, cells, strict=True))
        number, last = self._number(row, len(sentence.words))
        if number is None:
            return
        misc = dict(part.partition("=")[::2] for part in row.get("MISC", "_").split("|"))
        if any(row.get(name, "_") not in _EMPTY for name in ("LEMMA", "UPOS", "HEAD")):
            self.options.notes[ANALYSES] += 1
        tag = self._tag(row, misc)
        before = sentence.words[-1] if sentence.words else None
        if before is not None and number <= before.last:
            # A word of a token that stands above it.
            if before.tag == "O":
                before.tag = tag
            return
        if not row.get("FORM"):
            raise Fault("FORM", "the word has no form")
        has_space = misc.get("SpaceAfter") != "No"
        sentence.words.append(_Word(row["FORM"], tag, line, has_space, last))

    def _number(self, row: Mapping[str, str], count: int) -> tuple[int | None, int]:
        """The first and the last word that a line stands for; no first of an empty node."""
        if "ID" not in row:
            return count + 1, count + 1
        found = _ID.match(row["ID"])
        if found is None:
            raise Fault("ID", f"expected a number such as 3, 3-4 or 8.1, found {row['ID']!r}")
        if found[4]:
            return None, 0
        return int(found[1]), int(found[3] or found[1])

    def _tag(self, row: Mapping[str, str], misc: Mapping[str, str]) -> str:
        columns = {name.rpartition(":")[2]: value for name, value in row.items()}
        for key in TAGS:
            for value in (columns.get(key), misc.get(key)):
                if value is None or value in _EMPTY:
                    continue
                if "(" not in value and ")" not in value:
                    return value
                self.options.notes[MENTIONS] += 1
        return "O"

    def _native(self, sentence: _Sentence, number: int) -> dict[str, Any]:
        said = dict(sentence.comments)
        if "newdoc id" in said:
            self.group, self.position = said.pop("newdoc id"), 0
        forms = [word.form for word in sentence.words]
        text = said.pop("text", None)
        if text is None:
            text = "".join(w.form + " " * w.has_space for w in sentence.words).rstrip(" ")
        places = kept_tokens(text, forms)
        if places is None:
            raise Fault("text", "the words do not follow one another in the text")
        spans = [
            {"start": places[first][0], "end": places[end - 1][1], "label": label,
             "field": self.options.field}
            for first, end, label in self.tags.chunks([word.tag for word in sentence.words])
        ]  # fmt: skip
        ident = said.pop("sent_id", None) or f"s{number}"
        metadata: dict[str, Any] = dict(said)
        if places != tokens_of(text):
            metadata["tokens"] = {self.options.language: forms}
        group, position = self.group, self.position
        self.position += 1
        return {
            "id": self.options.id_prefix + ident, "text": text, "spans": spans,
            "metadata": metadata, "split": self.options.split,
            **({"group": group, "position": position} if group else {}),
        }  # fmt: skip
