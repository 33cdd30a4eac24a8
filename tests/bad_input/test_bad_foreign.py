"""Hostile files of other tools through the import's run, every page and the export: refused or harmless."""

from __future__ import annotations

import json
import re
import time
from pathlib import PurePosixPath

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django_scopes import scope

from annotate.actions.projects import join
from annotate.models import Item, Passage
from tests import factories
from tests.walking import row_counts, take_in, take_out

ENTITIES = (
    '<!DOCTYPE tmx [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY a{n} "' + f"&a{n - 1 or ''};" * 10 + '">' for n in range(1, 10))
    + "]>"
)
OUTSIDE = '<!DOCTYPE tmx [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
TMX = '<tmx version="1.4"><body><tu><tuv xml:lang="en"><seg>{}</seg></tuv></tu></body></tmx>'
XLIFF = '<xliff version="2.0" srcLang="en"><file id="f"><unit id="u"><segment><source>{}</source></segment></unit></file></xliff>'  # fmt: skip


def dialogue(**turn):
    row = {"speaker": "USER", "utterance": "Amina", "frames": [], **turn}
    return json.dumps([{"dialogue_id": "d", "turns": [row]}])


REFUSED = {
    "an expansion bomb in a memory": ("tmx", ENTITIES + TMX.format("&a9;"), "declares entities"),
    "an expansion bomb in a document": ("xliff", ENTITIES + XLIFF.format("&a9;"), "declares entities"),
    "a file of the server in a memory": ("tmx", OUTSIDE + TMX.format("&x;"), "declares entities"),
    "a file of the server in a document": (
        "xliff", OUTSIDE + XLIFF.format("&x;"), "declares entities",
    ),
    "an endless segment": ("tmx", TMX.format("x" * 5_000_000), "more than [0-9,]+ characters"),
    "elements without end": ("tmx", "<tmx>" + "<a>" * 500_000, "nested more than 100 deep"),
    "NUL as an element": ("xliff", XLIFF.format('<cp hex="0000"/>'), "NUL"),
    "half a character as an element": ("xliff", XLIFF.format('<cp hex="D800"/>'), "half a surrogate"),
    "no XML": ("tmx", '{"id": 1}', "not valid XML"),
    "NUL in a dialogue": ("sgd", dialogue(utterance="a\0"), "NUL"),
    "half a character in a dialogue": ("sgd", dialogue(utterance="a\ud800"), "half a surrogate"),
    "lists without end": ("sgd", "[" * 200_000, "nested too deeply|not valid JSON"),
    "a slot outside its turn": (
        "sgd", dialogue(frames=[{"slots": [{"slot": "PER", "start": 0, "exclusive_end": 99}]}]),
        "lies outside the text",
    ),
    "a slot that is no label": (
        "sgd", dialogue(frames=[{"slots": [{"slot": "PERS", "start": 0, "exclusive_end": 5}]}]),
        "did you mean 'PER'",
    ),
    "an endless line of facts": (
        "xalign", json.dumps({"sentence": "x" * 5_000_000, "facts": []}), "more than [0-9,]+ bytes",
    ),
    "a number without end": (
        "xalign", '{"sentence": "x", "facts": [], "n": ' + "9" * 10_000 + "}", "too many digits",
    ),
    "NUL between links": ("pharaoh", "a\0\tb\t0-0", "NUL"),
    "links without their texts": ("pharaoh", "0-0 1-1", "second file"),
    "an endless line of links": ("pharaoh", "a\tb\t" + "0-0 " * 2_000_000, "more than [0-9,]+ bytes"),
    "no Parquet": ("parquet", "PAR1" + "x" * 100 + "PAR1", "damaged or not Parquet"),
}  # fmt: skip


@pytest.fixture
def project(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    made = factories.make_project(policy={"advance": "manual"})
    with scope(project=made):
        yield made


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_named_and_leaves_nothing(project, case):
    format, text, cause = REFUSED[case]
    before, began = row_counts(), time.monotonic()
    run = take_in(project, text.encode(), format=format, language="en", target_language="es")
    assert time.monotonic() - began < 10
    assert run.state == "failed"
    error = run.errors.get()
    assert re.search(cause, error.message), error.message
    assert len(error.message) < 1000
    assert "root:" not in error.message
    assert row_counts() == {**before, "Run": before["Run"] + 1, "RunError": 1}


# Texts that are harmless to keep and dangerous to show or to write carelessly.
NASTY = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}{% load x %}",
    "=HYPERLINK(\"http://x\")", "@SUM(1)", "\u202egnp.exe", "]]>&amp;<!--", "a' OR 1=1 --",
    "<div hx-get=/accounts/logout hx-trigger=load>", "\u200b\ufeffzero",
]  # fmt: skip
PATHS = ["../../etc/passwd", "..", "/etc/passwd", "C:\\x", "a/../b", "con", ".hidden"]


def goods(text, ident, split):
    """The same nasty text in a file of each format."""
    from annotate.formats.bitext.markup import escaped
    from annotate.formats.contract import Losses

    safe, name, place = (escaped(part, "", Losses()) for part in (text, ident, split))
    fact = {"predicate": text, "object": text, "subject": text}
    return {
        "tmx": f'<tmx><tu tuid="{name}"><prop type="x-split">{place}</prop><tuv xml:lang="en"><seg>'
        f'{safe}</seg></tuv><tuv xml:lang="es"><seg>{safe}</seg></tuv></tu></tmx>',
        "xliff": f'<xliff><file source-language="en" target-language="es"><trans-unit id="{name}">'
        f"<source>{safe}</source><target>{safe}</target><note from=\"x-split\">{place}</note>"
        "</trans-unit></file></xliff>",
        "sgd": json.dumps([{"dialogue_id": ident, "services": [text], "turns": [
            {"utterance": text, "speaker": text[:80], "frames": [{"service": text, "slots": [
                {"slot": "PER", "start": 0, "exclusive_end": 1}]}]}]}]),
        "xalign": json.dumps({"id": ident, "sentence": text, "facts": [fact], "entity": text}),
        "pharaoh": f"{text}\t{text}\t0-0",
    }  # fmt: skip


@pytest.mark.parametrize("format", ["tmx", "xliff", "sgd", "xalign", "pharaoh"])
def test_what_is_nasty_is_kept_shown_escaped_and_written_in_its_place(project, format):
    texts = [*NASTY, *PATHS]
    for number, text in enumerate(texts):
        content = goods(text, f"{number}/{text}", PATHS[number % len(PATHS)])[format]
        run = take_in(
            project, content.encode(), format=format, language="en", target_language="es",
            id_prefix=f"{number}-", split=PATHS[number % len(PATHS)],
        )  # fmt: skip
        assert run.state == "done", (text, run.message, [e.message for e in run.errors.all()])
    assert set(Passage.objects.values_list("text", flat=True)) == set(texts)
    manager = get_user_model().objects.create_user("m")
    join(project, manager, role="manager", languages=[])
    client = Client()
    client.force_login(manager)
    escaped_once = 0
    for item in Item.objects.all():
        page = client.get(f"/p/{project.slug}/items/{item.pk}/")
        assert page.status_code == 200
        shown = page.content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<div hx-get=/accounts" not in shown
        escaped_once += "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert escaped_once
    files = take_out(project, format, decided_only=False)
    for name in files:
        path = PurePosixPath(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert "\\" not in name
    written = b"".join(body for name, body in files.items() if name != "LOSSES.json").decode()
    if format in ("tmx", "xliff"):
        assert "<script" not in written
        assert "&lt;script&gt;" in written
