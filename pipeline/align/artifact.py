"""Fitted aligners as named plain arrays, and those as one npz file that holds no code.

Equal models give equal bytes: the archive carries no times and its parts have a fixed order.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.align.corpus import Vocabulary
from pipeline.align.lexicon import Settings, Table
from pipeline.align.model import AlignmentModel, Jumps
from pipeline.align.packing import Packing

Arrays = dict[str, NDArray[Any]]
FORMAT = 2


class ArtifactError(ValueError):
    """A file that is not a fitted aligner or projector of a known format."""


def text_array(text: str) -> NDArray[Any]:
    """A text as bytes in an array, since arrays of strings pad every entry to the longest."""
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8).copy()


def array_text(array: NDArray[Any]) -> str:
    """The text that ``text_array`` was given."""
    return array.astype(np.uint8).tobytes().decode("utf-8", "surrogatepass")


def to_arrays(model: AlignmentModel) -> Arrays:
    """The model as plain arrays."""
    arrays: Arrays = {
        "about": text_array(json.dumps({"format": FORMAT, **asdict(model.settings)})),
        "jumps.forward": model.jumps.forward,
        "jumps.backward": model.jumps.backward,
    }
    for side, packing in (("source", model.source_packing), ("target", model.target_packing)):
        rounds = [sorted(joins) for joins in packing.rounds]
        arrays[f"packing.{side}"] = text_array(json.dumps(rounds, ensure_ascii=False))
    for name, table in (("words", model.words), ("stems", model.stems)):
        arrays[f"{name}.source"] = text_array(json.dumps(table.source.forms, ensure_ascii=False))
        arrays[f"{name}.target"] = text_array(json.dumps(table.target.forms, ensure_ascii=False))
        arrays[f"{name}.keys"] = table.keys
        arrays[f"{name}.counts"] = table.counts
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> AlignmentModel:
    """The model again. Raises ArtifactError when parts are missing or of another format."""
    try:
        about = json.loads(array_text(arrays["about"]))
        if about.pop("format") != FORMAT:
            raise ArtifactError("the aligner was saved in another format; fit it again")
        tables = [_table(arrays, name) for name in ("words", "stems")]
        jumps = Jumps(arrays["jumps.forward"], arrays["jumps.backward"])
        packings = [_packing(arrays, side) for side in ("source", "target")]
        return AlignmentModel(tables[0], tables[1], jumps, Settings(**about), *packings)
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ArtifactError(f"not a fitted aligner: {error}") from error


def write(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The arrays as one compressed npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: arrays[name] for name in sorted(arrays)})  # type: ignore[arg-type]
    return buffer.getvalue()


def read(artifact: bytes) -> Arrays:
    """The arrays of an npz file; pickled objects are refused. Raises ArtifactError."""
    try:
        with np.load(io.BytesIO(artifact), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"not an npz file of plain arrays: {error}") from error


def save(model: AlignmentModel, path: str | Path) -> None:
    """Write the model to ``path``."""
    Path(path).write_bytes(write(to_arrays(model)))


def load(path: str | Path) -> AlignmentModel:
    """Read a model from ``path``. Raises ArtifactError for anything else."""
    return from_arrays(read(Path(path).read_bytes()))


def _packing(arrays: Mapping[str, NDArray[Any]], side: str) -> Packing:
    rounds = json.loads(array_text(arrays[f"packing.{side}"]))
    return Packing(tuple(frozenset((one, other) for one, other in joins) for joins in rounds))


def _table(arrays: Mapping[str, NDArray[Any]], name: str) -> Table:
    source = Vocabulary(json.loads(array_text(arrays[f"{name}.source"])))
    target = Vocabulary(json.loads(array_text(arrays[f"{name}.target"])))
    return Table(source, target, arrays[f"{name}.keys"], arrays[f"{name}.counts"])
