"""What the browser of texts can be asked for, each filter as SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from annotate.models import Project

VOTES = ("answered", "failed", "differs")
STANDS = "COALESCE(d.reading_id, c.reading_id, r.standing_id)"
FROM = """
annotate_rendition r
JOIN annotate_item i ON i.id = r.item_id
LEFT JOIN verify_decision d ON d.rendition_id = r.id AND d.is_current
LEFT JOIN annotate_consensus c ON c.rendition_id = r.id AND c.of = 'machines'
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for; empty means anything.

    ``text`` is a part of the text, ``item`` the beginning of an id. ``label`` and ``answer``
    (``question=value``) are of the reading that stands: decided, else added up, else imported. ``vote``
    is what the annotator did (``answered``, ``failed``, ``differs`` from what stands). ``verdict`` is what
    somebody said of a span, or an outcome of a judgement. ``origin`` is a decision's, or ``none``.
    """

    language: str = ""
    text: str = ""
    item: str = ""
    label: str = ""
    answer: str = ""
    route: str = ""
    annotator: str = ""
    vote: str = ""
    verdict: str = ""
    reviewer: str = ""
    origin: str = ""
    split: str = ""
    everywhere: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Asked:
        """From an address; what is no filter is passed over."""
        names = [field.name for field in fields(cls)]
        return cls(**{name: str(values.get(name) or "").strip()[:300] for name in names})

    def as_query(self, **more: Any) -> str:
        """As the query of an address, without what is empty."""
        found = {field.name: getattr(self, field.name) for field in fields(self)} | more
        return urlencode({name: value for name, value in found.items() if value not in ("", None)})

    @property
    def is_narrow(self) -> bool:
        """Whether anything beside the language is asked."""
        return any(getattr(self, f.name) for f in fields(self) if f.name != "language")


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter as SQL: ``probe`` is a condition on a row of ``FROM``; ``leads`` gives renditions.

    ``crowd`` gives, without a join, at least as many rows as there are such renditions, so that what many
    meet is known for that at little cost.
    """

    probe: str
    leads: str = ""
    crowd: str = ""


class Unknown(ValueError):
    """A filter names something that the project does not have."""


def filters(project: Project, asked: Asked) -> tuple[list[Filter], dict[str, Any]]:
    """The filters that are asked for and the values they take. Raises Unknown."""
    values: dict[str, Any] = {"project": project.pk, "language": asked.language}
    chosen = [Filter("r.project_id = %(project)s AND r.is_current AND r.language = %(language)s")]
    makers = {
        "text": _text, "item": _item, "label": _label, "answer": _answer, "route": _route,
        "annotator": _annotator, "verdict": _verdict, "reviewer": _reviewer, "origin": _origin,
        "split": _split, "everywhere": _everywhere,
    }  # fmt: skip
    for name, make in makers.items():
        if getattr(asked, name):
            chosen.append(make(asked, values))
    return chosen, values


def _text(asked: Asked, values: dict[str, Any]) -> Filter:
    escaped = asked.text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    values["text"] = f"%{escaped}%"
    holds = "p.project_id = %(project)s AND p.text ILIKE %(text)s"
    return Filter(
        "EXISTS (SELECT 1 FROM annotate_field f JOIN annotate_passage p ON p.id = f.passage_id "
        f"WHERE f.rendition_id = r.id AND {holds})",
        "SELECT f.rendition_id FROM annotate_passage p JOIN annotate_field f ON f.passage_id = p.id "
        f"WHERE {holds} AND p.language = %(language)s",
        f"SELECT 1 FROM annotate_passage p WHERE {holds} AND p.language = %(language)s",
    )


def _item(asked: Asked, values: dict[str, Any]) -> Filter:
    values |= {"item": asked.item, "item_end": asked.item + "\U0010ffff"}
    holds = "i.external_id >= %(item)s AND i.external_id < %(item_end)s"
    return Filter(
        holds,
        "SELECT r.id FROM annotate_item i JOIN annotate_rendition r ON r.item_id = i.id "
        f"WHERE i.project_id = %(project)s AND {holds} AND r.is_current "
        "AND r.language = %(language)s",
        f"SELECT 1 FROM annotate_item i WHERE i.project_id = %(project)s AND {holds}",
    )


def _label(asked: Asked, values: dict[str, Any]) -> Filter:
    rows = all_of(
        "SELECT id FROM annotate_label WHERE project_id = %(project)s AND key = %(label)s "
        "AND kind = 'span'",
        {"project": values["project"], "label": asked.label},
    )
    if not rows:
        raise Unknown("label")
    values["label"] = rows[0]
    return Filter(
        "EXISTS (SELECT 1 FROM annotate_span s WHERE s.label_id = %(label)s AND s.rank = 1 "
        f"AND s.reading_id = {STANDS})",
        "SELECT g.rendition_id FROM annotate_span s JOIN annotate_reading g ON g.id = s.reading_id "
        "WHERE s.label_id = %(label)s",
        "SELECT 1 FROM annotate_span s WHERE s.label_id = %(label)s",
    )


def _answer(asked: Asked, values: dict[str, Any]) -> Filter:
    question, _, value = asked.answer.partition("=")
    values["answer"] = json.dumps([[question, value]])
    return Filter(
        "EXISTS (SELECT 1 FROM annotate_reading g WHERE g.answers @> %(answer)s::jsonb "
        f"AND g.id = {STANDS})",
        "SELECT g.rendition_id FROM annotate_reading g WHERE g.project_id = %(project)s "
        "AND g.answers <> '[]'::jsonb AND g.answers @> %(answer)s::jsonb",
    )


