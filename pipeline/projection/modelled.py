"""The projectors that run a model or ask one: what each is called and how it is set up.

Models are any hub name or folder that the transformers library reads: safetensors weights only, no code
of their own, nothing fetched unless the caller allows it and names a commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.backends.base import BackendRefused
from pipeline.projection.contract import Projector

if TYPE_CHECKING:
    from pipeline.backends.base import Chat
    from pipeline.backends.transformers_models import Seq2Seq, Source
    from pipeline.translate.seq2seq import Frame

# Those that run a transformers model on the worker's machine, and those that ask a model server.
RUNNING: tuple[str, ...] = ("encoder", "markers", "constrained", "t_projection")
ASKING: tuple[str, ...] = ("llm",)


def asking(backend: Chat, settings: Mapping[str, Any], *, source: str, target: str) -> Projector:
    """The projector that asks ``backend`` for quotes. Settings: ``seed``, ``parallel``, ``guidelines``."""
    from pipeline.projection.quotes import QuotesProjector

    return QuotesProjector(
        backend, source, target, int(settings.get("seed") or 1), int(settings.get("parallel") or 4),
        str(settings.get("guidelines") or ""),
    )  # fmt: skip


def running(
    name: str, settings: Mapping[str, Any], *, source: str, target: str, fetch: bool = False
) -> Projector:
    """The projector of this name on local models, for a pair of BCP-47 tags.

    Settings of all: ``model`` (folder or hub name), ``revision`` (commit), ``device``, ``precision``,
    ``batch``. ``encoder``: ``layer``, ``matching``. ``markers``: ``markers`` (a style), ``beams``.
    ``constrained``: ``markers``, ``budget``. ``t_projection``: ``proposer``, ``proposer_revision``,
    ``proposals``, ``tag``. ``fetch`` allows downloading, with a pinned revision only. Raises
    BackendRefused for a setting that is missing or unknown, BackendRefused or BackendBroken for a
    model that will not do.
    """
    if name == "encoder":
        return _encoder(settings, fetch)
    if name == "markers":
        return _markers(settings, source, target, fetch)
    if name == "constrained":
        return _constrained(settings, source, target, fetch)
    if name == "t_projection":
        return _t_projection(settings, source, target, fetch)
    raise BackendRefused(f"unknown projector {name!r}; use one of {', '.join(RUNNING)}")


def _source(settings: Mapping[str, Any], fetch: bool, key: str = "model") -> Source:
    from pipeline.backends.transformers_models import Source

    if not settings.get(key):
        raise BackendRefused(f"it needs a setting {key!r}: a folder or a name on the hub")
    revision = "revision" if key == "model" else f"{key}_revision"
    return Source(
        str(settings[key]), str(settings.get(revision) or ""), fetch,
        str(settings.get("device") or ""), str(settings.get("precision") or ""),
    )  # fmt: skip


def _encoder(settings: Mapping[str, Any], fetch: bool) -> Projector:
    from pipeline.backends.encoders import encoder
    from pipeline.projection.encoder import LAYER, MATCHINGS, EncoderProjector

    matching = settings.get("matching") or "itermax"
    if matching not in MATCHINGS:
        raise BackendRefused(f"unknown matching {matching!r}; use one of {', '.join(MATCHINGS)}")
    layer = settings.get("layer")
    return EncoderProjector(
        encoder(_source(settings, fetch)), LAYER if layer in (None, "") else int(layer), matching,
        int(settings.get("batch") or 16),
    )  # fmt: skip


def _translating(
    settings: Mapping[str, Any], fetch: bool, ways: Sequence[tuple[str, str]]
) -> tuple[Seq2Seq, list[Frame]]:
    from pipeline.backends.transformers_models import translator
    from pipeline.translate.seq2seq import framing

    place = _source(settings, fetch)
    model = translator(place)
    return model, [framing(model, place.name, one, other) for one, other in ways]


def _markers(settings: Mapping[str, Any], source: str, target: str, fetch: bool) -> Projector:
    from pipeline.projection.markers import STYLES, MarkersProjector

    style = _style(settings, STYLES)
    model, (frame,) = _translating(settings, fetch, [(source, target)])
    return MarkersProjector(
        model,
        frame,
        STYLES[style],
        int(settings.get("beams") or 4),
        int(settings.get("batch") or 8),
    )


def _constrained(settings: Mapping[str, Any], source: str, target: str, fetch: bool) -> Projector:
    from pipeline.projection.constrained import BATCH, BUDGET, ConstrainedProjector
    from pipeline.projection.markers import STYLES

    style = _style(settings, STYLES)
    model, (frame,) = _translating(settings, fetch, [(source, target)])
    return ConstrainedProjector(
        model, frame, STYLES[style], int(settings.get("budget") or BUDGET),
        batch=int(settings.get("batch") or BATCH),
    )  # fmt: skip


def _t_projection(settings: Mapping[str, Any], source: str, target: str, fetch: bool) -> Projector:
    from pipeline.backends.transformers_models import translator
    from pipeline.projection.tprojection import (
        PROPOSALS,
        TAG,
        TProjectionProjector,
        TranslationRanker,
    )

    ways = [(source, target), (target, source), (source, source), (target, target)]
    model, frames = _translating(settings, fetch, ways)
    ranker = TranslationRanker(model, dict(zip(("st", "ts", "ss", "tt"), frames, strict=True)))
    return TProjectionProjector(
        translator(_source(settings, fetch, "proposer")), ranker,
        str(settings.get("tag") or TAG), int(settings.get("proposals") or PROPOSALS),
        batch=int(settings.get("batch") or 8),
    )  # fmt: skip


def _style(settings: Mapping[str, Any], styles: Mapping[str, Any]) -> str:
    style = str(settings.get("markers") or "brackets")
    if style not in styles:
        raise BackendRefused(f"unknown markers {style!r}; use one of {', '.join(styles)}")
    return style
