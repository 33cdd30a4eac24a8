"""Offered values: how right they are by the number of sources that agree, from what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from annotate.models import Project, Question
from annotate.questions import as_option
from pipeline.raters.thresholds import thresholds
from verify.models import Decision

CHUNK = 2000


def votes_of(option: Mapping[str, Any]) -> int:
    """How many sources offer an option: its ``votes``, else those named in ``by``; one is the least."""
    votes, by = option.get("votes"), option.get("by")
    if isinstance(votes, int) and not isinstance(votes, bool):
        return max(votes, 1)
    return max(len(set(map(str, by))), 1) if isinstance(by, list) else 1


def by_votes(project: Project) -> dict[str, list[dict[str, Any]]]:
    """The table of thresholds per language; empty where no question asks whether values are right.

    Such a question is a choice over a list of the item's inputs (``of``); its first option says right.
    """
    asked = Question.objects.filter(project=project, kind="choice", scope="option")
    found: dict[str, list[tuple[Any, str, int]]] = defaultdict(list)
    right: dict[str, dict[Any, list[str]]] = defaultdict(lambda: defaultdict(list))
    for question in asked:
        listed = question.settings.get("of")
        if not listed or not question.options:
            continue
        yes = as_option(question.options[0], 1)["key"]
        rows = (
            Decision.objects.filter(project=project, is_current=True)
            .values_list("rendition_id", "rendition__language", "rendition__item__inputs",
                         "reading__answers")
            .iterator(chunk_size=CHUNK)
        )  # fmt: skip
        for pk, language, inputs, answers in rows:
            said = {target: value for key, target, value in answers if key == question.key}
            for number, option in enumerate(inputs.get(listed) or (), 1):
                key = as_option(option, number)["key"]
                value = said.get(f"option:{key}")
                if value is None:
                    continue
                item, votes = (question.key, pk), option if isinstance(option, Mapping) else {}
                found[language].append((item, key, votes_of(votes)))
                right[language][item] += [key] if value == yes else []
    return {
        tag: [row.as_dict() for row in thresholds(rows, right[tag])]
        for tag, rows in sorted(found.items())
    }
