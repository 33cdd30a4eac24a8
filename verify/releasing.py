"""What a release holds, what stands in its way, and what it says of the machines and people behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from annotate.catalog import backend_of
from annotate.models import Annotator, Candidate, Project, Rendition
from verify.licences import conflicts
from verify.models import Certificate, Decision, Release

ORIGINS = ("imported", "accepted", "agreed", "single", "adjudicated")


@dataclass(frozen=True, slots=True)
class ReleaseScope:
    """What of the decided texts is released.

    ``languages`` and ``origins`` (of decisions): none means all. ``everywhere``: items that are decided
    in all target languages. ``certified``: languages with a certificate that holds. ``judgements``: with
    each judgement, under pseudonyms of this release.
    """

    languages: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    everywhere: bool = False
    certified: bool = False
    judgements: bool = True

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> ReleaseScope:
        """As a release stores it."""
        return cls(
            tuple(stored.get("languages", ())), tuple(stored.get("origins", ())),
            bool(stored.get("everywhere")), bool(stored.get("certified")),
            bool(stored.get("judgements", True)),
        )  # fmt: skip

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "languages": list(self.languages), "origins": list(self.origins),
            "everywhere": self.everywhere, "certified": self.certified,
            "judgements": self.judgements,
        }  # fmt: skip


def certified(project: Project) -> set[str]:
    """Languages with a certificate that holds."""
    rows = Certificate.objects.filter(project=project, state="issued", is_stale=False)
    return set(rows.values_list("language", flat=True))


def languages_of(project: Project, scope: ReleaseScope) -> list[str]:
    """The languages that are released, the source's first."""
    tags = list(project.languages.order_by("role", "tag").values_list("tag", flat=True))
    chosen = [tag for tag in tags if not scope.languages or tag in scope.languages]
    if scope.certified:
        good = certified(project)
        chosen = [tag for tag in chosen if tag in good or tag == project.source_language]
    return chosen


def obstacles(project: Project, scope: ReleaseScope, licence: str) -> list[str]:
    """Why a release cannot be made, each with what to do; empty where it can. About ten queries."""
    found = []
    if not project.description.strip():
        found.append("The project has no description: the card of a data set begins with one.")
    if not project.guidelines.strip():
        found.append("The project has no guidelines: users must know what the labels mean.")
    undefined = [
        row.key for row in project.labels.filter(kind="span") if not row.definition.strip()
    ]
    if undefined:
        found.append(f"These labels have no definition: {', '.join(sorted(undefined)[:10])}.")
    tags = languages_of(project, scope)
    targets = set(project.languages.filter(role="target").values_list("tag", flat=True))
    if scope.certified and not targets & set(tags):
        found.append("No target language has a certificate that holds.")
    decided = Decision.objects.filter(
        project=project, is_current=True, rendition__language__in=tags
    )
    if scope.origins:
        decided = decided.filter(origin__in=scope.origins)
    if not decided.exists():
        found.append("Nothing is decided in the chosen languages and origins.")
    return found + conflicts(project.licence, licence, machines(project))


def machines(project: Project) -> list[tuple[str, str]]:
    """(name, terms) of the machines that others made and whose texts or labels may be in the data.

    What was fitted here on the project's own data has no terms but the data's.
    """
    translated = Rendition.objects.filter(project=project, version__annotator=OuterRef("pk"))
    labelled = Candidate.objects.filter(project=project, version__annotator=OuterRef("pk"))
    rows = Annotator.objects.filter(Q(Exists(translated)) | Q(Exists(labelled)), project=project)
    made_elsewhere = {"base_url", "model", "mode"}
    return [
        (row.name, row.output_terms)
        for row in rows.exclude(kind__in=["judge", "imported"]).order_by("position")
        if made_elsewhere & set(backend_of(row.kind, row.backend).settings)
    ]


def pseudonym(salt: str, name: str) -> str:
    """A person's name in one release, from their name in the project.

    >>> pseudonym("s", "rater-1") == pseudonym("s", "rater-1") != pseudonym("t", "rater-1")
    True
    """
    return "p" + hashlib.sha256(f"{salt}/{name}".encode()).hexdigest()[:10]


def previous(release: Release) -> Release | None:
    """The newest ready release before this one that was not withdrawn."""
    rows = Release.objects.filter(project=release.project, state="ready", withdrawn_because="")
    return rows.filter(pk__lt=release.pk or 2**62).order_by("-pk").first()
