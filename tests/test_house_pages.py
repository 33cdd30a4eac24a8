"""What pages may hold: nothing from elsewhere, nothing unescaped, nothing that the policy refuses."""

from __future__ import annotations

import base64
import hashlib
import json
import re

from tests.sources import ROOT, modules, pages, relative, text

# Files that may switch escaping off, each with its reason.
UNESCAPED: dict[str, str] = {
    "annotate/templatetags/prose.py": "guidelines: annotate.markdown escapes all it is given",
}


def test_output_is_always_escaped() -> None:
    off = re.compile(
        r"\|\s*safe\b|\|\s*safeseq\b|autoescape off|mark_safe|SafeString\(|innerHTML\s*="
    )
    files = [*pages(), *modules("annotate", "verify")]
    found = {relative(path) for path in files if off.search(text(path))}
    assert found == set(UNESCAPED)


def test_pages_need_nothing_from_elsewhere() -> None:
    address = re.compile(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
    allowed = re.compile(r"https?://(www\.w3\.org|example\.(org|com))")
    found = [
        f"{relative(path)}: {one.group()}"
        for path in pages()
        for one in address.finditer(text(path))
        if not allowed.match(one.group())
    ]
    assert not found


def test_pages_pass_the_content_security_policy() -> None:
    inline = re.compile(
        r"\sstyle=|<style\b|\son[a-z]+=[\"']|<script(?![^>]*\bsrc=)[^>]*>|javascript:"
    )
    data = re.compile(r'<script[^>]*type="application/json"[^>]*>')
    found = [
        relative(path)
        for path in (ROOT / "templates").rglob("*.html")
        if inline.search(data.sub("", text(path)))
    ]
    assert not found


def test_vendored_files_are_what_their_makers_published() -> None:
    vendor = ROOT / "static" / "vendor"
    listed = {"MANIFEST.json"}
    for entry in json.loads(text(vendor / "MANIFEST.json")):
        assert {"name", "version", "licence", "integrity"} <= set(entry)
        for name, digest in entry["sha384"].items():
            kind, _, wanted = digest.partition("-")
            content = (vendor / entry["folder"] / name).read_bytes()
            assert kind == "sha384"
            assert base64.b64encode(hashlib.sha384(content).digest()).decode() == wanted, name
            listed.add(f"{entry['folder']}/{name}")
    there = {p.relative_to(vendor).as_posix() for p in vendor.rglob("*") if p.is_file()}
    assert there == listed


def test_styles_name_sides_as_the_text_runs() -> None:
    """Left and right do not turn round with a right-to-left page; start and end do."""
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right)|(?<![-\w])(?:left|right)\s*:"
        r"|(?:text-align|float|clear):\s*(?:left|right)"
    )
    four = re.compile(
        r"(?:padding|margin|inset):\s*([^\s;}]+)\s+([^\s;}]+)\s+([^\s;}]+)\s+([^\s;}]+)"
    )
    found = []
    for path in (ROOT / "static" / "css").glob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", text(path), flags=re.DOTALL)
        found += [f"{path.name}: {one.group()}" for one in physical.finditer(rules)]
        found += [f"{path.name}: {m.group()}" for m in four.finditer(rules) if m[2] != m[4]]
    assert not found


def test_scripts_import_one_another_in_no_circle() -> None:
    """Hashed file names are settled leaf by leaf; a circle has no leaf, and the site would not start."""
    named = re.compile(r"""(?:from|import\()\s*["']\./([\w.]+)["']""")
    imports = {
        path.name: set(named.findall(text(path))) for path in (ROOT / "static" / "js").glob("*.js")
    }
    assert "keys.js" in imports["input.js"]
    while leaves := {name for name, wanted in imports.items() if not wanted & set(imports)}:
        imports = {name: wanted for name, wanted in imports.items() if name not in leaves}
    assert not imports
