"""The machines that a project can add: by kind, what each is called and what it must be told."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Backend:
    """One way of doing a kind of work.

    ``settings`` are the keys it is configured by; ``is_fitted`` tells that it learns from the
    project's own data, so that the stage *fit* makes its versions.
    """

    kind: str
    name: str
    title: str | Promise
    settings: tuple[str, ...] = ()
    is_fitted: bool = False

    @property
    def key(self) -> str:
        """``kind:name``, as forms carry it."""
        return f"{self.kind}:{self.name}"


# The keys an admin may set; a backend names those it uses.
SETTINGS = (
    "base_url", "model", "revision", "temperature", "max_tokens", "seed", "layer", "matching",
    "markers", "proposer", "proposer_revision", "proposals", "protected", "mode", "direction", "languages",
    "rates", "label_map", "hypothesis", "guidelines", "shots", "opposite", "evidence",
)  # fmt: skip
CHAT = ("base_url", "model", "temperature", "max_tokens", "seed", "guidelines")
# How a language model is asked for labels.
ASKED = ("shots", "opposite", "evidence")

HUB = ("model", "revision")

BACKENDS = (
    Backend(
        "translator",
        "llm",
        _("Language model behind an OpenAI-compatible address"),
        (*CHAT, "protected", "direction"),
    ),
    Backend(
        "translator",
        "seq2seq",
        _("Translation model run by a worker"),
        (*HUB, "protected", "direction"),
    ),
    Backend(
        "translator",
        "apertium",
        _("The program Apertium on the worker's machine"),
        ("mode", "protected", "direction"),
    ),
    Backend("projector", "links", _("Word links of an aligner"), (), True),
    Backend("projector", "candidates", _("Ranked stretches of the target text"), (), True),
    Backend("projector", "similarity", _("Similar spelling and place"), (), True),
    Backend("projector", "rules", _("Word links, repaired by rules"), (), True),
    Backend("projector", "consensus", _("What links, stretches and likeness add up to"), (), True),
    Backend(
        "projector",
        "pivots",
        _("A vote of several languages that are labelled"),
        ("languages",),
        True,
    ),
    Backend("projector", "eflomal", _("Word links of the program eflomal"), (), True),
    Backend(
        "projector",
        "encoder",
        _("Likeness of words in a multilingual encoder"),
        (*HUB, "layer", "matching"),
    ),
    Backend("projector", "markers", _("Markers translated with the text"), (*HUB, "markers")),
    Backend(
        "projector",
        "constrained",
        _("Markers put into the translation that stands"),
        (*HUB, "markers"),
    ),
    Backend(
        "projector",
        "t_projection",
        _("Proposed spans, ranked by a translation model"),
        (*HUB, "proposer", "proposer_revision", "proposals"),
    ),
    Backend("projector", "llm", _("Language model behind an OpenAI-compatible address"), CHAT),
    Backend("labeller", "gazetteer", _("Names that the labelled data already has"), (), True),
    Backend("labeller", "classifier", _("Small network trained on this data"), (), True),
    Backend("labeller", "tokens", _("Token classifier run by a worker"), (*HUB, "label_map")),
    Backend("labeller", "texts", _("Text classifier run by a worker"), (*HUB, "label_map")),
    Backend(
        "labeller",
        "zero_shot",
        _("Inference model run by a worker, without training"),
        (*HUB, "hypothesis"),
    ),
    Backend(
        "labeller",
        "generation",
        _("Language model run by a worker"),
        (*HUB, "temperature", "max_tokens", "seed", "guidelines", *ASKED),
    ),
    Backend(
        "labeller",
        "llm",
        _("Language model behind an OpenAI-compatible address"),
        (*CHAT, *ASKED),
    ),
    Backend(
        "judge", "llm", _("Language model behind an OpenAI-compatible address"), (*CHAT, "rates")
    ),
    Backend(
        "judge",
        "generation",
        _("Language model run by a worker"),
        (*HUB, "temperature", "max_tokens", "seed", "guidelines", "rates"),
    ),
)
BY_KEY = {backend.key: backend for backend in BACKENDS}
KIND_TITLES = {
    "translator": _("Translators"),
    "projector": _("Projectors"),
    "labeller": _("Labellers"),
    "judge": _("Judges"),
    "imported": _("Imported labels"),
}


def backend_of(kind: str, name: str) -> Backend:
    """The catalog's entry, or a bare one for what came another way (imported labels)."""
    bare = _("Labels that came with a file") if kind == "imported" else name
    return BY_KEY.get(f"{kind}:{name}") or Backend(kind, name, bare)
