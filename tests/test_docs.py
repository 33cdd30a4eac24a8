"""The documents name everything there is: what a reader may meet and find nothing about."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import get_commands

from annotate import catalog, presets
from annotate.formats.catalog import FORMATS
from pipeline.label.catalog import LABELLERS
from pipeline.projection.catalog import FITTED
from pipeline.projection.modelled import ASKING, RUNNING
from pipeline.stages import NAMES
from tests.sources import ROOT, modules, text

DOCS = ROOT / "docs"
READ = re.compile(
    r"""(?:\benv(?:\.\w+)?\(\s*|environ(?:\.get\(|\[)\s*)["']([A-Z][A-Z0-9_]+)["']""", re.MULTILINE
)
# Set by our own programs for their children; nobody is meant to choose them.
INTERNAL = {
    "DJANGO_ALLOW_ASYNC_UNSAFE", "PYTEST_XDIST_WORKER", "TEST_MODEL_KEY", "VOUCH_SCRATCH",
    "VOUCH_TEST_DATABASE",
}  # fmt: skip


@cache
def named() -> frozenset[str]:
    """Every word that the documents set as code."""
    found: set[str] = set()
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md"]:
        for code in re.findall(r"```.*?```|`[^`\n]+`", text(path), re.DOTALL):
            found |= set(re.findall(r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*", code))
    return frozenset(found)


def settings() -> set[str]:
    """What the code reads from the environment."""
    files = modules("config", "annotate", "verify", "pipeline", "tests", "bench")
    return {name for path in files for name in READ.findall(text(path))} - INTERNAL


def commands() -> set[str]:
    ours = {"annotate", "verify", "pipeline"}
    return {name for name, app in get_commands().items() if app in ours}


def methods() -> set[str]:
    known = {backend.name for backend in catalog.BACKENDS}
    return known | set(LABELLERS) | set(FITTED) | set(RUNNING) | set(ASKING)


def nouns() -> set[str]:
    found = {m for app in ("annotate", "verify") for m in apps.get_app_config(app).get_models()}
    return {model.__name__ for model in found if not model.__name__.endswith("Event")}


@pytest.mark.parametrize(
    ("what", "least"),
    [
        (lambda: set(NAMES), 11),
        (lambda: set(FORMATS), 2),
        (settings, 20),
        (commands, 5),
        (lambda: set(presets.names()), 2),
        (methods, 7),
        (nouns, 25),
    ],
    ids=["stages", "formats", "settings", "commands", "presets", "methods", "nouns"],
)
def test_everything_is_documented(what: object, least: int) -> None:
    expected = what()  # type: ignore[operator]
    assert len(expected) >= least
    assert not expected - named()


def test_every_document_is_reached_from_the_index() -> None:
    links = set(re.findall(r"\]\(([^)#]+\.md)", text(DOCS / "index.md")))
    there = {p.relative_to(DOCS).as_posix() for p in DOCS.rglob("*.md")} - {"index.md"}
    assert links == there


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda p: p.name)
def test_links_and_files_named_in_documents_exist(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", text(path)):
        assert (path.parent / target).exists(), target
    for name in re.findall(
        r"`((?:annotate|verify|pipeline|config|tests|bench)/[\w/.-]+)`", text(path)
    ):
        assert (ROOT / name).exists(), name
