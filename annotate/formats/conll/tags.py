"""Tags of tokens and the chunks they stand for: IOB1, IOB2, BIOES and BILOU."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

_BEGINS, _INSIDE, _ENDS = frozenset("BSU"), frozenset("IMEL"), frozenset("ESLU")


class TagError(ValueError):
    """A tag of no known scheme; ``index`` is the token it stands at."""

    def __init__(self, index: int, tag: str) -> None:
        self.index = index
        super().__init__(
            f"{tag!r} is no tag; tags are O or B-, I-, E-, S- with a label: check the tag column"
        )


@dataclass(slots=True)
class TagReader:
    """Reads sentences' tags and notices what scheme the file is in.

    A chunk begins at B, S or U, and also at any other tag that cannot continue the one before
    (another label, O, or an end): the rule of conlleval, which reads all schemes. In IOB1 a chunk
    begins with I and with B only right after a chunk of the same label; elsewhere such an I lacks
    its B, which ``repaired`` counts once all is read.
    """

    _counts: Counter[str] = field(default_factory=Counter)

    def chunks(self, tags: Sequence[str]) -> list[tuple[int, int, str]]:
        """Chunks as (first token, end token exclusive, label). Raises TagError."""
        found: list[tuple[int, int, str]] = []
        start, label, before = -1, "", "O"
        for index, tag in enumerate(tags):
            if tag == "O":
                prefix, own = "O", ""
            else:
                prefix, dash, own = tag.partition("-")
                if not dash or not own or prefix not in _BEGINS | _INSIDE:
                    raise TagError(index, tag)
            closed = before == "O" or before in _ENDS or own != label
            if start >= 0 and (closed or prefix in _BEGINS or prefix == "O"):
                found.append((start, index, label))
                start = -1
            if prefix != "O" and start < 0:
                start = index
                self._counts["free begin"] += prefix in _BEGINS and closed
                self._counts["bare inside"] += prefix not in _BEGINS
            label, before = own, prefix
        if start >= 0:
            found.append((start, len(tags), label))
        return found

    @property
    def repaired(self) -> int:
        """How many chunks lacked their B; none when the file is in IOB1."""
        return self._counts["bare inside"] if self._counts["free begin"] else 0


def tagged(count: int, chunks: Sequence[tuple[int, int, str]]) -> list[str]:
    """IOB2 tags of ``count`` tokens from chunks that do not overlap.

    >>> tagged(4, [(1, 3, "PER")])
    ['O', 'B-PER', 'I-PER', 'O']
    """
    tags = ["O"] * count
    for start, end, label in chunks:
        tags[start] = f"B-{label}"
        tags[start + 1 : end] = [f"I-{label}"] * (end - start - 1)
    return tags
