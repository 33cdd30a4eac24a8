"""The rules of the house, held by machine: directions, sizes, words, settings."""

from __future__ import annotations

import ast
import base64
import hashlib
import re
import warnings

import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from tests.sources import (
    CODE,
    ROOT,
    SHIPPED,
    functions,
    lines_of,
    modules,
    pages,
    python,
    relative,
    text,
    tree,
)

VIEWS = re.compile(r"(annotate|verify)/(views|api)")
FILE_SOFT, FILE_HARD = 300, 400
FUNCTION_HARD, VIEW_HARD, METHODS = 60, 25, 15
FORBIDDEN_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "functions"}


# Directions


def test_imports_go_one_way() -> None:
    lint = "import sys; from importlinter.cli import lint_imports_command as f; sys.exit(f())"
    done = python("-c", lint)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_door_between_web_and_workers_leads_somewhere() -> None:
    import pipeline.tasks as tasks
    from annotate.actions.runs import EXECUTE

    assert tasks.execute.name == EXECUTE
    assert EXECUTE in tasks.execute.app.tasks


def test_the_web_process_loads_no_model_library_and_no_pipeline() -> None:
    script = (
        "import sys, django; django.setup(); import config.urls, config.wsgi; "
        "from django.urls import get_resolver; get_resolver().reverse_dict; "
        "heavy = {'torch', 'transformers', 'scipy'} & set(sys.modules); "
        "ours = {m for m in sys.modules if m.startswith('pipeline.')} - {'pipeline.apps'}; "
        "print(sorted(heavy | ours))"
    )
    done = python("-c", script, DJANGO_SETTINGS_MODULE="config.settings.dev")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def reverse_names() -> set[str]:
    """What Django would call the way from an annotate row or a person to verify's rows."""
    names = set()
    for model in apps.get_app_config("verify").get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            remote = getattr(field, "remote_field", None)
            if remote is None or not hasattr(field, "attname"):
                continue
            if remote.model._meta.app_label != "verify" and not remote.hidden:
                names |= {remote.get_accessor_name(), field.related_query_name()}
    return names


MANAGER = {"all", "filter", "exclude", "exists", "count", "first", "get", "order_by", "values_list"}


def test_annotate_knows_no_way_to_what_people_say() -> None:
    names = reverse_names()
    assert {"judgements", "decisions", "assignments", "raters"} <= names
    lookup = re.compile(rf"(?:{'|'.join(sorted(names))})__\w+")
    found = []
    for path in modules("annotate"):
        for node in ast.walk(tree(path)):
            match node:
                case ast.Attribute(value=ast.Attribute(attr=inner), attr=outer):
                    bad = inner in names and outer in MANAGER
                case ast.Constant(value=str(said)):
                    bad = bool(lookup.fullmatch(said) or re.search(r"\bverify_[a-z]+\b", said))
                case ast.keyword(arg=str(name)):
                    bad = bool(lookup.fullmatch(name))
                case ast.Attribute(attr="get_model") | ast.Name(id="get_model"):
                    bad = True
                case _:
                    continue
            if bad:
                found.append(f"{relative(path)}:{getattr(node, 'lineno', 0)}")
    assert not found


# Sizes


def test_files_stay_short() -> None:
    sizes = {relative(p): len(text(p).splitlines()) for p in (*modules(*CODE), *pages())}
    long = {name: size for name, size in sizes.items() if size > FILE_SOFT}
    if long:
        warnings.warn(f"files above {FILE_SOFT} lines: {long}", stacklevel=1)
    assert not {name: size for name, size in long.items() if size > FILE_HARD}


def test_functions_stay_short() -> None:
    found = {
        f"{relative(path)}:{node.lineno} {node.name}": lines_of(node)
        for path in modules(*CODE)
        for node in functions(path)
    }
    assert not {name: size for name, size in found.items() if size > FUNCTION_HARD}


def test_views_only_speak_http() -> None:
    found = {
        f"{relative(path)}:{node.lineno} {node.name}": lines_of(node, docstring=False)
        for path in modules("annotate", "verify")
        if VIEWS.match(relative(path))
        for node in functions(path)
    }
    assert len(found) > 30
    assert not {name: size for name, size in found.items() if size > VIEW_HARD}


def test_classes_have_few_methods() -> None:
    found = {}
    for path in modules(*SHIPPED):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
                found[f"{relative(path)}:{node.lineno} {node.name}"] = len(methods)
    assert not {name: count for name, count in found.items() if count > METHODS}


# Words


def test_modules_are_named_for_what_they_do() -> None:
    named = {relative(path) for path in modules(*CODE) if FORBIDDEN_NAMES & set(path.parts)}
    named |= {relative(path) for path in modules(*CODE) if path.stem in FORBIDDEN_NAMES}
    assert not named


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        relative(path)
        for path in modules(*CODE)
        if tree(path).body and not ast.get_docstring(tree(path))
    ]
    assert not silent


def test_every_module_defers_annotations() -> None:
    lacking = [
        relative(path)
        for path in modules(*SHIPPED)
        if any(isinstance(one, ast.FunctionDef | ast.ClassDef) for one in tree(path).body)
        and "from __future__ import annotations" not in text(path)
    ]
    assert not lacking


# Each has a letter in brackets so that this file does not find itself.
LEFTOVER = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b")
AMERICAN = re.compile(r"judg[m]ent", re.IGNORECASE)
THIS_MACHINE = re.compile(r"/wor[k]/(main|shared)|\.\./share[d]/(?!data)")


@pytest.mark.parametrize("rule", [LEFTOVER, AMERICAN, THIS_MACHINE], ids=lambda one: one.pattern)
def test_no_file_holds_words_that_do_not_belong(rule: re.Pattern[str]) -> None:
    docs = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    found = [relative(p) for p in (*modules(*CODE), *pages(), *docs) if rule.search(text(p))]
    assert not found


def test_errors_are_never_swallowed() -> None:
    found = []
    for path in modules(*CODE):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or all(isinstance(one, ast.Pass) for one in node.body)
            ):
                found.append(f"{relative(path)}:{node.lineno}")
    assert not found


def test_models_do_nothing_behind_ones_back() -> None:
    found = []
    for path in modules("annotate", "verify"):
        for node in ast.walk(tree(path)):
            is_signal = isinstance(node, ast.ImportFrom) and "signals" in (node.module or "")
            is_save = isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
            if is_signal or (is_save and "models" in path.parts):
                found.append(f"{relative(path)}:{node.lineno}")
    assert not found


# Settings


def test_no_migration_is_missing() -> None:
    loader = MigrationLoader(None)
    found = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    ours = {"annotate", "verify", "pipeline"}
    changes = found.changes(loader.graph)
    assert not {app: [str(one) for one in changes[app]] for app in ours & set(changes)}
    assert not loader.detect_conflicts()


PRODUCTION = {"DJANGO_SETTINGS_MODULE": "config.settings.production"}


def test_production_settings_pass_the_deployment_checks() -> None:
    key = base64.b64encode(hashlib.sha512(b"a good key for one check").digest()).decode()
    done = python(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", SECRET_KEY=key, **PRODUCTION
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("key", ["", "short", "a" * 80])
def test_production_refuses_a_weak_secret(key: str) -> None:
    done = python("manage.py", "check", SECRET_KEY=key, **PRODUCTION)
    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr
