"""The interface in people's languages: nothing is said past the catalogues, and they are whole."""

from __future__ import annotations

import ast
import json
import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message

from config import messages
from tests.sources import ROOT, modules, relative, text, tree

TONGUES = messages.TONGUES
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]|\{\w+\}")


@cache
def said() -> Catalog:
    return messages.collected()


@cache
def catalogue(tongue: str) -> Catalog:
    return messages.catalogue(tongue)


def rows(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


# The catalogues


@pytest.mark.parametrize("tongue", TONGUES)
def test_a_catalogue_holds_what_the_code_says(tongue: str) -> None:
    there, wanted = ({str(m.id) for m in rows(c)} for c in (catalogue(tongue), said()))
    assert wanted == there, (
        f"run make messages: {sorted(wanted - there)} are new, {sorted(there - wanted)} are gone"
    )


@pytest.mark.parametrize("tongue", TONGUES)
def test_reviewers_and_adjudicators_read_every_word_in_their_language(tongue: str) -> None:
    shared = {str(m.id) for m in rows(said()) if messages.for_everyone(m)}
    assert len(shared) > 300
    missing = [text for text in messages.lacking(catalogue(tongue)) if text in shared]
    assert not missing


@pytest.mark.parametrize("tongue", TONGUES)
def test_translations_keep_the_places_of_values(tongue: str) -> None:
    wrong = []
    for message in rows(catalogue(tongue)):
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        singular, plural = message.id if isinstance(message.id, tuple) else (message.id,) * 2
        allowed = [set(PLACEHOLDER.findall(one)) for one in (plural, singular)]
        wrong += [one for one in forms if one and set(PLACEHOLDER.findall(one)) not in allowed]
    assert not wrong


@pytest.mark.parametrize("tongue", TONGUES)
def test_compiled_catalogues_are_current(tongue: str) -> None:
    source = messages.source_of(tongue)
    assert source.with_suffix(".mo").read_bytes() == messages.compiled(catalogue(tongue)), (
        "run make messages"
    )


def test_every_language_says_whether_it_was_read() -> None:
    reviewed = json.loads(text(ROOT / "locale" / "reviewed.json"))
    assert set(reviewed) == {"en", *TONGUES}


# Nothing past them

TAGS = re.compile(
    r"{%\s*comment\s*%}.*?{%\s*endcomment\s*%}"
    r"|{%\s*blocktranslate\b.*?{%\s*endblocktranslate\s*%}"
    r"|{%\s*block\s+(?:main_class|body_class|body_data)\s*%}.*?{%\s*endblock\s*%}"
    r"|{#.*?#}|<code\b.*?</code>|<pre\b.*?</pre>|<kbd>[^<]*</kbd>",
    re.DOTALL,
)
# A "<" or ">" inside a tag of the template is no markup.
DJANGO = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = re.compile(r'\s(?:aria-label|title|placeholder|alt)="([^"]*)"')
WORD = re.compile(r"[^\W\d_]{2,}")
# Names, and signs that are the same in every language.
SAME_EVERYWHERE = {"Vouch", "F1"}


def literals(source: str) -> set[str]:
    """Words that a template shows without asking a catalogue."""
    bare = DJANGO.sub("", TAGS.sub("", source))
    spoken = " ".join(SPOKEN.findall(bare))
    shown = re.sub(r"<!--.*?-->|<[^>]*>|&\w+;", " ", bare, flags=re.DOTALL)
    return set(WORD.findall(f"{shown} {spoken}")) - SAME_EVERYWHERE


def test_the_search_for_literals_finds_them() -> None:
    assert literals('<p title="Two words">{% translate "No" %} Bare</p>') == {
        "Two",
        "words",
        "Bare",
    }
    assert literals("{% blocktranslate %}All {{ n }}{% endblocktranslate %}<b>Vouch</b>") == set()


def test_templates_say_nothing_past_the_catalogues() -> None:
    pages = (ROOT / "templates").rglob("*.html")
    found = {relative(path): literals(text(path)) for path in pages}
    assert not {name: words for name, words in found.items() if words}


REFUSALS = {
    "SeatLost", "UndoRefused", "VerifyError", "GoldStands", "PermissionDenied", "Http404",
    "InviteError", "ValidationError", "InUse", "RunIsLive", "NothingToStart",
}  # fmt: skip
WORDED = {"label", "help_text", "empty_label", "error_message"}


def is_bare(node: ast.expr) -> bool:
    """Whether an expression is an English text as it stands."""
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def bare_calls(source: ast.AST, *, forms: bool) -> list[int]:
    """The lines where a message, a refusal or the wording of a form is no gettext call."""
    found = []
    for node in ast.walk(source):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        base = getattr(getattr(node.func, "value", None), "id", "")
        shown = list(node.args[:1]) if name in REFUSALS else []
        shown += node.args[1:2] if base == "messages" else []
        shown += [k.value for k in node.keywords if forms and k.arg in WORDED]
        if name == "JsonResponse" and node.args and isinstance(node.args[0], ast.Dict):
            pairs = zip(node.args[0].keys, node.args[0].values, strict=True)
            shown += [v for k, v in pairs if getattr(k, "value", "") in ("error", "message")]
        found += [one.lineno for one in shown if is_bare(one)]
    return found


def test_the_search_for_bare_calls_finds_them() -> None:
    source = 'messages.error(request, "No way")\nraise Http404("Not here")\nField(label="A name")\n'
    assert bare_calls(ast.parse(source), forms=True) == [1, 2, 3]
    assert not bare_calls(ast.parse('messages.error(request, _("No way"))'), forms=True)


def test_views_forms_and_refusals_go_through_the_catalogues() -> None:
    found = [
        f"{relative(path)}:{line}"
        for path in modules("annotate", "verify")
        if "api" not in path.parts and path.name != "api.py"
        for line in bare_calls(tree(path), forms="forms" in path.parts)
    ]
    assert not found


def test_scripts_hold_no_words_of_their_own() -> None:
    literal = re.compile(
        r"""(?:textContent|innerText|title|ariaLabel)\s*[:=]\s*["'`][^"'`]*[a-z]{3,}\s"""
        r"""|\bnotice\("\w+", ["'`]\w+"""
    )
    found = {
        relative(path): literal.findall(text(path)) for path in (ROOT / "static/js").glob("*.js")
    }
    assert not {name: hits for name, hits in found.items() if hits}
