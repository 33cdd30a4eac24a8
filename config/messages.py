"""Collect what the interface says into catalogues: ``python -m config.messages`` (or ``make messages``).

It needs Python packages only: Django turns templates into calls, Babel reads calls from source text,
merges them into ``locale/*/LC_MESSAGES/django.po`` and compiles these.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.catalog import Message as MessageRow
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
# English is the source and needs none.
TONGUES = ("ar", "es", "fr", "hi", "sw")
CODE = ("annotate", "verify", "config")
LAZY = {f"{name}_lazy": spec for name, spec in DEFAULT_KEYWORDS.items() if "gettext" in name}
# Babel's own rule for Arabic gives 11 to 99 the form of 100; this is that of Unicode's CLDR and of gettext.
PLURALS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : "
    "n%100>=11 && n%100<=99 ? 4 : 5);"
}
KEYWORDS = {**DEFAULT_KEYWORDS, **LAZY, "gettext_noop": None, "_now": None}

# What Django and allauth say to whoever signs in or joins, and do not say in every language of ours.
FROM_DJANGO = (
    "This field is required.",
    "Enter a valid email address.",
    "Username",
    "Password",
    "Password confirmation",
    "Old password",
    "New password",
    "New password confirmation",
    "A user with that username already exists.",
    "The two password fields didn’t match.",
    "Enter the same password as before, for verification.",
    "Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
    "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ "
    "characters.",
    "Please enter a correct %(username)s and password. Note that both fields may be "
    "case-sensitive.",
    "This account is inactive.",
    "Your old password was entered incorrectly. Please enter it again.",
    "Your password can’t be too similar to your other personal information.",
    "Your password can’t be a commonly used password.",
    "Your password can’t be entirely numeric.",
    "This password is too common.",
    "This password is entirely numeric.",
    "The password is too similar to the %(verbose_name)s.",
    "The username and/or password you specified are not correct.",
    "Too many failed login attempts. Try again later.",
    "Incorrect code.",
    "Authenticator code",
    "Code",
    "Use your password",
    "Use authenticator app or code",
)
MINIMUM = (
    ("This password is too short. It must contain at least %d character.",
     "This password is too short. It must contain at least %d characters."),
    ("Your password must contain at least %(min_length)d character.",
     "Your password must contain at least %(min_length)d characters."),
)  # fmt: skip

# Pages that only managers open; all else must be there in every language.
FOR_MANAGERS = re.compile(
    r"templates/annotate/(annotators?|annotator_new|news|webhooks|site|site_people|_site_tabs|_machines|aside|api|changes|conflict|export|guideline_versions|import|import_preview|"
    r"items?|label|member|"
    r"people|project_new|runs?|settings|_findings|_parts_of_settings|_questions_tried|_report|_rows|_step|_stuck)\.html"
    r"|templates/verify/(agreement|browse|releases?|_item|raters|quality|_quality_nav|_measure|_pace|_workload|behind|simulator|cases|certificates?)\.html"
    r"|annotate/forms/(webhooks|annotators|guarded|imports|overrides|people|policy|projects|runs|settings|setup)\.py"
    r"|annotate/views/(news|site|annotators|aside|changes|guidelines|imports|items|people|projects|runs|settings|setup)\.py"
    r"|annotate/(news|changes|stations|catalog|journey)\.py|annotate/(api|formats)/.*|annotate/actions/(accounts|people|project_settings|runs|starting)\.py"
    r"|verify/(measured|quality|tried|stated|planning|rated|actions/undo_import|views/agreement|views/browse|views/releases|release_forms|actions/releases|api_releases|views/raters|views/quality|views/certificates|views/cases|actions/certificates|api)\.py"
    r"|annotate/templatetags/(arrivals|quality)\.py"
)

HEADER = """\
# The words of Vouch on its pages; `make messages` keeps this file in step with the code.
# Whether a native speaker has read it is said in locale/reviewed.json."""

Message = str | tuple[str, str]


