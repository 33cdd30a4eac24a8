"""Eflomal: word links of the external program, where somebody has installed it (Östling and Tiedemann 2016).

The program is licensed under the GPL, never required, and run as a program of its own.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.align.corpus import Pair
from pipeline.backends.base import BackendBroken, BackendRefused

PROGRAM = "eflomal-align"
LONGEST = 3600
Link = tuple[int, int]


def is_installed() -> bool:
    """Whether the program is on this machine's path."""
    return shutil.which(PROGRAM) is not None


def aligned(pairs: Sequence[Pair]) -> list[frozenset[Link]]:
    """Links (source token, target token) of each pair: those that both directions make.

    Raises BackendRefused where the program is not installed, BackendBroken where it fails.
    """
    program = shutil.which(PROGRAM)
    if program is None:
        raise BackendRefused(
            f"the program {PROGRAM} is not installed on the worker's machine: install eflomal there, "
            "or use the projector links, which needs nothing"
        )
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        names = [str(place / name) for name in ("source", "target", "forward", "reverse")]
        for side, name in enumerate(names[:2]):
            lines = [" ".join(_plain(token) for token in pair[side]) for pair in pairs]
            Path(name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [program, "--overwrite", "--model", "3"]
        for option, name in zip(("-s", "-t", "-f", "-r"), names, strict=True):
            command += [option, name]
        _run(command)
        forward, reverse = (_read(Path(name), len(pairs)) for name in names[2:])
    return [one & other for one, other in zip(forward, reverse, strict=True)]


def _plain(token: str) -> str:
    """A token as one word of a line: white space inside would move every link after it."""
    return "_".join(token.lower().split()) or "_"


def _run(command: Sequence[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BackendBroken(f"{PROGRAM} could not be run: {error}") from error
    if done.returncode:
        said = done.stderr.strip().split("\n")[-1][:200]
        raise BackendBroken(f"{PROGRAM} ended with code {done.returncode}: {said}")


def _read(path: Path, count: int) -> list[frozenset[Link]]:
    if not path.is_file():
        raise BackendBroken(f"{PROGRAM} wrote no links")
    rows = path.read_text(encoding="utf-8").split("\n")[:count]
    if len(rows) < count:
        raise BackendBroken(f"{PROGRAM} wrote {len(rows)} lines for {count} pairs")
    try:
        return [frozenset(_link(part) for part in row.split()) for row in rows]
    except ValueError as error:
        raise BackendBroken(f"{PROGRAM} wrote something else than links: {error}") from error


def _link(part: str) -> Link:
    source, target = part.split("-")
    return int(source), int(target)
