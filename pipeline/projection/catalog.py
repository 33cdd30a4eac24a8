"""The projectors fitted on the data, by name, and how a fitted one is stored.

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
from pipeline.projection import candidates, consensus, eflomal, links, pivots, rules, similarity
from pipeline.projection.candidates import CandidatesProjector
from pipeline.projection.consensus import Consensus, ConsensusProjector
from pipeline.projection.contract import Example, FittedProjector, ProjectionError
from pipeline.projection.edges import Odds
from pipeline.projection.eflomal import EflomalProjector
from pipeline.projection.features import NAMES
from pipeline.projection.pivots import PivotsProjector
from pipeline.projection.rules import RulesProjector

Fit = Callable[[AlignmentModel, Sequence[Example]], FittedProjector]

METHODS: Mapping[str, Fit] = {
    links.NAME: lambda model, examples: links.LinksProjector(model),
    candidates.NAME: candidates.fit,
    similarity.NAME: lambda model, examples: similarity.SimilarityProjector(model),
    rules.NAME: rules.fit,
    consensus.NAME: consensus.fit,
}
# Needs a program that may not be there.
EXTERNAL: Mapping[str, Fit] = {eflomal.NAME: eflomal.fit}
# Hears several languages, each with an aligner of its own.
SEVERAL: Mapping[str, Fit] = {pivots.NAME: pivots.fit}
FITTED: Mapping[str, Fit] = {**METHODS, **EXTERNAL, **SEVERAL}


def prepare(name: str, model: AlignmentModel, examples: Sequence[Example]) -> FittedProjector:
    """Fit the projector called ``name`` on the texts and source spans of a set.

    Raises ProjectionError for an unknown name, BackendRefused where a program is not installed.
    """
    if name not in FITTED:
        raise ProjectionError(f"unknown projector {name!r}; use one of {', '.join(FITTED)}")
    return FITTED[name](model, examples)


def dump(projector: FittedProjector) -> bytes:
    """The fitted projector as an npz file; equal projectors give equal bytes."""
    if isinstance(projector, PivotsProjector):
        parts = {
            f"part.{language}": np.frombuffer(dump(part), np.uint8)
            for language, part in projector.parts.items()
        }
        return artifact.write({"projector": text_array(projector.name), **parts})
    arrays = artifact.to_arrays(projector.model)
    arrays["projector"] = text_array(projector.name)
    if isinstance(projector, ConsensusProjector):
        arrays |= _ranked(projector.ranked)
        weights = [dict(projector.consensus.weights), projector.consensus.bias]
        arrays["consensus"] = text_array(json.dumps(weights, sort_keys=True))
    elif isinstance(projector, CandidatesProjector):
        arrays |= _ranked(projector)
    elif isinstance(projector, RulesProjector):
        arrays["odds"] = _odds_array(projector.odds)
    elif isinstance(projector, EflomalProjector):
        rows = [[*texts, sorted(links)] for texts, links in projector.known.items()]
        arrays["links"] = text_array(json.dumps(rows, ensure_ascii=False))
    return artifact.write(arrays)


def restore(content: bytes) -> FittedProjector:
    """The projector that ``dump`` was given. Raises ArtifactError for anything else."""
    arrays = artifact.read(content)
    if "projector" in arrays and array_text(arrays["projector"]) == pivots.NAME:
        return _pivots(arrays)
    model = artifact.from_arrays(arrays)
    try:
        name = array_text(arrays["projector"])
        if name == candidates.NAME:
            return _candidates(model, arrays)
        if name == consensus.NAME:
            weights, bias = json.loads(array_text(arrays["consensus"]))
            return consensus.assembled(_candidates(model, arrays), Consensus(weights, bias))
        if name == rules.NAME:
            return RulesProjector(model, _odds(arrays))
        if name == eflomal.NAME:
            rows = json.loads(array_text(arrays["links"]))
            known = {(a, b): frozenset((i, j) for i, j in links) for a, b, links in rows}
            return EflomalProjector(model, known)
        return prepare(name, model, ())
    except (KeyError, ProjectionError, json.JSONDecodeError) as error:
        raise ArtifactError(f"not a fitted projector: {error}") from error


def save(projector: FittedProjector, path: str | Path) -> None:
    """Write the projector to ``path``."""
    Path(path).write_bytes(dump(projector))


def load(path: str | Path) -> FittedProjector:
    """Read a projector from ``path``. Raises ArtifactError."""
    return restore(Path(path).read_bytes())


def _pivots(arrays: Mapping[str, NDArray[Any]]) -> PivotsProjector:
    parts = {
        name.removeprefix("part."): restore(array.astype(np.uint8).tobytes())
        for name, array in arrays.items()
        if name.startswith("part.")
    }
    if pivots.SOURCE not in parts:
        raise ArtifactError("not a fitted projector: the source language's part is missing")
    return PivotsProjector(parts)


def _candidates(model: AlignmentModel, arrays: Mapping[str, NDArray[Any]]) -> CandidatesProjector:
    if array_text(arrays["features"]).split() != list(NAMES):
        raise ArtifactError("the projector was fitted with other features; fit it again")
    return CandidatesProjector(model, _odds(arrays), np.asarray(arrays["weights"]))


def _ranked(projector: CandidatesProjector) -> dict[str, NDArray[Any]]:
    return {
        "weights": projector.weights,
        "features": text_array(" ".join(NAMES)),
        "odds": _odds_array(projector.odds),
    }


def _odds_array(odds: Odds) -> NDArray[Any]:
    return text_array(json.dumps([odds.left, odds.right], sort_keys=True))


def _odds(arrays: Mapping[str, NDArray[Any]]) -> Odds:
    left, right = json.loads(array_text(arrays["odds"]))
    return Odds(left, right)
