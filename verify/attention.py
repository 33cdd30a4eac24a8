"""Which seat checks a person's attention, by keyed hash, and what a check found. Knows no Django."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from annotate.keyed import share

Check = Literal["planted", "gold", "repeat"]
# A stretch of a field with its label: (label, field, start, end); offsets are code points.
Mark = tuple[str, str, int, int]

# So many others lie at least between a text and its repetition.
REPEAT_AFTER = 20
# Outcomes that say nothing of attention, and those that call the text itself bad.
SILENT = ("unsure", "not_my_variety")
CALLED_BAD = ("reported", "bad_sentence")
# How the spoilt twin of a text that the person has scored is recorded; questions that score.
TWIN = "twin"
SCORED = ("score", "rating")


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """The shares of a person's seats that are checks, from 0 to 1, and the seed of the draws."""

    seed: str = "vouch"
    planted: float = 0.0
    gold: float = 0.0
    repeat: float = 0.0
    repeat_after: int = REPEAT_AFTER
    blind: float = 0.1

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> CheckPolicy:
        """From a project's policy; what it leaves out takes its default."""
        return cls(
            policy.get("seed") or "vouch",
            policy.get("planted_share") or 0.0,
            policy.get("gold_share") or 0.0,
            policy.get("repeat_share") or 0.0,
            policy.get("repeat_after") or REPEAT_AFTER,
            policy.get("blind_share", 0.1),
        )

    @property
    def is_on(self) -> bool:
        """Whether there are checks at all."""
        return self.planted + self.gold + self.repeat > 0

    def draw(self, purpose: str, key: str) -> float:
        """A share in ``[0, 1)`` that is fixed for the project's seed, the purpose and the key."""
        return share(f"{self.seed}/{purpose}", key)


def check_for(policy: CheckPolicy, key: str) -> Check | None:
    """Which check the seat named ``key`` holds instead of new work, if any."""
    point = policy.draw("check", key)
    if point < policy.planted:
        return "planted"
    if point < policy.planted + policy.gold:
        return "gold"
    if point < policy.planted + policy.gold + policy.repeat:
        return "repeat"
    return None


def is_caught(
    check: Mapping[str, Any], outcome: str, marks: set[Mark], verdicts: set[str]
) -> bool | None:
    """Whether a planted error was found; None where the person said nothing of the text.

    A shifted or relabelled span is found when it does not stay as it was planted, whatever it becomes;
    a dropped one when a span of its label stands on some of its text; a wrong rendition when the
    span is called wrongly translated, is taken out, or the text is reported. The spoilt twin of a
    scored text is not found but scored lower, or not.
    """
    if outcome in SILENT or check["how"] == TWIN:
        return None
    how, right, planted = check["how"], check["right"], check.get("planted")
    if outcome in CALLED_BAD:
        return bool(how == "translation")
    field = check["field"]
    if how == "drop":
        label, start, end = right[:3]
        return any(m[0] == label and m[1] == field and m[2] < end and start < m[3] for m in marks)
    stands = planted is not None and (planted[0], field, planted[1], planted[2]) in marks
    return not stands or (how == "translation" and "wrong_translation" in verdicts)
