"""History: which machines were right too seldom, in a language, for their agreement to count there."""

from __future__ import annotations

from annotate.models import Project
from pipeline.route import RoutingPolicy
from verify.models import Report
from verify.simulate import seldom_right

QUALITY = "quality"


def doubted(project: Project, policy: RoutingPolicy) -> dict[str, frozenset[str]]:
    """The machines that the policy does not trust, by language, from the last report on quality.

    Nothing is asked of the database where the policy trusts all.
    """
    levels = [
        policy.trusted_from,
        *(row.get("trusted_from", 0) for row in policy.by_language.values()),
    ]
    if not any(levels):
        return {}
    report = Report.objects.filter(project=project, kind=QUALITY, language="").first()
    panels = report.body.get("panels", {}) if report else {}
    return {
        tag: seldom_right(panel.get("whole", {}), policy.of(tag).trusted_from)
        for tag, panel in panels.items()
    }
