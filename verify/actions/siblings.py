"""Carry a mended text to the other items that hold the same passage, once a person confirmed it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from annotate.models import Field, Project, Rendition
from verify.errors import MendRefused, MendUnconfirmed
from verify.mending import Alike
from verify.models import Decision, Judgement, Rater

from .mend import WRITTEN_ROUND, succeed

# So many texts are mended by one request; the rest is offered again.
AT_ONCE = 100
# No request counts more rows than this.
MOST = 10_000
BY_PEOPLE = ("single", "agreed", "adjudicated")


def alike(judgement: Judgement) -> Alike:
    """How many other items hold a passage that this edit changed, and how many of them are judged."""
    found = _others(judgement)
    return Alike(found[:MOST].count(), found.filter(_judged())[:MOST].count())


@transaction.atomic
def mend_siblings(
    *, project: Project, rater: Rater, judgement: int, confirmed: Alike, also_judged: bool
) -> int:
    """Mend the other items that hold the same text; return how many, at most 100 at once.

    Judged ones are left alone unless ``also_judged``. Raises MendUnconfirmed, with the numbers of
    now, where they are not those that the person saw; MendRefused where the edit no longer stands.
    """
    written = (
        Judgement.objects.select_related("assignment", "rendition")
        .filter(pk=judgement, rater=rater, assignment__round=WRITTEN_ROUND, successor__isnull=True)
        .exclude(outcome=Judgement.Outcome.WITHDRAWN)
        .first()
    )
    if written is None or not written.rendition.is_current:
        raise MendRefused(_("That edit no longer stands, so it is not carried on."))
    now = alike(written)
    if now != confirmed:
        raise MendUnconfirmed(
            _("The number of texts changed meanwhile. Please confirm it again."),
            {"count": now.count, "judged": now.judged},
        )
    chosen = _others(written) if also_judged else _others(written).filter(~_judged())
    rows = chosen.order_by("pk").select_for_update(no_key=True, of=("self",))[:AT_ONCE]
    texts = _replaced(written)
    done = 0
    for rendition in rows:
        own = Field.objects.filter(rendition=rendition, passage__in=texts)
        succeed(
            project, rendition,
            {name: texts[passage] for name, passage in own.values_list("name", "passage")},
            rater=rater, client_id=uuid.uuid5(written.client_id, str(rendition.pk)),
            shown={"mended": rendition.pk, "along": written.pk},
        )  # fmt: skip
        done += 1
    return done


def _replaced(judgement: Judgement) -> dict[int, str]:
    """The passages that an edit took out, each with the text that it put in."""
    old = (judgement.assignment.shown or {}).get("mended")
    after = dict(
        Field.objects.filter(rendition=judgement.rendition_id).values_list("name", "passage__text")
    )
    kept = Field.objects.filter(rendition=judgement.rendition_id).values("passage")
    before = Field.objects.filter(rendition=old).exclude(passage__in=kept)
    return {passage: after[name] for name, passage in before.values_list("name", "passage")}


def _others(judgement: Judgement) -> QuerySet[Rendition]:
    """Current translations of other items that hold one of those passages; known-right ones stay."""
    holding = Field.objects.filter(
        rendition=OuterRef("pk"), passage__in=list(_replaced(judgement))
    ).exclude(role=Field.Role.REFERENCE)
    gold = Decision.objects.filter(rendition=OuterRef("pk"), is_current=True, gold=True)
    return (
        Rendition.objects.current()
        .filter(language=judgement.rendition.language, made_from__isnull=False)
        .filter(Exists(holding), ~Exists(gold))
        .exclude(item=judgement.rendition.item_id)
    )


def _judged() -> Q:
    said = Judgement.objects.filter(
        rendition=OuterRef("pk"), successor__isnull=True, assignment__round__gt=WRITTEN_ROUND
    ).exclude(outcome=Judgement.Outcome.WITHDRAWN)
    decided = Decision.objects.filter(
        rendition=OuterRef("pk"), is_current=True, origin__in=BY_PEOPLE
    )
    return Q(Exists(said)) | Q(Exists(decided))
