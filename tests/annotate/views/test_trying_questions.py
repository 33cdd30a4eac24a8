"""Questions shown as reviewers see them while they are written."""

from __future__ import annotations

import json

import pytest

from annotate.models import Question

TRY = "/p/news/settings/questions/try/"


def test_questions_are_shown_as_they_are_typed_and_not_kept(inside, manager):
    before = list(Question.objects.values_list("key", flat=True))
    rows = [
        {"key": "fluent", "kind": "choice", "wording": {"en": "Fluent?", "es": "¿Fluido?"},
         "options": [{"key": "y", "wording": {"en": "yes", "es": "sí"}}, "no"]},
        {"key": "better", "kind": "pick", "wording": {"en": "<b>Which?</b>"},
         "settings": {"from": "candidates"}, "options": [{"key": "none", "fixed": True}]},
    ]  # fmt: skip
    answer = manager.post(TRY, {"questions": json.dumps(rows), "shown_language": "es"})
    said = answer.content.decode()
    assert "¿Fluido?" in said
    assert "s\\u00ed" in said
    assert "&lt;b&gt;Which?&lt;/b&gt;" in said
    assert "<b>Which" not in said
    assert "candidates 3" in said
    assert "disabled" in said
    assert list(Question.objects.values_list("key", flat=True)) == before


@pytest.mark.parametrize(
    ("typed", "words"),
    [("{", "no JSON"), ('[{"key": "a"}]', "its kind is none of"), ("", "required"), ("[" * 9000, "JSON")],
)  # fmt: skip
def test_what_is_wrong_with_questions_is_said_while_they_are_typed(inside, manager, typed, words):
    answer = manager.post(TRY, {"questions": typed})
    assert answer.status_code == 200
    assert words in answer.content.decode()


def test_trying_questions_is_for_managers(inside, reviewer, stranger):
    assert reviewer.post(TRY, {"questions": "[]"}).status_code == 403
    assert stranger.post(TRY, {"questions": "[]"}).status_code == 404
