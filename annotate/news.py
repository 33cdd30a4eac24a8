"""What notices say to a manager, and how many of them somebody has not seen."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, Func, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from annotate.actions.notices import TRY
from annotate.languages import name
from annotate.models import Notice, Preference, Project
from annotate.stages import TITLES

# Told to programs only: runs that went well stand on the page of runs, a try on that of webhooks.
UNSHOWN = ("run.done", TRY)
MOST = 99


def news(project: Project) -> Any:
    """The notices that managers are shown."""
    return Notice.objects.filter(project=project).exclude(kind__in=UNSHOWN)


def unseen(project: Project, user: Any) -> int:
    """How many notices a person has not seen, at most 99; one query."""
    # A key that reads as a number would be taken for a place in a list by ``->>``.
    own = Func(
        "news_seen",
        Value(str(project.pk)),
        function="jsonb_extract_path_text",
        output_field=TextField(),
    )
    seen = Preference.objects.filter(user_id=user.pk).values(newest=Cast(own, BigIntegerField()))
    found = news(project).filter(pk__gt=Coalesce(Subquery(seen), 0))
    return int(found[:MOST].count())


def say(notice: Notice) -> str:
    """The notice in words."""
    facts = notice.facts
    language = name(notice.language, get_language() or "en") if notice.language else ""
    match notice.kind:
        case "run.failed":
            stage = TITLES.get(facts["stage"], facts["stage"])
            return _("%(stage)s failed: %(why)s") % {"stage": stage, "why": facts["message"]}
        case "question.asked":
            return _("Somebody asks about a text in %s.") % language
        case "language.open":
            return _("There is something to judge in %s.") % language
        case "language.done":
            return _("Nothing is left to judge in %s.") % language
        case "release.made":
            return _("Release %s is made.") % facts["version"]
        case "certificate.issued":
            return _("A certificate for %s is issued.") % language
        case "certificate.failed":
            return _("The certificate for %s failed.") % language
        case "webhook.off":
            return _("The webhook %(url)s is switched off: %(why)s") % {
                "url": facts["url"], "why": facts["answer"],
            }  # fmt: skip
    return str(notice.kind)