def _route(asked: Asked, values: dict[str, Any]) -> Filter:
    values["route"] = asked.route
    return Filter(
        "c.route = %(route)s",
        "SELECT c.rendition_id FROM annotate_consensus c WHERE c.project_id = %(project)s "
        "AND c.of = 'machines' AND c.route = %(route)s",
    )


def _annotator(asked: Asked, values: dict[str, Any]) -> Filter:
    versions = all_of(
        "SELECT v.id FROM annotate_annotatorversion v JOIN annotate_annotator a "
        "ON a.id = v.annotator_id WHERE a.project_id = %(project)s AND a.name = %(name)s",
        {"project": values["project"], "name": asked.annotator},
    )
    if not versions:
        raise Unknown("annotator")
    values["versions"] = versions
    did = {
        "failed": "k.state <> 'ok'",
        "differs": "k.state = 'ok' AND g.digest IS DISTINCT FROM "
        f"(SELECT digest FROM annotate_reading WHERE id = {STANDS})",
    }.get(asked.vote, "k.state = 'ok'")
    probe = (
        "EXISTS (SELECT 1 FROM annotate_candidate k LEFT JOIN annotate_reading g "
        "ON g.id = k.reading_id WHERE k.rendition_id = r.id AND k.version_id = ANY(%(versions)s) "
        f"AND {did})"
    )
    leads = (
        "SELECT k.rendition_id FROM annotate_candidate k WHERE k.project_id = %(project)s "
        "AND k.version_id = ANY(%(versions)s)"
        + (" AND k.state <> 'ok'" if asked.vote == "failed" else "")
    )
    return Filter(probe, leads)


def _verdict(asked: Asked, values: dict[str, Any]) -> Filter:
    values["verdict"] = asked.verdict
    if asked.verdict in OUTCOMES:
        return Filter(
            "EXISTS (SELECT 1 FROM verify_judgement j WHERE j.rendition_id = r.id "
            "AND j.outcome = %(verdict)s)",
            "SELECT j.rendition_id FROM verify_judgement j WHERE j.project_id = %(project)s "
            "AND j.outcome = %(verdict)s AND j.outcome <> 'answered'",
        )
    return Filter(
        "EXISTS (SELECT 1 FROM verify_judgement j JOIN verify_spanverdict w "
        "ON w.judgement_id = j.id WHERE j.rendition_id = r.id AND w.verdict = %(verdict)s)",
        "SELECT j.rendition_id FROM verify_spanverdict w JOIN verify_judgement j "
        "ON j.id = w.judgement_id WHERE w.project_id = %(project)s AND w.verdict = %(verdict)s",
        "SELECT 1 FROM verify_spanverdict w WHERE w.project_id = %(project)s "
        "AND w.verdict = %(verdict)s",
    )


# Outcomes of a judgement that have no answer in them.
OUTCOMES = ("unsure", "not_my_variety", "reported", "bad_sentence")


def _reviewer(asked: Asked, values: dict[str, Any]) -> Filter:
    rows = all_of(
        "SELECT id FROM verify_rater WHERE project_id = %(project)s AND pseudonym = %(name)s",
        {"project": values["project"], "name": asked.reviewer},
    )
    if not rows:
        raise Unknown("reviewer")
    values["rater"] = rows[0]
    return Filter(
        "EXISTS (SELECT 1 FROM verify_judgement j WHERE j.rendition_id = r.id "
        "AND j.rater_id = %(rater)s)",
        "SELECT j.rendition_id FROM verify_judgement j WHERE j.project_id = %(project)s "
        "AND j.rater_id = %(rater)s",
    )


def _origin(asked: Asked, values: dict[str, Any]) -> Filter:
    if asked.origin == "none":
        return Filter("d.id IS NULL")
    values["origin"] = asked.origin
    return Filter(
        "d.origin = %(origin)s",
        "SELECT d.rendition_id FROM verify_decision d WHERE d.project_id = %(project)s "
        "AND d.origin = %(origin)s AND d.is_current",
    )


def _split(asked: Asked, values: dict[str, Any]) -> Filter:
    values["split"] = asked.split
    return Filter(
        "i.split = %(split)s",
        "SELECT r.id FROM annotate_item i JOIN annotate_rendition r ON r.item_id = i.id "
        "WHERE i.project_id = %(project)s AND i.split = %(split)s AND i.split <> '' "
        "AND r.is_current AND r.language = %(language)s",
        "SELECT 1 FROM annotate_item i WHERE i.project_id = %(project)s AND i.split = %(split)s "
        "AND i.split <> ''",
    )


def _everywhere(asked: Asked, values: dict[str, Any]) -> Filter:
    """Decided in every target language of the project."""
    return Filter(
        "NOT EXISTS (SELECT 1 FROM annotate_projectlanguage t WHERE t.project_id = %(project)s "
        "AND t.role = 'target' AND NOT EXISTS (SELECT 1 FROM annotate_rendition other "
        "JOIN verify_decision o ON o.rendition_id = other.id AND o.is_current "
        "WHERE other.item_id = r.item_id AND other.is_current AND other.language = t.tag))"
    )


def all_of(statement: str, values: Mapping[str, Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [pk for (pk,) in cursor.fetchall()]
