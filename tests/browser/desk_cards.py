"""Cards in several scripts for trying the desk: what the server would send for a seat."""

from __future__ import annotations

from typing import Any

from question_cards import QUESTION_CASES

from annotate.graphemes import boundaries, words

LABELS = [
    {
        "key": "PER",
        "name": "Person",
        "letter": "P",
        "colour": 1,
        "hotkey": "p",
        "definition": "A named human.",
    },
    {
        "key": "ORG",
        "name": "Organisation",
        "letter": "O",
        "colour": 2,
        "hotkey": "o",
        "definition": "",
    },
    {"key": "LOC", "name": "Place", "letter": "L", "colour": 3, "hotkey": "l", "definition": ""},
    {"key": "DATE", "name": "Date", "letter": "D", "colour": 4, "hotkey": "d", "definition": ""},
    {"key": "WORK", "name": "Work", "letter": "W", "colour": 5, "hotkey": "w", "definition": ""},
]
QUESTIONS = [
    {
        "key": "meaning",
        "kind": "choice",
        "scope": "rendition",
        "wording": "Meaning kept?",
        "required": True,
        "options": [
            {"key": "yes", "wording": "yes"},
            {"key": "mostly", "wording": "mostly"},
            {"key": "no", "wording": "no"},
        ],
        "value": None,
    },
    {
        "key": "fluent",
        "kind": "choice",
        "scope": "rendition",
        "wording": "Fluent?",
        "required": False,
        "options": [{"key": "yes", "wording": "yes"}, {"key": "no", "wording": "no"}],
        "value": "yes",
    },
]
ENGLISH = "Amina Diallo left the European Parliament in Strasbourg on 4 May 2021."
ENGLISH_SPANS = [
    ("PER", "Amina Diallo"),
    ("ORG", "European Parliament"),
    ("LOC", "Strasbourg"),
    ("DATE", "4 May 2021"),
]
CASES: dict[str, dict[str, Any]] = {
    "es": {
        "lang": "es",
        "text": "👩🏽‍🚀 Amina Diallo abandonó el Parlamento Europeo de Estrasburgo el 4 de mayo de 2021.",
        "spans": ["Amina Diallo", "Parlamento", "Estrasburgo", "4 de mayo de 2021"],
    },
    "ar": {
        "lang": "ar",
        "dir": "rtl",
        "text": "غادرت أمينة ديالو البرلمان الأوروبي (EP) في ستراسبورغ في 4 مايو 2021.",
        "spans": ["أمينة ديالو", "البرلمان الأوروبي", None, "4 مايو 2021"],
    },
    "hi": {
        "lang": "hi",
        "text": "अमीना डियालो ने 4 मई 2021 को स्ट्रासबर्ग में क्षत्रिय यूरोपीय संसद छोड़ी।",
        "spans": ["अमीना डियालो", "यूरोपीय संसद", "स्ट्रासबर्ग", "4 मई 2021"],
    },
    "blind": {
        "lang": "es",
        "mode": "blind",
        "text": "Amina Diallo abandonó el Parlamento Europeo de Estrasburgo el 4 de mayo de 2021.",
        "spans": [None] * 4,
    },
    "questions": {
        "lang": "es",
        "text": "Amina Diallo abandonó el Parlamento Europeo de Estrasburgo el 4 de mayo de 2021.",
        "spans": ["Amina Diallo", "Parlamento Europeo", "Estrasburgo", "4 de mayo de 2021"],
        "questions": QUESTIONS,
    },
    "nested": {
        "lang": "es",
        "text": "La Universidad de Buenos Aires abrió sus puertas.",
        "source": None,
        "proposed": [
            ("ORG", "Universidad de Buenos Aires"),
            ("LOC", "Buenos Aires"),
            ("PER", "Buenos"),
        ],
    },
    "thai": {
        "lang": "th",
        "text": "อามินา ดิอัลโล ออกจากรัฐสภายุโรปในสตราสบูร์กเมื่อวันที่ 4 พฤษภาคม",
        "spans": ["อามินา ดิอัลโล", "รัฐสภายุโรป", "สตราสบูร์ก", None],
    },
    **QUESTION_CASES,
}


