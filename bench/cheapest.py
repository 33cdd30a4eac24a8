"""The cheapest keys or taps that turn a card's proposal into what is right, from what the page shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Mark = tuple[int, int, str]
Place = tuple[int, int]
# Letters that are commands of the desk; a label with such a letter needs Shift.
COMMANDS = frozenset("jkrxwesgnbauvqh")
WORD_KEYS = {("end", 1): ".", ("end", -1): ",", ("start", 1): "'", ("start", -1): ";"}
FARTHEST = 12


@dataclass(frozen=True, slots=True)
class Way:
    """What to do, in order, and its cost: keys that go down, or taps."""

    steps: tuple[str, ...]
    cost: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The one shown span that is wrong, its row in the list, and what is right."""

    row: int
    span: dict[str, Any]
    right: Mark


def difference(card: dict[str, Any], gold: Sequence[Mark]) -> Difference | None:
    """What is wrong with a card's proposal; None where it is right. At most one span may be."""
    wanted = set(gold)
    shown = sorted(card["spans"], key=lambda s: (s["start"], -s["end"], s["key"]))
    marks = [(s["start"], s["end"], s["label"]) for s in shown]
    wrong = [row for row, mark in enumerate(marks) if mark not in wanted]
    if not wrong:
        return None
    (row,) = wrong
    (right,) = wanted - set(marks)
    return Difference(row, shown[row], right)


def by_keys(card: dict[str, Any], gold: Sequence[Mark]) -> Way:
    """With a keyboard."""
    done = ["Enter"] * (2 if card["unplaced"] else 1)
    found = difference(card, gold)
    if found is None:
        return Way(tuple(done), len(done))
    steps: list[str] = []
    cost = len(done)
    if found.row == 1:
        steps, cost = ["j"], cost + 1
    elif found.row:
        steps, cost = _to_row(found.row, bool(card["questions"]))
        cost += len(done)
    if found.right[2] != found.span["label"]:
        key, keys = _label_key(card, found.right[2])
        return Way((*steps, key, *done), cost + keys)
    moves = cheapest_moves(card, found, _key_moves)
    return Way((*steps, *(m for m, _ in moves), *done), cost + _held(moves))


def _to_row(row: int, has_questions: bool) -> tuple[list[str], int]:
    """Its number, where no question takes the digits; else down, row by row."""
    if row < 9 and not has_questions:
        return [str(row + 1)], 1
    return ["j"] * row, row


def _label_key(card: dict[str, Any], label: str) -> tuple[str, int]:
    """The key that the page prints on a label: its letter, with Shift where that is a command's."""
    taken: set[str] = set()
    for row in card["labels"]:
        wanted = [c.lower() for c in (row["hotkey"], row["letter"], *row["name"]) if c]
        letters = [c for c in wanted if len(c) == 1 and "a" <= c <= "z"]
        free = letters and letters[0] not in COMMANDS and letters[0] not in taken
        key = letters[0] if free else "⇧" + next(c for c in letters if f"⇧{c}" not in taken)
        taken.add(key)
        if row["key"] == label:
            return (key, 1) if free else (f"Shift+{key[1]}", 2)
    raise KeyError(f"the card has no label {label}")


def by_taps(card: dict[str, Any], gold: Sequence[Mark]) -> Way:
    """By touch on a narrow screen."""
    done = ["[data-cmd=accept]"] * (2 if card["unplaced"] else 1)
    found = difference(card, gold)
    if found is None:
        return Way(tuple(done), len(done))
    steps = [f".span-row[data-row='{found.span['key']}']"] if found.row else []
    if found.right[2] != found.span["label"]:
        steps += ["[data-panel-to=labels]", f"[data-label='{found.right[2]}']"]
    else:
        moves = [step for step, _ in cheapest_moves(card, found, _tap_moves)]
        panel = "more" if moves[0] == "[data-cmd=guess]" else "edges"
        steps += [f"[data-panel-to={panel}]", *moves]
    return Way((*steps, *done), len(steps) + len(done))


