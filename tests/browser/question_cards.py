"""Cards that ask questions of every kind and scope, for trying the desk alone."""

from __future__ import annotations

from typing import Any

SPANISH = "Amina Diallo abandonó el Parlamento Europeo de Estrasburgo el 4 de mayo de 2021."
ARABIC = "غادرت أمينة ديالو البرلمان الأوروبي في ستراسبورغ في 4 مايو 2021."
SPANS = ["Amina Diallo", "Parlamento Europeo", "Estrasburgo", "4 de mayo de 2021"]
CONCEPTS = [
    {"key": "Q8889", "name": "Parlamento Europeo", "alias": "Eurocámara", "description": "A parliament."},
    {"key": "Q1", "name": "Parlamento de Andalucía", "alias": "", "description": ""},
    {"key": "Q2", "name": "البرلمان الأوروبي", "alias": "", "description": ""},
]  # fmt: skip


def find(query: dict[str, list[str]]) -> list[dict[str, str]]:
    """What the server would find."""
    if "key" in query:
        return [row for row in CONCEPTS if row["key"] in query["key"]]
    wanted = query.get("q", [""])[0].casefold()
    return [row for row in CONCEPTS if wanted in f"{row['name']} {row['alias']}".casefold()]


def options(*keys: str, **wordings: str) -> list[dict[str, Any]]:
    return [{"key": key, "wording": wordings.get(key, key)} for key in keys]


def question(key: str, kind: str, wording: str, **fields: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "scope": "rendition", "wording": wording, "required": True,
            "condition": None, "options": [], "settings": {}, **fields}  # fmt: skip


LEVELS = [
    {"key": "0", "wording": "0 · irrelevant: has nothing to do with the query"},
    {"key": "1", "wording": "1 · related, but does not answer it"},
    {"key": "2", "wording": "2 · highly relevant: some answer, unclear or hidden"},
    {"key": "3", "wording": "3 · perfectly relevant: holds the exact answer"},
]
ANCHORS = [
    {"key": "0", "wording": "no meaning preserved"}, {"key": "33", "wording": "some meaning preserved"},
    {"key": "66", "wording": "most meaning preserved"}, {"key": "100", "wording": "perfect"},
]  # fmt: skip
TEXTS = [
    {"key": "a", "wording": "", "text": "Dejó la Eurocámara de Estrasburgo.", "lang": "es", "dir": "ltr"},
    {"key": "b", "wording": "", "text": "Abandonó el Parlamento, el europeo, de Estrasburgo.", "lang": "es", "dir": "ltr"},
    {"key": "tie", "wording": "no difference"}, {"key": "cannot_tell", "wording": "cannot tell"},
]  # fmt: skip
KINDS = [
    question("kept", "choice", "Is the meaning kept?", options=options("yes", "mostly", "no")),
    question("why", "choices", "What is wrong?", condition={"question": "kept", "is": ["mostly", "no"]},
             options=options("mistranslated", "omitted", "grammar"), settings={"least": 1, "most": 2}),
    question("facts", "checklist", "Which of these does the sentence state?",
             options=[{"key": "f1", "wording": "Amina Diallo, member of, European Parliament"},
                      {"key": "f2", "wording": "Amina Diallo, place of birth, Dakar"}]),
    question("relevance", "rating", "How relevant is it?", options=LEVELS),
    question("fluency", "rating", "How fluent is it?", settings={"min": 1, "max": 5}, required=False),
    question("score", "score", "How good is the translation as a whole?", options=ANCHORS,
             help="Any place on the line will do."),
    question("order", "ranking", "Order these by how natural they sound.", settings={"ties": True},
             options=options("x", "y", "z", x="Dejó la Cámara.", y="Abandonó la Cámara.", z="Salió.")),
    question("better", "pick", "Which of the two reads better?", options=TEXTS),
    question("note", "text", "Mend the translation where it is wrong.", lang="es", dir="ltr",
             prefill={"rendition": SPANISH}, required=False, settings={"rows": 2}),
]  # fmt: skip
SCOPES = [
    question("label", "choice", "Is the label on the right words?", scope="span",
             options=options("yes", "partly", "no")),
    question("person", "choice", "Is this person alive?", scope="span", condition={"label": "PER"},
             options=options("yes", "no"), required=False),
    question("entity", "link", "What does it stand for?", scope="span", required=False),
    question("stated", "choice", "Does the sentence say so?", scope="relation", options=options("yes", "no")),
    question("value", "choice", "Is each of these a name of the place?", scope="option", options=options("correct", "incorrect"),
             targets=[{"key": "v1", "target": "option:v1", "wording": "", "text": "Estrasburgo", "lang": "es", "dir": "ltr"},
                      {"key": "v2", "target": "option:v2", "wording": "", "text": "Straßburg", "lang": "de", "dir": "ltr"}]),
    question("natural", "choice", "Does it read naturally?", scope="field", options=options("yes", "no"),
             targets=[{"target": "field:text", "wording": "text"}]),
    question("labels", "rating", "How good are the labels as they were proposed?", scope="basis", required=False),
]  # fmt: skip
CAUSES = options("mt", "alignment", "source", mt="translation error", alignment="alignment",
                 source="source label wrong")  # fmt: skip
SEVERITIES = [{"key": "minor", "wording": "minor", "colour": 5}, {"key": "major", "wording": "major", "colour": 2}]  # fmt: skip
ERROR = [{"key": "ERROR", "name": "Error", "letter": "E", "colour": 4, "hotkey": "e", "definition": ""}]  # fmt: skip

QUESTION_CASES: dict[str, dict[str, Any]] = {
    "kinds": {"lang": "es", "text": SPANISH, "spans": SPANS, "questions": KINDS,
              "card": {"notes": [{"wording": "Reference", "lines": ["She left Parliament in 2021."],
                                  "lang": "en", "dir": "ltr"}]}},
    "scopes": {"lang": "es", "text": SPANISH, "spans": SPANS, "questions": SCOPES, "card": {
        "relations": [{"key": "r1", "label": "member", "name": "member of", "head": "t1", "tail": "t2"}],
        "marking": {"severities": [], "causes": CAUSES, "missing": "", "source": False, "most": 0}}},
    "rtl": {"lang": "ar", "dir": "rtl", "text": ARABIC, "spans": [None] * 4, "questions": [
        KINDS[5], KINDS[6],
        question("note", "text", "Mend the translation.", lang="ar", dir="rtl", prefill={"rendition": ARABIC}),
        question("entity", "link", "What does it stand for?")]},
    "severity": {"lang": "es", "text": SPANISH, "spans": [], "questions": [KINDS[5]], "card": {
        "labels": ERROR, "source_spans": [], "unplaced": [], "mode": "blind",
        "marking": {"severities": SEVERITIES, "causes": [], "missing": "ERROR", "source": True, "most": 0}}},
    "causes": {"lang": "es", "text": SPANISH, "spans": SPANS, "card": {
        "marking": {"severities": [], "causes": CAUSES, "missing": "", "source": False, "most": 0}}},
}  # fmt: skip
