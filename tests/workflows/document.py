"""Write docs/workflows.md from the rows of the tests: ``python tests/workflows/document.py``."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parents[1] / "docs" / "workflows.md"
COLUMNS = ("workflow", "preset", "what the walk shows", "what it comes to", "test", "described in")
INTRODUCTION = """# Workflows of the literature

Each row is a way of making or checking a multilingual data set that somebody published, set up from a
preset and walked from the imported file to the export by a test. `make workflows` walks them all; one of
them is walked by `make workflows ARGS="-k NAME"` with the name of its test. Samples are our own and small:
the figure is what the sample comes to, not what the paper reports.

This page is written by `python tests/workflows/document.py` from the tests themselves, and a test compares
the two.
"""
ANOTHER = """
## One more

A workflow needs data, no code: a preset in `annotate/presets` that says what is asked (see [questions.md](questions.md)),
a sample in `tests/workflows/samples`, and a test beside the others that says in its `ROW` what it comes to
and walks there with `walk.py`. *Glosses of proverbs* is such a one: no paper asks for it, and it came with
`proverb-glosses.json`, `proverbs.jsonl` and `test_proverbs.py` alone.
"""

Row = dict[str, str]


def tests() -> list[Path]:
    """The files that walk a workflow each."""
    return sorted(FOLDER.glob("test_*.py"))


def row_of(path: Path) -> Row | None:
    """What a test's ``ROW`` says of its workflow, None where it has none. Raises ValueError for a row
    that is not made of plain texts."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="ROW")], value=ast.Call(keywords=given)):
                return {str(word.arg): str(ast.literal_eval(word.value)) for word in given}
    return None


def table() -> str:
    """All rows as a table in Markdown, by name."""
    found = [(path, row) for path in tests() if (row := row_of(path))]
    lines = [
        [row["name"], f"`{row['preset']}`", row["shows"], row["figure"],
         path.stem.removeprefix("test_"), row["source"]]
        for path, row in sorted(found, key=lambda pair: pair[1]["name"].casefold())
    ]  # fmt: skip
    cells = [COLUMNS, ["---"] * len(COLUMNS), *lines]
    return "\n".join(f"| {' | '.join(cell.replace('|', '¦') for cell in line)} |" for line in cells)


def document() -> str:
    """The whole page."""
    return f"{INTRODUCTION}\n{table()}\n{ANOTHER}"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