def field(text: str, lang: str, direction: str = "ltr") -> dict[str, Any]:
    """A passage as the server sends it, with its clusters and words."""
    return {
        "name": "text",
        "role": "labelled",
        "lang": lang,
        "dir": direction,
        "text": text,
        "clusters": boundaries(text),
        "words": [list(word) for word in words(text)],
    }


def place(text: str, surface: str) -> dict[str, Any]:
    """The first occurrence of a surface as code points."""
    start = text.index(surface)
    return {"field": "text", "start": start, "end": start + len(surface), "surface": surface}


def side(text: str, lang: str, direction: str = "ltr") -> dict[str, Any]:
    return {"lang": lang, "dir": direction, "fields": [field(text, lang, direction)]}


def make_card(case: str, seat: int) -> dict[str, Any]:
    """The card of a case; ``many`` has ninety spans."""
    if case == "many":
        return many_card(seat)
    given = CASES[case]
    text = given["text"]
    has_source = given.get("source", ENGLISH) is not None
    source_spans = [
        {"key": f"s{i}", "label": label, **place(ENGLISH, surface)}
        for i, (label, surface) in enumerate(ENGLISH_SPANS, 1)
    ]
    surfaces = given.get("spans", [])
    spans = [
        {
            "key": f"t{i}",
            "label": ENGLISH_SPANS[i - 1][0],
            "source": f"s{i}",
            "alternatives": [],
            **place(text, surface),
        }
        for i, surface in enumerate(surfaces, 1)
        if surface
    ]
    spans += [
        {"key": f"t{i}", "label": label, "source": None, "alternatives": [], **place(text, surface)}
        for i, (label, surface) in enumerate(given.get("proposed", []), 1)
    ]
    if case == "es":
        spans[1]["alternatives"] = [place(text, "Parlamento Europeo")]
    return {
        "seat": seat,
        "round": 1,
        "mode": given.get("mode", "assisted"),
        "lease_seconds": 900,
        "item": {"id": f"{case}-{seat}", "group": "", "position": 0},
        "source": side(ENGLISH, "en") if has_source else None,
        "target": side(text, given["lang"], given.get("dir", "ltr")),
        "source_spans": source_spans if has_source else [],
        "spans": spans,
        "unplaced": [f"s{i}" for i, surface in enumerate(surfaces, 1) if not surface],
        "labels": LABELS,
        "questions": given.get("questions", []),
        "previous": None,
        **given.get("card", {}),
    }


def many_card(seat: int) -> dict[str, Any]:
    text = " ".join(f"Persona{i} visitó Ciudad{i}." for i in range(45))
    names = [
        (label, f"{stem}{i}")
        for i in range(45)
        for label, stem in (("PER", "Persona"), ("LOC", "Ciudad"))
    ]
    spans = [
        {"key": f"t{i}", "label": label, "source": None, "alternatives": [], **place(text, name)}
        for i, (label, name) in enumerate(names)
    ]
    card = make_card("nested", seat)
    return {**card, "target": side(text, "es"), "spans": spans}


def make_readings(case: str) -> list[dict[str, Any]]:
    """Three readings of a case that differ at one span."""
    spans = make_card(case, 1)["spans"]
    changed = [{**span, "label": "LOC"} if span["key"] == "t2" else span for span in spans]
    return [
        {"who": "Reader A", "summary": "all right", "spans": spans, "answers": []},
        {"who": "Reader B", "summary": "one label changed", "spans": changed, "answers": []},
        {
            "who": "Reader C",
            "summary": "one not here",
            "spans": [span for span in spans if span["key"] != "t2"],
            "answers": [],
        },
    ]
