"""Read CoNLL-U (universaldependencies.org/format.html) and CoNLL-U Plus, with labels of words as spans."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from annotate.formats.conll.tags import TagError, TagReader
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.lines import lines
from annotate.formats.native.converted import items_of
from annotate.formats.tokens import kept_tokens, tokens_of
from annotate.records import ItemRecord, RowError

COLUMNS = ("ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC")
# Keys of MISC, and columns of CoNLL-U Plus by their last part, that hold a tag such as B-PER.
TAGS = ("Entity", "NER", "NE")
ANALYSES = "analyses of words (lemmas, parts of speech, heads), not imported"

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

    line: int
    comments: dict[str, str] = field(default_factory=dict)
    words: list[_Word] = field(default_factory=list)
    error: RowError | None = None
    size: int = 0


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per sentence, or the RowError of one that cannot be taken.

    The text is ``# text``, else the forms by ``SpaceAfter=No``; the id is ``# sent_id``, else ``s`` and
    the sentence's number; ``# newdoc id`` begins a group. A token of several words (``3-4``) is one
    token, tagged as it or the first of its tagged words is; empty nodes (``8.1``) are no text.
    """
    return items_of(_Parser(options).rows(stream), options)


class _Parser:
    """Turns the sentences of one stream into native rows."""

    def __init__(self, options: ReadOptions) -> None:
        self.options, self.columns = options, COLUMNS
        self.tags = TagReader()
        self.group, self.position = "", 0

    def rows(self, stream: BinaryIO) -> Iterator[tuple[int, Mapping[str, Any]] | RowError]:
        """(line, native row) of each sentence."""
        for number, sentence in enumerate(self._sentences(stream), 1):
            if sentence.error is not None:
                yield sentence.error
                continue
            try:
                yield sentence.line, self._native(sentence, number)
            except Fault as fault:
                yield fault.at(sentence.line)
            except TagError as error:
                line = sentence.words[error.index].line
                yield RowError(line, str(error), column="tag")

    def _sentences(self, stream: BinaryIO) -> Iterator[_Sentence]:
        sentence: _Sentence | None = None
        for row in lines(stream, self.options.max_line_bytes):
            line = row.line if isinstance(row, RowError) else row[0]
            if not isinstance(row, RowError) and not row[1].strip():
                if sentence is not None and (sentence.words or sentence.error):
                    yield sentence
                    sentence = None
                continue
            sentence = sentence or _Sentence(line)
            if isinstance(row, RowError):
                sentence.error = sentence.error or row
            elif sentence.error is None:
                self._add(sentence, line, row[1])
        if sentence is not None and (sentence.words or sentence.error):
            yield sentence

    def _add(self, sentence: _Sentence, line: int, text: str) -> None:
        sentence.size += len(text)
        if sentence.size > self.options.max_line_bytes:
            cause = f"no blank line within {self.options.max_line_bytes:,} characters"
            sentence.error = RowError(sentence.line, cause)
            sentence.words.clear()
        elif text.startswith("#"):
            self._comment(sentence, text)
        else:
            try:
                self._word(sentence, line, text.split("\t"))
            except Fault as fault:
                sentence.error = fault.at(line)

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
        if any(row.get(name, "_") not in _EMPTY for name in ("LEMMA", "UPOS", "HEAD")):
            self.options.notes[ANALYSES] += 1

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
                if value is not None and value not in _EMPTY:
                    return value
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
