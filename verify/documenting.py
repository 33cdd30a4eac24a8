"""What the documentation of a release says, all of it counted in the database when the release is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from annotate.formats.contract import CardFacts
from annotate.models import Item, Project
from annotate.usefulness import set_aside
from verify.models import Certificate, Decision, Judgement, Release

from .releasing import ReleaseScope, machines

# Groups of fewer people are not told apart.
SMALLEST = 5
# The Hub's words for who made labels, by the origin of a decision.
CREATORS = {
    "imported": "found", "accepted": "machine-generated", "agreed": "expert-generated",
    "single": "expert-generated", "adjudicated": "expert-generated",
}  # fmt: skip


def documented(
    project: Project, release: Release, tags: Sequence[str], told: CardFacts
) -> dict[str, Any]:
    """All that card and description of a release say, as JSON. About ten queries.

    ``told`` is what an export's card says of the project: labels, guidelines, agreement, thanks.
    """
    decided = _decided(release, tags)
    origins = _counts(decided, "origin")
    certificates = _certificates(project, tags)
    people = judges_of(project, list(tags))
    used = machines(project)
    sections = {
        "What changed": release.notes,
        "People": f"Judged by {people}. Judgements bear pseudonyms that belong to this release alone.",
        "What people agreed to": project.consent,
        "Machines": "\n".join(f"- {name}: {terms}" for name, terms in used),
        "How wrong it is": "\n".join(f"- {line}" for line in certificates),
        "What to keep in mind": "\n".join(f"- {line}" for line in _limits(origins)),
        # How many were decided in which way stands in the card's own tables.
        **{title: text for title, text in told.sections.items() if title != "How it was made"},
    }
    return {
        "name": told.name, "description": told.description, "languages": list(tags),
        "task_categories": list(told.task_categories),
        "creators": sorted({CREATORS[origin] for counts in origins.values() for origin in counts}),
        # Pairs: the database keeps no order of keys.
        "sections": [[title, text] for title, text in sections.items() if text.strip()],
        "rai": {
            "dataCollection": _collected(project, decided),
            "dataAnnotationProtocol": project.guidelines,
            "dataAnnotationPlatform": "Vouch",
            "dataAnnotationAnalysis": "; ".join(certificates) or "No certificate holds.",
            "annotationsPerItem": _per_item(project, tags, origins),
            "annotatorDemographics": f"Judged by {people}.",
            "machineAnnotationTools": [name for name, _ in used],
            "dataPreprocessingProtocol": _prepared(project),
            "dataBiases": _blind(project, tags),
            "dataLimitations": " ".join(_limits(origins)),
            "personalSensitiveInformation": "Judges appear under pseudonyms of this release alone.",
            "dataReleaseMaintenancePlan": "Versions are never changed; errors are mended in a later one.",
        },
    }  # fmt: skip


def _decided(release: Release, tags: Sequence[str]) -> QuerySet[Decision]:
    """The decisions that stand at the release's moment in its languages, by its origins."""
    scope = ReleaseScope.of(release.scope)
    rows = Decision.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=release.at), project_id=release.project_id,
        made_at__lte=release.at, rendition__language__in=tags,
    )  # fmt: skip
    return rows.filter(origin__in=scope.origins) if scope.origins else rows


def _counts(decided: QuerySet[Decision], column: str) -> dict[str, Counter[str]]:
    """How many decisions have each value of a column, by language."""
    found: dict[str, Counter[str]] = {}
    rows = decided.values_list("rendition__language", column).annotate(n=Count("pk"))
    for tag, value, count in rows.order_by("rendition__language", column):
        found.setdefault(tag, Counter())[value] = count
    return found


def _collected(project: Project, decided: QuerySet[Decision]) -> str:
    """Where the texts come from, by language."""
    words = {
        "original": "came with the data", "machine": "translated by a machine",
        "person": "written by a person",
    }  # fmt: skip
    parts = [
        f"{tag}: " + ", ".join(f"{n} {words.get(origin, origin)}" for origin, n in counts.items())
        for tag, counts in _counts(decided, "rendition__origin").items()
    ]
    return f"Texts, by language (source: {project.source_language}): {'; '.join(parts)}."


def _limits(origins: dict[str, Counter[str]]) -> list[str]:
    """What nobody looked at, by language."""
    return [
        f"{tag}: {counts['accepted']} of {sum(counts.values())} texts have labels that machines agreed on "
        "and nobody looked at one by one (`accepted` in `origin`)."
        for tag, counts in origins.items()
        if counts["accepted"]
    ]


def _judged(project: Project, tags: Sequence[str]) -> QuerySet[Judgement]:
    rows = Judgement.objects.filter(project=project, rendition__language__in=tags)
    return rows.exclude(outcome="withdrawn").filter(
        assignment__kind="review", assignment__round__gt=0
    )


def _per_item(project: Project, tags: Sequence[str], origins: dict[str, Counter[str]]) -> str:
    rows = _judged(project, tags).values_list("rendition__language").annotate(n=Count("pk"))
    parts = [
        f"{tag}: {count} judgements, {sum(origins[tag].values())} texts decided"
        for tag, count in rows.order_by("rendition__language")
        if tag in origins
    ]
    return "; ".join(parts) or "No text was judged by a person."


def _prepared(project: Project) -> str:
    """What became of texts before they were labelled."""
    aside = Item.objects.filter(set_aside(project), project=project).count()
    said = "Texts are stored as they came; nothing is normalised."
    return f"{said} {aside} items were set aside as not worth labelling." if aside else said


def _blind(project: Project, tags: Sequence[str]) -> str:
    """How many judgements were given without sight of a proposal."""
    rows = _judged(project, tags)
    blind = rows.filter(assignment__shown__mode="blind").count()
    return (
        f"{blind} of {rows.count()} judgements were given without sight of a machine's proposal; people who "
        "see one tend to keep it."
    )


def _certificates(project: Project, tags: Sequence[str]) -> list[str]:
    rows = Certificate.objects.filter(
        project=project, state="issued", is_stale=False, language__in=tags
    ).order_by("language", "pk")
    return [
        f"{row.language}: at most {row.bound:.1%} of {row.frame_size} texts are wrong, with "
        f"{row.confidence:.0%} confidence ({row.errors} errors in {row.judged} judged texts)"
        for row in rows
    ]


def judges_of(project: Project, tags: list[str]) -> str:
    """How many people judged, languages with few people put together. One query."""
    rows = Judgement.objects.filter(project=project, rendition__language__in=tags)
    pairs = (
        rows.exclude(outcome="withdrawn").values_list("rendition__language", "rater_id").distinct()
    )
    people: dict[str, set[int]] = {}
    for tag, rater in pairs:
        people.setdefault(tag, set()).add(rater)
    told = {tag: len(who) for tag, who in sorted(people.items()) if len(who) >= SMALLEST}
    few = len(people) - len(told)
    parts = [f"{tag}: {count} people" for tag, count in told.items()]
    if few:
        parts.append(f"{few} further languages: fewer than {SMALLEST} people each")
    return "; ".join(parts) or "nobody"
