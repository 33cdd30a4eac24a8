"""The Croissant description of a release: what its files hold and how they came about, as JSON-LD.

Format 1.1 of MLCommons with the fields of its vocabulary for responsible AI (RAI 1.0).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CONTEXT: dict[str, Any] = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath", "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField",
    "path": "cr:path", "recordSet": "cr:recordSet", "references": "cr:references", "regex": "cr:regex",
    "repeated": "cr:repeated", "replace": "cr:replace", "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
# What a column of a simple kind is called there; columns of other kinds are lists, told in the card.
_KINDS = ((pa.types.is_string, "sc:Text"), (pa.types.is_boolean, "sc:Boolean"),
          (pa.types.is_integer, "sc:Integer"), (pa.types.is_floating, "sc:Float"))  # fmt: skip
_LINKS = {
    "cc0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
    "mit": "https://opensource.org/licenses/MIT",
}


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file of rows: its path in the release, its checksum and its columns."""

    path: str
    sha256: str
    bytes: int
    schema: pa.Schema


def licence_link(licence: str) -> str:
    """Where a licence can be read, by its SPDX identifier.

    >>> licence_link("cc-by-sa-4.0")
    'https://creativecommons.org/licenses/by-sa/4.0/'
    """
    if licence in _LINKS:
        return _LINKS[licence]
    parts = licence.split("-")
    if parts[0] == "cc" and len(parts) > 2:
        return f"https://creativecommons.org/licenses/{'-'.join(parts[1:-1])}/{parts[-1]}/"
    return f"https://spdx.org/licenses/{licence}.html"


def described(
    *, name: str, slug: str, description: str, version: str, licence: str, published: str,
    languages: Sequence[str], files: Sequence[DataFile], rai: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The description as a JSON-LD value. ``published`` is a date, ``rai`` has fields without prefix."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": name, "alternateName": slug, "description": description, "version": version,
        "license": licence_link(licence),
        "datePublished": published, "inLanguage": list(languages),
        "citeAs": f"{name}, version {version} ({published[:4]}).",
        "creator": {"@type": "sc:Organization", "name": f"The makers of {name}"},
        "isLiveDataset": False,
        **{f"rai:{key}": value for key, value in sorted(rai.items()) if value},
        "distribution": [_file(one) for one in files],
        "recordSet": [_records(one) for one in files],
    }  # fmt: skip


def _file(one: DataFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject", "@id": one.path, "name": one.path, "contentUrl": one.path,
        "encodingFormat": "application/x-parquet", "sha256": one.sha256,
        "contentSize": f"{one.bytes} B",
    }  # fmt: skip


def _records(one: DataFile) -> dict[str, Any]:
    name = one.path.rsplit("-00000", 1)[0].replace("/", "-")
    fields = []
    for column in one.schema:
        kind = next((word for is_kind, word in _KINDS if is_kind(column.type)), None)
        if kind is not None:
            fields.append(
                {
                    "@type": "cr:Field", "@id": f"{name}/{column.name}", "name": column.name,
                    "dataType": kind,
                    "source": {"fileObject": {"@id": one.path}, "extract": {"column": column.name}},
                }
            )  # fmt: skip
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "field": fields}