Moves = Callable[[dict[str, Any], Place, "Difference"], Iterator[tuple[tuple[str, str], Place]]]


def cheapest_moves(card: dict[str, Any], found: Difference, moves: Moves) -> list[tuple[str, str]]:
    """The fewest moves (step, modifier) from the shown place to the right one, breadth first."""
    goal = found.right[:2]
    queue: deque[tuple[Place, list[tuple[str, str]]]] = deque(
        [((found.span["start"], found.span["end"]), [])]
    )
    best: list[tuple[str, str]] | None = None
    seen: dict[tuple[Place, str], int] = {}
    while queue:
        place, way = queue.popleft()
        if place == goal:
            if best is None or _held(way) < _held(best):
                best = way
            continue
        key = (place, way[-1][1] if way else "")
        if len(way) >= FARTHEST or seen.get(key, 10**6) <= _held(way):
            continue
        seen[key] = _held(way)
        if best is not None and _held(way) >= _held(best):
            continue
        queue.extend((after, [*way, step]) for step, after in moves(card, place, found))
    if best is None:
        raise LookupError(f"no way from {found.span} to {found.right}")
    return best


def _held(moves: Sequence[tuple[str, str]]) -> int:
    """Keys that go down for moves; a modifier held over several counts once."""
    held, cost = "", 0
    for _, modifier in moves:
        cost += 1 + (modifier not in ("", held))
        held = modifier
    return cost


def _steps(
    card: dict[str, Any], place: Place, found: Difference
) -> Iterator[tuple[str, str, int, Place]]:
    """(edge, unit, direction, place after) of every nudge the desk offers."""
    field = next(f for f in card["target"]["fields"] if f["name"] == found.span["field"])
    length = len(field["text"])
    clusters = field["clusters"]
    for edge in ("start", "end"):
        at = place[0] if edge == "start" else place[1]
        cuts = [0, *(word[edge == "end"] for word in field["words"]), length]
        for unit, stops in (("cluster", clusters), ("word", cuts)):
            for direction in (1, -1):
                beyond = [s for s in stops if (s > at if direction > 0 else s < at)]
                if not beyond:
                    continue
                moved = min(beyond) if direction > 0 else max(beyond)
                after = (moved, place[1]) if edge == "start" else (place[0], moved)
                if after[0] < after[1]:
                    yield edge, unit, direction, after


def _guess(place: Place, found: Difference) -> Place | None:
    """Where the machine's next guess lies; None without alternatives."""
    span = found.span
    guesses = [
        (span["start"], span["end"]),
        *((a["start"], a["end"]) for a in span["alternatives"]),
    ]
    if len(guesses) < 2:
        return None
    at = guesses.index(place) if place in guesses else -1
    return guesses[(at + 1) % len(guesses)]


def _key_moves(
    card: dict[str, Any], place: Place, found: Difference
) -> Iterator[tuple[tuple[str, str], Place]]:
    guess = _guess(place, found)
    if guess:
        yield ("n", ""), guess
    is_rtl = card["target"]["dir"] == "rtl"
    for edge, unit, direction, after in _steps(card, place, found):
        if unit == "word":
            yield (WORD_KEYS[edge, direction], ""), after
            continue
        arrow = "ArrowRight" if (direction > 0) != is_rtl else "ArrowLeft"
        held = "Shift" if edge == "start" else ""
        yield (f"{held}+{arrow}" if held else arrow, held), after


def _tap_moves(
    card: dict[str, Any], place: Place, found: Difference
) -> Iterator[tuple[tuple[str, str], Place]]:
    # Guesses stand in another panel: only at first, and then alone.
    guess = _guess(place, found)
    start = (found.span["start"], found.span["end"])
    if guess and place == start and guess == found.right[:2]:
        yield ("[data-cmd=guess]", ""), guess
    for edge, unit, direction, after in _steps(card, place, found):
        name = f"{edge}{'On' if direction > 0 else 'Back'}{'Word' if unit == 'word' else ''}"
        yield (f"[data-cmd={name}]", ""), after
