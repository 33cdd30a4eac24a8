"""Sentences of a CoNLL stream: tokens, tags and comments between two blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from annotate.formats.contract import ReadOptions
from annotate.formats.lines import lines
from annotate.records import RowError

_COMMENT = re.compile(r"#\s?([\w ]+?)\s*=\s?(.*)\Z", re.DOTALL)
_BLANKS = re.compile(r"[ \t]+")
_TAG = re.compile(r"(?:O|[A-Z]-.+)\Z", re.DOTALL)


@dataclass(slots=True)
class Block:
    """A sentence as it stands in the file; ``error`` is set when it cannot be taken."""

    line: int
    tokens: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    comments: dict[str, tuple[int, str]] = field(default_factory=dict)
    error: RowError | None = None
    size: int = 0

    @property
    def is_document_start(self) -> bool:
        """Whether this is the mark between documents rather than a sentence."""
        return self.tokens == ["-DOCSTART-"] and not {"id", "text"} & self.comments.keys()


def blocks(stream: BinaryIO, options: ReadOptions) -> Iterator[Block]:
    """Yield the sentences of a stream, those with errors and document marks included.

    A sentence of more than ``max_line_bytes`` characters is an error and is not held. Comments
    (``# key = value``) are known by their place before the first token.
    """
    block: Block | None = None
    for row in lines(stream, options.max_line_bytes):
        number = row.line if isinstance(row, RowError) else row[0]
        if not isinstance(row, RowError) and (not row[1] or row[1].isspace()):
            if block is not None and (block.tokens or block.error):
                yield block
                block = None
            continue
        block = block or Block(number)
        if block.error is not None:
            continue
        if isinstance(row, RowError):
            block.error = row
        else:
            _add(block, number, row[1], options)
    if block is not None and (block.tokens or block.error):
        yield block


def _add(block: Block, number: int, text: str, options: ReadOptions) -> None:
    """Add a line to the sentence, or set its error."""
    if text.startswith("#") and not block.tokens:
        comment = _COMMENT.match(text)
        is_row = not text.startswith("# ") and _tag_of(text, options.tag_column) is not None
        if comment and not is_row:
            block.comments[comment.group(1)] = (number, comment.group(2))
            return
        if _tag_of(text, options.tag_column) is None:
            return
    columns = _columns(text)
    if len(columns) < 2:
        block.error = RowError(
            number, "expected a token and its tag, parted by a tab or spaces", column="tag"
        )
        return
    column = options.tag_column
    if not -len(columns) <= column < len(columns):
        cause = f"the line has {len(columns)} columns, so none with the number {column}"
        block.error = RowError(number, cause, column="tag")
        return
    block.size += len(text)
    if block.size > options.max_line_bytes:
        block.error = RowError(
            block.line,
            f"no blank line within {options.max_line_bytes:,} characters; put one after each "
            "sentence or raise the limit for a line",
        )
        block.tokens.clear()
        block.tags.clear()
        block.lines.clear()
        return
    block.tokens.append(columns[0])
    block.tags.append(columns[column])
    block.lines.append(number)


def _columns(text: str) -> list[str]:
    if "\t" in text:
        return text.rstrip("\t").split("\t")
    return _BLANKS.split(text.strip(" "))


def _tag_of(text: str, column: int) -> str | None:
    """The tag in a line, or None when there is nothing like a tag in that column."""
    columns = _columns(text)
    if len(columns) < 2 or not -len(columns) <= column < len(columns):
        return None
    return columns[column] if _TAG.match(columns[column]) else None
