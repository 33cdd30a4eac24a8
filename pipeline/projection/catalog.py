"""The projectors by name, how each is fitted, and how a fitted one is stored.

A fitted projector is one npz file: the aligner's arrays and its own parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.align import artifact
from pipeline.align.artifact import ArtifactError, array_text, text_array
from pipeline.align.model import AlignmentModel
from pipeline.projection import candidates, links, similarity
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.contract import Example, ProjectionError, Projector
from pipeline.projection.edges import Odds
from pipeline.projection.features import NAMES

Fit = Callable[[AlignmentModel, Sequence[Example]], Projector]

METHODS: Mapping[str, Fit] = {
    links.NAME: lambda model, examples: links.LinksProjector(model),
    candidates.NAME: candidates.fit,
    similarity.NAME: lambda model, examples: similarity.SimilarityProjector(model),
}


def prepare(name: str, model: AlignmentModel, examples: Sequence[Example]) -> Projector:
    """Fit the projector called ``name`` on the texts and source spans of a set.

    Raises ProjectionError for an unknown name.
    """
    if name not in METHODS:
        raise ProjectionError(f"unknown projector {name!r}; use one of {', '.join(METHODS)}")
    return METHODS[name](model, examples)


def dump(projector: Projector) -> bytes:
    """The fitted projector as an npz file; equal projectors give equal bytes."""
    arrays = artifact.to_arrays(projector.model)
    arrays["projector"] = text_array(projector.name)
    if isinstance(projector, CandidatesProjector):
        arrays["weights"] = projector.weights
        arrays["features"] = text_array(" ".join(NAMES))
        arrays["odds"] = text_array(
            json.dumps([projector.odds.left, projector.odds.right], sort_keys=True)
        )
    return artifact.write(arrays)


def restore(content: bytes) -> Projector:
    """The projector that ``dump`` was given. Raises ArtifactError for anything else."""
    arrays = artifact.read(content)
    model = artifact.from_arrays(arrays)
    try:
        name = array_text(arrays["projector"])
        if name == candidates.NAME:
            return _candidates(model, arrays)
        return prepare(name, model, ())
    except (KeyError, ProjectionError, json.JSONDecodeError) as error:
        raise ArtifactError(f"not a fitted projector: {error}") from error


def save(projector: Projector, path: str | Path) -> None:
    """Write the projector to ``path``."""
    Path(path).write_bytes(dump(projector))


def load(path: str | Path) -> Projector:
    """Read a projector from ``path``. Raises ArtifactError."""
    return restore(Path(path).read_bytes())


def _candidates(model: AlignmentModel, arrays: Mapping[str, NDArray[Any]]) -> CandidatesProjector:
    if array_text(arrays["features"]).split() != list(NAMES):
        raise ArtifactError("the projector was fitted with other features; fit it again")
    left, right = json.loads(array_text(arrays["odds"]))
    return CandidatesProjector(model, Odds(left, right), np.asarray(arrays["weights"]))
