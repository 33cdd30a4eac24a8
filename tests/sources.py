"""Our own files, as the house tests walk them: Python modules, pages, processes of their own."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("config", "annotate", "verify", "pipeline")
CODE = (*SHIPPED, "tests", "bench", "clients")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def modules(*folders: str) -> tuple[Path, ...]:
    """Python files of our own: neither migrations nor anything that is generated."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return tuple(p for p in found if not {"migrations", "__pycache__"} & set(p.parts))


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def pages() -> list[Path]:
    """Templates, styles and scripts of our own."""
    static = [p for kind in ("css", "js") for p in (ROOT / "static" / kind).rglob("*.*")]
    return sorted([*(ROOT / "templates").rglob("*.html"), *static])


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef, *, docstring: bool = True) -> int:
    """Lines of a function, with or without its docstring."""
    first = node.body[0]
    said = ast.get_docstring(node, clean=False) is not None and not docstring
    own = (first.end_lineno or 0) - first.lineno + 1 if said else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - own


def python(*args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Our Python in a process of its own, with nothing of this one's settings."""
    own = {"DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}
    env = {k: v for k, v in os.environ.items() if k not in own} | environment
    return subprocess.run(
        [sys.executable, "-W", "ignore", *args],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