def collected() -> Catalog:
    """Every message of templates and code with the files it stands in."""
    catalog = Catalog(domain="django", charset="utf-8", project="Vouch")
    for path in [*_files("templates", "*.html"), *(p for app in CODE for p in _files(app, "*.py"))]:
        place = path.relative_to(ROOT).as_posix()
        for message, context in messages_of(path):
            if message != place and place != "config/messages.py":
                catalog.add(message, locations=[(place, 1)], context=context)
    for message in (*FROM_DJANGO, *MINIMUM):
        catalog.add(message, locations=[("django", 1)])
    return catalog


def _files(folder: str, pattern: str) -> list[Path]:
    found = (ROOT / folder).rglob(pattern)
    return sorted(path for path in found if "migrations" not in path.parts)


def messages_of(path: Path) -> Iterator[tuple[Message, str | None]]:
    """The messages of one file, each with its context if it has one."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = _as_calls(text, str(path))
    for _line, function, found, _notes in extract_python(
        io.BytesIO(text.encode()), KEYWORDS, [], {}
    ):
        parts = [found] if isinstance(found, str) else list(found or ())
        context = parts.pop(0) if function in ("pgettext", "npgettext") else None
        texts = [part for part in parts if part]
        if texts:
            yield (texts[0] if len(texts) == 1 else (texts[0], texts[1])), context


def _as_calls(text: str, origin: str) -> str:
    """A template as lines of calls, without the indentation that Python would stumble over."""
    from django.utils.translation.template import templatize

    lines = templatize(text, origin=origin).splitlines()
    calls = re.compile(r"""\b(?:_|n?p?gettext)\(""")
    return "\n".join(line.strip() if calls.search(line) else "" for line in lines)


def catalogue(tongue: str) -> Catalog:
    """The catalogue of a language as it is stored; an empty one where there is none."""
    path = source_of(tongue)
    if not path.exists():
        return Catalog(locale=tongue, domain="django", charset="utf-8", project="Vouch")
    with path.open("rb") as file:
        return read_po(file, locale=tongue, domain="django", charset="utf-8")


def source_of(tongue: str) -> Path:
    """The file that translators edit."""
    return LOCALE / tongue / "LC_MESSAGES" / "django.po"


def compiled(catalog: Catalog) -> bytes:
    """What Django reads, as bytes."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def merge(tongue: str, template: Catalog) -> Catalog:
    """Bring a catalogue up to the messages there are now; nothing is guessed from likeness."""
    found = catalogue(tongue)
    found.update(template, no_fuzzy_matching=True, update_creation_date=False)
    if tongue in PLURALS:
        found.mime_headers = [("Plural-Forms", PLURALS[tongue])]
    found.obsolete.clear()
    found.fuzzy = False
    found.header_comment = HEADER
    path = source_of(tongue)
    path.parent.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    write_po(out, found, width=100, sort_output=True, include_lineno=False, omit_header=False)
    path.write_bytes(out.getvalue())
    path.with_suffix(".mo").write_bytes(compiled(found))
    return found


def lacking(catalog: Catalog) -> list[str]:
    """The messages that a catalogue does not translate."""
    return [str(message.id) for message in catalog if message.id and not is_said(message.string)]


def for_everyone(message: MessageRow) -> bool:
    """Whether reviewers or adjudicators meet a message, not managers alone."""
    return any(not FOR_MANAGERS.fullmatch(place) for place, _line in message.locations)


def is_said(string: object) -> bool:
    """Whether a translation is there, in every plural form."""
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main() -> None:
    """Merge and compile every catalogue; print what each lacks."""
    template = collected()
    for tongue in TONGUES:
        missing = lacking(merge(tongue, template))
        sys.stdout.write(f"{tongue}: {len(template)} messages, {len(missing)} not translated\n")
        for text in missing if "--list" in sys.argv else ():
            sys.stdout.write(f"  {text}\n")


if __name__ == "__main__":
    main()
