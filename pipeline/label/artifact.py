"""Artifacts: learnt parameters as one safetensors file whose header carries the settings.

Nothing in it can run: tensors are plain numbers and the rest is JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_ENTRY = "vouch"
_HEADER_MOST = 64 * 1024 * 1024


class ArtifactError(ValueError):
    """A file that is not an artifact of the kind asked for."""


def pack(kind: str, about: Mapping[str, Any], tensors: Mapping[str, Array]) -> bytes:
    """Bytes that hold ``about`` (JSON) and ``tensors``; equal input gives equal bytes."""
    from safetensors.numpy import save

    # One metadata entry only: the file format keeps several in no fixed order.
    text = json.dumps({"kind": kind, **about}, sort_keys=True, ensure_ascii=False)
    plain = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    return bytes(save(plain, metadata={_ENTRY: text}))


def unpack(kind: str, artifact: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    """What ``pack`` was given. Raises ArtifactError for damaged files and other kinds."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        (size,) = struct.unpack("<Q", artifact[:8])
        if size > min(_HEADER_MOST, len(artifact)):
            raise ArtifactError("the artifact's header is longer than the file")
        header = json.loads(artifact[8 : 8 + size])
        about = json.loads(header["__metadata__"][_ENTRY])
        tensors = load(artifact)
    except (struct.error, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, ArtifactError):
            raise
        raise ArtifactError("not an artifact of Vouch: its header cannot be read") from error
    except SafetensorError as error:
        raise ArtifactError(f"damaged artifact: {error}") from error
    if about.get("kind") != kind:
        raise ArtifactError(
            f"an artifact of kind {about.get('kind')!r}, not {kind!r}; fit it again"
        )
    return about, tensors
