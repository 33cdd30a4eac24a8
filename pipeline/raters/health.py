"""Health of a panel of machines: who errs with whom, who answers by place, who does not answer.

Order alone moves the answers of language models (Pezeshkpour and Hruschka 2024), and several models
that err together are worth few voters (Kish 1965).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from scipy import stats

from pipeline.agree.panel import effective_voters, panel
from pipeline.certify import Interval, wilson

OK, REFUSED, UNPARSEABLE = "ok", "refused", "unparseable"

# From this mean correlation of errors on, what a model of the panel is sure of is not told.
TOGETHER = 0.2
# Below this many items with a known answer a correlation is mostly noise.
LEAST_KNOWN = 30
# How unlikely a first-slot rate must be by luck before it is called a habit.
RISK = 0.01


@dataclass(frozen=True, slots=True)
class Reply:
    """One ballot of a machine: ``value`` where ``state`` is ok, and the options in the order shown.

    States are the candidate's: ``ok, refused, unparseable, ambiguous, unsupported, manual``.
    """

    item: Hashable
    rater: str
    state: str
    value: Hashable | None = None
    shown: Sequence[Hashable] = ()
    number: int = 1
    language: str = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """How one machine answers in one language (``""``: in all together).

    ``refused``, ``unparseable`` and ``other`` are shares of its ballots with Wilson's interval.
    ``first_slot`` is how often it gave the option shown first, ``by_chance`` how often one would
    that does not look at the order, and ``is_positional`` whether luck explains the difference.
    ``flips`` is the share of items, of those with two ballots or more, on which it contradicts
    itself. None where nothing was counted.
    """

    rater: str
    language: str
    ballots: int
    refused: Interval
    unparseable: Interval
    other: Interval
    first_slot: float | None
    by_chance: float | None
    is_positional: bool
    flips: float | None
    repeated: int


@dataclass(frozen=True, slots=True)
class Health:
    """The panel as a whole.

    ``correlation`` names how each pair errs together on ``known`` items, None where that cannot be
    told; ``voters`` machines are worth ``effective`` independent ones. ``withheld`` says why a
    posterior of this panel must not be shown as a certainty, or is empty.
    """

    raters: tuple[str, ...]
    known: int
    accuracy: Mapping[str, float]
    correlation: tuple[tuple[str, str, float | None], ...]
    mean_correlation: float | None
    effective: float | None
    habits: tuple[Habits, ...]
    withheld: str

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def health(replies: Iterable[Reply], known: Mapping[Hashable, Hashable]) -> Health:
    """Look a panel over; ``known`` holds the answers that people or gold gave.

    Errors are compared on the first ballot of each machine, as far as it is ok. Raises ValueError
    without replies.
    """
    given = sorted(replies, key=lambda reply: (reply.rater, reply.number))
    if not given:
        raise ValueError("there are no replies to look over")
    raters = tuple(dict.fromkeys(reply.rater for reply in given))
    first: dict[tuple[Any, str], Any] = {}
    for reply in given:
        if reply.state == OK and reply.item in known:
            first.setdefault((reply.item, reply.rater), reply.value)
    habits = []
    for rater in raters:
        own = [reply for reply in given if reply.rater == rater]
        languages = sorted({reply.language for reply in own} - {""})
        habits.append(_habits(rater, "", own))
        for tag in languages:
            habits.append(_habits(rater, tag, [r for r in own if r.language == tag]))
    return _report(raters, first, known, tuple(habits))


def _report(
    raters: tuple[str, ...],
    first: Mapping[tuple[Any, str], Any],
    known: Mapping[Hashable, Hashable],
    habits: tuple[Habits, ...],
) -> Health:
    judged = len({item for item, _ in first})
    if not first:
        why = "no machine answered an item whose answer is known"
        return Health(raters, 0, {}, (), None, None, habits, why)
    measured = panel([(item, who, value) for (item, who), value in first.items()], known)
    accuracy = dict(zip(measured.raters, measured.accuracy, strict=True))
    cells = []
    for a, one in enumerate(measured.raters):
        for b in range(a + 1, len(measured.raters)):
            both = float(measured.correlation[a, b])
            cells.append((one, measured.raters[b], None if math.isnan(both) else both))
    rho, worth = measured.mean_correlation, measured.effective_voters
    return Health(
        raters, judged, accuracy, tuple(cells), rho, worth, habits, _withheld(judged, rho, raters)
    )


def _withheld(judged: int, rho: float | None, raters: Sequence[str]) -> str:
    if len(raters) < 2:
        return "one machine alone gives no posterior"
    if judged < LEAST_KNOWN:
        return f"only {judged} items have a known answer; {LEAST_KNOWN} are needed to see errors"
    if rho is None:
        return "no two machines erred on items they share, so their errors cannot be compared"
    if rho >= TOGETHER:
        worth = effective_voters(len(raters), min(1.0, rho))
        return (
            f"errors correlate by {rho:.2f}: {len(raters)} machines are worth {worth:.1f} voters, "
            "and a posterior would be far too sure"
        )
    return ""


def _habits(rater: str, language: str, own: Sequence[Reply]) -> Habits:
    states = Counter(reply.state for reply in own)
    values: dict[Any, set[Any]] = defaultdict(set)
    counts: Counter[Any] = Counter()
    for reply in own:
        if reply.state == OK:
            values[reply.item].add(reply.value)
            counts[reply.item] += 1
    repeated = [item for item, count in counts.items() if count > 1]
    placed = [(reply.value, reply.shown) for reply in own if reply.state == OK]
    flipped = sum(len(values[item]) > 1 for item in repeated)
    return habits_of(rater, language, states, placed, repeated=len(repeated), flipped=flipped)


def habits_of(
    rater: str,
    language: str,
    states: Mapping[str, int],
    placed: Iterable[tuple[Hashable, Sequence[Hashable]]],
    *,
    repeated: int,
    flipped: int,
) -> Habits:
    """Habits from counts: ballots by state, (answer, options in the order shown), and of how many
    items with several ballots the answers differ.

    An answer to fewer than two options says nothing of order and is left out. Raises ValueError when
    more items are flipped than repeated.

    >>> found = habits_of("m", "sw", {"ok": 3, "refused": 1}, [("a", "ab")] * 3, repeated=2, flipped=1)
    >>> found.refused.rate, found.first_slot, found.by_chance, found.flips
    (0.25, 1.0, 0.5, 0.5)
    """
    if flipped > repeated:
        raise ValueError(f"{flipped} of {repeated} items cannot be answered differently")
    n = sum(states.values())
    refused, unparseable = states.get(REFUSED, 0), states.get(UNPARSEABLE, 0)
    chosen = [(value, shown) for value, shown in placed if len(shown) > 1]
    firsts = sum(value == shown[0] for value, shown in chosen)
    chances = [1 / len(shown) for _, shown in chosen]
    return Habits(
        rater=rater,
        language=language,
        ballots=n,
        refused=wilson(n, refused),
        unparseable=wilson(n, unparseable),
        other=wilson(n, n - states.get(OK, 0) - refused - unparseable),
        first_slot=firsts / len(chosen) if chosen else None,
        by_chance=sum(chances) / len(chances) if chances else None,
        is_positional=_by_place(firsts, chances),
        flips=flipped / repeated if repeated else None,
        repeated=repeated,
    )


def _by_place(firsts: int, chances: Sequence[float]) -> bool:
    """Whether luck leaves so many first slots unexplained, if the order shown was random."""
    if not chances:
        return False
    mean = sum(chances) / len(chances)
    return bool(stats.binomtest(firsts, len(chances), mean).pvalue < RISK)
