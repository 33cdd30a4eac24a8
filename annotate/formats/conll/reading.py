"""Read CoNLL: one file of labelled sentences, or two files that translate each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from annotate.formats.checks import Seen, filled_text, language_tag, short_text, storable
from annotate.formats.checks import unknown_label as not_known
from annotate.formats.conll.blocks import Block, blocks
from annotate.formats.conll.tags import TagError, TagReader
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.tokens import tokens_of
from annotate.readings import Reading
from annotate.records import CandidateRecord, FieldRecord, ItemRecord, RenditionRecord, RowError
from annotate.spans import Span, shorten

REPAIRED = "I- without a B- before it, read as a beginning"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its labels, and the tokens if the text alone would not give them back."""

    line: int
    ident: str | None
    field: str
    text: str
    reading: Reading
    tokens: tuple[str, ...] | None
    group: str
    position: int
    split: str
    comments: dict[str, Any]


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per sentence, or the RowError of a sentence that cannot be taken.

    The text is the one in ``# text =``, else the tokens joined by single spaces; the id is the one
    in ``# id =`` (or ``sent_id``), else ``s`` and the sentence's number. ``-DOCSTART-`` begins a
    group. Tokens that the text would not give back are kept in ``metadata["tokens"][language]``.
    """
    language = language_tag(options.language, "language")
    seen = Seen()
    parser = _Parser(options)
    for number, sentence in enumerate(parser.sentences(stream), 1):
        if isinstance(sentence, RowError):
            yield sentence
            continue
        yield _once(_item(sentence, None, number, language, None, options), seen)


def read_pair(
    source: BinaryIO, target: BinaryIO, options: ReadOptions
) -> Iterator[ItemRecord | RowError]:
    """Yield items of two renditions: sentence i of ``target`` translates sentence i of ``source``.

    With ``target_labels="ignore"`` tags of the target are not read as labels. Files of unequal
    length give one RowError at the end that tells both counts. A pair with an error on either side
    is left out as a whole. Raises ValueError when the options name no target language.
    """
    if options.target_language is None:
        raise ValueError("a pair needs a target language; name it in the options")
    language = language_tag(options.language, "language")
    target_language = language_tag(options.target_language, "target_language")
    seen = Seen()
    left, right = _Parser(options), _Parser(options, labelled=options.target_labels == "keep")
    ours, theirs = left.sentences(source), right.sentences(target)
    number = 0
    while True:
        mine, other = next(ours, None), next(theirs, None)
        if mine is None or other is None:
            break
        number += 1
        bad = [_sided(x, name) for x, name in ((mine, "source"), (other, "target"))]
        errors = [error for error in bad if error is not None]
        if errors:
            yield from errors
        elif isinstance(mine, _Sentence) and isinstance(other, _Sentence):
            item = _item(mine, other, number, language, target_language, options)
            yield _once(item, seen)
    if mine is not None or other is not None:
        yield _unequal(number, mine, other, ours, theirs)


def _unequal(
    number: int, mine: _Sentence | RowError | None, other: _Sentence | RowError | None,
    ours: Iterator[Any], theirs: Iterator[Any],
) -> RowError:  # fmt: skip
    """The one error of files that differ in length: both counts and where the shorter one ends."""
    first = mine if mine is not None else other
    left = number + (mine is not None) + sum(1 for _ in ours)
    right = number + (other is not None) + sum(1 for _ in theirs)
    short, full = ("target", "source") if mine is not None else ("source", "target")
    line = first.line if first is not None else 0
    return RowError(
        line,
        f"the source has {left} sentences and the target {right}; sentence {number + 1} of the "
        f"{full} (line {line}) is the first without a partner, since the {short} ends before it. "
        "Sentence i must translate sentence i: look for a missing or an extra blank line",
    )


def _sided(sentence: _Sentence | RowError, side: str) -> RowError | None:
    if not isinstance(sentence, RowError):
        return None
    column = f"{side} {sentence.column}".strip()
    return RowError(sentence.line, sentence.cause, column=column)


def _once(item: ItemRecord, seen: Seen) -> ItemRecord | RowError:
    if seen.add(item.external_id):
        return item
    ident = shorten(item.external_id)
    cause = f"{ident!r} occurs twice in this file; give every sentence an id of its own"
    return RowError(item.line, cause, column="id")


def _item(
    sentence: _Sentence, other: _Sentence | None, number: int, language: str,
    target_language: str | None, options: ReadOptions,
) -> ItemRecord:  # fmt: skip
    sides = [(language, sentence)]
    if other is not None and target_language is not None:
        sides.append((target_language, other))
    renditions = []
    tokens: dict[str, list[str]] = {}
    for index, (tag, side) in enumerate(sides):
        labelled = index == 0 or options.target_labels == "keep"
        candidates = (CandidateRecord(options.annotator, side.reading),) if labelled else ()
        renditions.append(RenditionRecord(tag, (FieldRecord(side.field, side.text),), candidates))
        if side.tokens is not None:
            tokens[tag] = list(side.tokens)
    metadata: dict[str, Any] = dict(sentence.comments)
    if tokens:
        metadata["tokens"] = tokens
    return ItemRecord(
        sentence.ident or f"{options.id_prefix}s{number}",
        tuple(renditions),
        sentence.split or options.split,
        sentence.group,
        sentence.position,
        metadata=metadata,
        line=sentence.line,
    )


class _Parser:
    """Turns the blocks of one stream into sentences, numbering documents as they begin."""

    def __init__(self, options: ReadOptions, *, labelled: bool = True) -> None:
        self.options, self.labelled = options, labelled
        self.tags = TagReader()
        self.document, self.name, self.position = 0, "", 0

    def sentences(self, stream: BinaryIO) -> Iterator[_Sentence | RowError]:
        """The sentences in order; a bad one gives its RowError, so that counts stay right."""
        for block in blocks(stream, self.options):
            if block.error is None and block.is_document_start:
                self._begin(f"document-{self.document + 1}")
                continue
            try:
                yield block.error or self._sentence(block)
            except Fault as fault:
                yield fault.at(block.line)
            except RowError as error:
                yield error
            self.position += 1
        if self.tags.repaired:
            self.options.notes[REPAIRED] += self.tags.repaired

    def _begin(self, name: str) -> None:
        self.document, self.position = self.document + 1, 0
        self.name = short_text(self.options.id_prefix + name, "group", "group")

    def _sentence(self, block: Block) -> _Sentence:
        said = {key: value for key, (_, value) in block.comments.items()}
        if "newdoc id" in said:
            self._begin(said.pop("newdoc id"))
        ident = said.pop("id", None) or said.pop("sent_id", None)
        if ident is not None:
            ident = short_text(self.options.id_prefix + ident, "id", "id")
        text, places = _text_and_places(block, said.pop("text", None))
        storable(text, "text")
        field = short_text(said.pop("field", self.options.field), "field", "name")
        reading = self._reading(block, text, places, field) if self.labelled else Reading()
        group = short_text(said.pop("group", self.name), "group", "group")
        position = _position(block, said.pop("position", None), self.position if group else 0)
        split = short_text(said.pop("split", ""), "split", "split")
        same = tokens_of(text) == places
        kept = None if same else tuple(block.tokens)
        for key, value in said.items():
            storable(value, key)
        return _Sentence(
            block.line, ident, field, text, reading, kept, group, position, split, said
        )

    def _reading(
        self, block: Block, text: str, places: list[tuple[int, int]], field: str
    ) -> Reading:
        try:
            chunks = self.tags.chunks(block.tags)
        except TagError as error:
            raise RowError(block.lines[error.index], str(error), column="tag") from None
        spans = []
        for first, end, label in chunks:
            if self.options.labels is not None and label not in self.options.labels:
                cause = not_known(label, self.options.labels)
                raise RowError(block.lines[first], cause, column="tag")
            short_text(storable(label, "tag"), "tag", "label")
            left, right = places[first][0], places[end - 1][1]
            spans.append(Span(label, left, right, field, text[left:right]))
        return Reading(spans=tuple(spans))


def _text_and_places(block: Block, given: str | None) -> tuple[str, list[tuple[int, int]]]:
    """The sentence's text and where each token stands in it, in code points."""
    places = []
    if given is None:
        place = 0
        for token in block.tokens:
            places.append((place, place + len(token)))
            place += len(token) + 1
        return filled_text(" ".join(block.tokens), "text"), places
    place = 0
    for index, token in enumerate(block.tokens):
        start = given.find(token, place)
        if start < 0 or not (start == place or given[place:start].isspace()):
            raise RowError(
                block.lines[index],
                f"the token {shorten(token)!r} is not what follows in the sentence's # text (line "
                f"{block.comments['text'][0]}) at character {place}; correct it or leave # text out",
                column="text",
            )
        place = start + len(token)
        places.append((start, place))
    return filled_text(given, "text"), places


def _position(block: Block, given: str | None, counted: int) -> int:
    if given is None:
        return counted
    try:
        position = int(given)
    except ValueError:
        position = 2**31
    if not -(2**31) <= position < 2**31:
        line = block.comments["position"][0]
        raise RowError(line, f"{shorten(given)!r} is no whole number", column="position")
    return position
