"""What the card of an exported data set says of the project."""

from __future__ import annotations

import re

from django.db.models import Count, Exists, OuterRef

from annotate.formats.contract import CardFacts
from annotate.models import Project
from verify.models import Decision, Judgement, Rater, Report


def facts(project: Project) -> CardFacts:
    """What the dataset card says of the project."""
    tags = list(project.languages.order_by("role", "tag").values_list("tag", flat=True))
    tags.sort(key=lambda tag: tag != project.source_language)
    labels = [
        f"- `{label.key}`: {label.name_in('en')}. {label.definition}"
        for label in project.labels.all()
    ]
    sections = {
        "Labels": "\n".join(labels),
        "Guidelines": project.guidelines,
        "Agreement": _agreement(project),
        "How it was made": _provenance(project),
        "Thanks": _thanks(project),
    }
    return CardFacts(
        name=project.name,
        languages=tuple(tags),
        licence=project.licence,
        description=project.description,
        task_categories=("token-classification",) if labels else (),
        sections={title: text for title, text in sections.items() if text},
    )


def _provenance(project: Project) -> str:
    """How many renditions each origin of decision stands for, per language."""
    rows = (
        Decision.objects.filter(project=project, is_current=True)
        .values_list("rendition__language", "origin")
        .annotate(count=Count("pk"))
        .order_by("rendition__language", "origin")
    )
    lines = [f"| {language} | {origin} | {count} |" for language, origin, count in rows]
    return "\n".join(["| language | decided by | renditions |", "|---|---|---|", *lines])


def _thanks(project: Project) -> str:
    """The people who judged here and wish to be named, by name; never beside their pseudonym."""
    judged = Judgement.objects.filter(rater=OuterRef("pk"))
    rows = Rater.objects.filter(Exists(judged), project=project).exclude(credit="")
    names = sorted(set(rows.values_list("credit", flat=True)), key=str.casefold)
    return "\n".join(f"- {_plain(name)}" for name in names)


def _plain(name: str) -> str:
    """A name as Markdown shows it letter by letter."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~&])", r"\\\1", name)


def _agreement(project: Project) -> str:
    """What the stored measures say in a line per language."""
    lines = []
    for report in Report.objects.filter(project=project, kind="agreement").order_by("language"):
        lines.append(f"- {report.language}: measured on {report.body['judgements']} judgements.")
    return "\n".join(lines)
