"""What a translator is given and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

State = Literal["ok", "empty", "refused", "broken"]


@dataclass(frozen=True, slots=True)
class Translated:
    """How one translation ended. Only ``ok`` has a text; ``flags`` name what looks wrong with it."""

    state: State
    text: str = ""
    raw_reply: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    flags: tuple[str, ...] = ()


class Translator(Protocol):
    """Anything that translates."""

    def translate(self, texts: Sequence[str], *, source: str, target: str) -> list[Translated]:
        """One result per text, in order; languages are BCP-47 tags.

        Raises BackendBusy when the work should be tried later, BackendRefused or BackendBroken when
        it cannot be done at all (a language the model does not know, a model that cannot be loaded).
        """
        ...
