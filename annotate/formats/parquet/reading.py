"""Read the Parquet files of decided labels back into items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from annotate.formats.checks import Seen, all_storable
from annotate.formats.contract import Fault, ReadOptions
from annotate.formats.decoding import DECODER
from annotate.formats.native.rows import RowParser
from annotate.formats.parquet import foreign
from annotate.formats.parquet.schema import DECIDED
from annotate.records import ItemRecord, RowError
from annotate.spans import shorten

_NEEDED = ("id", "lang", "fields", "spans")
_BATCH = 1000
# Read whole by pyarrow, so refused when a damaged or hostile file claims more.
MOST_GROUP_BYTES = 512_000_000


def read(stream: BinaryIO, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    """Yield an item per row: its source side and its own, the decided labels as candidates.

    Files that are no export of Vouch are read as ``foreign`` says.

    The lines of errors are row numbers from 1. Offsets are code points whatever the options say.
    The stream must be seekable; a row group is held at a time.
    """
    try:
        file = pq.ParquetFile(stream)
        ours = (file.schema_arrow.metadata or {}).get(b"vouch.format") is not None
        lacking = [name for name in _NEEDED if name not in file.schema_arrow.names]
        if lacking and ours:
            cause = (
                f"the file lacks the columns {', '.join(lacking)}; take a file of the folder data/ "
                "of an export"
            )
            yield RowError(1, cause)
            return
        groups = range(file.metadata.num_row_groups)
        biggest = max((file.metadata.row_group(i).total_byte_size for i in groups), default=0)
        if biggest > MOST_GROUP_BYTES:
            cause = f"a row group holds {biggest:,} bytes; write the file in smaller row groups"
            yield RowError(1, cause)
            return
        yield from foreign.read(file, options) if lacking else _items(file, options)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        yield RowError(1, f"the file is damaged or not Parquet: {shorten(str(error), 200)}")


def header(stream: BinaryIO, options: ReadOptions) -> list[tuple[str, str]]:
    """The columns of a file that other people wrote and what each would be taken for; else none."""
    try:
        file = pq.ParquetFile(stream)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        # Reading says what is wrong with it.
        return []
    lacks = any(name not in file.schema_arrow.names for name in _NEEDED)
    is_ours = (file.schema_arrow.metadata or {}).get(b"vouch.format") is not None
    return foreign.header(file, options) if lacks and not is_ours else []


def _items(file: pq.ParquetFile, options: ReadOptions) -> Iterator[ItemRecord | RowError]:
    parser = RowParser(replace(options, unit="codepoint"))
    seen = Seen()
    number = 0
    columns = [name for name in DECIDED.names if name in file.schema_arrow.names]
    for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
        for row in batch.to_pylist():
            number += 1
            try:
                native = _native(row)
                all_storable(native, "")
                item = parser.item(native, number)
            except Fault as fault:
                yield fault.at(number)
                continue
            if seen.add(item.external_id):
                yield item
            else:
                ident = shorten(item.external_id)
                yield RowError(number, f"{ident!r} occurs twice in this file", column="id")


def _native(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row in the full form of native JSONL."""
    get = row.get
    renditions = []
    own_source = get("source_lang") and get("source_lang") != get("lang")
    if own_source and get("source_fields"):
        source = {"language": get("source_lang"), "fields": get("source_fields")}
        if get("source_spans") is not None:
            source["reading"] = _said(row, "source_")
        renditions.append(source)
    own = {"language": get("lang"), "fields": get("fields"), "origin": get("rendition_origin")}
    if get("spans") is not None:
        own["reading"] = _said(row, "")
    renditions.append(own)
    return {
        "id": get("id"),
        "split": get("split"),
        "group": get("group"),
        "position": get("position"),
        "variety": get("variety"),
        "metadata": _parsed(get("metadata"), "metadata"),
        "inputs": _parsed(get("inputs"), "inputs"),
        "source_language": get("source_lang") or None,
        "renditions": renditions,
    }


def _said(row: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    spans = row.get(f"{prefix}spans")
    answers = row.get(f"{prefix}answers") or ()
    return {
        "spans": [
            span | {"attributes": _parsed(span.get("attributes"), f"{prefix}spans")}
            for span in spans or ()
        ],
        "answers": [
            answer | {"value": _parsed(answer.get("value"), f"{prefix}answers")}
            for answer in answers
        ],
        "relations": row.get(f"{prefix}relations"),
    }


def _parsed(text: Any, column: str) -> Any:
    if text is None:
        return None
    try:
        return DECODER.decode(text)
    except Fault as fault:
        raise Fault(column, fault.cause) from None
    except (ValueError, TypeError, RecursionError):
        raise Fault(column, f"{shorten(str(text))!r} is not JSON") from None
